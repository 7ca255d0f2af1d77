"""Between a Logger and its audit log: one more destination, with a policy of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llmlog.audit import Journal
from llmlog.clock import Clock
from llmlog.configuration import CoreSettings, PluginOptions
from llmlog.delivery.complaint import Complaints
from llmlog.errors import AuditError
from llmlog.folding import fold
from llmlog.guard import describe, guarded
from llmlog.hooks import Implementation
from llmlog.payload import Payload
from llmlog.redaction import Known, Policy
from llmlog.schema import to_dict

NAME = "audit"


class Auditor:
    """Writes each record as its policy and the `redact` hooks leave it."""

    def __init__(
        self, journal: Journal, policy: Policy, complaints: Complaints, *, required: bool
    ) -> None:
        self._journal = journal
        self._policy = policy
        self._complaints = complaints
        self._required = required

    def take(
        self, make: Callable[[], Payload], content: str | None, hooks: Sequence[Implementation]
    ) -> None:
        """Write the record that is made; raise `AuditError` if it is required and not written."""
        problem = guarded(self._take, make, content, hooks, otherwise=lambda problem: problem)
        if problem is None:
            return
        self._complaints.say(describe(problem))
        if self._required:
            known = isinstance(problem, AuditError)
            raise problem if known else AuditError(f"no record: {type(problem).__name__}")

    def _take(
        self, make: Callable[[], Payload], content: str | None, hooks: Sequence[Implementation]
    ) -> None:
        made = self._policy.tightened(content).apply(make())
        self._journal.append(to_dict(fold(made, NAME, hooks)))


def open_auditor(core: CoreSettings, clock: Clock, known: Known) -> Auditor | None:
    """Return what writes the audit log; None where there is none."""
    if core.audit_log is None or not core.enabled:
        return None
    journal = Journal(core.audit_log, clock, key=core.audit_key, keep_s=core.audit_keep_s)
    policy = PluginOptions(content=core.audit_content).policy(core, known)
    return Auditor(journal, policy, Complaints(NAME, clock), required=core.audit_required)
