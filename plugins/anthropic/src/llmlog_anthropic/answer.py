"""What comes back: a model's object, a stream, a raw response, or an exception."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from llmlog import Attempt, Call
from llmlog.tapping.stream import adopt
from llmlog.tapping.wire import body, tee
from llmlog_anthropic.request import Asked

_RETRIES = "x-stainless-retry-count"
_LIMITS = "anthropic-ratelimit-"
Ending = Literal["success", "failure"]


def answered(call: Call, asked: Asked, answer: Any) -> Any:
    """Record what the client hands out; return it, the same object."""
    held: Mapping[str, Any] = getattr(answer, "__dict__", {})
    response = held.get("http_response") or held.get("response")
    if response is not None:
        _note(call, asked, response, "success")
    if hasattr(type(answer), "__next__") or hasattr(type(answer), "__anext__"):
        return adopt(call, answer, hides_usage=False)
    if response is None:
        _name(call, getattr(answer, "_request_id", None))
        call.finish(answer)
    elif response.is_closed:
        call.finish(body(response, response.content))
    else:
        tee(call, response)
    return answer


def failed(call: Call, asked: Asked, problem: BaseException) -> None:
    """Note what an exception knows of the exchange."""
    response = getattr(problem, "response", None)
    if response is not None:
        _note(call, asked, response, "failure")
    elif getattr(problem, "request", None) is not None:
        headers = problem.request.headers  # type: ignore[attr-defined]
        call.set(attempts=tuple(_attempts(asked, headers, "failure")))


def _note(call: Call, asked: Asked, response: Any, status: Ending) -> None:
    _name(call, response.headers.get("request-id"))
    call.set(
        rate_limit=_limits(response.headers),
        attempts=tuple(_attempts(asked, response.request.headers, status)),
    )


def _name(call: Call, request_id: str | None) -> None:
    if request_id:
        call.set(attributes={"request_id": request_id})


def _limits(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower()[len(_LIMITS):]: value for name, value in headers.items()
            if name.lower().startswith(_LIMITS)}  # fmt: skip


def _attempts(asked: Asked, headers: Mapping[str, str], status: Ending) -> Iterator[Attempt]:
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
