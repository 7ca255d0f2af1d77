"""Show what each active destination would get of a text.

The text stands for a message of a user; nothing is sent. Without TEXT it is read from the
standard input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from llmlog.configuration import STRICTNESS
from llmlog.folding import redacted
from llmlog.guard import describe, guarded
from llmlog.logger import Logger
from llmlog.message import Message, Text
from llmlog.payload import Payload, Timing
from llmlog.route import Route


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the text, and a policy that a call would ask for."""
    parser.add_argument(
        "--try", dest="text", nargs="?", default=None, metavar="TEXT", help="the text to look at"
    )
    parser.add_argument("--content", choices=STRICTNESS, help="what a call would ask for")


def run(arguments: argparse.Namespace) -> int:
    """Print, for each destination, its policy, what is left of the text and what was hidden."""
    text = sys.stdin.read() if arguments.text is None else arguments.text
    logger = Logger(strict=False)
    try:
        for route in (each for each in logger.routes if each.events):
            sys.stdout.writelines(_lines(route, text, arguments.content, logger))
    finally:
        logger.close(0.5)
    for problem in logger.problems:
        sys.stdout.write(f"! {problem}\n")
    if not logger.routes and not logger.problems:
        sys.stdout.write("no plugin is active: see `llmlog plugins`\n")
    return 0 if logger.routes and not logger.problems else 1


def example(text: str) -> Payload:
    """Return a record of one message."""
    return Payload(
        id="0" * 32, kind="chat", status="success", trace_id="0" * 32, span_id="0" * 16,
        timing=Timing(start_unix_ns=0, end_unix_ns=0),
        input_messages=(Message(role="user", parts=(Text(content=text),)),),
    )  # fmt: skip


def _lines(route: Route, text: str, content: str | None, logger: Logger) -> Iterator[str]:
    policy = route.policy.tightened(content)
    yield f"{route.name}: content = {policy.content}, policy {policy.digest}\n"
    made = guarded(
        redacted, example(text), route, content, logger.redactors,
        otherwise=lambda problem: example(f"nothing: {describe(problem)}"),
    )  # fmt: skip
    yield from (f"  | {line}\n" for line in made.input_messages[0].text.splitlines() or ("",))
    for change in made.changes:
        yield f"  {change.action} by {change.rule}: {change.count}\n"
