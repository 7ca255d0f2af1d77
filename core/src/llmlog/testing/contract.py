"""The contract: what every plugin promises, as tests that a plugin's test class inherits.

    class TestContract(ExporterContract):
        exporter = exporter
        settings = {"api_key": "fake", "endpoint": "{url}"}

`{url}` stands for the address of a scripted endpoint.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any, ClassVar

import attrs
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llmlog.configuration import PluginOptions
from llmlog.delivery.request import Request
from llmlog.delivery.stats import LaneStats
from llmlog.errors import SettingsError
from llmlog.exporter import HTTPExporter, limits_of
from llmlog.hookspecs import API_VERSION
from llmlog.logger import Logger
from llmlog.message import Message, Text
from llmlog.payload import Payload
from llmlog.plugin import activate
from llmlog.registry import installed
from llmlog.schema import to_dict
from llmlog.secret import Secret
from llmlog.settings import Sources, options, variable_name
from llmlog.testing.endpoint import Answer, ScriptedEndpoint
from llmlog.testing.samples import SAMPLES, sample
from llmlog.testing.strategies import payloads

CANARY = "canary-7f3a9b21c4"


class PluginContract:
    """What every plugin promises, whatever its form.

    `exporter` is the plugin's declaration; `settings` are values of its settings that work in a
    test.
    """

    exporter: ClassVar[Any]
    settings: ClassVar[Mapping[str, Any]] = {}

    def test_it_is_found_by_its_name(self) -> None:
        """The entry point, the distribution and the declaration have one name."""
        found = installed()[self.exporter.name]
        assert found.distribution == f"llmlog-{self.exporter.name}"
        assert found.load() is self.exporter

    def test_it_speaks_this_api(self) -> None:
        """The declaration names the API version that it was written for."""
        assert self.exporter.api_version == API_VERSION

    def test_it_activates_only_by_variables_that_it_reads(self) -> None:
        """The variables in the metadata are those of settings."""
        name = self.exporter.name
        read = {variable_name(name, option.name) for option in options(self.exporter.settings)}
        for option in options(self.exporter.settings):
            read.update(option.variables)
        assert set(installed()[name].requires) <= read

    def test_every_missing_setting_is_named(self) -> None:
        """Without settings, one error names a variable for each required setting."""
        required = [option for option in options(self.exporter.settings) if option.required]
        if not required:
            return
        with pytest.raises(SettingsError) as caught:
            activate(self.exporter.name, self.exporter, Sources(environ={}))
        for option in required:
            assert any(variable in str(caught.value) for variable in option.variables)

    def test_an_unknown_setting_is_refused(self) -> None:
        """A misspelt key is an error."""
        code = {"plugin": {self.exporter.name: {**self.settings, "no_such_setting": 1}}}
        with pytest.raises(SettingsError, match="no_such_setting"):
            activate(self.exporter.name, self.exporter, Sources(environ={}, code=code))

    def test_its_settings_have_names_of_their_own(self) -> None:
        """No setting hides one that every plugin takes, and each says what it is for."""
        taken = {item.name for item in attrs.fields(PluginOptions)}
        for option in options(self.exporter.settings):
            assert option.name not in taken
            assert option.help, option.name

    def test_credentials_do_not_show(self) -> None:
        """What looks like a credential is a `Secret`, and no `repr` shows it."""
        for option in options(self.exporter.settings):
            looks_secret = any(word in option.name for word in ("password", "secret", "token"))
            assert option.secret or not looks_secret or option.type in ("int", "bool"), option.name
        shown = repr(self.settings_object("http://127.0.0.1:1"))
        for value in self.secrets("http://127.0.0.1:1"):
            assert value not in shown

    def values(self, url: str) -> dict[str, Any]:
        """Return the settings with the endpoint's address in place."""
        return {
            name: value.replace("{url}", url) if isinstance(value, str) else value
            for name, value in self.settings.items()
        }

    def settings_object(self, url: str) -> Any:
        """Return the plugin's settings."""
        sources = Sources(environ={}, code={"plugin": {self.exporter.name: self.values(url)}})
        return activate(self.exporter.name, self.exporter, sources).settings

    def secrets(self, url: str) -> list[str]:
        """Return the texts of all credentials in the settings."""
        found = attrs.asdict(self.settings_object(url), recurse=False).values()
        return [value.reveal() for value in found if isinstance(value, Secret) and value]

    def logger(self, url: str, **plugin_options: Any) -> Logger:
        """Return a Logger with this plugin alone."""
        values = {**self.values(url), "batch_age_s": 0.0, **plugin_options}
        return Logger(
            plugins=[self.exporter.name], environ={}, file=False,
            plugin={self.exporter.name: values},
        )  # fmt: skip


