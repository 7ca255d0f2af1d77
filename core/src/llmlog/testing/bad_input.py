"""Bad input: what an application may give to a call, class by class, and what has to come of it.

Nothing raises, the record arrives and says what was changed, and the records beside it arrive as
they are. Objects in it misbehave when they are asked anything: they are to be named, not asked.
"""

from __future__ import annotations

import array
import ctypes
import decimal
import enum
import io
import itertools
import mmap
import threading
import types
import weakref
from collections import ChainMap, OrderedDict, UserDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final
from unittest.mock import MagicMock
from uuid import UUID

from attrs import frozen

from llmlog.payload import Payload

Make = Callable[[], Any]

NUMBERS: Final[Mapping[str, Any]] = {
    "nan": float("nan"), "infinity": float("inf"), "minus infinity": float("-inf"),
    "minus zero": -0.0, "denormal": 5e-324, "largest": 1.797e308, "beyond a double": 2**53 + 1,
    "2 to 63": 2**63, "2 to 64": 2**64, "below 64 bits": -(2**63) - 1, "huge": 10**5000,
    "decimal nan": Decimal("NaN"), "signalling nan": Decimal("sNaN"),
    "decimal huge": Decimal("1E+999999"), "fraction": Fraction(1, 3), "complex": 1 + 2j,
    "bool": True,
}  # fmt: skip

TEXTS: Final[Mapping[str, str]] = {
    "empty": "", "nul": "a\x00b", "controls": "".join(map(chr, range(32))) + "\x80\x9f",
    "delete": "\x7f", "high surrogate": "a\ud800b", "low surrogate": "\udfff",
    "pair as two": "\ud83d\ude00", "noncharacters": "\ufffe\uffff", "separators": "\u2028\u2029",
    "byte order mark": "a\ufeffb", "bidi": "\u202eabc\u2066", "zero width": "s\u200bk\u200d-",
    "family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "turkish": "I\u0131\u0130\u00df\u03c2", "line ends": "a\r\nX-Header: b\rc\nd",
    "terminal": "\x1b[31mred\x1b]8;;http://example.com\x07", "format": "%s %n {0.__class__}",
    "template": "{{7*7}}${jndi:ldap://x}<script>alert(1)</script>`id`",
    "csv": "=cmd|'/C calc'!A0", "sql": "'; DROP TABLE x; --", "path": "../../etc/passwd",
    "mojibake": "Zo\xc3\xab", "file name": "a\udcffb",
}  # fmt: skip

LONG: Final[Mapping[str, str]] = {"zalgo": "e" + "\u0301" * 10_000, "line of 50 KB": "x" * 50_000}

BYTES: Final[Mapping[str, Make]] = {
    "no bytes": bytes, "invalid": lambda: b"\xff\xfe\x00", "overlong": lambda: b"\xc0\xaf",
    "utf-16": lambda: "a".encode("utf-16"), "view": lambda: memoryview(b"abcdef")[::2],
    "bytearray": lambda: bytearray(b"abc"), "mapped": lambda: mmap.mmap(-1, 16),
    "data uri": lambda: "data:image/png;base64," + "iVBORw0KGgo=" * 50,
    "broken data uri": lambda: "data:;base64,%%%",
}  # fmt: skip


class Colour(enum.Enum):
    """A key that is an enumeration's."""

    RED = "red"


KEYS: Final[Mapping[str, Any]] = {
    "int and text": {1: "a", "1": "b"}, "none": {None: 1}, "true": {True: 1, "True": 2},
    "nan key": {float("nan"): 1}, "tuple": {(1, 2): 1}, "bytes key": {b"k": 1},
    "enum": {Colour.RED: 1}, "object": {object(): 1}, "empty key": {"": 1},
    "dots and dollars": {"a.b": 1, "$set": {"$where": 1}}, "long key": {"k" * 7_000: 1},
    "prototype": {"__proto__": 1, "constructor": 2, "__class__": 3},
    "composed": {"\u00e9": 1, "e\u0301": 2}, "case": {"Key": 1, "key": 2, "KEY": 3},
    "reserved": {"@timestamp": 1, "_id": 2, "time": 3, "dd": 4, "$ai_model": 5, "id": 6, "_time": 7,
                 "timestamp": "x", "level": 9, "message": 10, "host": 11, "event": 12},
    "labels": {"a|b:c#d\ne\u00e9": "v|w:x#y\nz"}, "many": {f"key-{n}": n for n in range(200)},
}  # fmt: skip


def _cycle() -> list[Any]:
    made: list[Any] = []
    made.append({"again": made})
    return made


def _mutual() -> dict[str, Any]:
    one: dict[str, Any] = {}
    other = {"one": one}
    one["other"] = other
    return one


def _deep(levels: int) -> Any:
    made: Any = "bottom"
    for number in range(levels):
        made = [made] if number % 2 else {"k": made}
    return made


