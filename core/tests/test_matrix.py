"""The matrix that plugins run: it holds for an honest exporter, and catches a leak."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

import llmlog
from llmlog.exporter import HTTPExporter
from llmlog.logger import Logger
from llmlog.schema import to_json
from llmlog.testing import ScriptedEndpoint
from llmlog.testing.contract.matrix import ExporterMatrix


@frozen(kw_only=True)
class Settings:
    """One credential."""

    key: llmlog.Secret = llmlog.env(default=llmlog.Secret("fake-credential"))
    url: str = llmlog.env(default="")


def encode(settings: Settings, batch: Sequence[llmlog.Payload]) -> llmlog.Request:
    return llmlog.Request(url=settings.url, method="POST", content=b"\n".join(map(to_json, batch)),
                          headers={"x-key": settings.key.reveal()})  # fmt: skip


class Matrix(ExporterMatrix):
    exporter = HTTPExporter(name="example", settings=Settings, encode=encode)
    settings = {"url": "{url}/x"}
    forced: dict[str, Any] = {}

    def logger(self, place: str, **options: Any) -> Logger:
        return super().logger(place, exporter=self.exporter, **{**options, **self.forced})


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with ScriptedEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def matrix(endpoint: ScriptedEndpoint) -> Matrix:
    made = Matrix()
    made._endpoint = endpoint
    return made


def test_it_holds_for_an_honest_exporter(
    matrix: Matrix, endpoint: ScriptedEndpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    matrix.test_no_canary_reaches_it(endpoint.url, caplog)
    matrix.test_its_credentials_are_in_no_record(endpoint.url, caplog)
    matrix.test_no_canary_is_on_disk(endpoint.url, tmp_path / "c")
    matrix.test_no_canary_is_in_dead_letters(tmp_path / "a")
    matrix.test_a_backend_that_repeats_its_credential_is_not_repeated(tmp_path / "b", caplog)


def test_it_catches_content_that_is_not_masked(
    matrix: Matrix, endpoint: ScriptedEndpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    matrix.forced = {"content": "full"}
    with pytest.raises(AssertionError):
        matrix.test_no_canary_reaches_it(endpoint.url, caplog)
    with pytest.raises(AssertionError):
        matrix.test_no_canary_is_in_dead_letters(tmp_path / "a")
    with pytest.raises(AssertionError):
        matrix.test_no_canary_is_on_disk(endpoint.url, tmp_path / "b")


def test_it_catches_a_credential_in_a_body(
    matrix: Matrix, endpoint: ScriptedEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    def leaking(settings: Settings, batch: Sequence[llmlog.Payload]) -> llmlog.Request:
        return llmlog.Request(url=settings.url, method="POST", headers={},
                              content=settings.key.reveal().encode())  # fmt: skip

    matrix.exporter = HTTPExporter(name="example", settings=Settings, encode=leaking)
    with pytest.raises(AssertionError):
        matrix.test_its_credentials_are_in_no_record(endpoint.url, caplog)
