"""What becomes of a record."""

from __future__ import annotations

import json

import pytest
from attrs import evolve

from llmlog import Cost, Logger, Message, Secret, Text, Usage
from llmlog.settings import Sources, load
from llmlog.testing import Answer, ScriptedEndpoint, sample
from llmlog_datadog import LOG_BYTES, Settings, log

SETTINGS = Settings(api_key=Secret("fake-key"))


def loaded(**environ: str) -> Settings:
    """Return settings that were read from the environment."""
    return load(Settings, Sources(environ={"DD_API_KEY": "fake-key", **environ}), "datadog")[0]


def test_levels_tell_failures_from_decisions() -> None:
    found = {name: log(SETTINGS, sample(name))["status"]
             for name in ("chat", "failure", "aborted", "blocked")}  # fmt: skip
    assert found == {"chat": "info", "failure": "error", "aborted": "warn", "blocked": "warn"}


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("01a196fb16007000a000000000000001", "01a196fb16007000a000000000000001"),
        ("01A196FB16007000A000000000000001", "01a196fb16007000a000000000000001"),
        ("0000000000000000a000000000000001", "11529215046068469761"),
    ],
)
def test_a_trace_is_named_as_datadogs_tracers_name_it(digits: str, expected: str) -> None:
    """What ddtrace 4 logs for these ids: hexadecimal for 128 bits, decimal for 64."""
    made = log(SETTINGS, evolve(sample(), trace_id=digits, span_id="a000000000000001"))
    assert (made["dd.trace_id"], made["dd.span_id"]) == (expected, "11529215046068469761")


def test_a_failure_has_the_standard_attributes() -> None:
    made = log(SETTINGS, sample("failure"))
    assert made["error"]["kind"] == "RateLimitError"
    assert made["error"]["stack"].startswith("Traceback")
    assert made["message"] == ("chat gpt-4o-mini failure in 1.250 s: RateLimitError: "
                               "Rate limit reached for gpt-4o-mini")  # fmt: skip
    assert "error" not in log(SETTINGS, sample())


def test_content_is_text_and_facts_are_attributes() -> None:
    record = log(SETTINGS, sample("tools"))["llm"]
    assert json.loads(record["input_messages"])[0]["role"] == "user"
    assert json.loads(record["tools"])[0]["function"]["name"] == "get_weather"
    assert record["usage"]["cache_read_tokens"] == 6
    assert record["metadata"]["nested"] == {"list": [1, "two", None]}


def test_sums_are_those_of_the_buckets() -> None:
    usage = log(SETTINGS, sample())["llm"]["usage"]
    totals = [usage[f"total_{name}tokens"] for name in ("input_", "output_", "")]
    assert totals == [24, 7, 31]
    usage = log(SETTINGS, evolve(sample(), usage=Usage(output_tokens=1)))["llm"]["usage"]
    assert usage == {"output_tokens": 1, "total_output_tokens": 1, "total_tokens": 1}


def test_what_is_unknown_is_absent() -> None:
    made = log(SETTINGS, evolve(sample("bare"), cost=Cost(reason="no price")))
    assert set(made) == {"message", "timestamp", "status", "ddsource", "dd.trace_id",
                         "dd.span_id", "duration", "llm"}  # fmt: skip
    assert made["llm"]["cost"] == {"reason": "no price"}
    assert "usage" not in made["llm"]


def test_tags_come_from_settings_and_record() -> None:
    payload = evolve(sample(), tags=("a b,c", "", "team:x"))
    made = log(loaded(DD_TAGS="k:v, k2:v2 k3:v3", DD_ENV="staging"), payload)
    assert made["ddtags"] == "env:staging,version:1.4.2,k:v,k2:v2,k3:v3,a_b_c,team:x"


def test_the_vendors_variables_win_over_the_record() -> None:
    made = log(loaded(DD_SERVICE="svc", DD_VERSION="9", DD_HOSTNAME="h"), sample())
    assert (made["service"], made["hostname"]) == ("svc", "h")
    assert "version:9" in made["ddtags"]
    made = log(loaded(), sample())
    assert (made["service"], made["hostname"]) == ("shop", "web-1")


@pytest.mark.parametrize("text", ["x", "\x00", "\U0001f600", '"'])
def test_a_log_that_is_too_long_is_cut_to_what_datadog_takes(text: str) -> None:
    long = Message(role="user", parts=[Text(content=text * 1_500_000)])
    with ScriptedEndpoint(default=Answer(status=202)) as endpoint:
        values = {"api_key": "fake-key", "url": endpoint.url}
        with Logger(plugins=["datadog"], environ={}, file=False,
                    plugin={"datadog": values}) as logger:  # fmt: skip
            logger.log(evolve(sample("failure"), input_messages=[long]))
            assert logger.flush(20).complete
        (request,) = endpoint.requests
    (made,) = request.json()
    assert len(request.content) <= LOG_BYTES + 2
    assert made["llm"]["id"] == sample("failure").id
    assert made["llm"]["input_messages"].startswith('[{"role":"user"')
    assert made["llm"]["changes"][0]["action"] == "cut"
