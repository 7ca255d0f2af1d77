"""Faults of the core."""

from __future__ import annotations

import json
import logging
import threading
from typing import Any

import httpx
import pytest
from attrs import evolve

from faults.fault import seen_by
from llmlog import folding, pipeline, plugin, settings
from llmlog.delivery import courier, http_client, http_sender, outcome, settlement
from llmlog.delivery.account import Account
from llmlog.delivery.client_sender import ClientSender
from llmlog.delivery.dead_letter import DeadLetters
from llmlog.delivery.http_sender import HTTPSender
from llmlog.delivery.lane import Lane
from llmlog.delivery.outcome import Delivered, Rejected
from llmlog.delivery.queue import EventQueue
from llmlog.delivery.request import Reply, Request
from llmlog.delivery.settlement import Settlement
from llmlog.dispatcher import Dispatcher
from llmlog.encryption.ring import FolderKeys
from llmlog.logger import Logger
from llmlog.pipeline import Pipeline
from llmlog.redaction import Known, Policy, hiding, masking, policy, reply, sealing
from llmlog.route import Route
from llmlog.secret import Secret
from llmlog.settings import Sources
from llmlog.spooling import Spooling

Patch = pytest.MonkeyPatch
HTTP = "TestHTTP"


# Settings.


@seen_by(HTTP, "test_an_unknown_setting_is_refused")
def unknown_settings_are_accepted(patch: Patch) -> None:
    patch.setattr(Sources, "unknown", lambda *_: iter(()))


@seen_by(HTTP, "test_every_missing_setting_is_named")
def a_missing_setting_is_not_named(patch: Patch) -> None:
    patch.setattr(settings, "_missing", lambda table, _: f"{table}: a setting is missing")


@seen_by(HTTP, "test_credentials_do_not_show")
def a_credential_shows_itself(patch: Patch) -> None:
    patch.setattr(Secret, "__repr__", Secret.reveal)


@seen_by(HTTP, "test_it_activates_by_its_variables")
def variables_activate_nothing(patch: Patch) -> None:
    patch.setattr(plugin, "_idle", lambda *_: "never")


# Redaction.

HIDDEN = "test_hidden_content_is_in_no_request"


def spare(patch: Patch, *names: str) -> None:
    """Let the policy forget some fields of a payload."""
    original = hiding.without_content

    def without_content(payload: Any, rule: str) -> Any:
        return evolve(original(payload, rule), **{name: getattr(payload, name) for name in names})

    patch.setattr(policy, "without_content", without_content)


@seen_by(HTTP, HIDDEN)
def error_texts_are_not_hidden(patch: Patch) -> None:
    patch.setattr(hiding, "_without_text", lambda error: error)


@seen_by(HTTP, HIDDEN)
def only_successes_are_redacted(patch: Patch) -> None:
    original = Policy.apply
    patch.setattr(Policy, "apply", lambda self, payload: payload if payload.failed
                  else original(self, payload))  # fmt: skip


@seen_by(HTTP, HIDDEN)
def earlier_attempts_are_not_hidden(patch: Patch) -> None:
    spare(patch, "attempts")


@seen_by(HTTP, HIDDEN)
def reasons_of_guardrails_are_not_hidden(patch: Patch) -> None:
    spare(patch, "guardrails")


@seen_by(HTTP, HIDDEN)
def answers_are_not_hidden(patch: Patch) -> None:
    spare(patch, "output_messages")


@seen_by(HTTP, HIDDEN)
def inputs_that_are_no_messages_are_not_hidden(patch: Patch) -> None:
    spare(patch, "input_value")


@seen_by(HTTP, HIDDEN)
def definitions_of_tools_are_not_hidden(patch: Patch) -> None:
    spare(patch, "tools")


@seen_by(HTTP, HIDDEN)
def texts_in_parameters_are_not_hidden(patch: Patch) -> None:
    patch.setattr(hiding, "_harmless", lambda _: True)


@seen_by(HTTP, HIDDEN)
def attributes_are_not_hidden(patch: Patch) -> None:
    spare(patch, "attributes")


