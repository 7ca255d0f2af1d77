"""Known values: a configured credential is hidden wherever it turns up."""

from __future__ import annotations

import gc
import json
import logging
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from attrs import evolve, frozen

import llmlog
from llmlog.exporter import ClientExporter, HTTPExporter
from llmlog.logger import Logger
from llmlog.redaction import Policy, known_values
from llmlog.redaction.known import PLACEHOLDER, Known, LogFilter
from llmlog.schema import to_json
from llmlog.secret import Secret
from llmlog.testing import Answer, ScriptedEndpoint, sample
from llmlog.testing.canary import FIELDS, VALUE_FIELDS
from llmlog.testing.contract.manners import wait_until
from llmlog.testing.records import Records

Make = Callable[..., Logger]
VALUE = 'my "odd" pass/word+1'


@frozen(kw_only=True)
class Settings:
    """Credentials of several kinds."""

    key: Secret = llmlog.env(default=Secret(VALUE))
    headers: Mapping[str, Secret] = llmlog.env(default={"x-key": Secret("header-credential")})
    none: Secret | None = llmlog.env(default=None)
    short: Secret = llmlog.env(default=Secret("abc"))
    url: str = llmlog.env(default="http://127.0.0.1:1")


def encode(settings: Settings, batch: Any) -> llmlog.Request:
    return llmlog.Request(
        url=f"{settings.url}/x",
        content=b"\n".join(map(to_json, batch)),
        method="POST",
        headers={"x-key": "set"},
    )


EXPORTER = HTTPExporter(name="known", settings=Settings, encode=encode)


@pytest.mark.parametrize("text", [
    VALUE, f"the key is {VALUE}!", json.dumps({"k": VALUE}), json.dumps(json.dumps(VALUE)),
    quote(VALUE, safe=""), f"https://x/?key={quote(VALUE)}", VALUE.encode().hex(),
    *(b64encode(before + VALUE.encode() + b"rest").decode() for before in (b"", b"u", b"us", b"user:")),
    "header-credential",
])  # fmt: skip
def test_it_is_found_in_whatever_way_it_is_written(text: str) -> None:
    made, count = known_values(Settings()).scrub(text)
    assert count
    assert "pass" not in made
    assert VALUE.encode().hex() not in made
    assert b64encode(VALUE.encode())[4:-4].decode() not in made


def test_short_values_hide_no_words() -> None:
    assert known_values(Settings()).scrub("abc and abcdef") == ("abc and abcdef", 0)


def test_what_is_known_does_not_show() -> None:
    known = known_values(Settings())
    assert VALUE not in repr(known)
    assert VALUE not in repr(Policy(known=known))


@pytest.mark.parametrize("content", ["full", "masked", "none"])
def test_it_is_in_no_field_under_any_policy(content: Any) -> None:
    policy = Policy(content=content, known=known_values(Settings()))
    for field, plant in FIELDS.items():
        for text in (f"see {VALUE} there", VALUE):
            made = policy.apply(plant(sample("bare"), text))
            assert json.dumps(VALUE)[1:-1].encode() not in to_json(made), field
            if content == "full":
                assert [change.rule for change in made.changes][-1] == "credential:known", field


def test_it_is_in_no_key_and_no_nested_value() -> None:
    policy = Policy(known=known_values(Settings()))
    for plant in VALUE_FIELDS.values():
        made = policy.apply(plant(sample("bare"), {VALUE: [{"deep": (VALUE,)}]}))
        assert b"pass/word" not in to_json(made)


def test_one_plugins_credential_is_in_no_other_plugins_record(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records, EXPORTER)
    with logger.call(messages=[{"role": "user", "content": f"use {VALUE}"}], tags=[VALUE]) as call:
        call.finish(VALUE)
    logger.flush(0.1)
    (payload,) = records._payloads
    assert payload.input_messages[0].text == f"use {PLACEHOLDER}"
    assert payload.tags == (PLACEHOLDER,)
    assert payload.output_messages[0].text == PLACEHOLDER


