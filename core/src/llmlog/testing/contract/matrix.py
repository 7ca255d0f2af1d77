"""The canary matrix through a plugin: what a policy hides is nowhere, whoever sends it.

To be inherited beside the contract of a plugin's form, first:

    class TestContract(ExporterMatrix, ExporterContract): ...
"""

from __future__ import annotations

from pathlib import Path

import pytest

from llmlog.redaction.known import SHORTEST, secrets_in
from llmlog.testing.canary import CANARY, FIELDS, TEXT_CARRIERS, VALUE_FIELDS, diagonal, traces
from llmlog.testing.contract.manners import MannersContract
from llmlog.testing.contract.plugin import files_below
from llmlog.testing.endpoint import Answer, ScriptedEndpoint
from llmlog.testing.samples import sample


class MatrixContract(MannersContract):
    """What holds for every plugin: it is given nothing that a policy hides."""

    def test_no_canary_reaches_it(self, place: str, caplog: pytest.LogCaptureFixture) -> None:
        """Masked, a secret in any carrier and field is in no log line, account or `repr`."""
        caplog.set_level("DEBUG")
        with self.logger(place, content="masked") as logger:
            for plant in diagonal():
                logger.log(plant.payload)
            assert logger.flush(60).complete
            account = f"{logger.stats()} {logger.routes}"
            stats = self.stats(logger)
        assert stats.delivered + stats.lost == len(list(diagonal()))
        assert stats.delivered > 0
        self.check_arrived(place, CANARY)
        assert not traces(f"{caplog.text} {account}")

    def test_its_credentials_are_in_no_record(self, place: str) -> None:
        """Its own credentials, said in any field, arrive nowhere, under `content = "full"` too."""
        secrets = self.scrubbed(place)
        with self.logger(place) as logger:
            for secret in secrets:
                for plant in FIELDS.values():
                    logger.log(plant(sample("bare"), f"It is {secret}."))
                logger.log(VALUE_FIELDS["metadata"](sample("bare"), {secret: [{"deep": secret}]}))
            assert logger.flush(60).complete
        for secret in secrets:
            self.check_credential(place, secret)

    def scrubbed(self, place: str) -> list[str]:
        """Return the credentials that are long enough to be hidden everywhere."""
        found = secrets_in(self.settings_object(place))
        return [value for value in found if len(value) >= SHORTEST]

    def check_arrived(self, place: str, canary: str) -> None:
        """Check that no form of a canary is at the destination; a plugin's form says how."""

    def check_credential(self, place: str, secret: str) -> None:
        """Check that a credential is in no record at the destination."""


class ExporterMatrix(MatrixContract):
    """The matrix for an `HTTPExporter`: what its endpoint was told."""

    _endpoint: ScriptedEndpoint

    @pytest.fixture(autouse=True)
    def _remember(self, endpoint: ScriptedEndpoint) -> None:
        self._endpoint = endpoint

    def _told(self) -> bytes:
        return b"\n".join(
            request.path.encode() + b"\n" + request.content for request in self._endpoint.requests
        )

    def check_arrived(self, place: str, canary: str) -> None:  # noqa: ARG002
        """Look at every request, decompressed."""
        assert self._endpoint.requests
        assert not traces(self._told(), canary)

    def check_credential(self, place: str, secret: str) -> None:  # noqa: ARG002
        """Look at addresses and bodies; headers are where credentials belong."""
        assert secret.encode() not in self._told()

    def test_no_canary_is_in_dead_letters(self, tmp_path: Path) -> None:
        """A backend that rejects everything, and repeats it, makes no dead letter with a canary."""
        self._endpoint.default = Answer(status=400, content=TEXT_CARRIERS["sentence"]("x").encode())
        core = {"directory": tmp_path}
        with self.logger(self._endpoint.url, content="masked", core=core) as logger:
            for plant in list(diagonal())[::7]:
                logger.log(plant.payload)
            assert logger.flush(60).complete
        written = files_below(tmp_path)
        assert b"400" in written
        assert not traces(written)

    def test_a_backend_that_repeats_its_credential_is_not_repeated(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """What a reply says of a key is in no dead letter, log line or account."""
        secrets = self.scrubbed(self._endpoint.url)
        self._endpoint.default = Answer(status=400, content=" ".join(secrets).encode())
        caplog.set_level("DEBUG")
        with self.logger(self._endpoint.url, core={"directory": tmp_path}) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            account = f"{logger.stats()}"
        shown = files_below(tmp_path).decode() + caplog.text + account
        for secret in secrets:
            assert secret not in shown


class ClientMatrix(MatrixContract):
    """The matrix for a `ClientExporter`: what its destination holds."""

    def everything(self, place: str) -> str:
        """Read the destination back, as the plugin's contract does."""
        raise NotImplementedError

    def check_arrived(self, place: str, canary: str) -> None:
        """Look at all that the destination holds."""
        assert not traces(self.everything(place), canary)

    def check_credential(self, place: str, secret: str) -> None:
        """Look at all that the destination holds."""
        assert secret not in self.everything(place)