@seen_by(HTTP, HIDDEN)
def only_texts_are_hidden(patch: Patch) -> None:
    original = hiding._hide
    patch.setattr(hiding, "_hide",
                  lambda part: original(part) if part.type == "text" else part)  # fmt: skip


@seen_by(HTTP, "test_bad_input_harms_nobody")
def an_object_that_is_no_data_loses_its_record(patch: Patch) -> None:
    original = pipeline.complete

    def complete(call: Any, facts: Any) -> Any:
        json.dumps(dict(call.fields))
        return original(call, facts)

    patch.setattr(pipeline, "complete", complete)


@seen_by(HTTP, "test_hidden_metadata_is_in_no_request")
def metadata_is_not_filtered(patch: Patch) -> None:
    patch.setattr(Policy, "_metadata", lambda _, metadata: metadata)


@seen_by(HTTP, "test_a_redactor_has_the_last_word")
def redactors_are_not_heard(patch: Patch) -> None:
    patch.setattr(folding, "_folded", lambda payload, *_: payload)


@seen_by(HTTP, "test_a_failing_redactor_hides_more")
def a_failing_redactor_lets_pass(patch: Patch) -> None:
    def folded(payload: Any, name: str, hook: Any) -> Any:
        try:
            return folding._call(hook, payload, name) or payload
        except Exception:
            return payload

    patch.setattr(folding, "_folded", folded)


@seen_by("TestClient", "test_a_failing_redactor_hides_more")
def a_failing_redactor_lets_metadata_pass(patch: Patch) -> None:
    original = folding.without_content
    patch.setattr(folding, "without_content", lambda payload, _: evolve(
        original(payload, "policy"), metadata=payload.metadata))  # fmt: skip


@seen_by(HTTP, "test_what_is_hidden_is_in_no_dead_letter_and_no_log")
def requests_are_logged_with_their_headers(patch: Patch) -> None:
    original = HTTPSender._exchange

    def exchange(self: HTTPSender, request: Request) -> Reply:
        logging.getLogger("transport").debug("send %s", dict(request.headers))
        return original(self, request)

    patch.setattr(HTTPSender, "_exchange", exchange)


@seen_by(HTTP, "test_what_is_hidden_is_in_no_dead_letter_and_no_log")
def dead_letters_keep_what_was_hidden(patch: Patch) -> None:
    seen: dict[str, Any] = {}
    made, keep = Pipeline._made, DeadLetters.keep

    def remember(self: Pipeline, item: Any) -> Any:
        payload = made(self, item)
        seen[payload.id] = payload
        return payload

    patch.setattr(Pipeline, "_made", remember)
    patch.setattr(DeadLetters, "keep", lambda self, exporter, place, payload, *rest: keep(
        self, exporter, place, seen[payload.id], *rest))  # fmt: skip


ENCRYPTED = "test_encrypted_content_opens_for_its_owner_alone"


@seen_by(HTTP, ENCRYPTED)
def errors_are_not_sealed(patch: Patch) -> None:
    patch.setattr(sealing._Cover, "_error", lambda _, error: error)


@seen_by("TestClient", ENCRYPTED)
def without_a_key_content_passes(patch: Patch) -> None:
    sealed = sealing.sealed
    patch.setattr(sealing, "sealed", lambda payload, sealer, digest: (
        sealed(payload, sealer, digest) if sealer else payload))  # fmt: skip


@seen_by("TestOTLP", ENCRYPTED)
def keys_stay_where_they_are_destroyed(patch: Patch) -> None:
    patch.setattr(FolderKeys, "destroy", lambda *_: True)


@seen_by(HTTP, "test_no_canary_reaches_it")
def masks_pass_over_one_field(patch: Patch) -> None:
    masked = policy.masked
    patch.setattr(policy, "masked", lambda payload, *rest, **named: evolve(
        masked(payload, *rest, **named), release=payload.release))  # fmt: skip


@seen_by("TestClient", "test_no_canary_reaches_it")
def masks_do_not_decode(patch: Patch) -> None:
    patch.setattr(masking, "blobs", lambda *_: ())


