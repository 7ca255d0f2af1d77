"""Faults of a plugin's author."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest
from attrs import evolve, frozen

from faults import sample_client, sample_hooks, sample_http, sample_instrumentor
from faults.fault import seen_by
from llmlog import Delivered, Payload, Reply, Request, Secret, env, registry
from llmlog.encoding import dumps
from llmlog.schema import to_dict, to_json

Patch = pytest.MonkeyPatch
HTTP = "TestHTTP"
sound = sample_http.encode


def change_http(patch: Patch, **changes: Any) -> None:
    patch.setattr(sample_http, "exporter", evolve(sample_http.exporter, **changes))


def change_client(patch: Patch, **changes: Any) -> None:
    patch.setattr(sample_client, "exporter", evolve(sample_client.exporter, **changes))


def change_body(patch: Patch, change: Callable[[Any], object]) -> None:
    def encode(settings: Any, batch: Sequence[Payload]) -> Request:
        request = sound(settings, batch)
        entries = [change(to_dict(payload)) for payload in batch]
        return evolve(request, content=dumps(entries))

    change_http(patch, encode=encode)


# Encoding.


@seen_by(HTTP, "test_every_record_of_a_batch_is_in_it")
def failures_are_left_out(patch: Patch) -> None:
    def encode(settings: Any, batch: Sequence[Payload]) -> Request:
        return sound(settings, [payload for payload in batch if not payload.failed])

    change_http(patch, encode=encode)


@seen_by(HTTP, "test_every_record_of_a_batch_is_in_it")
def only_the_first_record_is_sent(patch: Patch) -> None:
    change_http(patch, encode=lambda settings, batch: sound(settings, batch[:1]))


@seen_by(HTTP, "test_encrypted_content_opens_for_its_owner_alone")
def long_texts_are_cut(patch: Patch) -> None:
    def cut(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: cut(item) for key, item in value.items()}
        return (
            [*map(cut, value)]
            if isinstance(value, list)
            else value[:100]
            if isinstance(value, str)
            else value
        )

    change_body(patch, cut)


@seen_by(HTTP, "test_encrypted_content_opens_for_its_owner_alone")
def envelopes_are_left_out(patch: Patch) -> None:
    change_body(patch, lambda entry: {
        key: value for key, value in entry.items() if "llmlog:sealed:" not in str(value)})  # fmt: skip


@seen_by(HTTP, "test_no_two_records_look_alike")
def records_have_no_identity(patch: Patch) -> None:
    change_body(patch, lambda entry: {"kind": entry["kind"]})


@seen_by(HTTP, "test_encode_is_pure")
def encode_counts_its_calls(patch: Patch) -> None:
    number = itertools.count()
    change_body(patch, lambda entry: {**entry, "n": next(number)})


@seen_by(HTTP, "test_encode_is_pure")
def encode_changes_the_payload(patch: Patch) -> None:
    def encode(settings: Any, batch: Sequence[Payload]) -> Request:
        for payload in batch:
            payload.parameters["seen"] = True  # type: ignore[index]
        return sound(settings, batch)

    change_http(patch, encode=encode)


@seen_by(HTTP, "test_encode_takes_any_payload")
def usage_is_taken_for_granted(patch: Patch) -> None:
    def encode(settings: Any, batch: Sequence[Payload]) -> Request:
        assert all(payload.usage.input_tokens is not None for payload in batch if payload.usage)
        return sound(settings, batch)

    change_http(patch, encode=encode)


@seen_by(HTTP, "test_every_sample_is_delivered")
def a_response_is_taken_for_granted(patch: Patch) -> None:
    change_body(patch, lambda entry: {"id": entry["id"], "text": entry["output_messages"][0]})


@seen_by(HTTP, "test_awkward_payloads_are_delivered")
def texts_are_taken_for_ascii(patch: Patch) -> None:
    change_body(patch, lambda entry: entry["name"].encode("ascii").decode().strip() or 1 / 0)


@seen_by(HTTP, "test_headers_can_be_sent")
def a_users_text_becomes_a_header(patch: Patch) -> None:
    def encode(settings: Any, batch: Sequence[Payload]) -> Request:
        return sound(settings, batch).with_headers({"X-First": "Zoë\n"})

    change_http(patch, encode=encode)


# Credentials.


@seen_by(HTTP, "test_credentials_travel_in_headers_only")
def the_credential_is_in_the_address(patch: Patch) -> None:
    def encode(settings: Any, batch: Sequence[Payload]) -> Request:
        return Request.json(f"{settings.url}?key={settings.api_key.reveal()}", [])

    change_http(patch, encode=encode)


@seen_by(HTTP, "test_credentials_travel_in_headers_only")
def the_credential_is_in_the_body(patch: Patch) -> None:
    def encode(settings: Any, batch: Sequence[Payload]) -> Request:
        entries = [to_dict(payload) for payload in batch]
        return Request.json(settings.url, {"key": settings.api_key.reveal(), "events": entries})

    change_http(patch, encode=encode)


@seen_by("TestClient", "test_no_credential_is_there")
def the_credential_is_in_the_file(patch: Patch) -> None:
    def send(client: Any, settings: Any, batch: Sequence[Payload]) -> None:
        client.write(settings.password.reveal().encode())
        sample_client.send(client, settings, batch)

    change_client(patch, send=send)


# Several at once.


@seen_by("TestClient", "test_clients_at_once_get_in_each_others_way_nowhere")
def clients_write_over_each_other(patch: Patch) -> None:
    def send(client: Any, settings: Any, batch: Sequence[Payload]) -> None:
        earlier = settings.path.read_bytes()
        time.sleep(0.005)
        settings.path.write_bytes(earlier + b"".join(to_json(each) for each in batch))

    change_client(patch, send=send)


# Settings and packaging.


@frozen(kw_only=True)
class OpenToken:
    """A credential that shows itself."""

    api_key: Secret = env("SAMPLE_HTTP_API_KEY", help="the key")
    url: str = env("SAMPLE_HTTP_URL", help="the address")
    token: str = env(default="", help="a token")


@frozen(kw_only=True)
class Unexplained:
    """A setting that says nothing of itself."""

    api_key: Secret = env("SAMPLE_HTTP_API_KEY")
    url: str = env("SAMPLE_HTTP_URL", help="the address")


@frozen(kw_only=True)
class Hiding:
    """A setting that hides one of llmlog's."""

    api_key: Secret = env("SAMPLE_HTTP_API_KEY", help="the key")
    url: str = env("SAMPLE_HTTP_URL", help="the address")
    sample: float = env(default=1.0, help="hides the share of traces")


