"""The canary matrix: one secret in every carrier, in every field of a payload.

    for plant in matrix("sk-proj-canary0123456789abcd"):
        send(plant.payload)                  # through whatever is to be tested
    assert not traces(everything_that_left, "sk-proj-canary0123456789abcd")

A carrier is a way to write a secret down: in a sentence, a key, JSON inside JSON, base64. What the
carriers do not try is named in the documentation of privacy.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections import ChainMap, OrderedDict, UserDict, deque, namedtuple
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from attrs import evolve, frozen

from llmlog.message import Media, Message, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.payload import Attempt, Change, Cost, Error, Guardrail, Payload, Usage
from llmlog.plain import plain
from llmlog.testing.samples import sample

CANARY = "sk-proj-c4naryC4NARY0123456789abcdef"
"""A text in the form of a vendor's key, which no vendor ever issued."""

_ZERO_WIDTH = "\u200b"


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


def _percent(text: str) -> str:
    return "".join(f"%{ord(character):02X}" for character in text)


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _bold(text: str) -> str:
    return "".join(
        chr(0x1D400 + ord(c) - 65) if c.isupper() else chr(0x1D41A + ord(c) - 97)
        if c.islower() else chr(0x1D7CE + ord(c) - 48) if c.isdigit() else c for c in text
    )  # fmt: skip


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _json(text: str, levels: int) -> str:
    value: Any = text
    for level in range(levels):
        value = json.dumps({f"level{level}": [value]})
    return str(value)


