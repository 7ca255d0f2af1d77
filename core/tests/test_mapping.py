"""What the mappings of plugins are made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from email.parser import BytesParser
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, frozen

from llmlog import (
    Delivered,
    Outcome,
    Payload,
    Refused,
    Rejected,
    Request,
    Retryable,
    Secret,
    env,
)  # fmt: skip
from llmlog.chat import answered, asked, choices
from llmlog.check import among, http_url, positive, together
from llmlog.cli import main
from llmlog.delivery.outcome import Verdict
from llmlog.errors import SettingsError
from llmlog.header import basic, bearer, check_value, header_pairs
from llmlog.identity import id_text, new_id
from llmlog.instant import iso, utc
from llmlog.layout import batch_id
from llmlog.line import line, record
from llmlog.lineage import path, timed
from llmlog.multipart import multipart
from llmlog.naming import renamed
from llmlog.parted import in_parts
from llmlog.settings import Sources, load
from llmlog.sqlite import opened, read, write
from llmlog.sums import summed, summed_within
from llmlog.testing import SAMPLES, sample
from llmlog.webhook import signed
from llmlog.wording import headline, money, printable, talk, trouble

NOON_NS = 1_793_534_400_123_456_789


def test_a_time_is_exact_to_a_microsecond_and_in_utc() -> None:
    assert iso(NOON_NS) == "2026-11-01T12:00:00.123456Z"
    assert iso(NOON_NS, "milliseconds") == "2026-11-01T12:00:00.123Z"
    assert utc(NOON_NS).utcoffset() is not None


def test_a_table_of_names_leaves_out_what_is_not_known() -> None:
    names = {"in": "tokens.total_input_tokens", "cached": "tokens.cache_write_tokens", "as": "name"}
    assert renamed(sample(), names) == {"in": 24, "as": "greet"}
    assert renamed(sample("bare"), names) == {}


def test_what_was_asked_and_answered_has_no_empty_places() -> None:
    assert set(asked(sample("tools"))) == {"messages", "tools"}
    assert asked(sample("embedding")) == {"input": ["first text", "second text"]}
    assert answered(sample("embedding")) == {"count": 2, "dimensions": 1536}
    assert (asked(sample("bare")), answered(sample("bare"))) == ({}, {})
    one = sample().output_messages[0]
    assert [each["index"] for each in choices([one, one])] == [0, 1]


def test_sums_stand_beside_the_record_or_within_its_usage() -> None:
    assert (summed(sample())["total_tokens"], summed(sample())["duration_ms"]) == (31, 1250.0)
    assert summed_within(sample())["usage"]["total_input_tokens"] == 24
    assert "usage" not in summed_within(sample("bare"))


def test_words_for_people_hold_no_controls() -> None:
    assert headline(sample("failure")).startswith("chat gpt-4o-mini failure in 1.250 s: Rate")
    assert (trouble(sample()), trouble(sample("aborted"))) == (None, "aborted")
    assert talk((), {"a": 1}) == '{"a":1}'
    assert money(None) is None
    for name in SAMPLES:
        payload = evolve(sample(name), name="\x1b[2J\u2028")
        assert printable(line(payload, preview=50)) == line(payload, preview=50)
        assert json.loads(record(payload))["id"] == payload.id


def test_headers_are_read_and_what_none_can_hold_is_refused() -> None:
    assert dict(header_pairs(Secret("X-Team=a%2Cb, x-empty="))) == {"x-team": "a,b", "x-empty": ""}
    for wrong in ("x-key: fake", "bad name=fake", "a=b%0d%0aInjected: 1"):
        with pytest.raises(ValueError, match="item 1") as caught:
            list(header_pairs(Secret(wrong)))
        assert "fake" not in str(caught.value)
    with pytest.raises(ValueError, match="printable"):
        check_value(Secret("fake\r\n"))
    assert basic("user", Secret("fake")) == "Basic dXNlcjpmYWtl"
    assert bearer(Secret("fake")) == "Bearer fake"


@frozen
class Checked:
    """Settings with checks."""

    url: str = env(default="http://localhost", check=http_url)
    keep: int | None = env(default=None, check=positive)
    labels: tuple[str, ...] = env(default=(), check=among(("model", "kind")))
    user: str | None = env(default=None)
    password: Secret | None = env(default=None)

    def __attrs_post_init__(self) -> None:
        together(self, "user", "password")


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        ({"url": "localhost"}, "url: say http://"),
        ({"url": "https://u:fake@h"}, "url: it may not hold a password"),
        ({"keep": 0}, "keep: say a number above 0"),
        ({"labels": ["modle"]}, "labels: there is no further 'modle': did you mean 'model'"),
        ({"labels": ["kind", "kind"]}, "no further 'kind'"),
        ({"user": "u"}, "user and password belong together"),
    ],
)
def test_a_check_names_its_setting_and_the_remedy(values: dict[str, Any], remedy: str) -> None:
    with pytest.raises(SettingsError, match=remedy):
        load(Checked, Sources(environ={}, code={"plugin": {"x": values}}), "x")
    assert load(Checked, Sources(environ={}), "x")[0].url == "http://localhost"


def test_a_multipart_body_is_read_by_another_parser() -> None:
    made = multipart("http://h", [("a", b"{}"), ("b", b"[1]")], {"x-key": "fake"})
    head = f"content-type: {made.headers['content-type']}\r\n\r\n".encode()
    whole: Any = BytesParser().parsebytes(head + made.content)
    assert [part.get_payload(decode=True) for part in whole.get_payload()] == [b"{}", b"[1]"]
    assert made == multipart("http://h", [("a", b"{}"), ("b", b"[1]")], {"x-key": "fake"})


def test_a_signature_is_made_for_each_secret_and_none_without() -> None:
    request = Request("http://h", b"{}")
    assert signed(request, None, "id", 1.0) == request
    secrets = Secret("whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLWZha2U= " * 2)
    made = signed(request, secrets, "id", 1000.9).headers
    assert (made["webhook-id"], made["webhook-timestamp"]) == ("id", "1000")
    assert len(made["webhook-signature"].split()) == 2
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        signed(request, Secret("whsec_fake"), "id", 1.0)


def test_a_path_begins_where_a_trace_of_llmlogs_began() -> None:
    root, own = new_id(NOON_NS), new_id(NOON_NS + 5_000_000)
    remote = evolve(sample(), id=id_text(own), trace_id=f"{root:032x}", parent_span_id="a" * 16)
    assert [call.int for call in path(remote)] == [root, own]
    assert [call.int for call in path(evolve(remote, trace_id="4bf92f3577b34da6" * 2))] == [own]
    late = [UUID(int=own), UUID(int=root)]
    times = [time for time, _ in timed(remote, late)]
    assert times == sorted(times)


def test_parts_of_a_batch_go_one_by_one() -> None:
    batch = [sample(name) for name in ("chat", "failure", "bare", "stream")]
    sent: list[Sequence[Payload]] = []

    def send(part: Sequence[Payload]) -> Sequence[Outcome]:
        sent.append(part)
        return [Rejected("no") if payload.failed else Delivered() for payload in part]

    found = in_parts(batch, lambda payload: payload.failed, send)
    assert sent == [[batch[0], batch[2], batch[3]], [batch[1]]]
    assert found == [Delivered(), Rejected("no"), Delivered(), Delivered()]


def test_what_was_sent_before_a_part_failed_is_not_sent_again() -> None:
    batch = [sample(name) for name in ("chat", "failure", "bare")]
    answers: Iterator[Verdict] = iter([Delivered("1"), Refused("closed")])
    found = in_parts(batch, lambda payload: payload.id, lambda _: next(answers))
    assert found == [Delivered("1"), Retryable("closed"), Retryable("closed")]
    assert in_parts(batch, lambda _: 0, lambda _: Refused("closed")) == Refused("closed")


def test_equal_events_have_an_equal_name() -> None:
    batch = [sample(name) for name in SAMPLES]
    assert batch_id(batch) == batch_id(list(batch)) != batch_id(batch[::-1])


def test_the_tail_of_a_file_is_printed(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "calls.db"
    with opened(file, 1.0) as connection:
        write(connection, [sample("chat"), sample("failure")])
    assert {payload.id for payload in read(file)} == {sample("chat").id, sample("failure").id}
    assert main(["tail", str(file), "--status", "failure"]) == 0
    printed = capsys.readouterr().out
    assert "failure (429)" in printed
    assert len(printed.splitlines()) == 2
    assert main(["tail", str(tmp_path / "none.db")]) == 1
    assert "no such file" in capsys.readouterr().err