@seen_by("TestHooks", "test_no_canary_reaches_it")
def names_of_providers_are_not_masked(patch: Patch) -> None:
    masked = policy.masked
    patch.setattr(policy, "masked", lambda payload, *rest, **named: evolve(
        masked(payload, *rest, **named), provider_name=payload.provider_name))  # fmt: skip


@seen_by(HTTP, "test_no_canary_is_on_disk")
def the_spool_holds_what_was_hidden(patch: Patch) -> None:
    seen: dict[str, Any] = {}
    made, shelved = Pipeline._made, Spooling.shelved

    def remember(self: Pipeline, item: Any) -> Any:
        payload = made(self, item)
        seen[payload.id] = payload
        return payload

    patch.setattr(Pipeline, "_made", remember)
    patch.setattr(Spooling, "shelved", lambda self, pairs, size: shelved(
        self, [(way, seen[payload.id]) for way, payload in pairs], size))  # fmt: skip


@seen_by("TestClient", "test_its_credentials_are_in_no_record")
def credentials_in_texts_pass(patch: Patch) -> None:
    patch.setattr(Known, "in_any", lambda *_: False)


@seen_by(HTTP, "test_no_canary_is_in_dead_letters")
def dead_letters_hold_what_a_backend_should_not_see(patch: Patch) -> None:
    dead_letters_keep_what_was_hidden(patch)


@seen_by(HTTP, "test_a_backend_that_repeats_its_credential_is_not_repeated")
def replies_are_repeated(patch: Patch) -> None:
    patch.setattr(reply.DiscreetSender, "_discreet", lambda _, answer: answer)


# Delivery.


@seen_by(HTTP, "test_a_retry_has_equal_bytes")
def a_retry_has_other_bytes(patch: Patch) -> None:
    original = HTTPSender._post
    tries: list[int] = []

    def post(self: HTTPSender, request: Request) -> Any:
        tries.append(1)
        return original(self, evolve(request, content=request.content + b" " * len(tries)))

    patch.setattr(HTTPSender, "_post", post)


@seen_by(HTTP, "test_a_retry_has_equal_bytes")
def a_busy_backend_rejects(patch: Patch) -> None:
    patch.setattr(outcome, "RETRYABLE_STATUSES", frozenset())


@seen_by(HTTP, "test_a_wait_that_was_asked_for_is_kept")
def retry_after_is_ignored(patch: Patch) -> None:
    patch.setattr(outcome, "retry_after_s", lambda *_: None)


@seen_by(HTTP, "test_a_refused_credential_keeps_the_events")
def a_refused_credential_rejects(patch: Patch) -> None:
    patch.setattr(outcome, "REFUSING_STATUSES", frozenset())


@seen_by(HTTP, "test_what_is_too_large_goes_in_halves")
def a_413_is_ignored(patch: Patch) -> None:
    original = http_sender.classify

    def classify(status: int, *rest: Any) -> Any:
        return Delivered() if status == 413 else original(status, *rest)

    patch.setattr(http_sender, "classify", classify)


@seen_by(HTTP, "test_what_is_too_large_goes_in_halves")
def a_413_loses_the_second_half(patch: Patch) -> None:
    original = settlement._halve
    patch.setattr(settlement, "_halve", lambda *arguments: evolve(
        original(*arguments), again=original(*arguments).again[:1]))  # fmt: skip


@seen_by(HTTP, "test_what_is_too_large_alone_is_rejected")
def one_large_record_counts_as_delivered(patch: Patch) -> None:
    patch.setattr(settlement, "_halve", lambda batch, _: settlement._deliver(batch))


@seen_by(HTTP, "test_no_redirect_is_followed")
def redirects_are_followed(patch: Patch) -> None:
    patch.setattr(http_client, "_client", lambda *_: httpx.Client(follow_redirects=True))


@seen_by(HTTP, "test_what_arrives_is_what_was_encoded")
def a_compressed_body_does_not_say_so(patch: Patch) -> None:
    original = Request.gzipped
    patch.setattr(Request, "gzipped",
                  lambda self: evolve(self, content=original(self).content))  # fmt: skip