TEXT_CARRIERS: Mapping[str, Callable[[str], str]] = {
    "alone": lambda s: s,
    "sentence": lambda s: f"Please use {s}, it is mine.",
    "double quotes": lambda s: f'He said "{s}".',
    "single quotes": lambda s: f"'{s}'",
    "parentheses": lambda s: f"(see {s})",
    "angle brackets": lambda s: f"<{s}>",
    "assignment": lambda s: f"KEY={s}",
    "camel case assignment": lambda s: f"apiKey: {s}",
    "shell export": lambda s: f"export API_KEY='{s}' && run",
    "curl header": lambda s: f'curl -H "Authorization: Bearer {s}" https://api.example.com',
    "docker option": lambda s: f"docker run -e TOKEN={s} image",
    "header dump": lambda s: f"{{'x-api-key': '{s}', 'accept': '*/*'}}",
    "cookie": lambda s: f"Cookie: session={s}; path=/",
    "basic header": lambda s: f"Authorization: Basic {_base64('user:' + s)}",
    "address query": lambda s: f"https://example.com/v1?key={s}&alt=json",
    "address user": lambda s: f"https://user:{s}@example.com/v1",
    "address path": lambda s: f"https://example.com/hook/{s}/send",
    "address fragment": lambda s: f"https://example.com/#token={s}",
    "connection string": lambda s: f"postgresql://app:{s}@db:5432/main",
    "markdown code": lambda s: f"Run this:\n```\nlogin {s}\n```\n",
    "markdown link": lambda s: f"[here](https://example.com/?t={s})",
    "html attribute": lambda s: f'<input type="hidden" value="{s}">',
    "xml element": lambda s: f"<key>{s}</key>",
    "csv row": lambda s: f"1,2026-01-01,{s},ok\r\n",
    "tab row": lambda s: f"1\t{s}\tok",
    "yaml": lambda s: f"auth:\n  key: {s}\n",
    "toml": lambda s: f'[auth]\nkey = "{s}"\n',
    "sql": lambda s: f"INSERT INTO keys VALUES ('{s}');",  # noqa: S608
    "log line": lambda s: f"2026-01-01T00:00:00Z ERROR auth failed key={s} code=401",
    "traceback": lambda s: f'Traceback:\n  File "a.py", line 1\nValueError: bad key {s!r}',
    "python repr": lambda s: repr({"key": [s], "n": 1}),
    "bytes repr": lambda s: repr(s.encode()),
    "json": lambda s: _json(s, 1),
    "json twice": lambda s: _json(s, 2),
    "json three times": lambda s: _json(s, 3),
    "json key": lambda s: json.dumps({s: 1}),
    "json string": json.dumps,
    "json escapes": lambda s: f'{{"key": "{_escaped(s)}"}}',
    "cut json with escapes": lambda s: f'{{"key": "{_escaped(s)}", "more": "cu',
    "json with a repeated key": lambda s: f'{{"k": "{_escaped(s)}", "k": "harmless"}}',
    "json lines": lambda s: f'{{"a": 1}}\n{{"a": "{s}"}}\n',
    "server event": lambda s: f'data: {{"delta": "{s}"}}\n\n',
    "hex escapes": lambda s: "".join(f"\\x{ord(c):02x}" for c in s),
    "percent": _percent,
    "percent twice": lambda s: quote(_percent(s), safe=""),
    "decimal entities": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "hexadecimal entities": lambda s: "".join(f"&#x{ord(c):x};" for c in s),
    "base64": _base64,
    "base64 in a sentence": lambda s: f"decode {_base64('key ' + s)} please",
    "base64 for addresses": lambda s: urlsafe_b64encode(s.encode()).decode().rstrip("="),
    "base64 in lines": lambda s: "\r\n".join(re.findall(".{1,24}", _base64(s))),
    "base64 of json": lambda s: _base64(json.dumps({"key": s})),
    "base64 of wide text": lambda s: b64encode(s.encode("utf-16-le")).decode(),
    "data address": lambda s: f"data:text/plain;base64,{_base64(s)}",
    "hexadecimal": lambda s: binascii.hexlify(s.encode()).decode(),
    "zero width everywhere": _ZERO_WIDTH.join,
    "one zero width joiner": lambda s: f"{s[:5]}\u200d{s[5:]}",
    "soft hyphens": "\u00ad".join,
    "word joiners": "\u2060".join,
    "byte order marks": "\ufeff".join,
    "variation selectors": "\ufe0f".join,
    "direction override": lambda s: f"\u202d{s[:6]}\u202c{s[6:]}",
    "tag characters": "\U000e0041".join,
    "full width": _wide,
    "mathematical bold": _bold,
    "nul characters": "\0".join,
    "terminal colours": lambda s: f"\x1b[31m{s[:7]}\x1b[0m{s[7:]}",
    "emoji around": lambda s: f"\U0001f511{s}\U0001f511",
    "right to left text": lambda s: f"\u05de\u05e4\u05ea\u05d7 {s} \u05e1\u05d5\u05d3",
    "after long text": lambda s: "All is well. " * 4_000 + s,
    "before long text": lambda s: s + " All is well." * 4_000,
    "between many digits": lambda s: f"{'12345 ' * 50}{s}{' 67890' * 50}",
    "many times": lambda s: f"{s}\n" * 50,
}  # fmt: skip
"""Ways to write a secret into a text."""


@dataclass
class _Data:
    key: str


@frozen
class _Attrs:
    key: str


class _Text(str):
    __slots__ = ()


class _Shown:
    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


_Pair = namedtuple("_Pair", ("name", "key"))  # noqa: PYI024


def _nested(secret: str, depth: int) -> Any:
    value: Any = secret
    for level in range(depth):
        value = {"in": value} if level % 2 else [value]
    return value


