"""Runs, bodies, headers and trees against LangSmith's own SDK."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from attrs import evolve
from langsmith import Client
from langsmith._internal._multipart import RewindableMultipartBody
from langsmith._internal._operations import (
    serialize_run_dict,
    serialized_run_operation_to_multipart_parts_and_context,
)
from langsmith._internal._usage import _create_usage_metadata
from langsmith.run_trees import RunTree
from langsmith.schemas import (
    ExtractedUsageMetadata,
    InputTokenDetails,
    OutputTokenDetails,
    Run,
    RunBase,
    RunTypeEnum,
)
from pydantic import TypeAdapter
from requests_toolbelt.multipart import MultipartDecoder  # type: ignore[import-untyped]

from llmlog import Cost, Logger, Secret, Usage
from llmlog.testing.endpoint import Answer, Received, ScriptedEndpoint
from llmlog.testing.samples import SAMPLES, sample
from llmlog_langsmith import Settings, encode
from llmlog_langsmith.run import TYPES, run, usage_metadata
from llmlog_langsmith.run import metadata as run_metadata

OURS = run_metadata(sample())
SETTINGS = Settings(api_key=Secret("lsv2-fake"), project="shop", workspace_id="workspace-fake")


def vendors_body(runs: list[Any], boundary: str) -> bytes:
    """Return the body that the vendor's SDK makes of runs."""
    parts: list[Any] = []
    for made in runs:
        operation = serialize_run_dict("post", made)
        parts += serialized_run_operation_to_multipart_parts_and_context(operation)[0].parts
    return RewindableMultipartBody(parts, boundary).to_bytes()


def test_the_body_is_the_vendors_to_the_byte() -> None:
    batch = [sample(name) for name in SAMPLES]
    request = encode(SETTINGS, batch)
    boundary = request.headers["content-type"].partition("boundary=")[2]
    assert request.content == vendors_body([run(payload, "shop") for payload in batch], boundary)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_run_fits_the_vendors_model(name: str) -> None:
    made = run(sample(name), "shop")
    read = RunBase(**made)
    assert str(read.id) == sample(name).id
    assert read.latency == pytest.approx(sample(name).timing.duration_ns / 1e9)
    beyond = {"trace_id", "dotted_order", "session_name"}
    assert set(made) - set(RunBase.model_fields) == beyond
    assert beyond <= set(RunTree.model_fields) | {"session_name"}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_vendor_reads_the_dotted_order(name: str) -> None:
    made = run(sample(name), "shop")
    tree = RunTree.from_dotted_order(
        made["dotted_order"],
        client=Client(api_url="http://127.0.0.1:1", api_key="fake", auto_batch_tracing=False),
    )
    assert tree is not None
    assert (str(tree.id), str(tree.trace_id)) == (made["id"], made["trace_id"])


def test_every_type_is_one_of_the_vendors() -> None:
    assert {*TYPES.values(), "llm"} <= {item.value for item in RunTypeEnum}


@pytest.mark.parametrize("name", SAMPLES)
def test_usage_fits_the_vendors_model(name: str) -> None:
    made = usage_metadata(sample(name))
    assert TypeAdapter(ExtractedUsageMetadata).validate_python(made, strict=True) == made
    assert set(made) <= set(ExtractedUsageMetadata.__annotations__)
    assert set(made.get("input_token_details", ())) <= set(InputTokenDetails.__annotations__)
    assert set(made.get("output_token_details", ())) <= set(OutputTokenDetails.__annotations__)


def test_tokens_are_counted_as_the_vendor_counts_those_of_openai() -> None:
    theirs = _create_usage_metadata({
        "prompt_tokens": 24, "completion_tokens": 7, "total_tokens": 31,
        "prompt_tokens_details": {"cached_tokens": 6},
        "completion_tokens_details": {"reasoning_tokens": 2},
    })  # fmt: skip
    assert usage_metadata(evolve(sample(), cost=None)) == theirs


def test_only_dollars_are_a_cost_and_nothing_is_made_up() -> None:
    euros = evolve(sample(), usage=None, cost=Cost(total=1.0, currency="EUR"))
    assert usage_metadata(euros) == {}
    unpriced = evolve(sample(), usage=Usage(output_tokens=3), cost=Cost(reason="no price"))
    assert usage_metadata(unpriced) == {"output_tokens": 3, "total_tokens": 3}


