"""The tries of one call, which LiteLLM tells of one by one: by its router, or by its SDK."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from attrs import evolve, frozen

from llmlog import Attempt, Error
from llmlog.bridging import address_of, items, mapping, plain, provider_named, text
from llmlog_litellm.event import Event, Item, times_ns
from llmlog_litellm.outcome import error_of, status_of

_SOON_S = 2.0
_AT_MOST_S = 65.0
ENDS_WITHIN_S = 600.0
"""How long a try that has begun may take, as LiteLLM's own limit is."""


@frozen
class Mark:
    """What a try says of the tries before it. `before` is the last one that its router knows."""

    call_id: str | None
    trace_id: str | None
    before: Item | None

    def follows(self, tries: Sequence[Event]) -> bool:
        """Say whether this try is one of the same call, after these."""
        last = tries[-1].standard
        if self.call_id and self.call_id == last.get("litellm_call_id"):
            return True
        if self.before is None or self.trace_id != last.get("litellm_trace_id"):
            return False
        return self.before.get("deployment_id") in (None, last.get("model_id"))


def mark_of(details: Mapping[str, Any]) -> Mark:
    """Read a mark from what LiteLLM hands to its callbacks, as a try begins or ends."""
    request = details.get("litellm_params") or {}
    facts = request.get("metadata") or details.get("metadata") or {}
    known = items(plain(list(facts.get("previous_models") or ()))[0])
    return Mark(
        call_id=text(details.get("litellm_call_id")),
        trace_id=text(details.get("litellm_trace_id")),
        before=mapping(known[-1]) if known else None,
    )


def is_of(fields: Mapping[str, Any], model: object, messages: object) -> bool:
    """Say whether a client's request is the one that LiteLLM is about to send."""
    asked, sent = fields.get("messages"), str(fields.get("model"))
    if str(model) != sent and not str(model).endswith(f"/{sent}"):
        return False
    return _last_words(asked) in (None, _last_words(messages))


def _last_words(turns: object) -> Any:
    """Return what was said last, None for what is no conversation."""
    last = turns[-1] if isinstance(turns, list) and turns else None
    return last.get("content") if isinstance(last, Mapping) else getattr(last, "content", None)


def patience_s(event: Event, details: Mapping[str, Any]) -> float:
    """Return for how long another try may follow: routers wait a minute at most, fallbacks not."""
    facts = (details.get("litellm_params") or {}).get("metadata") or {}
    done, most = facts.get("attempted_retries"), facts.get("max_retries")
    error = error_of(event)
    waits = isinstance(done, int) and isinstance(most, int) and done < most
    return _AT_MOST_S if waits and error and error.retryable else _SOON_S


def all_known(event: Event, details: Mapping[str, Any]) -> Event:
    """Add what a proxy's router remembers once all is over; a proxy tells of one failure alone."""
    facts = details.get("metadata") or {}
    told = items(plain(list(facts.get("previous_models") or ()))[0])
    *earlier, _ = _distinct(map(mapping, told)) or (None,)
    return evolve(event, tries=tuple(earlier)) if len(earlier) > len(event.tries) else event


def _distinct(tries: Iterable[Item]) -> tuple[Item, ...]:
    """Return each try once; a router may remember one twice."""
    names = ("model_group", "deployment_id", "attempted_retries")
    known = {tuple(map(one.get, names)): one for one in reversed(tuple(tries))}
    return tuple(reversed(known.values()))


def attempts(event: Event) -> tuple[Attempt, ...]:
    """Return every try of a call, the last one included, if there was more than one."""
    remembered = _distinct(event.tries)
    if len(remembered) > len(event.earlier):
        return tuple(_numbered((*map(_remembered, remembered), _told(event))))
    return tuple(_numbered(map(_told, (*event.earlier, event)))) if event.earlier else ()


@frozen
class _Try:
    """One try, as it is known, and the group of models that it asked."""

    group: str | None
    facts: dict[str, Any]


def _numbered(tries: Iterable[_Try]) -> Iterator[Attempt]:
    before: _Try | None = None
    for number, one in enumerate(tries, 1):
        yield Attempt(number=number, reason=_reason(before, one), **one.facts)
        before = one


def _reason(before: _Try | None, one: _Try) -> Literal["first", "retry", "fallback"]:
    if before is None:
        return "first"
    return "retry" if before.group == one.group else "fallback"


def _remembered(said: Item) -> _Try:
    """Read a try that a router remembers: when it ran is not known."""
    error = Error(type=str(said.get("exception_type")), message=str(said.get("exception_string")))
    facts = {"status": "failure", "model": text(said.get("model")), "error": error}
    return _Try(text(said.get("model_group")), facts)


def _told(event: Event) -> _Try:
    """Read a try that LiteLLM told of when it ended."""
    said = event.standard
    begun_ns, ended_ns = times_ns(said)
    hidden = mapping(said.get("hidden_params"))
    facts = {
        "status": status_of(event),
        "provider_name": provider_named(text(said.get("custom_llm_provider"))),
        "model": text(said.get("model")),
        "server_address": address_of(text(said.get("api_base")) or text(hidden.get("api_base")))[0],
        "start_unix_ns": begun_ns,
        "end_unix_ns": ended_ns,
        "error": error_of(event),
    }
    return _Try(text(said.get("model_group")) or text(said.get("model")), facts)
