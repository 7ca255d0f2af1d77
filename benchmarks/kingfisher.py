"""Samples of secrets by the rules of Kingfisher, a list from which no rule of ours was written.

A rule's pattern says what a secret looks like, and often what stands before it. Between the two it
allows any text, which becomes `_` and `=` here. Each sample is made, by seed; the examples that the
rules carry are left out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import rstr
import yaml
from attrs import frozen

_NO_FORM = re.compile(
    "Client ID|Username|Recipient|Password Hash|Weak Password|Key ID|Private Key|Crumb|PsExec|ODBC"
    "|Google OAuth Credentials|Connection String|Postgres URL|URI with|in a URL|URI Password"
    "|RabbitMQ Credential|netrc|Gradle|GCP API Token"
)
"""Names of rules about what is public, hashed or guessed, and of whole phrases and files."""

_FLAGS = re.compile(r"\A(?:\s*\(\?[a-z]+\))+")
_GAP = re.compile(r"(?:(?:\(\?:\.\|\[(?:\\n\\r|\\r\\n)\]\)|\.|\\s)\{\d+,\d+\}\??)+")
_LONG = re.compile(r"(\[(?:\\.|[^\]\\])+\]|\\S)\{(\d+)(,(\d*))?\}")
_TURNS, _MORE = 90, 25
"""So many turns of a repetition rstr makes; so many more than the least there are."""

LEAST = 10
"""What is shorter is no secret, but which of two kinds it is."""


@frozen
class Form:
    """What a rule describes: a pattern, one to sample, and whether a name announces the secret."""

    id: str
    pattern: re.Pattern[str]
    source: str
    announced: bool

    def samples(self, seed: int, count: int) -> Iterator[tuple[str, str]]:
        """Yield texts, each up to the end of the secret in it, and the secret."""
        maker = rstr.Rstr(random.Random(f"{seed} {self.id}"))
        for _ in range(count):
            text = maker.xeger(self.source)
            if found := self.pattern.search(text):
                longest = max((*found.groups(), ""), key=lambda group: len(group or ""))
                secret = longest if len(longest) >= LEAST else found[0]
                yield text[: text.index(secret) + len(secret)], secret


def forms(folder: Path) -> Iterator[Form]:
    """Yield the forms that a folder of rules describes, if samples can be made of them."""
    for path in sorted(folder.glob("*.yml")):
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]:
            if rule.get("visible") is not False and not _NO_FORM.search(rule["name"]):
                try:
                    yield _form(rule)
                except re.error:
                    continue


def _form(rule: Mapping[str, Any]) -> Form:
    """Return the form that a rule describes; raise `re.error` if Python cannot read its pattern."""
    written = rule["pattern"]
    flags = _FLAGS.match(written)
    body = written[flags.end() :] if flags else written
    if flags and "x" in flags[0]:
        body = re.sub(r"(?<!\\)\s+", "", re.sub(r"(?m)(?<![\\\[])#[^\n\]]*$", "", body))
    body = re.sub(r"\(\?-?[imsx]+:", "(?:", re.sub(r"\(\?[imsx]+\)", "", body))
    announced = bool(_GAP.search(body)) or r"\s" in body
    source = _LONG.sub(_bounded, _filled(body))
    re.compile(source)
    return Form(rule["id"], re.compile(written), source, announced)


def _filled(body: str) -> str:
    """Return a pattern with `_` for what is between names, and ` = ` for what is before a value."""
    gaps = list(_GAP.finditer(body))
    for number, gap in reversed(list(enumerate(gaps))):
        instead = " = " if number == len(gaps) - 1 else "_"
        body = body[: gap.start()] + instead + body[gap.end() :]
    return body.replace(r"\s*", "").replace(r"\s+", " ")


def _bounded(repeat: re.Match[str]) -> str:
    """Return a repetition in pieces that rstr can make."""
    least = int(repeat[2])
    most = min(int(repeat[4] or 999), least + _MORE) if repeat[3] else least
    whole, rest = divmod(least, _TURNS)
    pieces = f"{repeat[1]}{{{_TURNS}}}" * whole
    return f"{pieces}{repeat[1]}{{{rest},{rest + most - least}}}"
