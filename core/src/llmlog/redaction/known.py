"""Known values: the credentials of this process, hidden wherever they turn up."""

from __future__ import annotations

import json
import logging
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus
from weakref import WeakSet

import attrs
from attrs import define, field

from llmlog.guard import guarded
from llmlog.redaction.form import other_forms
from llmlog.secret import Secret

SHORTEST = 6
FEW = 300
PLACEHOLDER = "[credential:known]"


@define(eq=False)
class Known:
    """The values to hide, in the ways that they may be written; never shown by `repr`.

    One object serves all of a Logger's policies, so that each hides what any plugin was told.
    """

    forms: tuple[str, ...] = field(default=(), repr=False)
    shortest: int = field(default=0, init=False)
    heads: Mapping[str, Sequence[str]] = field(factory=dict, init=False, repr=False)

    def learn(self, settings: Any) -> None:
        """Hide the value of every `Secret` in a settings object too.

        Values under six characters would hide ordinary words and are left out.
        """
        values = {value for value in secrets_in(settings) if len(value) >= SHORTEST}
        forms = {*self.forms, *(form for value in values for form in _forms(value))}
        if len(forms) == len(self.forms):
            return
        self.heads = _by_head(forms) if len(forms) > FEW else {}
        self.forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))
        self.shortest = len(self.forms[-1])

    def in_any(self, texts: Iterable[str]) -> bool:
        """Say whether a known value is in one of these texts."""
        if not self.forms:
            return False
        together = "\n".join(text for text in texts if len(text) >= self.shortest)
        return any(form in written for written in (together, *other_forms(together))
                   for form in self._candidates(written))  # fmt: skip

    def _candidates(self, text: str) -> Sequence[str]:
        """Return the forms that may be in a text; of many, those whose beginning is in it."""
        if not self.heads:
            return self.forms
        begun = {text[at : at + SHORTEST] for at in range(len(text))}
        found = [form for head in begun & self.heads.keys() for form in self.heads[head]]
        return sorted(found, key=lambda form: (-len(form), form))

    def scrub(self, text: str) -> tuple[str, int]:
        """Return the text without any known value, and how many were in it."""
        count = 0
        for form in self._candidates(text):
            if form in text:
                count += text.count(form)
                text = text.replace(form, PLACEHOLDER)
        return text, count

    def __call__(self, text: str) -> str:
        """Return the text without any known value; nothing of it if that fails."""
        return guarded(lambda: self.scrub(text)[0], otherwise=lambda _: "[hidden: failed]")


def _by_head(forms: Iterable[str]) -> Mapping[str, Sequence[str]]:
    heads: dict[str, list[str]] = {}
    for form in forms:
        heads.setdefault(form[:SHORTEST], []).append(form)
    return heads


def known_values(*settings: Any) -> Known:
    """Return the values of every `Secret` in these settings objects."""
    known = Known()
    for each in settings:
        known.learn(each)
    return known


def secrets_in(value: Any) -> Iterator[str]:
    """Yield the texts of all secrets in a settings object, however nested."""
    if isinstance(value, Secret):
        yield value.reveal()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secrets_in(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from secrets_in(item)
    elif attrs.has(type(value)):
        for item in attrs.fields(type(value)):
            yield from secrets_in(getattr(value, item.name))


def _forms(value: str) -> Iterator[str]:
    """Yield how a value may be written: as it is, in JSON, in an address, in base64, in hex."""
    once = json.dumps(value)[1:-1]
    yield from (value, once, json.dumps(once)[1:-1], repr(value)[1:-1])
    yield from (quote(value, safe, errors="surrogatepass") for safe in ("", "/"))
    yield quote_plus(value, errors="surrogatepass")
    content = value.encode(errors="surrogatepass")
    yield content.hex()
    for before, first in enumerate((0, 2, 3)):
        whole = b"\0" * before + content
        usable = len(whole) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(whole).decode()[first:usable]


class LogFilter(logging.Filter):
    """Keeps known values out of llmlog's own log lines, exceptions in them included."""

    def __init__(self) -> None:
        super().__init__()
        self._known: WeakSet[Known] = WeakSet()

    def watch(self, known: Known) -> None:
        """Hide these values too, as long as they are in use."""
        self._known.add(known)

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite a record that holds a known value; drop none."""
        guarded(self._rewrite, record, otherwise=lambda _: _silence(record))
        return True

    def _rewrite(self, record: logging.LogRecord) -> None:
        record.msg, record.args = self._scrubbed(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = self._scrubbed(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None

    def _scrubbed(self, text: str) -> str:
        for known in tuple(self._known):
            text = known(text)
        return text


def _silence(record: logging.LogRecord) -> None:
    record.msg, record.args, record.exc_info, record.exc_text = "[hidden: failed]", (), None, None


_filter = LogFilter()


def watch_log(known: Known) -> None:
    """Keep these values out of the logger `llmlog` from now on."""
    _filter.watch(known)
    logging.getLogger("llmlog").addFilter(_filter)