@seen_by(HTTP, "test_what_arrives_is_what_was_encoded")
def headers_of_the_plugin_are_lost(patch: Patch) -> None:
    original = HTTPSender._exchange

    def exchange(self: HTTPSender, request: Request) -> Reply:
        kept = {name: request.headers[name] for name in request.headers if "content" in name}
        return original(self, evolve(request, headers=kept))

    patch.setattr(HTTPSender, "_exchange", exchange)


@seen_by(HTTP, "test_a_broken_connection_is_tried_again")
def a_broken_connection_rejects(patch: Patch) -> None:
    patch.setattr(http_sender, "Retryable", lambda reason, *_: Rejected(reason))


@seen_by(HTTP, "test_silence_is_tried_again")
def silence_is_taken_for_success(patch: Patch) -> None:
    original = HTTPSender._post

    def post(self: HTTPSender, request: Request) -> Any:
        reply = original(self, request)
        return reply if isinstance(reply, Reply) else Reply(200)

    patch.setattr(HTTPSender, "_post", post)


@seen_by(HTTP, "test_every_sample_is_delivered")
def delivered_counts_twice(patch: Patch) -> None:
    original = Account.settle
    patch.setattr(Account, "settle", lambda self, made, buried: original(
        self, evolve(made, done=made.done * 2), buried))  # fmt: skip


@seen_by(HTTP, "test_no_request_holds_more_records_than_allowed")
def the_limit_of_records_is_ignored(patch: Patch) -> None:
    original = EventQueue.take
    patch.setattr(EventQueue, "take", lambda self, _, size: original(self, 10_000, size))


@seen_by(HTTP, "test_no_request_is_over_the_limit")
def the_limit_of_bytes_is_ignored(patch: Patch) -> None:
    patch.setattr(HTTPSender, "_oversized", lambda *_: False)
    original = EventQueue.take
    patch.setattr(EventQueue, "take", lambda self, events, _: original(self, events, None))


@seen_by(HTTP, "test_one_bad_record_harms_no_other")
def one_bad_record_rejects_its_batch(patch: Patch) -> None:
    def suspect(batch: Any, reason: str) -> Settlement:
        return Settlement(rejected=tuple((event, reason) for event in batch.events))

    patch.setattr(settlement, "_suspect", suspect)


@seen_by(HTTP, "test_what_is_rejected_is_kept_on_disk")
def dead_letters_are_not_written(patch: Patch) -> None:
    patch.setattr(DeadLetters, "keep", lambda *_: True)


@seen_by(HTTP, "test_a_fault_of_the_plugin_is_counted")
def a_fault_of_the_plugin_counts_as_delivered(patch: Patch) -> None:
    patch.setattr(courier, "_raised", lambda _: Delivered())
    patch.setattr(reply, "_raised", lambda _: Delivered())


@seen_by(HTTP, "test_a_partial_reply_is_counted_by_record")
def a_partial_reply_is_sent_again_whole(patch: Patch) -> None:
    patch.setattr(settlement, "_settle_each", lambda batch, outcomes: settlement._deliver(batch)
                  if all(isinstance(each, Delivered) for each in outcomes)
                  else Settlement(again=(batch,), wait_s=0.0))  # fmt: skip


@seen_by("TestClient", "test_a_partial_answer_is_counted_by_record")
def what_is_retryable_is_forgotten(patch: Patch) -> None:
    original = settlement._settle_each
    patch.setattr(settlement, "_settle_each",
                  lambda *arguments: evolve(original(*arguments), again=()))  # fmt: skip


@seen_by("TestClient", "test_a_lost_connection_keeps_the_events")
def a_lost_client_is_used_again(patch: Patch) -> None:
    patch.setattr(ClientSender, "close", lambda _: None)


@seen_by("TestClient", "test_every_client_is_closed_once")
def the_last_client_is_never_closed(patch: Patch) -> None:
    patch.setattr(ClientSender, "close", lambda _: None)


