"""What comes back: a model's object, a stream, a raw response, or an exception."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from llmlog import Attempt, Call
from llmlog.tapping.failure import failure_of
from llmlog.tapping.stream import adopt
from llmlog.tapping.wire import body, tee
from llmlog_openai.request import Asked

_RETRIES = "x-stainless-retry-count"
_LIMITS = "x-ratelimit-"


def answered(call: Call, asked: Asked, answer: Any) -> Any:
    """Record what the client hands out; return it, the same object."""
    held: Mapping[str, Any] = getattr(answer, "__dict__", {})
    response = held.get("http_response") or held.get("response")
    if response is not None:
        _note(call, asked, response, "success")
    if hasattr(type(answer), "__next__") or hasattr(type(answer), "__anext__"):
        return adopt(call, answer, hides_usage=asked.asks_usage)
    if response is None:
        _finish(call, answer)
    elif response.is_closed:
        call.finish(body(response, response.content))
    else:
        tee(call, response)
    return answer


def _finish(call: Call, answer: Any) -> None:
    request_id = getattr(answer, "_request_id", None)
    if request_id:
        call.set(attributes={"request_id": request_id})
    failure = failure_of(answer)
    if failure is not None:
        call.set(output=answer)
        call.fail(failure)
    call.finish(_small(answer))


def _small(answer: Any) -> Any:
    """Return an answer of embeddings with its first vector only, which tells the dimensions."""
    data = getattr(answer, "data", None)
    if not isinstance(data, list) or not data or not hasattr(data[0], "embedding"):
        return answer
    others = [{"embedding": None}] * (len(data) - 1)
    first = {"embedding": data[0].embedding}
    return {
        "object": "list",
        "model": answer.model,
        "usage": answer.usage,
        "data": [first, *others],
    }


def failed(call: Call, asked: Asked, problem: BaseException) -> None:
    """Record an exception, and the completion that it carries where it came after the answer."""
    response = getattr(problem, "response", None)
    request = getattr(response, "request", None) or getattr(problem, "request", None)
    if response is not None:
        call.set(rate_limit=_limits(response.headers))
    if request is not None:
        call.set(attempts=tuple(_attempts(asked, request.headers, "failure")))
    completion = getattr(problem, "completion", None)
    if completion is not None:
        call.set(output=completion)
    call.fail(problem)


def _note(call: Call, asked: Asked, response: Any, status: Literal["success", "failure"]) -> None:
    request_id = response.headers.get("x-request-id")
    call.set(
        rate_limit=_limits(response.headers),
        attempts=tuple(_attempts(asked, response.request.headers, status)),
        attributes={"request_id": request_id} if request_id else None,
    )


def _limits(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower()[len(_LIMITS):]: value for name, value in headers.items()
            if name.lower().startswith(_LIMITS)}  # fmt: skip


def _attempts(
    asked: Asked, headers: Mapping[str, str], status: Literal["success", "failure"]
) -> Iterator[Attempt]:
    """Give one attempt per try when there was more than one; when each ran is not known."""
    count = headers.get(_RETRIES, "0")
    retries = int(count) if count.isdigit() else 0
    for number in range(1, retries + 2 if retries else 1):
        yield Attempt(
            number=number,
            reason="first" if number == 1 else "retry",
            status=status if number > retries else "failure",
            provider_name=asked.fields["provider"],
            model=asked.fields["model"],
        )
