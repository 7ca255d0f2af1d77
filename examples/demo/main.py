"""Watch real calls of the real OpenAI client become records in three places at once.

The calls go to a server on this machine; nothing leaves it and no key is needed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import openai
from server import free_port, misbehave, serving

import llmlog
import llmlog_local
from llmlog import Payload

MODEL = "gpt-4o-mini"
TOOLS: Any = [{"type": "function", "function": {
    "name": "get_weather", "description": "Look up the weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
                   "required": ["city"]}}}]  # fmt: skip


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def ask(client: openai.OpenAI, text: str, **options: Any) -> Any:
    """Ask one question."""
    messages: Any = [{"role": "user", "content": text}]
    options = {"max_tokens": 48, **options}
    return client.chat.completions.create(model=MODEL, messages=messages, **options)


def stream(client: openai.OpenAI, text: str, *, leave_after: int | None = None) -> None:
    """Read an answer as it comes; walk away after some chunks if told to."""
    answer = ask(client, text, stream=True, stream_options={"include_usage": True})
    for number, _ in enumerate(answer):
        if number == leave_after:
            answer.close()
            return


async def together(address: str) -> None:
    """Ask three questions at once, as one agent with its own trace."""
    client = llmlog.wrap(openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="demo"))
    async with llmlog.call(kind="agent", name="three at once"):
        messages: Any = [[{"role": "user", "content": f"Name a {thing}."}]
                         for thing in ("river", "bird", "tool")]  # fmt: skip
        await asyncio.gather(*(
            client.chat.completions.create(model=MODEL, messages=message, max_tokens=16)
            for message in messages
        ))  # fmt: skip


Step = tuple[str, Callable[[], Any]]


def steps(client: openai.OpenAI, address: str, *, model: bool) -> Iterable[Step]:
    """Yield what is done, each with a name."""
    yield "a plain question", partial(ask, client, "What is a ledger?")
    yield "a stream", partial(stream, client, "Count from one to five.")
    yield "a stream left early", partial(stream, client, "Tell me a story.", leave_after=3)
    yield "three at once, async", lambda: asyncio.run(together(address))
    if model:
        return
    yield "a tool call", partial(ask, client, "Weather in Oslo?", tools=TOOLS)
    yield (
        "an embedding",
        partial(client.embeddings.create, model="text-embedding-3-small", input=["one", "two"]),
    )
    misbehave(address, {"type": "fail", "status": 429, "retry_after": 0, "times": 1})
    yield "a rate limit", partial(ask, client.with_options(max_retries=0), "Too fast?")
    misbehave(address, {"type": "fail", "status": 500, "times": 1})
    yield "a server error", partial(ask, client.with_options(max_retries=0), "Too much?")


def table(records: Iterable[Payload]) -> str:
    """Return the calls as a table."""
    heads = ("CALL", "MODEL", "TOKENS", "COST USD", "FIRST TOKEN", "LATENCY", "STATUS")
    rows = [heads, *map(_row, records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(record: Payload) -> tuple[str, ...]:
    usage, cost, first = record.usage, record.cost, record.timing.time_to_first_token_ns
    tokens = usage and usage.total_tokens
    return (
        record.name or record.kind,
        record.model or "-",
        "-" if tokens is None else str(tokens),
        "-" if cost is None or cost.total is None else f"{cost.total:.7f}",
        "-" if first is None else f"{first / 1e6:.0f} ms",
        f"{record.timing.duration_ns / 1e6:.0f} ms",
        record.status + (f" ({record.error.status_code or record.error.type})"
                         if record.error else ""),
    )  # fmt: skip


def metrics(port: int) -> list[str]:
    """Return the counters that Prometheus would scrape."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
        lines = page.read().decode().splitlines()
    return [
        line for line in lines if line.startswith(("llmlog_calls_total", "llmlog_tokens_total"))
    ]


def main() -> None:
    """Run the demonstration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="store_true", help="ask a small real model (llama.cpp)")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="llmlog-demo-"))
    port = free_port()
    logger = llmlog.configure(
        plugins=["console", "local", "prometheus"], file=False, service="demo",
        plugin={"local": {"path": str(folder / "calls.db")}, "prometheus": {"port": port}},
    )  # fmt: skip
    say("Starting a model server on this machine ...")
    began = time.monotonic()
    with serving(model=arguments.model) as address:
        say(f"Ready after {time.monotonic() - began:.1f} s at {address}\n")
        client = llmlog.wrap(openai.OpenAI(base_url=f"{address}/v1", api_key="demo"))
        with llmlog.context(session="demonstration", tags=["demo"]):
            for name, step in steps(client, address, model=arguments.model):
                say(f"* {name}")
                with suppress(openai.APIError):
                    step()
                llmlog.flush(5)
    report(logger, folder, port)


def report(logger: llmlog.Logger, folder: Path, port: int) -> None:
    """Show what each destination has."""
    path = folder / "calls.db"
    say(f"\nIn the local store, {path}:\n")
    say(table(llmlog_local.read(path, limit=50)))
    say(f"\nIn Prometheus' format, http://127.0.0.1:{port}/metrics:\n")
    say("\n".join(metrics(port)))
    say("\nThe account of each destination:\n")
    for stats in logger.stats()[1:]:
        say(f"  {stats.exporter}: accepted {stats.accepted}, delivered {stats.delivered},"
            f" lost {stats.lost}, pending {stats.pending}")  # fmt: skip
    say(NEXT)
    logger.close()


NEXT = """
Next:
  nox -s demo -- --model             the same with a small real model
  pip install ./core ./plugins/langfuse
                                     then set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY
  llmlog plugins                     what is installed, what is active, and why not
  llmlog doctor                      ask each destination whether it takes your records
"""

if __name__ == "__main__":
    main()