@seen_by("TestClient", "test_without_a_client_the_events_wait")
def without_a_client_events_are_rejected(patch: Patch) -> None:
    def connect(self: ClientSender) -> None:
        self._client = self._exporter.connect(self._settings)
        self._connected = True

    patch.setattr(ClientSender, "_connect", connect)


@seen_by("TestClient", "test_no_batch_holds_more_records_than_allowed")
def a_clients_limit_is_ignored(patch: Patch) -> None:
    original = EventQueue.take
    patch.setattr(EventQueue, "take", lambda self, _, size: original(self, 10_000, size))


@seen_by("TestClient", "test_one_bad_record_harms_no_other")
def a_clients_batch_is_rejected_whole(patch: Patch) -> None:
    one_bad_record_rejects_its_batch(patch)


# Manners.


@seen_by(HTTP, "test_it_can_be_limited_to_failures")
def a_wish_for_failures_is_ignored(patch: Patch) -> None:
    patch.setattr(Route, "wants", lambda *_: True)


@seen_by(HTTP, "test_sampling_keeps_every_failure")
def sampling_drops_failures(patch: Patch) -> None:
    patch.setattr(Route, "wants", lambda self, _: self.sample > 0.5)


@seen_by(HTTP, "test_close_delivers_what_is_pending")
def the_end_drops_what_is_pending(patch: Patch) -> None:
    original = Lane.begin_close
    patch.setattr(Lane, "begin_close", lambda self, _: original(self, float("-inf")))


@seen_by(HTTP, "test_close_is_final")
def the_end_is_not_final(patch: Patch) -> None:
    def put(self: Dispatcher, item: Any) -> None:
        self._accepted += 1
        self._queue.put(item)

    patch.setattr(Dispatcher, "put", put)


@seen_by(HTTP, "test_the_end_keeps_its_time")
def the_end_takes_longer_than_it_may(patch: Patch) -> None:
    original = Lane.finish_close

    def finish_close(self: Lane) -> None:
        threading.Event().wait(3.5)
        original(self)

    patch.setattr(Lane, "finish_close", finish_close)


@seen_by(HTTP, "test_the_end_keeps_its_time")
def what_the_end_leaves_is_not_counted(patch: Patch) -> None:
    original = Lane.finish_close

    def finish_close(self: Lane) -> None:
        original(self)
        self._counters.dropped.pop("shutdown", None)

    patch.setattr(Lane, "finish_close", finish_close)


@seen_by(HTTP, "test_a_forked_child_starts_empty_and_lives")
def a_forked_child_sends_its_parents_records(patch: Patch) -> None:
    patch.setattr(Logger, "reset_in_child", lambda _: None)


@seen_by(HTTP, "test_the_caller_does_not_wait")
def the_caller_waits_for_the_backend(patch: Patch) -> None:
    original = Logger.log

    def log(self: Logger, payload: Any) -> None:
        original(self, payload)
        self.flush(0.2)

    patch.setattr(Logger, "log", log)


@seen_by(HTTP, "test_the_caller_does_not_wait")
def the_queue_has_no_bound(patch: Patch) -> None:
    patch.setattr(EventQueue, "fits", lambda *_: True)


@seen_by(HTTP, "test_the_caller_does_not_wait")
def what_does_not_fit_is_not_counted(patch: Patch) -> None:
    original = Lane.put

    def put(self: Lane, event: Any) -> None:
        original(self, event)
        self._account.counters.dropped.clear()

    patch.setattr(Lane, "put", put)


@seen_by("TestHooks", "test_a_fault_of_the_plugin_is_counted")
def a_fault_of_a_hook_counts_as_delivered(patch: Patch) -> None:
    a_fault_of_the_plugin_counts_as_delivered(patch)


@seen_by("TestHooks", "test_it_is_closed_once")
def hooks_are_never_closed(patch: Patch) -> None:
    original = pipeline.guarded
    patch.setattr(pipeline, "guarded", lambda function, *rest, **named: None
                  if getattr(function, "__name__", "") == "close"
                  else original(function, *rest, **named))  # fmt: skip