def test_a_plugin_of_a_single_call_is_known_from_then_on(make_logger: Make) -> None:
    records = Records()
    logger = make_logger(records)
    with logger.call(plugins=[EXPORTER]) as call:
        call.finish("ok")
    logger.flush(0.1)
    with logger.call(input=VALUE) as call:
        call.finish("ok")
    logger.flush(0.1)
    assert "pass/word" not in repr(records._payloads[-1])


@pytest.mark.parametrize("status", [200, 400, 401, 503])
def test_a_backend_that_repeats_it_is_not_repeated(
    make_logger: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedEndpoint(
        default=Answer(status=status, content=f"bad key {VALUE}".encode())
    ) as endpoint:
        logger = make_logger(
            EXPORTER,
            directory=tmp_path,
            plugin={"known": {"url": endpoint.url, "batch_age_s": 0.0}},
        )
        logger.log(sample())
        logger.flush(1)
        logger.close(0.2)
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    shown = f"{caplog.text}{written}{logger.stats()}{logger.routes}"
    assert endpoint.requests
    assert "pass/word" not in shown
    assert status == 200 or f"HTTP {status}" in shown


@pytest.mark.parametrize("step", ["connect", "send"])
def test_a_client_that_raises_it_is_not_repeated(
    make_logger: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    def raising(*_: Any) -> Any:
        raise ValueError(f"cannot log in with {VALUE}")

    exporter = ClientExporter(
        name="client", settings=Settings, connect=raising if step == "connect" else (lambda _: 1),
        send=raising, close=lambda _: None,
    )  # fmt: skip
    logger = make_logger(exporter, directory=tmp_path, plugin={"client": {"batch_age_s": 0.0}})
    logger.log(sample())
    logger.flush(1)
    logger.close(0.2)
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert "pass/word" not in f"{caplog.text}{written}{logger.stats()}"
    assert "cannot log in" in f"{caplog.text}{written}{logger.stats()}"


def test_a_hook_that_raises_it_is_not_repeated(
    make_logger: Make, caplog: pytest.LogCaptureFixture
) -> None:
    class Raising:
        @llmlog.hookimpl
        def log_success(self, payload: llmlog.Payload) -> None:
            raise ValueError(f"cannot log in with {VALUE}")

    logger = make_logger(Raising(), EXPORTER)
    logger.log(sample())
    wait_until(lambda: "cannot log in" in f"{caplog.text}{logger.stats()}", 30)
    assert "pass/word" not in f"{caplog.text}{logger.stats()}"


class TestOurLog:
    @pytest.fixture
    def log(self, make_logger: Make) -> logging.Logger:
        make_logger(EXPORTER)
        return logging.getLogger("llmlog")

    def test_messages_arguments_and_exceptions(
        self, log: logging.Logger, caplog: pytest.LogCaptureFixture
    ) -> None:
        log.warning("key %s", VALUE)
        log.warning("key %(k)s", {"k": VALUE})
        log.warning(VALUE)
        try:
            raise ValueError(VALUE)
        except ValueError:
            log.exception("failed")
        assert "pass/word" not in caplog.text
        assert caplog.text.count(PLACEHOLDER) == 4
        assert "Traceback" in caplog.text

    def test_a_line_that_cannot_be_formatted_says_nothing(
        self, log: logging.Logger, caplog: pytest.LogCaptureFixture
    ) -> None:
        log.warning("%d", VALUE)
        assert caplog.messages == ["[hidden: failed]"]

    def test_the_filter_is_there_once(self, log: logging.Logger, make_logger: Make) -> None:
        make_logger(EXPORTER)
        assert len([each for each in log.filters if isinstance(each, LogFilter)]) == 1

    def test_values_are_forgotten_with_their_logger(self) -> None:
        watching = LogFilter()
        known = Known(forms=("credential",))
        watching.watch(known)
        del known
        gc.collect()
        record = logging.LogRecord("llmlog", 30, "", 1, "credential", (), None)
        assert watching.filter(record)
        assert record.getMessage() == "credential"


def test_full_content_without_credentials_is_not_walked() -> None:
    payload = evolve(sample(), metadata={"bad": object()})
    assert Policy().apply(payload) is payload
