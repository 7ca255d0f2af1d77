"""Redaction and credentials, and with them all of what an `HTTPExporter` promises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import evolve

from llmlog.hookspecs import hookimpl
from llmlog.logger import Logger
from llmlog.payload import Payload
from llmlog.registry import installed
from llmlog.settings import options, variable_name
from llmlog.setup import look
from llmlog.testing.contract.canary import CANARY, with_canary
from llmlog.testing.contract.delivery import DeliveryContract
from llmlog.testing.contract.matrix import ExporterMatrix
from llmlog.testing.contract.plugin import files_below
from llmlog.testing.endpoint import Answer, ScriptedEndpoint
from llmlog.testing.samples import SAMPLES, sample


class ExporterContract(ExporterMatrix, DeliveryContract):
    """What an `HTTPExporter` promises."""

    accepted: ClassVar[Answer] = Answer()
    """What the backend answers when it takes a batch."""

    def record(self) -> Payload:
        """Return what the plugin takes without being told to."""
        return sample()

    @pytest.fixture
    def endpoint(self) -> Iterator[ScriptedEndpoint]:
        """Return an endpoint that takes everything."""
        with ScriptedEndpoint(default=self.accepted) as endpoint:
            yield endpoint

    @pytest.fixture
    def place(self, endpoint: ScriptedEndpoint) -> str:
        """Return the address of the endpoint."""
        return endpoint.url

    def test_it_activates_by_its_variables(self, endpoint: ScriptedEndpoint) -> None:
        """Installed and its variables set, it is active without being named, and sends."""
        name, values = self.exporter.name, self.values(endpoint.url)
        if not installed()[name].requires:
            return
        environ = {
            (*option.variables, variable_name(name, option.name))[0]: _text(values[option.name])
            for option in options(self.exporter.settings) if option.name in values
        }  # fmt: skip
        environ.update({variable: "set" for variable in installed()[name].requires
                        if variable not in environ})  # fmt: skip
        active = look(environ=environ, file=False).choice.active
        assert name in [each.name for each in active]
        with Logger(plugins=[name], environ=environ, file=False) as logger:
            logger.log(self.record())
            assert logger.flush(20).complete
        assert endpoint.requests

    @pytest.mark.parametrize("name", SAMPLES)
    def test_hidden_content_is_in_no_request(self, endpoint: ScriptedEndpoint, name: str) -> None:
        """With `content = "none"` nothing that was said leaves, in successes and failures."""
        with self.logger(endpoint.url, content="none") as logger:
            logger.log(with_canary(sample(name)))
            assert logger.flush(20).complete
        assert endpoint.requests
        assert CANARY.encode() not in seen(endpoint)

    def test_hidden_metadata_is_in_no_request(self, endpoint: ScriptedEndpoint) -> None:
        """What `hide_metadata` names stays here, and so does what `metadata` does not name."""
        marked = evolve(sample(), metadata={"private": CANARY, "order": 42})
        chosen: tuple[dict[str, Any], ...] = (
            {"hide_metadata": ["private"]},
            {"metadata": ["order"]},
        )
        for policy in chosen:
            with self.logger(endpoint.url, **policy) as logger:
                logger.log(marked)
                assert logger.flush(20).complete
        assert len(endpoint.requests) == 2
        assert CANARY.encode() not in seen(endpoint)

    def test_a_redactor_has_the_last_word(self, endpoint: ScriptedEndpoint) -> None:
        """What a `redact` hook took out is in no request."""
        with self.logger(endpoint.url, also=[Eraser()]) as logger:
            logger.log(with_canary(sample("failure")))
            assert logger.flush(20).complete
        assert endpoint.requests
        assert CANARY.encode() not in seen(endpoint)

    def test_a_failing_redactor_hides_more(self, endpoint: ScriptedEndpoint) -> None:
        """When a `redact` hook raises, no content leaves, and no metadata."""
        marked = evolve(with_canary(sample("failure")), metadata={"private": CANARY})
        with self.logger(endpoint.url, also=[BrokenRedactor()]) as logger:
            logger.log(marked)
            assert logger.flush(20).complete
        assert endpoint.requests
        assert CANARY.encode() not in seen(endpoint)

    def test_what_is_hidden_is_in_no_dead_letter_and_no_log(
        self, endpoint: ScriptedEndpoint, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Not when the backend rejects it either; nor is any credential."""
        endpoint.default = Answer(status=400, content=b"no")
        caplog.set_level("DEBUG")
        with self.logger(endpoint.url, content="none", core={"directory": tmp_path}) as logger:
            logger.log(with_canary(sample("failure")))
            assert logger.flush(20).complete
            account = f"{logger.stats()} {logger.routes}"
        written = files_below(tmp_path) + caplog.text.encode() + account.encode()
        assert b"400" in written
        for hidden in (CANARY, *self.secrets(endpoint.url)):
            assert hidden.encode() not in written

    def test_credentials_travel_in_headers_only(self, endpoint: ScriptedEndpoint) -> None:
        """No credential is in an address or a body."""
        with self.logger(endpoint.url) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
        assert endpoint.requests
        for secret in self.secrets(endpoint.url):
            for request in endpoint.requests:
                assert secret not in request.path
                assert secret.encode() not in request.content


class Eraser:
    """A redactor that takes out everything that was said."""

    name = "eraser"

    @hookimpl
    def redact(self, payload: Payload) -> Payload:
        """Return the payload without any text."""
        return evolve(
            payload, input_messages=(), output_messages=(), error=None, tools=(), parameters={},
            attributes={}, attempts=(), guardrails=(), input_value=None, output_value=None,
        )  # fmt: skip


class BrokenRedactor:
    """A redactor that cannot do its work."""

    name = "broken-redactor"

    @hookimpl
    def redact(self, payload: Payload) -> Payload:
        """Raise."""
        message = f"cannot read {payload.id}"
        raise RuntimeError(message)


def seen(endpoint: ScriptedEndpoint) -> bytes:
    """Return everything that an endpoint was told."""
    return b"\n".join(
        f"{request.path} {request.headers}".encode() + request.content
        for request in endpoint.requests
    )


def _text(value: Any) -> str:
    """Return a setting as an environment variable has it."""
    if isinstance(value, Mapping):
        return ",".join(f"{key}={item}" for key, item in value.items())
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
