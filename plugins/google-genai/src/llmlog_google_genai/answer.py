"""What comes back: the bodies of responses, one by one where it is a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from llmlog import Call
from llmlog.encoding import dumps
from llmlog.guard import guarded
from llmlog.tapping.tap import Tap
from llmlog.tapping.wire import Json
from llmlog_google_genai.request import Asked

_REQUEST_IDS = ("x-request-id", "x-goog-request-id")


class _Drawn(Json):
    """An answer with images, of which sizes are kept."""

    def model_dump(self, **_: object) -> dict[str, Any]:
        """Return the answer in the shape of images."""
        said = super().model_dump()
        rows = said.get("predictions") or ()
        images = [{"b64_json": row.get("bytesBase64Encoded"), "mime_type": row.get("mimeType")}
                  for row in rows]  # fmt: skip
        return {"data": images}


class _Vectors(Json):
    """An answer with vectors of Vertex AI's prediction."""

    def model_dump(self, **_: object) -> dict[str, Any]:
        """Return the answer in the shape of embeddings."""
        said = super().model_dump()
        rows = [row.get("embeddings") or {} for row in said.get("predictions") or ()]
        counts = [(row.get("statistics") or {}).get("token_count") for row in rows]
        known = [count for count in counts if isinstance(count, (int, float))]
        usage = {"prompt_tokens": int(sum(known))} if known else {}
        return {"embeddings": rows, "usage": usage} if rows else said


def answered(call: Call, asked: Asked, answer: Any) -> Any:
    """Record what the client gets; return it, the same object or a stream of the same ones."""
    if hasattr(type(answer), "__anext__"):
        return _passing_async(Tap(call), answer)
    if hasattr(type(answer), "__next__"):
        return _passing(Tap(call), answer)
    _name(call, answer)
    kinds = {"image": _Drawn, "embedding": _Vectors}
    call.finish(kinds.get(asked.fields["kind"], Json)(_body(answer)))
    return answer


def _body(answer: Any) -> bytes:
    """Return the JSON of an answer; clients before 1.22 pass on what they read of it."""
    return dumps(answer) if isinstance(answer, dict) else (answer.body or "{}").encode()


def _name(call: Call, answer: Any) -> None:
    told = getattr(answer, "headers", None) or {}
    headers = {str(name).lower(): value for name, value in told.items()}
    known = [headers[name] for name in _REQUEST_IDS if headers.get(name)]
    if known:
        call.set(attributes={"request_id": known[0]})


def _take(tap: Tap, piece: Any) -> None:
    tap.put(Json(_body(piece)))


def _passing(tap: Tap, pieces: Iterator[Any]) -> Iterator[Any]:
    try:
        for piece in pieces:
            guarded(_take, tap, piece, otherwise=lambda _: None)
            yield piece
    except BaseException as problem:
        tap.call.fail(problem)
        raise
    tap.end()


async def _passing_async(tap: Tap, pieces: AsyncIterator[Any]) -> AsyncIterator[Any]:
    try:
        async for piece in pieces:
            guarded(_take, tap, piece, otherwise=lambda _: None)
            yield piece
    except BaseException as problem:
        tap.call.fail(problem)
        raise
    tap.end()
