"""Every real server starts, takes a request written by hand, and gives it back."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import httpx
import openai
import pytest
from attrs import evolve
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from servers import api, ddapm, llama, llmock, mlflow, moto, otlp, phoenix, prometheus
from servers.environment import Environment
from servers.process import Launch, Server, running
from servers.waiting import eventually

pytestmark = pytest.mark.server

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PROTOBUF = {"content-type": "application/x-protobuf"}
METRICS = """\
# HELP llm_tokens_total Tokens used.
# TYPE llm_tokens_total counter
llm_tokens_total{model="gpt-4o-mini"} 42
"""
HELLO: Any = [{"role": "user", "content": "Say hello."}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


def trace(project: str = "default") -> ExportTraceServiceRequest:
    """Make a request of one span, in a trace of its own."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="openinference.project.name").value.string_value = project
    now = time.time_ns()
    span = group.scope_spans.add().spans.add(
        name="chat gpt-4o-mini",
        trace_id=os.urandom(16),
        span_id=os.urandom(8),
        kind="SPAN_KIND_CLIENT",
        start_time_unix_nano=now - 10**9,
        end_time_unix_nano=now,
    )
    span.attributes.add(key="gen_ai.request.model").value.string_value = "gpt-4o-mini"
    span.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = 9
    span.events.add(name="first token")
    span.status.code = span.status.STATUS_CODE_ERROR
    return request


def trace_id(request: ExportTraceServiceRequest) -> str:
    return request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()


def as_json(request: ExportTraceServiceRequest) -> dict[str, Any]:
    """Spell a request as OTLP does in JSON: hex ids, numbers for enumerations."""
    span = request.resource_spans[0].scope_spans[0].spans[0]
    document = {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_time_unix_nano),
        "endTimeUnixNano": str(span.end_time_unix_nano),
        "attributes": [
            {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o-mini"}},
            {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "9"}},
        ],
        "events": [{"name": "first token"}],
        "status": {"code": 2},
    }
    return {"resourceSpans": [{"scopeSpans": [{"spans": [document]}]}]}


def post_protobuf(url: str, request: ExportTraceServiceRequest, **headers: str) -> None:
    httpx.post(
        f"{url}/v1/traces",
        content=request.SerializeToString(),
        headers=PROTOBUF | headers,
        timeout=60,
    ).raise_for_status()


def send_grpc(url: str, request: ExportTraceServiceRequest) -> None:
    grpc = pytest.importorskip("grpc")
    with grpc.insecure_channel(url.removeprefix("http://")) as channel:
        export = channel.unary_unary(EXPORT, ExportTraceServiceRequest.SerializeToString)
        export(request, timeout=20)