@attrs.define(kw_only=True)
class Changeable:
    """Settings that anyone may change."""

    api_key: Secret = env("SAMPLE_HTTP_API_KEY", help="the key")
    url: str = env("SAMPLE_HTTP_URL", help="the address")


@seen_by(HTTP, "test_credentials_do_not_show")
def a_token_is_plain_text(patch: Patch) -> None:
    change_http(patch, settings=OpenToken)


@seen_by(HTTP, "test_its_settings_have_names_of_their_own")
def a_setting_has_no_help(patch: Patch) -> None:
    change_http(patch, settings=Unexplained)


@seen_by(HTTP, "test_its_settings_have_names_of_their_own")
def a_setting_hides_a_common_one(patch: Patch) -> None:
    change_http(patch, settings=Hiding)


@seen_by(HTTP, "test_its_settings_are_frozen")
def settings_can_be_changed(patch: Patch) -> None:
    change_http(patch, settings=Changeable)


@seen_by(HTTP, "test_it_is_found_by_its_name")
def the_declaration_is_not_the_one_installed(patch: Patch) -> None:
    made = sample_http.exporter
    patch.setattr(
        registry, "checked", lambda _, plugin: evolve(plugin) if plugin is made else plugin
    )


@seen_by(HTTP, "test_it_speaks_this_api")
def it_was_written_for_another_api(patch: Patch) -> None:
    change_http(patch, api_version=99)


@seen_by(HTTP, "test_it_activates_only_by_variables_that_it_reads")
def it_asks_for_a_variable_that_it_never_reads(patch: Patch) -> None:
    patch.setattr(registry, "_requires", lambda: [("sample-http", ("SAMPLE_HTTP_KEY",))])


@seen_by("Eager", "test_importing_it_starts_nothing")
def its_import_starts_a_thread(patch: Patch) -> None:
    del patch


@seen_by("Weakened", "test_no_clause_is_weakened")
def a_clause_was_replaced(patch: Patch) -> None:
    del patch


# Replies.


@seen_by(HTTP, "test_a_partial_reply_is_counted_by_record")
def a_partial_reply_is_taken_for_success(patch: Patch) -> None:
    change_http(patch, read_reply=lambda _, batch: [Delivered()] * len(batch))


@seen_by(HTTP, "test_a_partial_reply_is_counted_by_record")
def the_half_of_a_partial_reply_is_lost(patch: Patch) -> None:
    def read_reply(reply: Reply, batch: Sequence[Payload]) -> Any:
        outcomes = sample_http.read_reply(reply, batch)
        return outcomes and [each for each in outcomes if isinstance(each, Delivered)]

    change_http(patch, read_reply=read_reply)


@seen_by(HTTP, "test_an_odd_reply_is_survived")
def a_reply_is_taken_for_an_object(patch: Patch) -> None:
    def read_reply(reply: Reply, batch: Sequence[Payload]) -> Any:
        return [Delivered()] * (len(batch) - len(reply.json().get("rejected", ())))

    change_http(patch, read_reply=read_reply)


# Clients.


@seen_by("TestClient", "test_every_sample_is_there_afterwards")
def a_client_forgets_failures(patch: Patch) -> None:
    def send(client: Any, settings: Any, batch: Sequence[Payload]) -> None:
        sample_client.send(client, settings, [each for each in batch if not each.failed])

    change_client(patch, send=send)


