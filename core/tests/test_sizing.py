"""Too large for a destination: cut in a declared order, with a note, and the envelope stays."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog import (
    ClientExporter,
    HTTPExporter,
    Limits,
    Logger,
    Media,
    Message,
    Payload,
    Request,
    Text,
    env,
)
from llmlog.schema import from_json, to_json
from llmlog.sizing import fitted, forms
from llmlog.testing import SAMPLES, ScriptedEndpoint, sample
from llmlog.testing.records import Records
from llmlog.testing.strategies import payloads

Make = Callable[..., Logger]
IMAGE = b"\x89PNG" + bytes(range(256)) * 200
ENCODED = b64encode(IMAGE).decode()
DIGEST = hashlib.sha256(IMAGE).hexdigest()


def message(*parts: Any) -> Message:
    return Message(role="user", parts=list(parts))


def large() -> Payload:
    picture = Media(modality="image", mime_type="image/png", content=ENCODED)
    turns = [message(Text(content=f"turn {number} " + "x" * 40_000)) for number in range(30)]
    return evolve(sample("chat"), input_messages=(message(picture), *turns),
                  metadata={"deep": [{"er": "y" * 50_000}]})  # fmt: skip


def size(payload: Payload) -> int:
    return len(to_json(payload))


def fitting(limit: int) -> Payload:
    made = fitted(large(), lambda each: size(each) <= limit)
    assert made is not None
    return made


def test_the_order_is_media_texts_messages_envelope() -> None:
    rules = [{change.rule for change in made.changes} for made in forms(large())]
    sizes = [size(made) for made in forms(large())]
    assert sizes == sorted(sizes, reverse=True)
    assert rules[0] == set()
    assert rules[1] == {"media"}
    assert rules[2] == rules[3] == {"media", "long_text"}
    assert rules[4] == rules[5] == {"media", "long_text", "oldest_messages"}
    assert rules[6] >= {"size"}


def test_nothing_is_cut_that_need_not_be() -> None:
    assert fitting(size(large())) == large()
    made = fitting(size(large()) - 1)
    assert made.input_messages[1:] == large().input_messages[1:]
    (part,) = made.input_messages[0].parts
    assert part == Media(modality="image", mime_type="image/png", uri=f"sha256:{DIGEST}",
                         sha256=DIGEST, size=len(IMAGE))  # fmt: skip
    (change,) = made.changes
    assert (change.path, change.action, change.original_size) == (
        "input_messages",
        "cut",
        len(ENCODED),
    )


def test_long_texts_keep_both_ends_and_say_how_long_they_were() -> None:
    made = fitting(200_000)
    text = made.input_messages[-1].text
    assert text.startswith("turn 29 x")
    assert text.endswith("x")
    assert "[cut: 40008 characters]" in text
    assert len(text) <= 16_384
    found = {
        change.path: change.original_size for change in made.changes if change.rule == "long_text"
    }
    assert found["metadata"] >= 50_000


def test_the_newest_message_is_the_last_to_go() -> None:
    made = fitting(20_000)
    assert made.input_messages[-1].text.startswith("turn 29")
    assert len(made.input_messages) < 31
    assert sum(change.count for change in made.changes if change.rule == "oldest_messages") > 0


def test_the_envelope_is_always_kept() -> None:
    made = list(forms(large()))[-1]
    kept = ("id", "kind", "status", "timing", "trace_id", "request_model", "cost", "user_id")
    assert all(getattr(made, name) == getattr(large(), name) for name in kept)
    assert made.usage is not None
    assert made.usage.total_tokens == large().usage.total_tokens  # type: ignore[union-attr]
    assert size(made) < 4_000
    assert made.changes[-1].rule == "size"
    assert made.changes[-1].original_size > 1_000_000  # type: ignore[operator]


@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(payload=payloads())
def test_every_form_of_any_payload_is_a_payload(payload: Payload) -> None:
    for made in forms(payload):
        assert from_json(to_json(made)).id == payload.id


# At a destination.


@frozen(kw_only=True)
class Settings:
    url: str = env(help="where to")


def encode(settings: Settings, batch: Sequence[Payload]) -> Request:
    return Request(url=settings.url, method="POST", content=b"\n".join(map(to_json, batch)))


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint() as made:
        yield made


@pytest.mark.parametrize("limit", [400_000, 60_000, 5_000])
def test_an_exporter_gets_what_fits(
    make_logger: Make, endpoint: ScriptedEndpoint, limit: int
) -> None:
    exporter = HTTPExporter(name="small", settings=Settings, encode=encode,
                            limits=Limits(event_bytes=limit))  # fmt: skip
    logger = make_logger(exporter, plugin={"small": {"url": endpoint.url}})
    logger.log(large())
    logger.log(sample("failure"))
    assert logger.flush(20).complete
    contents = [request.content for request in endpoint.requests]
    assert all(len(line) <= limit for content in contents for line in content.splitlines())
    assert logger.stats()[1].delivered == 2
    assert sample("failure").id in str(contents)


def test_what_does_not_fit_at_all_is_dead(make_logger: Make, endpoint: ScriptedEndpoint) -> None:
    exporter = HTTPExporter(name="small", settings=Settings, encode=encode,
                            limits=Limits(event_bytes=100))  # fmt: skip
    logger = make_logger(exporter, plugin={"small": {"url": endpoint.url}})
    logger.log(sample())
    assert logger.flush(20).complete
    assert not endpoint.requests
    assert logger.stats()[1].lost == 1


def test_a_client_gets_what_fits_too(make_logger: Make) -> None:
    seen: list[Payload] = []
    exporter: Any = ClientExporter(
        name="client", settings=Settings, connect=lambda _: seen, close=lambda _: None, retryable=(),
        send=lambda client, _, batch: client.extend(batch), limits=Limits(event_bytes=60_000),
    )  # fmt: skip
    logger = make_logger(exporter, plugin={"client": {"url": "x"}})
    logger.log(large())
    assert logger.flush(20).complete
    assert [size(payload) <= 60_000 for payload in seen] == [True]


# Media in a store.


@pytest.mark.parametrize("form", ["content", "data"])
def test_media_go_to_the_store_and_leave_their_address(
    make_logger: Make, tmp_path: Path, form: str
) -> None:
    records = Records()
    data = {"uri": f"data:image/png;base64,{ENCODED}"} if form == "data" else {"content": ENCODED}
    media = Media(modality="image", mime_type="image/png", **data)
    logger = make_logger(
        records, media_store=tmp_path / "media", plugin={"records": {"media": "store"}}
    )
    for _ in range(2):
        logger.log(evolve(sample("chat"), input_messages=(message(media),)))
    assert logger.flush(20).complete
    (path,) = (tmp_path / "media").iterdir()
    assert path.read_bytes() == IMAGE
    assert path.name == f"{DIGEST}.png"
    assert path.stat().st_mode & 0o77 == 0
    for payload in records.all():
        (part,) = payload.input_messages[0].parts
        assert part == Media(modality="image", mime_type="image/png", uri=path.as_uri(),
                             sha256=DIGEST, size=len(IMAGE))  # fmt: skip


def test_a_store_that_fails_leaves_a_hash(make_logger: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    records = Records()
    logger = make_logger(
        records, media_store=tmp_path / "file", plugin={"records": {"media": "store"}}
    )
    logger.log(large())
    (part,) = records_part(logger, records)
    assert part.uri == f"sha256:{DIGEST}"
    assert part.content is None


def records_part(logger: Logger, records: Records) -> Any:
    assert logger.flush(20).complete
    return records.one().input_messages[0].parts


def test_masked_content_brings_no_media_to_the_store(make_logger: Make, tmp_path: Path) -> None:
    records = Records()
    logger = make_logger(records, content="masked", media_store=tmp_path / "media",
                         plugin={"records": {"media": "store"}})  # fmt: skip
    logger.log(large())
    assert logger.flush(20).complete
    assert not (tmp_path / "media").exists()


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_small_enough_as_they_are(name: str) -> None:
    assert fitted(sample(name), lambda made: size(made) < 100_000) == sample(name)
