"""An alert, and the payload that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, fields_dict, frozen

from llmlog.identity import id_text, new_id, span_of
from llmlog.instant import iso
from llmlog.message import JSON
from llmlog.payload import Payload, Timing

State = Literal["firing", "resolved", "report"]
UNITS: Mapping[str, str] = {
    "failure_rate": "%", "latency": " s", "first_token": " s", "hanging": " s", "cost": " USD",
}  # fmt: skip
SHOWN_LABELS = ("request_model", "provider_name", "kind", "name", "environment", "service_name",
                "user_id", "team_id", "organization_id", "project_id", "session_id", "key_alias",
                "deployment_id", "prompt_name")  # fmt: skip


@frozen(kw_only=True)
class Alert:
    """What a rule found, for the calls that `labels` describe.

    `value` and `threshold` are in the unit of the measure: a share, seconds, US dollars or a
    count. `others` is how many more groups of the rule are told of together, `repeated` how often
    the rule fired again while it was cooling down, `lines` the body of a report.
    """

    rule: str
    measure: str
    state: State
    at_unix_ns: int
    since_unix_ns: int
    value: float | None = None
    threshold: float | None = None
    window_s: float | None = None
    calls: int | None = None
    others: int = 0
    repeated: int = 0
    labels: Mapping[str, str] = field(factory=dict)
    lines: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return what stays the same from the first alert to its resolution."""
        return ":".join((self.rule, *(f"{name}={self.labels[name]}" for name in self.labels)))

    @property
    def title(self) -> str:
        """Return one line without line breaks."""
        where = ", ".join(self.labels.values())
        head = f"{self.state}: {self.rule}" + (f" ({where})" if where else "")
        return " ".join(head.split())

    @property
    def text(self) -> str:
        """Return what happened, in a line or a few."""
        if self.lines:
            return "\n".join(self.lines)
        return f"{self._measured()}{self._bound()}{self._counted()}"

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Return what the alert is about, as pairs of a name and a text."""
        known = {
            **self.labels,
            "measure": self.measure,
            "value": None if self.value is None else shown(self.measure, self.value),
            "limit": None if self.threshold is None else shown(self.measure, self.threshold),
            "since": moment(self.since_unix_ns),
        }
        return tuple((name, text) for name, text in known.items() if text is not None)

    @property
    def body(self) -> str:
        """Return the whole alert as plain text."""
        facts = "\n".join(f"{name}: {text}" for name, text in self.facts)
        return f"{self.text}\n\n{facts}\n"

    def _measured(self) -> str:
        if self.value is None:
            return "no call hangs" if self.measure == "hanging" else f"{self._name}: too few calls"
        return f"{self._name} {shown(self.measure, self.value)}"

    @property
    def _name(self) -> str:
        return self.measure.replace("_", " ")

    def _bound(self) -> str:
        if self.threshold is None:
            return ""
        span = f" in {self.window_s:g} s" if self.window_s else ""
        return f", the limit is {shown(self.measure, self.threshold)}{span}"

    def _counted(self) -> str:
        parts = (
            (self.calls, "call seen" if self.calls == 1 else "calls seen"),
            (self.others, "more like it"),
            (
                self.repeated,
                f"{'time' if self.repeated == 1 else 'times'} again while it was quiet",
            ),
        )
        return "".join(f"; {count} {words}" for count, words in parts if count)

    def payload(self) -> Payload:
        """Return the record that carries the alert through policies, queues and the spool."""
        own = {name: value for name, value in self.labels.items() if name in _FIELDS}
        kept: dict[str, Any] = {name: value for name, value in own.items() if name != "name"}
        kept.pop("kind", None)
        number = new_id(self.at_unix_ns)
        span = span_of(number, None)
        return Payload(
            id=id_text(number), kind="alert",
            status="failure" if self.state == "firing" else "success",
            timing=Timing(start_unix_ns=self.since_unix_ns, end_unix_ns=self.at_unix_ns),
            trace_id=span.trace_id, span_id=span.span_id, name=self.rule,
            metadata=self._facts(own), **kept,
        )  # fmt: skip

    def _facts(self, own: Mapping[str, str]) -> dict[str, JSON]:
        facts: dict[str, JSON] = {
            "measure": self.measure, "state": self.state, "value": self.value,
            "threshold": self.threshold, "window_s": self.window_s, "calls": self.calls,
            "others": self.others or None, "repeated": self.repeated or None,
            "lines": list(self.lines) or None,
            "by": list(own) or None,
            "labels": {name: value for name, value in self.labels.items()
                       if name not in own or name in ("name", "kind")} or None,
        }  # fmt: skip
        return {name: fact for name, fact in facts.items() if fact is not None}


_FIELDS = frozenset(SHOWN_LABELS) & set(fields_dict(Payload))


def moment(unix_ns: int) -> str:
    """Return a time as ISO 8601 text in UTC, in seconds."""
    return iso(unix_ns, "seconds")


def shown(measure: str, value: float | None) -> str:
    """Return a measured value with its unit."""
    if value is None:
        return "unknown"
    unit = UNITS.get(measure, "")
    return f"{value * 100:.3g} %" if unit == "%" else f"{value:.4g}{unit}"


def alert_of(payload: Payload) -> Alert:
    """Return the alert that a payload carries; of any other record, one that says how it ended."""
    if payload.kind != "alert":
        return _of_call(payload)
    facts = payload.metadata
    labels = dict(facts.get("labels") or {})
    for name in facts.get("by") or ():
        if name not in labels and getattr(payload, name) is not None:
            labels[name] = str(getattr(payload, name))
    state: State = "firing" if payload.failed else facts.get("state") or "resolved"
    return Alert(
        rule=payload.name or "alert", measure=facts.get("measure") or "alert", state=state,
        at_unix_ns=payload.timing.end_unix_ns, since_unix_ns=payload.timing.start_unix_ns,
        value=facts.get("value"), threshold=facts.get("threshold"),
        window_s=facts.get("window_s"), calls=facts.get("calls"),
        others=facts.get("others") or 0, repeated=facts.get("repeated") or 0,
        labels=labels, lines=tuple(facts.get("lines") or ()),
    )  # fmt: skip


def _of_call(payload: Payload) -> Alert:
    words = filter(None, (payload.kind, payload.model, payload.status))
    error = payload.error
    lines = (f"{' '.join(words)} in {payload.timing.duration_ns / 1e9:.3f} s, id {payload.id}",
             *((error.words,) if error else ()))  # fmt: skip
    return Alert(
        rule=payload.name or payload.kind, measure="call",
        state="firing" if payload.failed else "report",
        at_unix_ns=payload.timing.end_unix_ns, since_unix_ns=payload.timing.start_unix_ns,
        labels={"id": payload.id}, lines=lines,
    )  # fmt: skip
