"""Faults of the forms that build on others: OTLP, alerts, instrumentors, coverage, bridges."""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from attrs import evolve

from faults import (
    sample_alerts,
    sample_bridge,
    sample_coverage,
    sample_hooks,
    sample_instrumentor,
    sample_otlp,
)
from faults.fault import seen_by
from llmlog import HTTPExporter, Logger, Payload, Request
from llmlog.testing import sample

Patch = pytest.MonkeyPatch


def change(patch: Patch, module: Any, **changes: Any) -> None:
    patch.setattr(module, "exporter", evolve(module.exporter, **changes))


# Golden files and media.


@seen_by("TestOTLP", "test_every_sample_is_as_the_golden_file_says")
def an_attribute_is_dropped(patch: Patch) -> None:
    otlp: HTTPExporter[Any] = sample_otlp.otlp_exporter(
        name="sample-otlp", settings=sample_otlp.Settings, endpoint=lambda settings: settings.url,
        headers=lambda _: {}, attributes=sample_otlp.gen_ai,
    )  # fmt: skip
    change(patch, sample_otlp, encode=otlp.encode)


@seen_by("TestOTLP", "test_a_partial_reply_is_counted_by_record")
def a_partial_success_is_not_read(patch: Patch) -> None:
    change(patch, sample_otlp, read_reply=None)


@seen_by("TestOTLP", "test_hidden_content_is_in_no_request")
def media_are_not_hidden(patch: Patch) -> None:
    from llmlog.redaction import hiding

    original = hiding._hide
    patch.setattr(hiding, "_hide",
                  lambda part: part if part.type == "media" else original(part))  # fmt: skip


@seen_by("TestOTLP", "test_a_record_that_is_too_large_is_cut")
def what_is_too_large_is_not_cut(patch: Patch) -> None:
    from llmlog.delivery import http_sender

    patch.setattr(http_sender, "fitted", lambda payload, _: payload)


# Alerts.


@seen_by("TestAlerts", "test_it_takes_alerts_and_no_calls")
def calls_are_told_as_alerts(patch: Patch) -> None:
    change(patch, sample_alerts, takes="both")


@seen_by("TestAlerts", "test_every_sample_is_as_the_golden_file_says")
def an_alert_has_no_title(patch: Patch) -> None:
    change(patch, sample_alerts, encode=_told(lambda one: {**one, "title": ""}))


@seen_by("TestAlerts", "test_an_alert_says_what_happened")
def an_alert_keeps_its_words(patch: Patch) -> None:
    change(patch, sample_alerts, encode=_told(lambda one: {"key": one["key"]}))


def _told(make: Callable[[dict[str, Any]], Any]) -> Callable[[Any, Sequence[Payload]], Request]:
    def encode(settings: Any, batch: Sequence[Payload]) -> Request:
        request = sample_alerts.encode(settings, batch)
        told = [make(one) for one in json.loads(request.content)]
        return Request.json(request.url, told, request.headers)

    return encode


# What a destination holds, and what hooks show.


@seen_by("TestClient", "test_hidden_content_is_not_there")
@seen_by("TestClient", "test_hidden_metadata_is_not_there")
@seen_by("TestHooks", "test_hidden_metadata_is_not_shown")
def no_policy_is_applied(patch: Patch) -> None:
    from llmlog.redaction import Policy

    original = sample_hooks.Counts.key
    patch.setattr(sample_hooks.Counts, "key",
                  lambda self, each: (*original(self, each), str(dict(each.metadata))))  # fmt: skip
    patch.setattr(Policy, "apply", lambda _, payload: payload)


@seen_by("TestHooks", "test_no_credential_is_shown")
def a_credential_is_shown(patch: Patch) -> None:
    patch.setattr(sample_hooks.Counts, "check", lambda self: f"{self.settings.token.reveal()}")


# Instrumentors.


@seen_by("TestInstrumentor", "test_it_is_found_for_its_client")
def the_clients_package_is_another(patch: Patch) -> None:
    patch.setattr(sample_instrumentor.Instrumentor, "packages", ("elsewhere",))


@seen_by("TestInstrumentor", "test_every_client_is_recorded_until_that_is_undone")
def recording_everywhere_has_no_end(patch: Patch) -> None:
    plain = sample_instrumentor.PLAIN
    patch.setattr(sample_instrumentor.Client, "chat", plain)
    patch.setattr(sample_instrumentor.Instrumentor, "uninstrument", lambda _: None)


