"""Media go to the store of a plugin, once, before the record; without it goes their hash."""

from __future__ import annotations

import hashlib
import threading
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from attrs import evolve, frozen

from llmlog import ClientExporter, Logger, Media, Message, Payload, Secret, env
from llmlog.delivery.stats import LaneStats
from llmlog.deposit import REST_S, TRIES
from llmlog.errors import SettingsError
from llmlog.testing import sample
from llmlog.testing.records import Records
from llmlog.testing.virtual import VirtualClock

Make = Callable[..., Logger]
IMAGE = b"\x89PNG" + bytes(range(256))
ENCODED = b64encode(IMAGE).decode()
DIGEST = hashlib.sha256(IMAGE).hexdigest()


@frozen
class Settings:
    """Of the plugin that offers a store."""

    place: str = env(default="here")
    key: Secret = env(default=Secret("fake-store-key"))


class Shelf:
    """A store that fails as often as it is told; `threads` are those that put something."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.tries = 0
        self.found: dict[str, list[bytes]] = {}
        self.threads: set[str] = set()
        self.closed = 0

    def put(self, content: bytes, name: str) -> str:
        self.threads.add(threading.current_thread().name)
        self.tries += 1
        if self.tries <= self.failures:
            raise ConnectionError("the store is away; it was asked with fake-store-key")
        self.found.setdefault(name, []).append(content)
        return f"shelf://here/{name}"

    def close(self) -> None:
        self.closed += 1


def plugin(shelf: Shelf) -> Any:
    """Return an exporter that takes nothing, and offers a store."""
    return ClientExporter(name="shelf", settings=Settings, connect=lambda _: None,
                          send=lambda *_: None, takes="alerts", store=lambda _: shelf)  # fmt: skip


def pictured(*contents: str, number: int = 0) -> Payload:
    parts = [Media(modality="image", mime_type="image/png", content=each) for each in contents]
    own = sample("chat")
    return evolve(own, id=f"{own.id[:-2]}{number:02}",
                  input_messages=(Message(role="user", parts=parts),))  # fmt: skip


def logged(
    make: Make, shelf: Shelf, payloads: Sequence[Payload], **settings: Any
) -> tuple[Records, Logger]:
    records = Records()
    logger = make(plugin(shelf), records, clock=VirtualClock(),
                  plugin={"records": {"media": "shelf", **settings}})  # fmt: skip
    for payload in payloads:
        logger.log(payload)
        assert logger.flush(20).complete, logger.stats()
    return records, logger


def account(logger: Logger) -> LaneStats:
    (found,) = (each for each in logger.stats() if each.exporter == "(media)")
    assert found.balanced
    return found


def test_a_medium_is_stored_once_and_the_record_says_where(make_logger: Make) -> None:
    shelf = Shelf()
    records, logger = logged(make_logger, shelf, [pictured(ENCODED, ENCODED), pictured(ENCODED)])
    assert shelf.found == {f"{DIGEST}.png": [IMAGE]}
    medium = Media(modality="image", mime_type="image/png", uri=f"shelf://here/{DIGEST}.png",
                   sha256=DIGEST, size=len(IMAGE))  # fmt: skip
    found = [each.input_messages[0].parts for each in records.all()]
    assert found == [(medium, medium), (medium,)]
    assert [each.rule for each in records.all()[0].changes] == ["stored"]
    assert (account(logger).accepted, account(logger).requests) == (2, 1)


def test_the_caller_does_not_wait_for_a_store(make_logger: Make) -> None:
    shelf = Shelf()
    logged(make_logger, shelf, [pictured(ENCODED)])
    assert shelf.threads == {"llmlog-records"}


def test_a_store_that_fails_is_tried_again(make_logger: Make) -> None:
    shelf = Shelf(failures=TRIES - 1)
    records, logger = logged(make_logger, shelf, [pictured(ENCODED)])
    (part,) = records.one().input_messages[0].parts
    assert part.uri == f"shelf://here/{DIGEST}.png"
    assert (account(logger).delivered, account(logger).retried) == (1, TRIES - 1)


def test_what_cannot_be_stored_leaves_a_hash_and_a_mark(make_logger: Make) -> None:
    shelf = Shelf(failures=10**9)
    records, logger = logged(make_logger, shelf, [pictured(ENCODED), pictured(ENCODED, number=1)])
    for record in records.all():
        (part,) = record.input_messages[0].parts
        assert (part.uri, part.content) == (f"sha256:{DIGEST}", None)
        assert [each.rule for each in record.changes] == ["not_stored"]
    assert shelf.tries == TRIES, "the second record does not wait for it: the store has its rest"
    found = account(logger)
    assert (found.accepted, found.dropped) == (2, {"not_stored": 2})
    assert "the store" in (found.last_error or "")


def test_no_credential_of_a_store_shows(make_logger: Make) -> None:
    shelf = Shelf(failures=1)
    _, logger = logged(make_logger, shelf, [pictured(ENCODED)])
    assert "the store is away" in (account(logger).last_error or "")
    assert "fake-store-key" not in repr(logger.stats())


def test_a_store_is_used_again_after_its_rest(make_logger: Make) -> None:
    shelf = Shelf(failures=TRIES)
    records, logger = logged(make_logger, shelf, [pictured(ENCODED)])
    clock: Any = logger.clock
    clock.advance(REST_S + 1)
    logger.log(pictured(ENCODED, number=1))
    assert logger.flush(20).complete
    uris = [each.input_messages[0].parts[0].uri for each in records.all()]
    assert uris == [f"sha256:{DIGEST}", f"shelf://here/{DIGEST}.png"]


@pytest.mark.parametrize("content", ["masked", "none"])
def test_hidden_content_brings_no_media_to_a_store(make_logger: Make, content: str) -> None:
    shelf = Shelf()
    records, _ = logged(make_logger, shelf, [pictured(ENCODED)], content=content)
    assert not shelf.found
    assert DIGEST not in repr(records.all())


def test_records_without_media_open_no_store(make_logger: Make) -> None:
    records, logger = logged(make_logger, Shelf(failures=1), [sample("chat")])
    assert records.one().input_messages
    assert account(logger).accepted == 0


def test_a_store_is_closed_with_the_logger(make_logger: Make) -> None:
    shelf = Shelf()
    _, logger = logged(make_logger, shelf, [pictured(ENCODED)])
    logger.close(5)
    assert shelf.closed == 1


@pytest.mark.parametrize(("media", "remedy"), [
    ("sheelf", "no plugin 'sheelf'"), ("records", "say inline, hash or store"),
])  # fmt: skip
def test_a_store_that_nobody_offers_is_an_error(media: str, remedy: str, make_logger: Make) -> None:
    with pytest.raises(SettingsError, match=remedy):
        make_logger(Records(), plugin={"records": {"media": media}})