def _laughs(levels: int = 30) -> Any:
    made: Any = ["ha"]
    for _ in range(levels):
        made = [made, made]
    return made


class _Endless(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        return itertools.count()


class _EndlessMapping(dict[Any, Any]):
    def items(self) -> Any:
        return ((number, number) for number in itertools.count())


class _Liar(UserDict[str, Any]):
    def __len__(self) -> int:
        return 10**9


def _dead() -> Any:
    return weakref.proxy(threading.Event())


async def _awaited() -> Any:
    yield 1


_Pair = namedtuple("_Pair", "left right")  # noqa: PYI024  # untyped ones come too

ENDLESS: Final[Mapping[str, Make]] = {
    "key of 70 KB": lambda: {"k" * 70_000: 1}, "laughs": _laughs,
    "endless list": lambda: _Endless([1]), "endless mapping": lambda: _EndlessMapping(a=1),
    "endless range": lambda: range(10**15),
    "10 MB": lambda: "x" * 10_000_000, "a million keys": lambda: dict.fromkeys(range(10**6)),
}  # fmt: skip
"""What has to be cut: by the time that a plugin sees it, it is like any other."""


def _caused() -> BaseException:
    first, second = ValueError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    return first


@dataclass
class _Node:
    value: Any
    next: Any = field(default=None)


def _node() -> _Node:
    made = _Node(object())
    made.next = made
    return made


STRUCTURES: Final[Mapping[str, Make]] = {
    "cycle": _cycle, "mutual cycle": _mutual, "deep": lambda: _deep(1_000),
    "wide": lambda: list(range(2_000)), "generator": lambda: (n for n in "ab"),
    "endless iterator": itertools.count,
    "async generator": _awaited, "default": lambda: defaultdict(list, a=[1]),
    "ordered": lambda: OrderedDict(a=1), "chain": lambda: ChainMap({"a": 1}, {"b": 2}),
    "proxy": lambda: types.MappingProxyType({"a": 1}), "liar": lambda: _Liar(a=1),
    "pair": lambda: _Pair(1, object()), "deque": lambda: deque([1, (2, 3)]),
    "mixed set": lambda: {1, "a", None}, "frozen set": lambda: frozenset({1}),
    "array": lambda: array.array("d", [1.0]), "dead": _dead, "mock": MagicMock,
    "module": lambda: types, "class": lambda: Payload, "function": lambda: _cycle,
    "partial": lambda: partial(_cycle), "method": lambda: [].append, "lock": threading.Lock,
    "file": io.BytesIO, "thread": threading.current_thread, "c structure": lambda: ctypes.c_int(3),
    "exception": _caused, "dates": lambda: [
        datetime.min, datetime.max, date.min,  # noqa: DTZ901  # naive ones come too
        datetime(2026, 1, 1, tzinfo=timezone.utc), timedelta.max],
    "standard": lambda: [UUID(int=7), Path("a/b"), ip_network("10.0.0.0/8"), decimal.getcontext()],
    "data class": _node,
}  # fmt: skip


class _Raises:
    """An object that raises whatever it is asked."""

    def __init__(self, problem: BaseException) -> None:
        object.__setattr__(self, "_problem", problem)

    def _raise(self, *_: Any) -> Any:
        raise object.__getattribute__(self, "_problem")

    __repr__ = __str__ = __iter__ = __len__ = __bool__ = __hash__ = __eq__ = _raise
    __getattr__ = __reduce__ = __deepcopy__ = __float__ = __int__ = _raise


class _Itself:
    def __getattr__(self, name: str) -> _Itself:
        return self


class _Other:
    __class__ = dict  # type: ignore[assignment]


class _EvilText(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise ValueError

    __repr__ = __str__


class _NoDict:
    __slots__ = ()

    @property
    def model_fields(self) -> Any:
        raise SystemExit


class _Falls:
    def __repr__(self) -> str:
        return repr(self)


HOSTILE: Final[Mapping[str, Make]] = {
    "raises": lambda: _Raises(RuntimeError("no")), "exits": lambda: _Raises(SystemExit(3)),
    "interrupts": lambda: _Raises(KeyboardInterrupt()),
    "no memory": lambda: _Raises(MemoryError()), "no text": lambda: _Raises(RecursionError()),
    "itself": _Itself, "another class": _Other, "evil text": lambda: _EvilText("x"),
    "no dict": _NoDict, "falls": _Falls,
}  # fmt: skip


@frozen
class BadInput:
    """One call: what it is given, and what the model's client gave back."""

    name: str
    fields: Mapping[str, Any]
    response: Any = None


def _everywhere(name: str, value: Any) -> BadInput:
    """Return a call that has a value wherever a call can have any."""
    return BadInput(name, {
        "kind": "chat", "model": "example-model", "metadata": {"bad": value},
        "parameters": {"bad": value}, "attributes": {"bad": value}, "tools": [value],
        "messages": [{"role": "user", "content": value}, value],
    }, response=value)  # fmt: skip


def _said(name: str, text: str) -> BadInput:
    """Return a call that has a text wherever a call has a text."""
    names = ("name", "model", "provider", "session", "user", "team", "prompt_name", "response_id")
    return BadInput(name, {
        **dict.fromkeys(names, text), "messages": text, "tags": [text, text],
        "metadata": {text: text}, "parameters": {text: [text]},
    }, response=text)  # fmt: skip


SHAPES: Final[tuple[BadInput, ...]] = (
    BadInput("messages none", {"messages": None}),
    BadInput("messages dict", {"messages": {"role": "user"}}),
    BadInput("messages empty", {"messages": []}, []),
    BadInput("roles of no kind", {"messages": [{"role": 7, "content": None}, None, 3, "x"]}),
    BadInput("unknown parts", {"messages": [{"role": "user", "content": [
        {"type": "hologram", "data": b"x"}, {"type": "text", "text": None}, {"type": "image_url"},
        {"type": "tool_result", "content": [{"type": "tool_result", "content": [[]]}]},
        {"type": "thinking", "thinking": "x", "signature": 5}, {"type": "redacted_thinking"}]}]}),
    BadInput("arguments no json", {}, {"choices": [{"message": {"tool_calls": [
        {"id": 5, "function": {"name": None, "arguments": '{"a": NaN, "a": '}}]}}]}),
    BadInput("no choices", {}, {"id": None, "choices": [], "usage": None}),
    BadInput("unknown finish", {}, {"choices": [{"finish_reason": 7, "message": None}]}),
    BadInput("odd usage", {}, {"usage": {"prompt_tokens": -5, "completion_tokens": "many",
                                         "total_tokens": 1e30, "prompt_tokens_details": "x"}}),
    BadInput("more cached than sent", {}, {"usage": {
        "prompt_tokens": 5, "completion_tokens": 1,
        "prompt_tokens_details": {"cached_tokens": 50}}}),
    BadInput("html", {}, "<html><body>502 Bad Gateway</body></html>"),
    BadInput("response bytes", {}, b"\xff\xfe"),
    BadInput("model none", {"model": None, "provider": None}),
    BadInput("model of 10 KB", {"model": "m" * 10_000}),
    BadInput("model no text", {"model": 5, "provider": ["x"], "name": {"a": 1}}),
    BadInput("tags a text", {"tags": "one"}), BadInput("tags nested", {"tags": [["a"], None, 3]}),
    BadInput("many tags", {"tags": [f"tag-{n % 500}" for n in range(2_000)]}),
    BadInput("owners of no kind", {"session": 7, "user": object(), "team": ["x"]}),
    BadInput("metadata no mapping", {"metadata": [1, 2], "parameters": "x", "attributes": 3}),
    BadInput("client in metadata", {"metadata": {"client": threading.Event(), "environ": {}}}),
    BadInput("ids", {"id": "../../x", "response_id": "0" * 10_000, "traceparent": "00-0-0-00"}),
    BadInput("zero trace", {"traceparent": f"00-{'0' * 32}-{'0' * 16}-01"}),
    BadInput("odd kind", {"kind": "séance"}), BadInput("odd cost", {"cost_saved": float("nan")}),
    BadInput("fields of no kind", {"stream": "yes", "server_port": "443", "cache_hit": 1,
             "queue_ns": -1.5, "api_ns": 2**70, "usage": {"input_tokens": "x"}, "cost": 5,
             "cost_saved": "free", "guardrails": 7, "attempts": [None]}),
    BadInput("embeddings", {"kind": "embedding", "input": ["x"] * 50},
             {"data": [{"embedding": [0.5] * 300}] * 20}),
    BadInput("logprobs", {}, {"choices": [{"message": {"content": "x"},
                                           "logprobs": {"content": [{"logprob": -1.0}] * 500}}]}),
)  # fmt: skip


def bad_input() -> Iterator[BadInput]:
    """Yield every class of bad input but those of `endless`, each made anew."""
    for name, value in (*NUMBERS.items(), *KEYS.items()):
        yield _everywhere(name, value)
    for name, text in TEXTS.items():
        yield _said(name, text)
    for name, text in LONG.items():
        yield BadInput(name, {"messages": text}, response="x")
    for name, make in (*BYTES.items(), *STRUCTURES.items(), *HOSTILE.items()):
        yield _everywhere(name, make())
    yield from SHAPES


def endless() -> Iterator[BadInput]:
    """Yield what has no end, or nearly none."""
    for name, make in ENDLESS.items():
        yield BadInput(name, {"metadata": {"bad": make()}}, response="x")
