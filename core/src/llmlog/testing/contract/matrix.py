"""The canary matrix through a plugin: what a policy hides is nowhere, whoever sends it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from llmlog.logger import Logger
from llmlog.redaction.known import SHORTEST, secrets_in
from llmlog.testing.canary import FIELDS, TEXT_CARRIERS, VALUE_FIELDS, diagonal, traces
from llmlog.testing.contract.plugin import files_below
from llmlog.testing.contract.sealing import SealingContract
from llmlog.testing.endpoint import Answer, ScriptedEndpoint
from llmlog.testing.samples import sample


class MatrixContract(SealingContract):
    """What holds for every plugin that takes records: it is given nothing that a policy hides.

    `llmlog.testing.canary` is the matrix: a secret in every carrier and every field of a payload.
    """

    def shows(self, logger: Logger) -> str:  # noqa: ARG002
        """Return what a plugin of this form shows while it runs."""
        return ""

    def holds(self, place: str) -> bytes:  # noqa: ARG002
        """Return what the destination of a plugin of this form holds afterwards."""
        return b""

    def test_no_canary_reaches_it(self, place: str, caplog: pytest.LogCaptureFixture) -> None:
        """Masked, a secret in any carrier and field is in no record, log line, account, `repr`."""
        caplog.set_level("DEBUG")
        plants = list(diagonal())
        with self.logger(place, content="masked") as logger:
            for plant in plants:
                logger.log(plant.payload)
            assert logger.flush(60).complete
            shown = f"{self.shows(logger)} {_shown_of(logger)}"
            stats = self.stats(logger)
        assert (stats.delivered + stats.lost, stats.balanced) == (len(plants), True)
        assert stats.delivered > 0
        assert not traces(self.holds(place))
        assert not traces(f"{caplog.text} {shown}")

    def test_no_canary_is_on_disk(self, place: str, tmp_path: Path) -> None:
        """What is spooled before it is sent holds no secret either."""
        spool = tmp_path / "spooled"
        core = {"directory": spool, "mode": "strict"}
        with self.logger(place, content="masked", core=core) as logger:
            for plant in islice(diagonal(), 0, None, 7):
                logger.log(plant.payload)
            written = files_below(spool)
            assert logger.flush(60).complete
        assert sample("bare").kind.encode() in written
        assert not traces(written + files_below(spool))

    def test_its_credentials_are_in_no_record(
        self, place: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Its own credentials, said in any field, arrive nowhere, under `content = "full"` too."""
        caplog.set_level("DEBUG")
        secrets = self.scrubbed(place)
        with self.logger(place) as logger:
            for secret in secrets:
                for plant in FIELDS.values():
                    logger.log(plant(sample("bare"), f"It is {secret}."))
                logger.log(VALUE_FIELDS["metadata"](sample("bare"), {secret: [{"deep": secret}]}))
            assert logger.flush(60).complete
            shown = f"{self.shows(logger)} {_shown_of(logger)} {caplog.text}".encode()
        for secret in secrets:
            assert secret.encode() not in self.holds(place)
            assert secret.encode() not in shown

    def scrubbed(self, place: str) -> list[str]:
        """Return the credentials that are long enough to be hidden everywhere."""
        found = secrets_in(self.settings_object(place))
        return [value for value in found if len(value) >= SHORTEST]


def _shown_of(logger: Logger) -> str:
    """Return all that a Logger and its parts say of themselves."""
    return f"{logger!r} {logger.stats()!r} {logger.routes!r} {logger.setup!r} {logger.settings!r}"


class ExporterMatrix(MatrixContract):
    """The matrix for an `HTTPExporter`: what its endpoint was told, and what comes back from it."""

    _endpoint: ScriptedEndpoint

    @pytest.fixture(autouse=True)
    def _remember(self, endpoint: ScriptedEndpoint) -> None:
        self._endpoint = endpoint

    def holds(self, place: str) -> bytes:  # noqa: ARG002
        """Return addresses and bodies, decompressed; headers are where credentials belong."""
        return b"\n".join(
            request.path.encode() + b"\n" + request.content for request in self._endpoint.requests
        )

    def test_no_canary_is_in_dead_letters(self, tmp_path: Path) -> None:
        """A backend that rejects everything, and repeats it, makes no dead letter with a canary."""
        self._endpoint.default = Answer(status=400, content=TEXT_CARRIERS["sentence"]("x").encode())
        core = {"directory": tmp_path}
        with self.logger(self._endpoint.url, content="masked", core=core) as logger:
            for plant in islice(diagonal(), 0, None, 11):
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
    """The matrix for a `ClientExporter`: what its destination holds.

    `everything(place)` returns all of it, as text.
    """

    def everything(self, place: str) -> str:
        """Read the destination back; the plugin's author says how."""
        raise NotImplementedError

    def holds(self, place: str) -> bytes:
        """Return all that the destination holds."""
        return self.everything(place).encode()
