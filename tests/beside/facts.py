"""Which facts of a call stand in what was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone

from attrs import frozen

from beside.call import ANSWERED, HOST, LEFT, MODEL, PARAMETERS, TOKENS, cost, word

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.]*[-\w])")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_APART = re.compile(r'"seconds": ?(\d+), ?"milliseconds": ?(\d+)')
UNITS = (1.0, 1e3, 1e6, 1e9)
SLACK_S = 0.06
WORDS = {
    "system instruction": "instruction", "question": "question", "answer": "answer",
    "offered tools": "offer", "arguments of the tool call": "arguments", "session": "session",
    "id of the tool call": "call", "user": "user", "tag": "tag", "metadata": "metadata", "id of the response": "response",
    "provider's request id": "request", "system fingerprint": "fingerprint",
    "error message": "broken", "error code": "code",
}  # fmt: skip
NAMES = {"model asked for": rf"{MODEL}(?!-2024)", "model that answered": ANSWERED,
         "finish reason": "content_filter", "stack trace": r"Traceback|File \"|in create\b",
         "error type": "BadRequestError", "error status": r"(?<![\d.])400(?![\d.])",
         "provider": r"\bopenai\b", "address of the API": rf"\b{HOST}\b",
         "name of the tool": r"\blook_up\b"}  # fmt: skip
_SPAN = ("start", "end", "duration")
OF_FAILURES = {
    "error message", "error code", "error type", "error status", "stack trace",
}  # fmt: skip
OF_ANSWERS = {
    "answer", "arguments of the tool call", "id of the tool call",
    "id of the response", "system fingerprint",
    "model that answered", "finish reason",
}  # fmt: skip


@frozen
class Moments:
    """When one call was made and ended, by its caller and by the model; seconds since 1970."""

    asked: float
    ended: float
    heard: float
    answered: float
    first: float | None = None


def found(case: str, text: str, moments: Moments, identity: str,
          kept: Mapping[str, str]) -> set[str]:  # fmt: skip
    """Return the names of the facts of one call that are in what was sent about it.

    `kept` are the words of facts that are not the call's own, such as the environment's name.
    """
    said = {fact for fact, stem in WORDS.items() if word(stem, case) in text}
    said |= {fact for fact, each in kept.items() if each in text}
    said |= {fact for fact, pattern in NAMES.items() if re.search(pattern, text)}
    if identity and identity.replace("-", "") in text.replace("-", ""):
        said.add("id of the record")
    numbers = [float(each) for each in _NUMBER.findall(text)]
    said |= _counts(case, numbers) | _times(text, numbers, moments)
    return said - (OF_ANSWERS if case == "failure" else OF_FAILURES)


def _counts(case: str, numbers: list[float]) -> set[str]:
    wanted: dict[str, set[float]] = {"rate limit": {LEFT}}
    wanted |= {name: {value} for name, value in PARAMETERS.items()}
    if case in TOKENS:
        tokens = TOKENS[case]
        wanted |= {
            "tokens in": {tokens.input, tokens.input - tokens.cached},
            "tokens out": {tokens.output, tokens.output - tokens.reasoning},
            "tokens from a cache": {tokens.cached}, "tokens of reasoning": {tokens.reasoning},
            "cost": {cost(case), cost(case, discount=False)},
            "cost of the input": {cost(case, output=False),
                                  cost(case, discount=False, output=False)},
        }  # fmt: skip
    return {fact for fact, values in wanted.items()
            if any(abs(number - value) <= 1e-4 * value for number in numbers
                   for value in values)}  # fmt: skip


def _times(text: str, numbers: list[float], moments: Moments) -> set[str]:
    """Return which of start, end, duration and first chunk are there, in whatever unit."""
    instants = [number / unit for number in numbers for unit in UNITS if _is_moment(number / unit)]
    instants += [float(whole) + float(part) / 1e3 for whole, part in _APART.findall(text)]
    instants += list(_written(text))
    spans = list(_spans(numbers))
    said = {"start": _between(instants, moments.asked, moments.heard),
            "end": _between(instants, moments.answered, moments.ended),
            "duration": _between(spans, moments.answered - moments.heard,
                                 moments.ended - moments.asked)}  # fmt: skip
    if moments.first is not None:
        late = moments.first - moments.heard, moments.first - moments.asked + 4 * SLACK_S
        said["time to the first chunk"] = _between(spans, *late) or _between(
            instants, moments.first, moments.first + 4 * SLACK_S)  # fmt: skip
    if sum(said[name] for name in _SPAN) > 1:  # two of them tell the third
        said |= dict.fromkeys(_SPAN, True)
    return {fact for fact, there in said.items() if there}


def _is_moment(seconds: float) -> bool:
    """Say whether it is a moment of these years, in seconds since 1970."""
    return 1.6e9 < seconds < 2.1e9


def _spans(numbers: list[float]) -> Iterator[float]:
    """Yield what may be durations, in seconds: no moment is one, and no whole number of seconds."""
    for number in numbers:
        if any(_is_moment(number / unit) for unit in UNITS):
            continue
        yield from (number / unit for unit in UNITS if unit > 1 or number % 1)


def _between(values: list[float], low: float, high: float) -> bool:
    return any(low - SLACK_S <= value <= high + SLACK_S for value in values)


def _written(text: str) -> Iterator[float]:
    """Yield the moments that are written as dates, in seconds since 1970."""
    for day, clock, part, zone in _MOMENT.findall(text):
        offset = "+00:00" if zone in ("", "Z") else zone
        moment = datetime.fromisoformat(f"{day}T{clock}{offset}")
        yield moment.astimezone(timezone.utc).timestamp() + float(part or 0)