def openai_client(server: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-fake", max_retries=0)


def calls(answer: Any) -> list[Any]:
    """Return the functions that an answer calls."""
    return [call.function for call in answer.choices[0].message.tool_calls]


def is_ours(span: otlp.Span) -> bool:
    return (
        span.name == "chat gpt-4o-mini"
        and span.attributes["gen_ai.request.model"] == "gpt-4o-mini"
        and span.attributes["gen_ai.usage.input_tokens"] == 9
        and span.end_time_unix_nano - span.start_time_unix_nano == 10**9
        and [event.name for event in span.events] == ["first token"]
        and span.status == "ERROR"
    )


class TestLlmock:
    @pytest.fixture(autouse=True)
    def clean(self, llmock_server: Server) -> None:
        llmock.reset(llmock_server)

    def test_it_answers_with_usage_and_remembers_the_request(self, llmock_server: Server) -> None:
        llmock.script(llmock_server, llmock.reply("Hello!"))
        answer = openai_client(llmock_server).chat.completions.create(
            model="gpt-4o-mini", messages=HELLO
        )
        assert answer.choices[0].message.content == "Hello!"
        assert answer.usage
        assert answer.usage.total_tokens > answer.usage.prompt_tokens > 0
        (request,) = llmock.requests(llmock_server)
        assert (request["path"], request["status"]) == ("/v1/chat/completions", 200)
        assert request["body"]["messages"] == HELLO

    def test_a_stream_ends_with_usage(self, llmock_server: Server) -> None:
        chunks = list(
            openai_client(llmock_server).chat.completions.create(
                model="gpt-4o-mini",
                messages=HELLO,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        assert chunks[-2].choices[0].finish_reason == "stop"
        assert (chunks[-1].choices, chunks[-2].usage) == ([], None)
        assert chunks[-1].usage
        assert chunks[-1].usage.completion_tokens > 0

    def test_a_slow_stream_pauses_before_each_chunk(self, llmock_slow_server: Server) -> None:
        llmock.script(llmock_slow_server, llmock.reply("one two three four five six"))
        stream = openai_client(llmock_slow_server).chat.completions.create(
            model="gpt-4o-mini", messages=HELLO, stream=True
        )
        times = [time.monotonic() for _ in stream]
        assert times[-1] - times[0] > 0.05 * (len(times) - 2)

    def test_the_first_token_can_be_late(self, llmock_server: Server) -> None:
        llmock.script(llmock_server, llmock.slow_first_token(0.4))
        start = time.monotonic()
        next(
            iter(
                openai_client(llmock_server).chat.completions.create(
                    model="gpt-4o-mini", messages=HELLO, stream=True
                )
            )
        )
        assert time.monotonic() - start >= 0.4

    def test_offered_tools_are_called(self, llmock_server: Server) -> None:
        answer = openai_client(llmock_server).chat.completions.create(
            model="gpt-4o-mini", messages=HELLO, tools=[TOOL]
        )
        (call,) = calls(answer)
        assert call.name == "weather"
        assert list(json.loads(call.arguments)) == ["city"]

    def test_a_scripted_tool_call_is_made(self, llmock_server: Server) -> None:
        llmock.script(llmock_server, llmock.call_tool("weather", city="Paris"))
        answer = openai_client(llmock_server).chat.completions.create(
            model="gpt-4o-mini", messages=HELLO, tools=[TOOL]
        )
        (call,) = calls(answer)
        assert json.loads(call.arguments) == {"city": "Paris"}

    def test_a_limit_says_when_to_come_back(self, llmock_server: Server) -> None:
        llmock.script(llmock_server, llmock.fail(429, retry_after=7))
        with pytest.raises(openai.RateLimitError) as caught:
            openai_client(llmock_server).models.list()
        assert float(caught.value.response.headers["retry-after"]) == 7

    def test_it_fails_as_often_as_it_is_told(self, llmock_server: Server) -> None:
        llmock.script(llmock_server, llmock.fail(500, times=2))
        statuses = [httpx.get(f"{llmock_server.url}/v1/models").status_code for _ in range(3)]
        assert statuses == [500, 500, 200]

    def test_it_embeds(self, llmock_server: Server) -> None:
        answer = openai_client(llmock_server).embeddings.create(
            model="text-embedding-3-small", input="hello", encoding_format="float"
        )
        assert len(answer.data[0].embedding) > 100
        assert answer.usage.prompt_tokens > 0

    def test_a_stream_can_break(self, llmock_server: Server) -> None:
        llmock.script(llmock_server, llmock.break_stream("disconnect", after_chunks=2))
        stream = openai_client(llmock_server).chat.completions.create(
            model="gpt-4o-mini", messages=HELLO, stream=True
        )
        with pytest.raises((openai.APIConnectionError, httpx.TransportError)):
            list(stream)

    def test_an_answer_can_be_late(self, llmock_server: Server) -> None:
        llmock.script(llmock_server, llmock.slow(2))
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{llmock_server.url}/v1/models", timeout=0.3)


class TestLlama:
    def test_it_counts_what_it_reads_and_writes(self, llama_server: Server) -> None:
        before = llama.counters(llama_server)
        answer = openai_client(llama_server).chat.completions.create(
            model="gemma-3-270m", messages=HELLO, max_tokens=5, temperature=0, seed=1
        )
        after = llama.counters(llama_server)
        assert answer.usage
        assert answer.usage.completion_tokens == 5
        assert answer.choices[0].finish_reason == "length"
        name = "llamacpp:tokens_predicted_total"
        assert after[name] - before[name] == 5

    def test_it_streams_with_usage(self, llama_server: Server) -> None:
        chunks = list(
            openai_client(llama_server).chat.completions.create(
                model="gemma-3-270m",
                messages=HELLO,
                max_tokens=5,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        assert chunks[-1].usage
        assert chunks[-1].usage.prompt_tokens > 0
        assert len(chunks) > 3


class TestMoto:
    def test_objects_come_back_as_they_were_put(self, moto_server: Server) -> None:
        moto.create_bucket(moto_server, "logs")
        body = gzip.compress(b"{}\n")
        headers = {"content-encoding": "gzip"}
        api.ask(moto_server, "PUT", "/logs/day=1/a b.gz", content=body, headers=headers)
        stored = moto.objects(moto_server, "logs")
        assert list(stored) == ["day=1/a b.gz"]
        assert stored["day=1/a b.gz"].body == body
        assert stored["day=1/a b.gz"].headers["content-encoding"] == "gzip"

    def test_a_long_listing_is_complete(self, moto_server: Server) -> None:
        moto.create_bucket(moto_server, "many")
        for number in range(5):
            api.ask(moto_server, "PUT", f"/many/{number}", content=b"x")
        assert list(moto.keys(moto_server, "many", page=2)) == ["0", "1", "2", "3", "4"]


class Exposed(BaseHTTPRequestHandler):
    """A target that exposes `METRICS`."""

    def do_GET(self) -> None:
        body = METRICS.encode()
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def target() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Exposed) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


class TestPrometheus:
    def test_it_scrapes_a_target(
        self, prometheus_server: Callable[[str], Server], target: str
    ) -> None:
        server = prometheus_server(target)
        (sample,) = eventually(lambda: prometheus.query(server, "llm_tokens_total"))
        assert sample.value == 42
        assert sample.labels["model"] == "gpt-4o-mini"
        assert sample.labels["instance"] == target

    def test_promtool_tells_clean_from_odd_from_broken(
        self, promtool: Callable[[str], prometheus.Check]
    ) -> None:
        assert promtool(METRICS) == prometheus.Check(0, "")
        odd, broken = promtool("llm_tokens_total 42\n"), promtool("llm tokens\n")
        assert (odd.code, broken.code) == (3, 1)
        assert "no help text" in odd.complaints


class TestPhoenix:
    @pytest.mark.parametrize("way", ["http", "grpc"])
    def test_a_span_comes_back(self, phoenix_server: Server, way: str) -> None:
        request = trace(project=f"way-{way}")
        if way == "http":
            post_protobuf(phoenix_server.otlp_url, request)
        else:
            send_grpc(phoenix_server.grpc_url, request)
        (span,) = eventually(lambda: phoenix.spans(phoenix_server, f"way-{way}"))
        assert span["context"]["trace_id"] == trace_id(request)
        assert span["attributes"]["llm.token_count.prompt"] == 9
        assert span["status_code"] == "ERROR"

    def test_a_project_without_spans_is_empty(self, phoenix_server: Server) -> None:
        assert phoenix.spans(phoenix_server, "nobody-wrote-here") == []

    def test_its_grpc_port_is_on_loopback_only(self, phoenix_server: Server) -> None:
        port = f":{phoenix_server.ports['grpc']:04X}"
        listening = [
            line.split()[1]
            for table in ("tcp", "tcp6")
            for line in Path(f"/proc/net/{table}").read_text().splitlines()
            if line.split()[1].endswith(port) and line.split()[3] == "0A"
        ]
        assert listening
        assert all(set(address.partition(":")[0]) != {"0"} for address in listening)


class TestMLflow:
    @pytest.mark.parametrize("encoding", ["protobuf", "json"])
    def test_a_trace_comes_back(self, mlflow_server: Server, encoding: str) -> None:
        experiment = mlflow.create_experiment(mlflow_server, f"encoding-{encoding}")
        header = {mlflow.EXPERIMENT_HEADER: experiment}
        request = trace()
        if encoding == "protobuf":
            post_protobuf(mlflow_server.otlp_url, request, **header)
        else:
            api.post(mlflow_server, "/v1/traces", as_json(request), **header)
        (found,) = eventually(lambda: mlflow.traces(mlflow_server, experiment))
        assert found.info["trace_id"] == f"tr-{trace_id(request)}"
        assert found.info["state"] == "ERROR"
        (span,) = found.spans
        assert is_ours(span)
        assert span.trace_id == trace_id(request)

    def test_a_request_without_an_experiment_is_refused(self, mlflow_server: Server) -> None:
        with pytest.raises(httpx.HTTPStatusError, match="422"):
            post_protobuf(mlflow_server.otlp_url, trace())


class TestDatadogAgent:
    @pytest.mark.parametrize("way", ["protobuf", "json", "grpc"])
    def test_a_span_comes_back(self, ddapm_server: Server, way: str) -> None:
        ddapm.clear(ddapm_server)
        request = trace()
        if way == "protobuf":
            post_protobuf(ddapm_server.otlp_url, request)
        elif way == "json":
            httpx.post(f"{ddapm_server.otlp_url}/v1/traces", json=as_json(request))
        else:
            send_grpc(ddapm_server.grpc_url, request)
        (span,) = eventually(lambda: ddapm.spans(ddapm_server))
        assert is_ours(span)
        assert span.kind == "CLIENT"
        assert span.trace_id == trace_id(request)

    def test_it_takes_what_an_agent_takes(self, ddapm_server: Server) -> None:
        ddapm.clear(ddapm_server)
        url = f"{ddapm_server.url}/evp_proxy/v2/api/v2/llmobs"
        httpx.post(url, json={"spans": []}).raise_for_status()
        (taken,) = ddapm.requests(ddapm_server)
        assert (taken.method, json.loads(taken.body)) == ("POST", {"spans": []})


class TestServer:
    """The launcher, with Python's own file server."""

    LAUNCH: ClassVar = Launch(
        "files",
        ("python3", "-m", "http.server", "--bind", "127.0.0.1", "{http}"),
        ready="/",
    )

    def test_it_is_gone_afterwards(self, tmp_path: Path) -> None:
        with running(self.LAUNCH, tmp_path) as server:
            assert httpx.get(server.url).is_success
        assert server.process.poll() is not None
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.url)

    def test_what_it_started_is_gone_too(self, tmp_path: Path) -> None:
        shell = "(trap '' TERM; exec sleep 300) & echo $! > child; exec " + " ".join(
            map(str, self.LAUNCH.command)
        )
        with running(evolve(self.LAUNCH, command=("sh", "-c", shell)), tmp_path):
            child = int((tmp_path / "child").read_text())
            os.kill(child, 0)
        eventually(lambda: not alive(child))

    def test_one_that_fails_is_skipped_with_its_last_words(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("LLMLOG_REQUIRE_SERVERS", raising=False)
        failing = evolve(self.LAUNCH, command=("sh", "-c", "echo no space left; exit 3"))
        with (
            pytest.raises(pytest.skip.Exception, match="files: ended with code 3: no space left"),
            running(failing, tmp_path),
        ):
            pytest.fail("it is not running")

    def test_one_that_is_required_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LLMLOG_REQUIRE_SERVERS", "1")
        mute = evolve(self.LAUNCH, command=("sleep", "60"), seconds=0.3)
        with (
            pytest.raises(pytest.fail.Exception, match=r"files: not ready in 0\.3 s"),
            running(mute, tmp_path),
        ):
            pytest.fail("it is not running")

    def test_what_cannot_be_installed_is_skipped(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("LLMLOG_REQUIRE_SERVERS", raising=False)
        monkeypatch.setenv("LLMLOG_TEST_CACHE", str(tmp_path))
        absent = Environment("absent", (str(tmp_path / "absent-1.0-py3-none-any.whl"),))
        with pytest.raises(pytest.skip.Exception, match="absent: not installed"):
            absent.program("absent")


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and waits for its parent does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
