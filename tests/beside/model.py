"""The scripted model: an answer that is slow on purpose, a refusal, a stream."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from beside.call import ANSWER_S, ANSWERED, CASES, FIRST_CHUNK_S, LEFT, MARK, TOKENS, word


def case_of(body: bytes) -> str:
    """Return the case that a request is about."""
    return next(case for case in CASES if word("question", case).encode() in body)


def headers(case: str) -> dict[str, str]:
    """Return what the model says beside its answer."""
    return {"x-request-id": word("request", case), "x-ratelimit-remaining-tokens": str(LEFT)}


def refusal() -> tuple[int, bytes]:
    """Return status and body of a refusal."""
    error = {"message": word("broken", "failure"), "type": "invalid_request_error",
             "code": word("code", "failure"), "param": None}  # fmt: skip
    return 400, json.dumps({"error": error}).encode()


def answer(case: str) -> bytes:
    """Return an answer, after a while."""
    time.sleep(ANSWER_S)
    message = {"role": "assistant", "content": word("answer", case), "tool_calls": [_call(case)]}
    choice = {"index": 0, "finish_reason": "content_filter", "message": message}
    return json.dumps({**_envelope(case, "chat.completion"), "choices": [choice],
                       "usage": _usage(case)}).encode()  # fmt: skip


def chunks(case: str) -> Iterator[bytes]:
    """Yield a streamed answer: its first piece after one while, the rest after another."""
    time.sleep(FIRST_CHUNK_S)
    yield _chunk(case, {"role": "assistant", "content": word("answer", case)})
    time.sleep(ANSWER_S - FIRST_CHUNK_S)
    yield _chunk(case, {"tool_calls": [{"index": 0, **_call(case)}]})
    yield _chunk(case, {}, "content_filter")
    yield _event({**_envelope(case, "chat.completion.chunk"), "choices": [],
                  "usage": _usage(case)})  # fmt: skip
    yield b"data: [DONE]\n\n"


def _envelope(case: str, kind: str) -> dict[str, Any]:
    return {"id": word("response", case), "object": kind, "created": 1700000000,
            "model": ANSWERED, "system_fingerprint": word("fingerprint", case)}  # fmt: skip


def _chunk(case: str, delta: dict[str, Any], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return _event({**_envelope(case, "chat.completion.chunk"), "choices": [choice]})


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def _call(case: str) -> dict[str, Any]:
    about = {"name": "look_up", "arguments": json.dumps({"city": word("arguments", case)})}
    return {"id": f"call-{case}-{MARK}", "type": "function", "function": about}


def _usage(case: str) -> dict[str, Any]:
    tokens = TOKENS[case]
    return {
        "prompt_tokens": tokens.input, "completion_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cached},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
    }  # fmt: skip
