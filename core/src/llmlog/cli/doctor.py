"""Send a marked probe through each active plugin and print the backend's own answer.

With names, only those plugins are asked; they need not be active.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from attrs import evolve, frozen

from llmlog.clock import Clock
from llmlog.completion import Facts, complete
from llmlog.delivery.outcome import Delivered, Refused, Rejected, Retryable, TooLarge
from llmlog.delivery.sender import Answer
from llmlog.guard import describe, guarded
from llmlog.handle import Call
from llmlog.logger import Logger
from llmlog.message import Message, Text
from llmlog.payload import Payload, Usage
from llmlog.route import Route


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the names of plugins."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="plugins to ask; all active ones")


def run(arguments: argparse.Namespace) -> int:
    """Print a line per plugin; 1 if one of them is not well."""
    named: Sequence[str] | None = arguments.names or None
    logger = Logger(plugins=named, strict=bool(named))
    try:
        findings = [_examine(route, logger) for route in logger.routes]
    finally:
        logger.close(0.5)
    for finding in findings:
        sys.stdout.write(f"{'ok ' if finding.well else 'BAD'}  {finding.name}: {finding.text}\n")
        if finding.advice:
            sys.stdout.write(f"     {finding.advice}\n")
    for problem in logger.problems:
        sys.stdout.write(f"BAD  {problem}\n")
    if not findings and not logger.problems:
        sys.stdout.write("no plugin is active: see `llmlog plugins`\n")
        return 1
    return 0 if all(finding.well for finding in findings) and not logger.problems else 1


@frozen
class Finding:
    """What the examination of one plugin gave."""

    name: str
    well: bool
    text: str
    advice: str = ""


def probe(logger: Logger) -> Payload:
    """Return a record that says it is a probe."""
    call = Call(logger, {"kind": "chat", "name": "llmlog doctor"})
    now_ns = Clock().unix_ns()
    bare = complete(call, Facts(service_name=logger.settings.service))
    return evolve(
        bare,
        status="success",
        timing=evolve(bare.timing, start_unix_ns=now_ns, end_unix_ns=now_ns + 1_000_000),
        provider_name="llmlog",
        request_model="llmlog-doctor",
        input_messages=(Message(role="user", parts=[Text(content="llmlog doctor: probe")]),),
        output_messages=(Message(role="assistant", parts=[Text(content="received")]),),
        usage=Usage(input_tokens=1, output_tokens=1, origin="estimated"),
        tags=("llmlog-doctor",),
        metadata={"llmlog.probe": True},
    )


def _examine(route: Route, logger: Logger) -> Finding:
    check = getattr(route.plugin, "check", None)
    if check is not None:
        return guarded(lambda: Finding(route.name, True, str(check())), otherwise=_fault(route))
    sender = route.open_sender()
    try:
        answer = guarded(sender.send, (probe(logger),), otherwise=lambda problem: Rejected(
            f"raised {describe(problem)}"))  # fmt: skip
    finally:
        guarded(sender.close, otherwise=lambda _: None)
    return _finding(route.name, answer)


def _fault(route: Route) -> Callable[[BaseException], Finding]:
    return lambda problem: Finding(route.name, False, describe(problem))


def _finding(name: str, answer: Answer) -> Finding:
    if not isinstance(answer, (Delivered, Retryable, Rejected, Refused, TooLarge)):
        answer = answer[0] if answer else Rejected("no outcome")
    if isinstance(answer, Delivered):
        return Finding(name, True, answer.detail or "delivered")
    advice = {
        Refused: "check the credential, its permissions and the endpoint: `llmlog config`",
        Retryable: "the backend cannot be reached or is busy: check the endpoint, then try again",
        Rejected: "the backend refuses the record itself",
        TooLarge: "the backend takes only smaller requests",
    }[type(answer)]
    return Finding(name, False, answer.reason, advice)