VALUE_CARRIERS: Mapping[str, Callable[[str], Any]] = {
    "value": lambda s: {"note": s},
    "key": lambda s: {s: 1},
    "key and value": lambda s: {s: s},
    "two equal keys": lambda s: {s: 1, f"{s} ": 2},
    "list": lambda s: [1, s, None],
    "tuple": lambda s: (s,),
    "set": lambda s: {s},
    "frozen set": lambda s: frozenset({s}),
    "deque": lambda s: deque([s]),
    "ordered dict": lambda s: OrderedDict(k=s),
    "user dict": lambda s: UserDict({"k": s}),
    "chained maps": lambda s: ChainMap({"k": s}),
    "mapping proxy": lambda s: MappingProxyType({"k": s}),
    "named tuple": lambda s: _Pair("n", s),
    "data class": _Data,
    "attrs class": _Attrs,
    "subclass of text": _Text,
    "bytes": lambda s: s.encode(),
    "byte array": lambda s: bytearray(s.encode()),
    "memory view": lambda s: memoryview(s.encode()),
    "path": lambda s: PurePosixPath("/home") / s,
    "exception": lambda s: ValueError(f"bad key {s}"),
    "exception as a value": lambda s: {"error": KeyError(s)},
    "object with a text": _Shown,
    "generator": lambda s: (character for character in [s]),
    "depth 12": lambda s: _nested(s, 12),
    "depth 30": lambda s: _nested(s, 30),
    "depth 120": lambda s: _nested(s, 120),
    "json in a list in a dict": lambda s: {"calls": [{"arguments": _json(s, 2)}]},
}
"""Ways to write a secret into a value; the text carriers come on top."""


@frozen(kw_only=True)
class Plant:
    """A payload with a secret in it: in which field, in which carrier."""

    field: str
    carrier: str
    payload: Payload


def _part(make: Callable[[Any], Any]) -> Callable[[Payload, Any], Payload]:
    return lambda payload, value: evolve(payload, input_messages=(
        *payload.input_messages, Message(role="user", parts=[make(value)])))  # fmt: skip


def _set(name: str, make: Callable[[Any], Any] = lambda value: value) -> Any:
    return lambda payload, value: evolve(payload, **{name: make(value)})


_ERROR = Error(type="E", message="m")
_TEXTS = (
    "name", "provider_name", "request_model", "response_model", "response_id", "server_address",
    "deployment_id", "model_alias", "service_tier", "cache_key", "session_id", "user_id", "team_id",
    "organization_id", "project_id", "key_alias", "key_hash", "prompt_name", "prompt_version",
    "environment", "service_name", "release", "host_name",
)  # fmt: skip

TEXT_FIELDS: Mapping[str, Callable[[Payload, str], Payload]] = {
    **{name: _set(name) for name in _TEXTS},
    "tags": _set("tags", lambda text: ("a", text)),
    "text part": _part(lambda text: Text(content=text)),
    "reasoning part": _part(lambda text: Reasoning(content=text)),
    "signature": _part(lambda text: Reasoning(content="", signature=text)),
    "tool name": _part(lambda text: ToolCall(name=text)),
    "tool call id": _part(lambda text: ToolCall(name="t", id=text)),
    "tool result id": _part(lambda text: ToolResult(id=text)),
    "media content": _part(lambda text: Media(modality="file", content=text)),
    "media address": _part(lambda text: Media(modality="image", uri=text)),
    "media file": _part(lambda text: Media(modality="image", file_id=text)),
    "media type": _part(lambda text: Media(modality="image", mime_type=text)),
    "role": lambda payload, text: evolve(payload, output_messages=(Message(role=text),)),
    "message name": _set("output_messages", lambda text: (Message(role="user", name=text),)),
    "finish reason": _set(
        "output_messages", lambda text: (Message(role="assistant", finish_reason=text),)),
    "error type": _set("error", lambda text: evolve(_ERROR, type=text)),
    "error message": _set("error", lambda text: evolve(_ERROR, message=text)),
    "error code": _set("error", lambda text: evolve(_ERROR, code=text)),
    "error request": _set("error", lambda text: evolve(_ERROR, request_id=text)),
    "stack trace": _set("error", lambda text: evolve(_ERROR, stacktrace=text)),
    "attempt error": _set("attempts", lambda text: (
        Attempt(number=1, error=evolve(_ERROR, message=text)),)),
    "attempt model": _set("attempts", lambda text: (Attempt(number=1, model=text),)),
    "attempt address": _set("attempts", lambda text: (Attempt(number=1, server_address=text),)),
    "guardrail name": _set("guardrails", lambda text: (Guardrail(name=text, verdict="passed"),)),
    "guardrail reason": _set("guardrails", lambda text: (
        Guardrail(name="g", verdict="blocked", reason=text),)),
    "cost reason": _set("cost", lambda text: Cost(reason=text)),
    "cost model": _set("cost", lambda text: Cost(model=text)),
    "earlier change": _set("changes", lambda text: (
        Change(path=text, action="cut", rule=text),)),
}  # fmt: skip
"""Where a text may stand in a payload."""