@seen_by("TestInstrumentor", "test_saying_it_twice_or_wrapping_too_records_once")
def saying_it_twice_records_twice(patch: Patch) -> None:
    def instrument(_: object, logger: Callable[[], Any]) -> None:
        kind: Any = sample_instrumentor.Client
        kind.chat = sample_instrumentor.everywhere(kind.chat, logger())

    patch.setattr(sample_instrumentor.Instrumentor, "instrument", instrument)


@seen_by("TestInstrumentor", "test_a_client_of_another_logger_is_recorded_there")
def a_wrapped_client_is_everybodys(patch: Patch) -> None:
    def wrap(_: object, client: Any, logger: Any) -> Any:
        if not hasattr(client.chat, "is_recorded"):
            client.chat = sample_instrumentor.recorded(client.chat, logger)
        return client

    patch.setattr(sample_instrumentor.Instrumentor, "wrap", wrap)


# Coverage.


def change_stream(patch: Patch, make: Callable[[Any, Iterator[Any]], Any]) -> None:
    original = sample_coverage.Instrumentor.wrap

    def wrap(self: Any, client: Any, logger: Any) -> Any:
        plain = client.stream
        wrapped = original(self, client, logger)
        wrapped.stream = lambda: make(logger, plain())
        return wrapped

    patch.setattr(sample_coverage.Instrumentor, "wrap", wrap)


@seen_by("TestCoverage", "test_a_call_is_one_true_record")
def a_stream_that_is_closed_counts_as_success(patch: Patch) -> None:
    def stream(logger: Any, pieces: Iterator[Any]) -> Iterator[Any]:
        with logger.call(kind="chat", model="m", stream=True) as call:
            for piece in pieces:
                try:
                    yield piece
                except GeneratorExit:
                    break
            call.finish("Hello")

    change_stream(patch, stream)


@seen_by("TestCoverage", "test_a_call_is_one_true_record")
def a_refusal_loses_its_status(patch: Patch) -> None:
    original = sample_coverage.Model.ask

    def ask(self: Any) -> Any:
        try:
            return original(self)
        except Exception as problem:
            raise LookupError(str(problem)) from None

    patch.setattr(sample_coverage.Model, "ask", ask)


@seen_by("TestCoverage", "test_the_table_is_the_one_that_is_published")
def the_table_is_an_old_one(patch: Patch) -> None:
    from llmlog.testing.contract import coverage

    patch.setattr(coverage, "_SEEN", "seen elsewhere")


# Bridges.


def change_listener(patch: Patch, make: Callable[[Any], Any]) -> None:
    patch.setattr(sample_bridge, "listener", make)


@seen_by("TestBridge", "test_its_ids_are_those_of_every_record")
@seen_by("TestBridge", "test_the_loggers_facts_are_there")
def a_bridge_makes_ids_and_facts_of_its_own(patch: Patch) -> None:
    def listener(logger: Any) -> Any:
        def told(model: str, answer: Callable[[], str]) -> str:
            logger.log(evolve(sample(), id=str(uuid4()), request_model=model))
            return answer()

        return told

    change_listener(patch, listener)


@seen_by("TestBridge", "test_a_block_around_it_counts")
@seen_by("TestBridge", "test_a_call_around_it_is_its_parent")
def a_bridge_forgets_what_is_around(patch: Patch) -> None:
    original = sample_bridge.listener
    change_listener(patch, lambda logger: lambda model, answer: contextvars.Context().run(
        original(logger), model, answer))  # fmt: skip


@seen_by("TestBridge", "test_a_closed_logger_disturbs_nobody")
def a_closed_logger_is_an_error(patch: Patch) -> None:
    closed: list[Any] = []
    original, close = sample_bridge.listener, Logger.close

    def noted(self: Logger, *rest: Any) -> Any:
        closed.append(self)
        return close(self, *rest)

    def listener(logger: Any) -> Any:
        def told(model: str, answer: Callable[[], str]) -> str:
            if logger in closed:
                raise RuntimeError("closed")
            said: str = original(logger)(model, answer)
            return said

        return told

    patch.setattr(Logger, "close", noted)
    change_listener(patch, listener)
