"""What every plugin promises, and what Azure's answers mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from llmlog import Delivered, Refused, Retryable
from llmlog.delivery.outcome import TooLarge, Verdict
from llmlog.layout import file_of
from llmlog.secret import Secret
from llmlog.testing import Answer, ClientContract, ScriptedEndpoint, sample
from llmlog_azure_blob import Settings, connect, exporter, send

CONNECTION = "AccountName=llmlog;AccountKey=ZmFrZS1hY2NvdW50LWtleQ==;BlobEndpoint={url}/llmlog;"


class TestContract(ClientContract):
    """The contract."""

    exporter = exporter
    settings = {
        "container": "calls", "connection_string": CONNECTION,
        "gzip": False,
    }  # fmt: skip

    @pytest.fixture
    def place(self) -> Iterator[str]:
        with ScriptedEndpoint(default=Answer(status=201, content=b"")) as self.endpoint:
            yield self.endpoint.url

    def everything(self, place: str) -> str:
        return "\n".join(request.content.decode() for request in self.endpoint.requests)


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (409, "BlobAlreadyExists", Delivered),
        (503, "ServerBusy", Retryable),
        (429, "TooManyRequests", Retryable),
        (403, "AuthenticationFailed", Refused),
        (404, "ContainerNotFound", Refused),
        (413, "RequestBodyTooLarge", TooLarge),
    ],
)
def test_an_answer_says_what_becomes_of_a_batch(
    status: int, code: str, verdict: type[Verdict]
) -> None:
    answer = Answer(status=status, content=b"", headers={"x-ms-error-code": code})
    with ScriptedEndpoint(default=answer) as endpoint:
        settings = Settings(
            container="calls", connection_string=Secret(CONNECTION.replace("{url}", endpoint.url))
        )
        client = connect(settings)
        assert type(send(client, settings, [sample()])) is verdict
        client.close()


def test_a_blob_that_is_there_already_is_told_from_a_new_one() -> None:
    there = Answer(status=409, content=b"", headers={"x-ms-error-code": "BlobAlreadyExists"})
    with ScriptedEndpoint(Answer(status=201, content=b""), default=there) as endpoint:
        settings = Settings(
            container="calls", connection_string=Secret(CONNECTION.replace("{url}", endpoint.url))
        )
        client = connect(settings)
        said = [send(client, settings, [sample()]) for _ in range(2)]
        client.close()
    assert said == [Delivered(), Delivered("was there already")]


def test_a_name_is_made_of_the_batch() -> None:
    first, second = sample("chat"), sample("failure")
    one = file_of([first, second], "/a/", packed=True).name
    assert one == file_of([first, second], "a", packed=True).name
    assert one != file_of([second, first], "a", packed=True).name
    assert one.startswith("a/dt=2026-11-01/hour=12/20261101T120000.000Z-")
    early = evolve(second, timing=evolve(second.timing, start_unix_ns=1_793_530_800_500_000_000))
    assert file_of([first, early], "", packed=False).name.startswith(
        "dt=2026-11-01/hour=11/20261101T110000.500Z-"
    )


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        ({}, "set connection_string"),
        ({"account_url": "https://a", "connection_string": Secret("x")}, "set connection_string"),
        ({"account_url": "https://a?sig=fake"}, "use a key or Entra ID"),
        ({"connection_string": Secret("SharedAccessSignature=sig=fake")}, "use a key or Entra ID"),
    ],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, Any], remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        Settings(container="calls", **values)
