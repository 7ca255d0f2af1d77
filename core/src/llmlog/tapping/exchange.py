"""What clients of OpenAI's and Anthropic's making hand out, and what the headers tell of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from attrs import define, field, frozen

from llmlog.handle import Call
from llmlog.payload import Attempt
from llmlog.tapping.stream import adopt
from llmlog.tapping.wire import body, tee

_RETRIES = "x-stainless-retry-count"
Ending = Literal["success", "failure"]


@define
class Edited:
    """A request as it is about to be sent, and whether hooks edit what the call says of it."""

    fields: dict[str, Any]
    before: tuple[Any, Any] = field(default=(None, None), kw_only=True)

    def watch(self, call: Call) -> None:
        """Remember what the call says before hooks may edit it."""
        self.before = (call.messages, call.parameters)

    def has_messages(self, call: Call) -> bool:
        """Say whether the messages were edited."""
        return call.messages is not self.before[0]

    def has_parameters(self, call: Call) -> bool:
        """Say whether the parameters were edited."""
        return call.parameters is not self.before[1]


@frozen(kw_only=True)
class Exchange:
    """A provider's way to answer: the header of its request ids, and how those of limits begin.

    `finish(call, answer)` ends a call with a model's object. `hides_usage(asked)` says whether the
    caller shall not see the usage of a stream, which only llmlog asked for.
    """

    request_id: str
    limits: str
    finish: Callable[[Call, Any], object]
    hides_usage: Callable[[Any], bool] = field(default=lambda _: False)

    def answered(self, call: Call, asked: Any, answer: Any) -> Any:
        """Record what the client hands out, also as it is read; return it, the same object."""
        held: Mapping[str, Any] = getattr(answer, "__dict__", {})
        response = held.get("http_response") or held.get("response")
        if response is not None:
            self.note(call, asked, response, "success")
        if hasattr(type(answer), "__next__") or hasattr(type(answer), "__anext__"):
            return adopt(call, answer, hides_usage=self.hides_usage(asked))
        if response is None:
            name(call, getattr(answer, "_request_id", None))
            self.finish(call, answer)
        elif response.is_closed:
            call.finish(body(response, response.content))
        else:
            tee(call, response)
        return answer

    def failed(self, call: Call, asked: Any, problem: BaseException) -> None:
        """Note what an exception knows of the exchange, and an answer that it carries."""
        response = getattr(problem, "response", None)
        if response is not None:
            self.note(call, asked, response, "failure")
        elif (request := getattr(problem, "request", None)) is not None:
            call.set(attempts=tuple(attempts(asked, request.headers, "failure")))
        completion = getattr(problem, "completion", None)
        if completion is not None:
            call.set(output=completion)

    def note(self, call: Call, asked: Any, response: Any, status: Ending) -> None:
        """Note what the headers of request and response tell."""
        name(call, response.headers.get(self.request_id))
        call.set(
            rate_limit={header.lower()[len(self.limits):]: value
                        for header, value in response.headers.items()
                        if header.lower().startswith(self.limits)},
            attempts=tuple(attempts(asked, response.request.headers, status)),
        )  # fmt: skip


def name(call: Call, request_id: str | None) -> None:
    """Note the provider's id of the request, where it is known."""
    if request_id:
        call.set(attributes={"request_id": request_id})


def attempts(asked: Any, headers: Mapping[str, str], status: Ending) -> Iterator[Attempt]:
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
