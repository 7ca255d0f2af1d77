"""How a call ended: its status, its error, what guardrails said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import evolve

from llmlog import Error, Guardrail
from llmlog.bridging import items, mapping, read_error, text
from llmlog.payload import Status
from llmlog_litellm.event import Event, Item, seconds

_GIVEN_UP = ("CancelledError", "GeneratorExit", "KeyboardInterrupt")
_RETRYABLE = (408, 409, 429)
_SERVER, _CLIENT = 500, 400
Verdict = Literal["passed", "edited", "blocked", "error"]
_VERDICTS: Mapping[str, Verdict] = {
    "success": "passed", "guardrail_flagged": "passed", "guardrail_intervened": "blocked",
    "guardrail_failed_to_respond": "error",
}  # fmt: skip


def status_of(event: Event) -> Status:
    """Return how it ended."""
    said = event.standard
    if said.get("status") == "success":
        return "success"
    if mapping(said.get("error_information")).get("error_class") in _GIVEN_UP:
        return "aborted"
    verdict = mapping(said.get("status_fields")).get("guardrail_status")
    return "blocked" if verdict == "guardrail_intervened" else "failure"


def error_of(event: Event) -> Error | None:
    """Return what went wrong: LiteLLM's words, and what the exception knows beyond them."""
    said = event.standard
    if said.get("status") == "success":
        return None
    told = mapping(said.get("error_information"))
    known = read_error(event.exception) if event.exception else None
    code = text(told.get("error_code")) or ""
    known_code = known.status_code if known else None
    status_code = int(code) if code.isdigit() else known_code
    made = known or Error(type="Exception", message="", retryable=_retryable(status_code))
    return evolve(
        made,
        type=text(told.get("error_class")) or made.type,
        message=text(told.get("error_message")) or text(said.get("error_str")) or made.message,
        status_code=status_code,
        request_id=text(told.get("error_provider_request_id")) or made.request_id,
        stacktrace=text(told.get("traceback")),
    )


def _retryable(code: int | None) -> bool | None:
    if code is None or code < _CLIENT:
        return None
    return code in _RETRYABLE or code >= _SERVER


def guardrails(event: Event) -> tuple[Guardrail, ...]:
    """Return what each guardrail that ran said."""
    told = event.standard.get("guardrail_information")
    rows = [mapping(row) for row in (items(told) or ([told] if told else []))]
    return tuple(_guardrail(row) for row in rows if row.get("guardrail_status") != "not_run")


def _guardrail(row: Item) -> Guardrail:
    verdict = _VERDICTS.get(str(row.get("guardrail_status")), "passed")
    masked = any(mapping(row.get("masked_entity_count")).values())
    duration_s = seconds(row.get("duration"))
    return Guardrail(
        name=str(row.get("guardrail_name") or "guardrail"),
        verdict="edited" if masked and verdict == "passed" else verdict,
        provider=text(row.get("guardrail_provider")),
        reason=text(row.get("guardrail_action")),
        duration_ns=None if duration_s is None else int(duration_s * 1e9),
    )