def _text(value: Any) -> str:
    """Return a setting as an environment variable has it."""
    if isinstance(value, Mapping):
        return ",".join(f"{key}={item}" for key, item in value.items())
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def lane_stats(logger: Logger) -> LaneStats:
    """Return the account of a Logger's only lane."""
    _, stats = logger.stats()
    return stats


def with_canary(payload: Payload) -> Payload:
    """Return the payload with one text planted in everything that is content."""
    message = Message(role="user", parts=[Text(content=CANARY)])
    error = payload.error and evolve(payload.error, message=CANARY, stacktrace=CANARY)
    return evolve(
        payload,
        input_messages=(*payload.input_messages, message),
        output_messages=(*payload.output_messages, evolve(message, role="assistant")),
        input_value=CANARY if payload.input_value is not None else None,
        output_value={"value": CANARY} if payload.output_value is not None else None,
        tools=({"name": CANARY},),
        parameters={**payload.parameters, "stop": [CANARY]},
        error=error,
        attributes={"note": CANARY},
    )


def awkward() -> Iterator[Payload]:
    """Yield payloads that mappings stumble over."""
    base = sample("chat")
    texts = ("", "\x00\x1b[31m", "a\r\nb", "\u202e\u2028", "{{7*7}} ${x} %s", "\U0001f600" * 50)
    for number, text in enumerate(texts):
        message = Message(role=text or "user", parts=[Text(content=text)], name=text)
        yield evolve(
            base, id=f"019a3f5e-0000-7000-b000-{number:012x}", span_id=f"b{number:015x}",
            input_messages=(message,), name=text, request_model=text, provider_name=text,
            session_id=text, user_id=text, tags=(text, text), metadata={text: text, "a.b": None},
            parameters={text: [text, {"deep": {"er": [1, 2.5, True, None]}}]},
        )  # fmt: skip
    yield evolve(
        base, id="019a3f5e-0000-7000-b000-0000000000ff", span_id="b0000000000000ff",
        input_messages=tuple(base.input_messages) * 100, metadata={"n": -(2**63)},
    )  # fmt: skip


