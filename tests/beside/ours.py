"""Our side: the calls with one plugin, through the provider's own client."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import openai

import llmlog
from beside.call import HOST, MODEL, PARAMETERS, messages, metadata, tools, word
from beside.redirect import each_alone
from llmlog import Logger

PAIRS = json.loads(os.environ["BESIDE_PAIRS"])


def call(logger: Logger, client: Any, case: str) -> float:
    """Make one call, and return when it began."""
    session, user, tag = (word(fact, case) for fact in ("session", "user", "tag"))
    start = time.time()
    with llmlog.context(session=session, user=user, tags=[tag], metadata=metadata(case)):
        try:
            answer = client.chat.completions.create(
                model=MODEL, messages=messages(case), tools=tools(case), user=user, **PARAMETERS,
                stream=case == "stream",
                **({"stream_options": {"include_usage": True}} if case == "stream" else {}),
            )  # fmt: skip
            if case == "stream":
                list(answer)
        except openai.BadRequestError:
            pass
    return start


class Ids:
    """Keeps the ids of the records."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    @llmlog.hookimpl
    def log_success(self, payload: llmlog.Payload) -> None:
        """Keep the id of a call that went well."""
        self.ids.append(payload.id)

    @llmlog.hookimpl
    def log_failure(self, payload: llmlog.Payload) -> None:
        """Keep the id of a call that failed."""
        self.ids.append(payload.id)


def show_metrics(port: int) -> None:
    """Send what our metrics say to the recorder, as a scrape would read it."""
    import httpx
    from prometheus_client import CollectorRegistry, generate_latest

    from llmlog_prometheus import Scrape

    registry = CollectorRegistry()
    registry.register(Scrape())
    httpx.post(f"http://127.0.0.1:{port}/", content=generate_latest(registry))


def one(name: str, case: str, port: int) -> None:
    """Make one call with one plugin."""
    pair, ids = PAIRS[name], Ids()
    plugin = pair.get("ours", name)
    environ = {**os.environ, **pair.get("environ", {})}
    os.environ.update(environ)
    logger = Logger(plugins=[plugin, ids], environ=environ, file=False,
                    plugin={plugin: {"batch_age_s": 0.2, **pair.get("settings", {})}},
                    environment=environ["BESIDE_ENVIRONMENT"], service=environ["BESIDE_SERVICE"],
                    release=environ["BESIDE_RELEASE"])  # fmt: skip
    client = logger.wrap(openai.OpenAI(base_url=f"http://{HOST}/v1", api_key="sk-fake",
                                       max_retries=0))  # fmt: skip
    start = call(logger, client, case)
    end = time.time()
    sys.stdout.write(f"{logger.flush(timeout=15)}\n")
    if plugin == "prometheus":
        show_metrics(port)
    logger.close()
    sys.stdout.write(f"@{json.dumps([start, end, *ids.ids])}\n")
    sys.stdout.write(f"{logger.stats()}\n")


if __name__ == "__main__":
    each_alone(json.loads(sys.argv[1]), one, at_once=int(os.environ["BESIDE_AT_ONCE"]))