VALUE_FIELDS: Mapping[str, Callable[[Payload, Any], Payload]] = {
    "metadata": _set("metadata", lambda value: {"note": value}),
    "attributes": _set("attributes", lambda value: {"note": value}),
    "parameters": _set("parameters", lambda value: {"stop": value}),
    "rate limit": _set("rate_limit", lambda value: {"x-header": value}),
    "tools": _set("tools", lambda value: ({"name": "t", "description": value},)),
    "input value": _set("input_value"),
    "output value": _set("output_value", lambda value: {"result": value}),
    "tool arguments": _part(lambda value: ToolCall(name="t", arguments=value)),
    "tool result": _part(lambda value: ToolResult(response=value)),
    "raw part": _part(lambda value: Raw(value=value)),
    "usage object": _set("usage", lambda value: Usage(raw={"provider": value})),
}  # fmt: skip
"""Where any value may stand in a payload."""

FIELDS = {**TEXT_FIELDS, **VALUE_FIELDS}
CARRIERS = {**TEXT_CARRIERS, **VALUE_CARRIERS}


def matrix(secret: str = CANARY, base: Payload | None = None) -> Iterator[Plant]:
    """Yield a payload for every carrier in every field that can hold it."""
    base = sample("bare") if base is None else base
    for number, (place, name) in enumerate(_places()):
        value = CARRIERS[name](secret)
        if place in VALUE_FIELDS:
            value, _ = plain(value)
        payload = _numbered(base, number)
        yield Plant(field=place, carrier=name, payload=FIELDS[place](payload, value))


def diagonal(secret: str = CANARY, base: Payload | None = None) -> Iterator[Plant]:
    """Yield every field and every carrier at least once: a short matrix for slow ways."""
    wide = {(place, "sentence") for place in FIELDS}
    long = {("metadata", name) for name in CARRIERS} | {("text part", n) for n in TEXT_CARRIERS}
    for plant in matrix(secret, base):
        if (plant.field, plant.carrier) in wide | long:
            yield plant


def _places() -> Iterator[tuple[str, str]]:
    for place in FIELDS:
        for name in TEXT_CARRIERS if place in TEXT_FIELDS else CARRIERS:
            yield place, name


def _numbered(payload: Payload, number: int) -> Payload:
    return evolve(payload, id=f"019a3f5e-0000-7000-c000-{number:012x}", span_id=f"c{number:015x}")


def traces(content: bytes | str, secret: str = CANARY) -> list[str]:
    """Return in which forms a secret is still in what left, by name; none is what is wanted."""
    text = content.decode(errors="replace") if isinstance(content, bytes) else content
    return [name for name, form in _forms(secret).items() if form in text]


@cache
def _forms(secret: str) -> Mapping[str, str]:
    """Return every text that would give the secret away: as carried, and as JSON writes that."""
    forms: dict[str, str] = {}
    for name, carry in TEXT_CARRIERS.items():
        carried = carry(secret)
        forms[name] = carried
        forms[f"{name}, in JSON"] = json.dumps(carried, ensure_ascii=False)[1:-1]
        forms[f"{name}, in ASCII JSON"] = json.dumps(carried)[1:-1]
    for before in ("", "a", "ab"):
        forms[f"base64 after {len(before)}"] = _base64(before + secret)[4:-4]
    return forms