@pytest.mark.parametrize("api", ["multipart", "batch"])
def test_the_request_is_addressed_as_the_vendors_client_addresses_its_own(api: Any) -> None:
    with ScriptedEndpoint(default=Answer(status=202)) as endpoint:
        client = Client(
            api_url=endpoint.url, api_key="lsv2-fake", workspace_id="workspace-fake",
            auto_batch_tracing=False,
        )  # fmt: skip
        send = client.multipart_ingest if api == "multipart" else client.batch_ingest_runs
        send(create=[run(sample(), "shop")])
        (theirs,) = [request for request in endpoint.requests if request.method == "POST"]
        ours = encode(evolve(SETTINGS, endpoint=f"{endpoint.url}/", api=api), [sample()])
        assert ours.url == endpoint.url + theirs.path
    for name in ("x-api-key", "x-tenant-id"):
        assert ours.headers[name] == theirs.headers[name]
    read = _parts if api == "multipart" else _posts
    made, expected = read(ours.headers, ours.content), read(theirs.headers, theirs.content)
    assert list(made) == list(expected)
    for name in made:
        assert _without_runtime(made[name]) == _without_runtime(expected[name]), name


def _parts(headers: Mapping[str, str], content: bytes) -> dict[str, Any]:
    decoder = MultipartDecoder(content, headers["content-type"])
    return {part.headers[b"content-disposition"].decode(): json.loads(part.content)
            for part in decoder.parts}  # fmt: skip


def _posts(headers: Mapping[str, str], content: bytes) -> dict[str, Any]:
    assert headers["content-type"] == "application/json"
    return {made["id"]: made for made in json.loads(content)["post"]}


def _without_runtime(made: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the vendor's client says of the machine that it runs on."""
    made = {name: value for name, value in made.items() if name not in ("runtime", "extra")}
    metadata = made.get("metadata", {})
    return {**made, "metadata": {k: v for k, v in metadata.items() if k in OURS}}


def test_the_vendor_puts_a_trace_together() -> None:
    """The tree that the vendor's client builds from the runs is that of the calls."""
    with ScriptedEndpoint(default=Answer(status=202)) as endpoint:
        values = {"api_key": "lsv2-fake", "endpoint": endpoint.url, "api": "batch"}
        with Logger(plugins=["langsmith"], environ={}, file=False,
                    plugin={"langsmith": values}) as logger:  # fmt: skip
            with logger.call(kind="agent", name="agent"):
                with logger.call(kind="tool", name="tool"), logger.call(name="deep"):
                    pass
                with logger.call(name="answer"):
                    pass
            assert logger.flush(20).complete
        runs = [made for request in endpoint.requests for made in request.json()["post"]]
    (root,) = [made for made in runs if "parent_run_id" not in made]

    def answer(request: Received) -> Answer:
        found = [_stored(made) for made in runs if "parent_run_id" in made]
        return Answer(content=json.dumps({"runs": found, "cursors": {}}).encode()
                      if request.method == "POST" else b"{}")  # fmt: skip

    with ScriptedEndpoint(default=answer) as endpoint:
        client = Client(api_url=endpoint.url, api_key="fake", auto_batch_tracing=False)
        tree: Any = client._load_child_runs(Run(**_stored(root)))
    children = {child.name: child for child in tree.child_runs}
    assert (tree.name, set(children)) == ("agent", {"tool", "answer"})
    assert [child.name for child in children["tool"].child_runs] == ["deep"]
    assert not children["answer"].child_runs


def _stored(made: dict[str, Any]) -> dict[str, Any]:
    session = "5b1d3a0e-0000-4000-8000-000000000001"
    return {**made, "session_id": session, "app_path": "/", "status": "success"}


def test_the_first_token_comes_when_it_came() -> None:
    made = run(sample("stream"), "shop")
    (event,) = made["events"]
    start = datetime.fromisoformat(made["start_time"])
    assert event["name"] == "new_token"
    assert (datetime.fromisoformat(event["time"]) - start).total_seconds() == pytest.approx(0.31)
