"""Opening what was sealed: a payload, its JSON, or any text with envelopes in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from llmlog.encoding import dumps, loads
from llmlog.encryption.envelope import FORM, SEALED, DamagedError, key_id_of, open_envelope
from llmlog.encryption.ring import DEFAULT, KeyRing, key_ring
from llmlog.message import JSON
from llmlog.payload import Payload
from llmlog.redaction.pseudonym import FIELDS
from llmlog.schema import from_dict, to_dict

V = TypeVar("V")


def decrypt(value: V, keys: object) -> V:
    """Return a payload, its JSON or a text with every envelope opened that a key fits.

    `keys` are a mapping of owners to keys, a folder of key files, or a function that returns the
    keys of an owner. What no key opens stays as it is.
    """
    opener = Opener(key_ring(keys))
    made: Any = opener.payload(value) if isinstance(value, Payload) else opener.json(value)
    return made  # type: ignore[no-any-return]


class Opener:
    """Opens envelopes and counts those that no key opens."""

    def __init__(self, ring: KeyRing, owners: Iterable[str] = ()) -> None:
        self._ring = ring
        self._owners: tuple[str, ...] = (*owners, DEFAULT)
        self.opened = 0
        self.closed = 0

    def payload(self, payload: Payload) -> Payload:
        """Return a payload with its content opened."""
        return from_dict(self.json(to_dict(payload)))

    def json(self, value: JSON) -> JSON:
        """Return a value with every envelope in it opened."""
        if isinstance(value, Mapping):
            self._owners = tuple(dict.fromkeys((*_owners(value), *self._owners)))
            return self._mapping(value)
        if isinstance(value, list):
            return [self.json(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def _mapping(self, value: Mapping[str, JSON]) -> JSON:
        made = {key: self.json(item) for key, item in value.items()}
        if isinstance(inner := made.get(SEALED), dict):
            del made[SEALED]
            return made | inner
        part = made.get("value")
        if made.get("type") == "raw" and isinstance(part, dict) and value["value"] != part:
            return part.get(SEALED) or made
        return made

    def text(self, text: str) -> JSON:
        """Return the value in an envelope; of any other text, the text with envelopes opened."""
        if key_id_of(text) is not None:
            return self._value(text)
        if text.lstrip()[:1] in ("{", "[") and FORM.search(text) and (inner := _read(text)):
            return dumps(self.json(inner)).decode()
        return FORM.sub(lambda found: _written(self._value(found[0])), text)

    def _value(self, envelope: str) -> JSON:
        key = self._ring.find(str(key_id_of(envelope)), self._owners)
        try:
            made = None if key is None else (open_envelope(envelope, key),)
        except DamagedError:
            made = None
        if made is None:
            self.closed += 1
            return envelope
        self.opened += 1
        return made[0]


def _owners(value: Mapping[str, JSON]) -> Iterator[str]:
    return (value[name] for name in FIELDS if isinstance(value.get(name), str))


def _read(text: str) -> JSON:
    """Return the JSON that a text is; None if it is none."""
    try:
        return loads(text)
    except ValueError:
        return None


def _written(value: JSON) -> str:
    return value if isinstance(value, str) else dumps(value).decode()