class ExporterContract(PluginContract):
    """What an `HTTPExporter` promises beside that."""

    exporter: ClassVar[HTTPExporter[Any]]
    accepted: ClassVar[Answer] = Answer()
    """What the backend answers when it takes a batch."""

    @pytest.fixture
    def endpoint(self) -> Iterator[ScriptedEndpoint]:
        """Return an endpoint that takes everything."""
        with ScriptedEndpoint(default=self.accepted) as endpoint:
            yield endpoint

    def encode(self, url: str, *batch: Payload) -> Request:
        """Return the wire form of a batch."""
        return self.exporter.encode(self.settings_object(url), batch)

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
        with Logger(environ=environ, file=False) as logger:
            assert name in [route.name for route in logger.routes]
            logger.log(sample())
            assert logger.flush(20).complete
        assert endpoint.requests

    @pytest.mark.parametrize("name", SAMPLES)
    def test_encode_is_pure(self, name: str) -> None:
        """Equal payloads give equal bytes, and the payload stays as it was."""
        payload = sample(name)
        before = json.dumps(to_dict(payload))
        first = self.encode("http://127.0.0.1:1", payload)
        assert json.dumps(to_dict(payload)) == before
        assert self.encode("http://127.0.0.1:1", sample(name)) == first
        assert first.url.startswith(("http://", "https://"))

    @hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
    @given(payload=payloads())
    def test_encode_takes_any_payload(self, payload: Payload) -> None:
        """Whatever a payload holds, there is a wire form of it, and the same one twice."""
        first = self.encode("http://127.0.0.1:1", payload)
        assert isinstance(first.content, bytes)
        assert self.encode("http://127.0.0.1:1", payload) == first

    def test_every_sample_is_delivered(self, endpoint: ScriptedEndpoint) -> None:
        """Each kind of record arrives, and the account balances."""
        with self.logger(endpoint.url) as logger:
            for name in SAMPLES:
                logger.log(sample(name))
            assert logger.flush(20).complete
            stats = lane_stats(logger)
        assert (stats.delivered, stats.lost, stats.balanced) == (len(SAMPLES), 0, True)

    def test_awkward_payloads_are_delivered(self, endpoint: ScriptedEndpoint) -> None:
        """Odd texts, deep values and long conversations arrive like any other."""
        payloads = list(awkward())
        with self.logger(endpoint.url) as logger:
            for payload in payloads:
                logger.log(payload)
            assert logger.flush(20).complete
            stats = lane_stats(logger)
        assert (stats.delivered, stats.lost) == (len(payloads), 0), stats.last_error

    def test_a_retry_has_equal_bytes(self, endpoint: ScriptedEndpoint) -> None:
        """After a 503 the same request comes again, and the record is delivered once."""
        endpoint.script(Answer(status=503, headers={"retry-after": "0"}, content=b"busy"))
        with self.logger(endpoint.url) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
            stats = lane_stats(logger)
        first, second = endpoint.requests
        assert first.content == second.content
        assert (stats.delivered, stats.retried) == (1, 1)

    def test_a_refused_credential_keeps_the_events(self, endpoint: ScriptedEndpoint) -> None:
        """A 401 loses nothing: the event stays pending and the reason is known."""
        endpoint.default = Answer(status=401, content=b"no")
        logger = self.logger(endpoint.url)
        try:
            logger.log(sample())
            endpoint.wait_for(1)
            assert not logger.flush(0.2).complete
            stats = lane_stats(logger)
            assert (stats.pending, stats.lost) == (1, 0)
            assert "401" in (stats.last_error or "")
        finally:
            logger.close(0)

    def test_what_is_too_large_goes_in_halves(self, endpoint: ScriptedEndpoint) -> None:
        """After a 413 the halves are delivered; one event alone has no halves."""
        if limits_of(self.exporter, self.settings_object(endpoint.url)).events == 1:
            pytest.skip("one event per request")
        endpoint.script(Answer(status=413))
        count = 4
        with self.logger(endpoint.url, batch_age_s=5.0) as logger:
            for name in list(SAMPLES)[:count]:
                logger.log(sample(name))
            assert logger.flush(20).complete
            stats = lane_stats(logger)
        assert (stats.delivered, stats.lost) == (count, 0)

    @pytest.mark.parametrize("name", SAMPLES)
    def test_hidden_content_is_in_no_request(self, endpoint: ScriptedEndpoint, name: str) -> None:
        """With `content = "none"` nothing that was said leaves, in successes and failures."""
        with self.logger(endpoint.url, content="none") as logger:
            logger.log(with_canary(sample(name)))
            assert logger.flush(20).complete
        for request in endpoint.requests:
            text = f"{request.path} {request.headers}"
            assert CANARY not in text
            assert CANARY.encode() not in request.content

    def test_credentials_travel_in_headers_only(self, endpoint: ScriptedEndpoint) -> None:
        """No credential is in an address or a body."""
        with self.logger(endpoint.url) as logger:
            logger.log(sample())
            assert logger.flush(20).complete
        for secret in self.secrets(endpoint.url):
            for request in endpoint.requests:
                assert secret not in request.path
                assert secret.encode() not in request.content


def declared_names() -> set[str]:
    """Return the names of all plugins that are installed."""
    return {point.name for point in entry_points(group="llmlog")}
