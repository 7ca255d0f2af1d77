"""Bodies and headers: three shapes of the same records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from llmlog import Request, Secret
from llmlog.errors import SettingsError
from llmlog.schema import from_dict, json_schema
from llmlog.settings import Sources, load
from llmlog.testing import SAMPLES, check_golden, sample
from llmlog_http import Settings, encode, limits

GOLDEN = Path(__file__).parent / "golden" / "requests.json"
URL = "https://logs.example.com/llm"
FORMATS = ("json_array", "ndjson", "single")
BATCH = [sample(name) for name in SAMPLES]


def settings(**values: Any) -> Settings:
    """Return settings that need no environment."""
    return Settings(**{"url": URL, **values})


def loaded(**values: Any) -> Settings:
    """Return settings that were read as a settings file's are."""
    code = {"plugin": {"http": {"url": URL, **values}}}
    return load(Settings, Sources(environ={}, code=code), "http")[0]


def requests(chosen: Settings) -> list[Request]:
    """Return the requests for all samples, in batches as large as the limits say."""
    size = limits(chosen).events
    return [encode(chosen, BATCH[at : at + size]) for at in range(0, len(BATCH), size)]


def records(request: Request) -> list[Any]:
    """Return the records in a body, read without llmlog."""
    if request.headers["content-type"] == "application/x-ndjson":
        return [json.loads(line) for line in request.content.decode().splitlines()]
    value = json.loads(request.content)
    return value if isinstance(value, list) else [value]


def readable(request: Request) -> dict[str, Any]:
    """Return a request as JSON."""
    text = request.content.decode()
    lines = request.headers["content-type"] == "application/x-ndjson"
    body = [json.loads(line) for line in text.splitlines()] if lines else json.loads(text)
    return {"method": request.method, "url": request.url, "headers": dict(request.headers),
            "body": body}  # fmt: skip


def test_requests_are_the_golden_ones() -> None:
    """All samples are sent as agreed on. See the README to refresh."""
    made = {name: [readable(request) for request in requests(settings(format=name))]
            for name in FORMATS}  # fmt: skip
    check_golden(GOLDEN, made)


@pytest.mark.parametrize("name", FORMATS)
def test_each_record_fits_the_published_schema(name: str) -> None:
    """Every shape holds whole records, and they come back as they were."""
    validator = jsonschema.Draft202012Validator(json_schema())
    found = [record for request in requests(settings(format=name)) for record in records(request)]
    for record in found:
        validator.validate(record)
    assert [from_dict(record) for record in found] == BATCH


@pytest.mark.parametrize(
    ("name", "content_type", "start"),
    [
        ("json_array", "application/json", b"[{"),
        ("ndjson", "application/x-ndjson", b"{"),
        ("single", "application/json", b"{"),
    ],
)
def test_the_content_type_tells_the_shape(name: str, content_type: str, start: bytes) -> None:
    """Array, lines and object differ in type and in bytes."""
    request = requests(settings(format=name))[0]
    assert request.headers["content-type"] == content_type
    assert request.content.startswith(start)


def test_limits_follow_the_settings() -> None:
    """One by one means one; bytes and compression are the user's."""
    assert limits(settings(format="single")).events == 1
    assert limits(settings()).events > 1
    assert limits(settings(max_bytes=7)).bytes == 7
    assert [limits(settings(gzip=gzip)).gzip for gzip in (False, True)] == [False, True]


def test_no_record_is_lost_when_a_batch_is_larger_than_asked_for() -> None:
    """Two records of `single` in one batch are both in the body."""
    assert len(records(encode(settings(format="single"), BATCH[:2]))) == 2


def test_the_key_is_that_of_the_events() -> None:
    """Equal events have an equal key in all shapes, others another."""
    keys = {encode(settings(format=name), BATCH[:1]).headers["idempotency-key"] for name in FORMATS}
    assert len(keys) == 1
    every = {encode(settings(), [payload]).headers["idempotency-key"] for payload in BATCH}
    assert len(every) == len(BATCH)


def test_chosen_fields_are_sent_alone() -> None:
    """A record keeps what identifies it; what is absent stays absent."""
    request = encode(loaded(fields="cost,usage,model_alias"), [sample("chat"), sample("bare")])
    assert [set(record) for record in records(request)] == [
        {"schema_version", "id", "cost", "usage"}, {"schema_version", "id"},
    ]  # fmt: skip


def test_headers_are_those_that_were_asked_for() -> None:
    """Names are folded, values decoded, and the token is a bearer's."""
    chosen = loaded(headers="X-Team=a%2Cb, x-empty=, Content-Type=application/vnd.x+json",
                    token="fake-token", method="PUT")  # fmt: skip
    request = encode(chosen, BATCH[:1])
    assert request.method == "PUT"
    assert {name: value for name, value in request.headers.items()
            if name != "idempotency-key"} == {
        "x-team": "a,b", "x-empty": "", "content-type": "application/vnd.x+json",
        "authorization": "Bearer fake-token",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        ({"url": "logs.example.com"}, "say http://"),
        ({"url": "https://user:fake-canary@logs.example.com"}, "no password|not hold a password"),
        ({"fields": ["cost", "prize"]}, "no further .prize"),
        ({"headers": "x-key: fake-canary"}, "item 1"),
        ({"headers": "a=b,x-key=fake-canary%0d%0aInjected: 1"}, "item 2"),
        ({"headers": "bad name=fake-canary"}, "item 1"),
        ({"token": "fake-canary\r\nInjected: 1"}, "printable"),
        ({"signing_secret": "whsec_fake-canary"}, "24 to 64 bytes"),
        ({"signing_secret": "whsec_ZmFrZS1jYW5hcnk="}, "24 to 64 bytes"),
        ({"format": "xml"}, "json_array or ndjson or single"),
    ],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, Any], remedy: str) -> None:
    """The error says what to do and shows no secret."""
    with pytest.raises(SettingsError, match=remedy) as caught:
        loaded(**values)
    assert "fake-canary" not in str(caught.value)


def test_no_secret_shows() -> None:
    """Neither settings nor a request show a credential."""
    chosen = settings(token=Secret("fake-canary"), headers=Secret("x-key=fake-canary"))
    assert "fake-canary" not in repr(chosen)
    assert "fake-canary" not in repr(encode(chosen, BATCH))