@seen_by("TestClient", "test_there_is_an_outcome_for_each_record")
def a_client_returns_too_few_outcomes(patch: Patch) -> None:
    def send(client: Any, settings: Any, batch: Sequence[Payload]) -> Any:
        sample_client.send(client, settings, batch)
        return [Delivered()] * max(1, len(batch) // 2)

    change_client(patch, send=send)


@seen_by("TestClient", "test_a_payload_stays_as_it_was")
def a_client_changes_the_payload(patch: Patch) -> None:
    def send(client: Any, settings: Any, batch: Sequence[Payload]) -> None:
        for payload in batch:
            payload.metadata["sent"] = True  # type: ignore[index]
        sample_client.send(client, settings, batch)

    change_client(patch, send=send)


@seen_by("TestClient", "test_awkward_payloads_are_delivered")
def a_client_cannot_write_odd_texts(patch: Patch) -> None:
    def send(client: Any, settings: Any, batch: Sequence[Payload]) -> None:
        client.write(b"".join(to_json(each) for each in batch).decode().encode("ascii"))

    change_client(patch, send=send)


@seen_by("TestClient", "test_a_forked_child_starts_empty_and_lives")
def a_client_belongs_to_one_process(patch: Patch) -> None:
    import os

    owner = os.getpid()

    def send(client: Any, settings: Any, batch: Sequence[Payload]) -> None:
        if os.getpid() != owner:
            raise RuntimeError
        sample_client.send(client, settings, batch)

    change_client(patch, send=send)


# Hooks.


@seen_by("TestHooks", "test_every_sample_leaves_a_trace")
def failures_are_not_counted(patch: Patch) -> None:
    patch.delattr(sample_hooks.Counts, "log_failure")


@seen_by("TestHooks", "test_two_of_them_share_nothing")
def counts_are_global(patch: Patch) -> None:
    counts: Counter[tuple[str, ...]] = Counter()
    patch.setattr(sample_hooks.Counts, "__init__", lambda self, settings: vars(self).update(
        settings=settings, counts=counts))  # fmt: skip


@seen_by("TestHooks", "test_no_label_names_a_person_or_a_call")
def a_user_becomes_a_label(patch: Patch) -> None:
    patch.setattr(sample_hooks.Counts, "key", lambda _, each: (each.user_id or "", each.status))


@seen_by("TestHooks", "test_hidden_content_is_not_shown")
def a_label_holds_what_was_hidden(patch: Patch) -> None:
    from llmlog.redaction import hiding

    patch.setattr(hiding, "_without_text", lambda error: error)
    patch.setattr(sample_hooks.Counts, "key", lambda _, each: (
        each.error.message if each.error else "", each.status))  # fmt: skip


@seen_by("TestHooks", "test_awkward_payloads_are_delivered")
def a_label_must_be_ascii(patch: Patch) -> None:
    patch.setattr(
        sample_hooks.Counts, "key", lambda _, each: (str((each.name or "").encode("ascii")),)
    )


# Instrumentors.


def change_instrumentor(patch: Patch, wrap: Callable[[Any, Any], Any]) -> None:
    patch.setattr(sample_instrumentor.Instrumentor, "wrap", lambda _, client, to: wrap(client, to))


@seen_by("TestInstrumentor", "test_other_clients_stay_unwatched")
def every_client_is_wrapped(patch: Patch) -> None:
    def wrap(client: Any, logger: Any) -> Any:
        original = sample_instrumentor.Client.chat

        def chat(self: Any, model: str) -> str:
            with logger.call(kind="chat", model=model) as call:
                return str(call.finish(original(self, model)))

        patch.setattr(sample_instrumentor.Client, "chat", chat)
        return client

    change_instrumentor(patch, wrap)


@seen_by("TestInstrumentor", "test_wrapping_twice_records_once")
def wrapping_twice_records_twice(patch: Patch) -> None:
    def wrap(client: Any, logger: Any) -> Any:
        client.chat = sample_instrumentor.recorded(client.chat, logger)
        return client

    change_instrumentor(patch, wrap)


@seen_by("TestInstrumentor", "test_an_exception_reaches_the_caller_and_the_record")
def an_exception_is_swallowed(patch: Patch) -> None:
    def wrap(client: Any, logger: Any) -> Any:
        recorded = sample_instrumentor.recorded(client.chat, logger)

        def chat(model: str) -> str:
            try:
                return recorded(model)
            except LookupError:
                return ""

        client.chat = chat
        return client

    change_instrumentor(patch, wrap)


@seen_by("TestInstrumentor", "test_the_client_stays_what_it_is")
def the_client_becomes_another_object(patch: Patch) -> None:
    def wrap(client: Any, logger: Any) -> Any:
        class Wrapper:
            chat = staticmethod(sample_instrumentor.recorded(client.chat, logger))

        return Wrapper()

    change_instrumentor(patch, wrap)


@seen_by("TestInstrumentor", "test_a_call_is_one_record")
def a_call_is_recorded_twice(patch: Patch) -> None:
    def wrap(client: Any, logger: Any) -> Any:
        once = sample_instrumentor.recorded(client.chat, logger)
        client.chat = sample_instrumentor.recorded(once, logger)
        return client

    change_instrumentor(patch, wrap)
