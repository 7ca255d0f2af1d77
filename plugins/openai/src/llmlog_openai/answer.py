"""What comes back: a model's object, a stream, a raw response, or an exception."""

from __future__ import annotations

from typing import Any

from llmlog import Call
from llmlog.tapping.exchange import Exchange
from llmlog.tapping.failure import failure_of


def _finish(call: Call, answer: Any) -> None:
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


exchange = Exchange(
    request_id="x-request-id",
    limits="x-ratelimit-",
    finish=_finish,
    hides_usage=lambda asked: bool(asked.asks_usage),
)
