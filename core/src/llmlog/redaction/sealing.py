"""Sealing: a payload whose content is in envelopes, which only its owner's key opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import asdict, evolve, frozen

from llmlog.encryption.envelope import SEALED, key_id_of
from llmlog.encryption.ring import DEFAULT
from llmlog.guard import guarded
from llmlog.message import JSON, Media, Message, Part, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.payload import Change, Error, Payload

if TYPE_CHECKING:
    from llmlog.encryption.envelope import Sealer
    from llmlog.encryption.ring import KeyRing

RULE = "encrypted"
NO_KEY = "[hidden: no key]"


@frozen(eq=False)
class Sealing:
    """Whose key seals a payload: that of the owner in the field `by`, else the default one."""

    by: str = "organization_id"
    ring: KeyRing | None = None

    def owner(self, payload: Payload) -> str:
        """Return the name of the owner of a payload's content."""
        return str(getattr(payload, self.by) or DEFAULT)

    def apply(self, payload: Payload, owner: str, policy: str) -> Payload:
        """Return the payload with its content sealed; hidden, where the owner has no key.

        A replay comes here a second time: what was sealed before stays as it is.
        """
        return sealed(payload, self._sealer(owner), policy)

    def _sealer(self, owner: str) -> Sealer | None:
        if self.ring is None:
            return None
        keys = guarded(self.ring.of, owner, otherwise=lambda _: ())
        return _sealer(keys) if keys else None


def _sealer(keys: Sequence[Any]) -> Sealer:
    from llmlog.encryption import envelope

    return envelope.Sealer(keys[0])


def sealed(payload: Payload, sealer: Sealer | None, policy: str) -> Payload:
    """Return the payload with all content in envelopes, and a note of it."""
    again = any(change.rule == RULE for change in payload.changes)
    cover = _Cover(sealer, again=again)
    made = cover.content(payload)
    rule, action = (RULE, "replaced") if cover.sealed or again else ("no key", "hidden")
    change = Change(path="content", action=action, rule=rule, policy=policy)  # type: ignore[arg-type]
    changes = payload.changes if again and change in payload.changes else (*payload.changes, change)
    return evolve(payload, **made, changes=changes)


class _Cover:
    """Puts an envelope, or a placeholder, in the place of each value."""

    def __init__(self, sealer: Sealer | None, *, again: bool) -> None:
        self._sealer = sealer
        self._again = again
        self.sealed = sealer is not None

    def __call__(self, value: JSON) -> str:
        if self._again and isinstance(value, str) and key_id_of(value):
            return value
        return NO_KEY if self._sealer is None else self._sealer.seal(value)

    def content(self, payload: Payload) -> dict[str, Any]:
        """Return the fields that hold content, covered."""
        return {
            "input_messages": self._messages(payload.input_messages),
            "output_messages": self._messages(payload.output_messages),
            "input_value": self._or_none(payload.input_value),
            "output_value": self._or_none(payload.output_value),
            "tools": tuple(map(self, payload.tools)),
            "parameters": {name: value if _harmless(value) else self(value)
                           for name, value in payload.parameters.items()},
            "error": self._error(payload.error),
            "attempts": tuple(evolve(each, error=self._error(each.error))
                              for each in payload.attempts),
            "guardrails": tuple(evolve(each, reason=self._or_none(each.reason))
                                for each in payload.guardrails),
            "attributes": self._attributes(payload.attributes),
        }  # fmt: skip

    def _or_none(self, value: JSON) -> str | None:
        return None if value is None else self(value)

    def _attributes(self, values: Mapping[str, JSON]) -> dict[str, JSON]:
        if not values:
            return {}
        again = self._again and set(values) == {SEALED}
        return {SEALED: self(values[SEALED] if again else dict(values))}

    def _error(self, error: Error | None) -> Error | None:
        return error and evolve(error, message=self(error.message),
                                stacktrace=self._or_none(error.stacktrace))  # fmt: skip

    def _messages(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        return tuple(evolve(each, parts=tuple(map(self._part, each.parts))) for each in messages)

    def _part(self, part: Part) -> Part:
        if isinstance(part, Text):
            return Text(content=self(part.content))
        if isinstance(part, Reasoning) and not part.signature:
            return Reasoning(content=self(part.content))
        if isinstance(part, ToolCall):
            return evolve(part, arguments=self(part.arguments))
        if isinstance(part, ToolResult):
            return evolve(part, response=self(part.response))
        if isinstance(part, (Media, Reasoning)):
            return self._whole(part)
        return Raw(value=self(part.value))

    def _whole(self, part: Media | Reasoning) -> Part:
        """Return a raw part that opens to a picture, a file or thoughts as they were."""
        said = {"type": part.type, **asdict(part)}
        known = {name: value for name, value in said.items() if value is not None}
        return Raw(value=self({SEALED: known}))


def _harmless(value: JSON) -> bool:
    return value is None or isinstance(value, (bool, int, float))
