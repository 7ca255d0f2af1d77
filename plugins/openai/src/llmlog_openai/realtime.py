"""Realtime connections: one record of the session, and one of each response within it."""

from __future__ import annotations

import contextvars
import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from llmlog import Call
from llmlog.bridging import current_span
from llmlog.encoding import loads
from llmlog.guard import guarded
from llmlog.overlap import begin
from llmlog.tapping.failure import FailedResponseError
from llmlog.tapping.tap import Tap
from llmlog_openai.realtime_item import done, spoken

_KIND = re.compile(rb'"type"\s*:\s*"([a-z_.]+)"')
_SOUND = re.compile(rb"response\.(output_)?audio\.delta")
_HEAD = 400
_SAME = ("model", "provider", "server_address", "server_port", "deployment", "api_key")
_TAKERS: Mapping[str, str] = {
    "session.created": "_session", "session.updated": "_session",
    "conversation.item.created": "_item", "conversation.item.added": "_item",
    "conversation.item.input_audio_transcription.completed": "_heard",
    "response.created": "_created", "response.done": "_done",
    "rate_limits.updated": "_limits", "error": "_refused",
}  # fmt: skip
"""What is done about an event; one with a `response_id` is a piece of that response."""
_PARAMETERS = ("max_output_tokens", "output_modalities", "modalities", "temperature",
               "tool_choice", "truncation", "reasoning", "voice")  # fmt: skip
Event = Mapping[str, Any]


class Conversation:
    """What passes through one connection; `session` is the call that it is all under."""

    def __init__(self, session: Call) -> None:
        self.session = session
        self._context = contextvars.copy_context()
        self._facts: Event = {}
        self._turns: dict[str, dict[str, Any]] = {}
        self._waiting: deque[Call] = deque()
        self._running: dict[str, Tap] = {}
        self._problem: BaseException | None = None
        self._wishes: Event = {}
        self._responses = 0

    def asked(self, event: Any) -> Call | None:
        """Begin the call of a response that the client wants; its hooks have not run."""
        said = event if isinstance(event, dict) else guarded(
            event.to_dict, otherwise=lambda _: {})  # fmt: skip
        if said.get("type") == "conversation.item.create":
            self._turns[f"sent {len(self._turns)}"] = said["item"]
        if said.get("type") != "response.create":
            return None
        self._wishes = said.get("response") or {}
        call: Call | None = guarded(self._begin, self._wishes, otherwise=lambda _: None)
        return call

    def sent(self, call: Call) -> None:
        """Know that the wish for a response is on its way."""
        self._waiting.append(call)

    def received(self, data: bytes | str) -> None:
        """Take in an event of the server."""
        guarded(self._take, data, otherwise=lambda _: None)

    def broke(self, problem: BaseException) -> None:
        """End the responses that were on their way; another connection may follow.

        What is no end of the connection, such as a time limit or a cancellation, ends nothing.
        """
        if not type(problem).__name__.startswith("ConnectionClosed"):
            return
        is_end = type(problem).__name__ == "ConnectionClosedOK"
        self._problem = None if is_end else problem
        self._close(lambda call: call.fail(problem))

    def end(self) -> None:
        """End what goes on, and the session with it."""
        self._close(Call.abort)
        if self._problem is not None:
            self.session.fail(self._problem)
        self.session.finish({"responses": self._responses})

    __del__ = end

    def _close(self, end: Callable[[Call], object]) -> None:
        for call in (*self._waiting, *(tap.call for tap in self._running.values())):
            end(call)
        self._waiting.clear()
        self._running.clear()

    def _begin(self, wishes: Event) -> Call:
        token = current_span.set(self.session.span)
        try:
            return begin(self.session.logger, {"kind": "realtime", **self._known(wishes)})
        finally:
            current_span.reset(token)

    def _known(self, wishes: Event) -> dict[str, Any]:
        """Return the fields of a response, as far as the server has told of its session."""
        whole, fields = {**self._facts, **wishes}, self.session.fields
        prompt = whole.get("instructions")
        system = [{"role": "system", "content": prompt}] if prompt else []
        return {
            **{name: fields[name] for name in _SAME if name in fields},
            "stream": True, "tools": whole.get("tools"),
            "messages": [*system, *map(spoken, wishes.get("input") or self._turns.values())],
            "parameters": {name: whole[name] for name in _PARAMETERS if name in whole},
            "session": fields.get("session") or self._facts.get("id"),
        }  # fmt: skip

    def _take(self, data: bytes | str) -> None:
        head = data[:_HEAD]
        kind = _KIND.search(head.encode() if isinstance(head, str) else head)
        if kind is not None and _SOUND.fullmatch(kind[1]):
            for tap in tuple(self._running.values()):
                tap.put({"type": kind[1].decode()})
            return
        event = loads(data)
        name = _TAKERS.get(event["type"])
        if name is not None:
            getattr(self, name)(event)
        elif event.get("response_id") in self._running:
            self._running[event["response_id"]].put(event)

    def _session(self, event: Event) -> None:
        self._facts = {name: one for name, one in event["session"].items() if one is not None}
        if self._facts.get("model"):
            self.session.set(model=self._facts["model"])
        self.session.set(attributes={"openai.realtime.session_id": self._facts.get("id")})

    def _item(self, event: Event) -> None:
        item = event["item"]
        if item.get("role") != "assistant" and item["type"] in ("message", "function_call_output"):
            sent = next((key for key in self._turns if key.startswith("sent ")), "")
            self._turns.pop(sent, None)
            self._turns[item["id"]] = item

    def _heard(self, event: Event) -> None:
        item = self._turns.get(event["item_id"], {"content": []})
        item["content"][event["content_index"]]["transcript"] = event["transcript"]

    def _created(self, event: Event) -> None:
        own = self._waiting.popleft() if self._waiting else self._context.run(self._begin, {})
        own.set(**self._known(self._wishes))
        self._wishes = {}
        self._running[event["response"]["id"]] = Tap(own)

    def _done(self, event: Event) -> None:
        tap = self._running.pop(event["response"]["id"], None)
        if tap is not None:
            self._responses += 1
            done(tap, event["response"], self._facts.get("model"))
            self._turns.clear()

    def _limits(self, event: Event) -> None:
        said = {f"{name}-{row['name']}": row[name] for row in event["rate_limits"]
                for name in ("limit", "remaining", "reset_seconds") if name in row}  # fmt: skip
        for tap in self._running.values():
            tap.call.set(rate_limit=said)

    def _refused(self, event: Event) -> None:
        if self._waiting:
            error = event["error"]
            self._waiting.popleft().fail(FailedResponseError(error["message"], error.get("code")))
