"""OpenInference and OpenLLMetry against the packages of names that their vendors publish."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Any, get_args

import openinference.instrumentation as theirs
import openinference.semconv.trace as openinference_names
import opentelemetry.semconv_ai as openllmetry_names
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from opentelemetry.semconv._incubating.attributes import (
    error_attributes,
    gen_ai_attributes,
    http_attributes,
    server_attributes,
    session_attributes,
    user_attributes,
)
from opentelemetry.util.genai import _inference_invocation as genai_inference

from llmlog import Cost, Media, Message, Payload, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.message import Part
from llmlog.otlp import mapper, openinference, openllmetry
from llmlog.otlp.openinference import KINDS
from llmlog.otlp.openinference.model import PROVIDERS, SYSTEMS
from llmlog.otlp.openllmetry import KINDS as STEPS
from llmlog.otlp.openllmetry import REQUEST_TYPES
from llmlog.payload import Kind
from llmlog.testing.samples import SAMPLES, sample
from llmlog.testing.strategies import payloads


def constants(*places: Any) -> set[str]:
    """Return the texts that modules and classes hold as constants."""
    return {value for place in places for value in vars(place).values() if isinstance(value, str)}


def values(kinds: type[Enum]) -> set[str]:
    """Return the values of an enumeration."""
    return {kind.value for kind in kinds}


GENERAL = constants(error_attributes, http_attributes, server_attributes)
TOP = constants(openinference_names.SpanAttributes, openinference_names.RerankerAttributes)
PARTS = constants(*(
    value for name, value in vars(openinference_names).items() if name.endswith("Attributes")
))  # fmt: skip
OPENLLMETRY = constants(
    openllmetry_names.SpanAttributes, gen_ai_attributes, genai_inference, session_attributes,
    user_attributes,
) | GENERAL  # fmt: skip


def known(payload: Payload, dialect: Any) -> dict[str, Any]:
    """Return the attributes that are there, and whose names are not the user's."""
    made = mapper(dialect)(evolve(payload, attributes={}))
    return {name: value for name, value in made.items() if value is not None}


def segments(name: str) -> list[str]:
    """Return the names that a flat one is made of: `llm.tools`, `tool.json_schema`."""
    return re.split(r"\.\d+\.", name)


def is_openinference(name: str) -> bool:
    """Say whether a name is the vendor's; a part holds another in `document.document.url`."""
    first, *rest = segments(re.sub(r"_details\.image$", "_details.audio", name))
    nested = r"message_content\.(image|audio|video|document)\."
    return first in TOP and all(re.sub(nested, "", part) in PARTS for part in rest)


@hypothesis_settings(deadline=None, max_examples=200)
@given(payload=payloads())
def test_every_name_is_openinferences_or_ours(payload: Payload) -> None:
    for kind in get_args(Kind):
        made = known(evolve(payload, kind=kind), "openinference")
        strangers = {name for name in made if not name.startswith("llmlog.")} - GENERAL
        assert [name for name in strangers if not is_openinference(name)] == []


@hypothesis_settings(deadline=None, max_examples=200)
@given(payload=payloads())
def test_every_name_is_openllmetrys_or_ours(payload: Payload) -> None:
    properties = "traceloop.association.properties"
    assert properties in OPENLLMETRY
    for kind in get_args(Kind):
        made = known(evolve(payload, kind=kind), "openllmetry")
        strangers = {name for name in made
                     if not name.startswith(("llmlog.", f"{properties}."))}  # fmt: skip
        assert strangers - OPENLLMETRY == set()


def test_every_word_for_a_kind_or_provider_is_the_vendors() -> None:
    assert set(KINDS.values()) | {"LLM"} <= values(openinference_names.OpenInferenceSpanKindValues)
    assert set(PROVIDERS.values()) <= values(openinference_names.OpenInferenceLLMProviderValues)
    assert set(SYSTEMS.values()) <= values(openinference_names.OpenInferenceLLMSystemValues)
    assert set(STEPS.values()) <= values(openllmetry_names.TraceloopSpanKindValues)
    assert set(REQUEST_TYPES.values()) | {"unknown"} <= values(
        openllmetry_names.LLMRequestTypeValues
    )
    assert {*KINDS, *STEPS, *REQUEST_TYPES} <= set(get_args(Kind))


def test_a_call_is_written_as_openinferences_own_library_writes_it() -> None:
    made = known(sample(), "openinference")
    expected = theirs.get_llm_attributes(
        provider="openai", system="openai", model_name="gpt-4o-mini-2024-07-18",
        request_model_name="gpt-4o-mini", response_model_name="gpt-4o-mini-2024-07-18",
        invocation_parameters={"temperature": 0.2, "max_tokens": 64, "top_p": 1.0},
        input_messages=[theirs.Message(role="system", content="Answer briefly."),
                        theirs.Message(role="user", content="Say hello to Zoë.")],
        output_messages=[theirs.Message(role="assistant", content="Hello, Zoë!")],
        token_count=theirs.TokenCount(
            prompt=24, completion=7, total=31,
            prompt_details=theirs.PromptDetails(cache_read=6),
        ),
    )  # fmt: skip
    expected |= theirs.get_session_attributes(session_id="session-1")
    expected |= theirs.get_user_id_attributes(user_id="user-1")
    expected |= theirs.get_tag_attributes(tags=["checkout", "beta"])
    expected |= theirs.get_metadata_attributes(metadata={"order": 42,
                                                         "nested": {"list": [1, "two", None]}})  # fmt: skip
    expected |= theirs.get_span_kind_attributes("llm")
    assert {name: read(made[name]) for name in expected} == {
        name: read(value) for name, value in expected.items()
    }


def test_tools_are_written_as_openinferences_own_library_writes_them() -> None:
    payload = sample("tools")

    def call(number: int, city: str) -> Any:
        asked = theirs.ToolCallFunction(name="get_weather", arguments={"city": city})
        return theirs.ToolCall(id=f"call_{number}", function=asked)

    expected = theirs.get_llm_attributes(
        tools=[theirs.Tool(json_schema=json.dumps(payload.tools[0]))],
        input_messages=[
            theirs.Message(role="user", content="Weather in Oslo and Rome?"),
            theirs.Message(role="assistant", tool_calls=[call(1, "Oslo")]),
            theirs.Message(role="tool", tool_call_id="call_1", content='{"celsius":4}'),
        ],
    )  # fmt: skip
    made = known(payload, "openinference")
    assert {name: read(made[name]) for name in expected} == {
        name: read(value) for name, value in expected.items()
    }
    said = "llm.output_messages.0.message"
    assert made[f"{said}.contents.0.message_content.type"] == "reasoning"
    assert made[f"{said}.contents.0.message_content.text"] == "Rome is still missing."
    assert read(made[f"{said}.tool_calls.0.tool_call.function.arguments"]) == {"city": "Rome"}


def test_an_embedding_is_written_as_openinferences_own_library_writes_it() -> None:
    expected = theirs.get_embedding_attributes(
        model_name="text-embedding-3-small",
        embeddings=[theirs.Embedding(text="first text"), theirs.Embedding(text="second text")],
    )
    made = known(sample("embedding"), "openinference")
    assert {name: made[name] for name in expected} == expected


def test_documents_are_written_as_openinferences_own_library_writes_them() -> None:
    found = [{"text": "a", "id": "1", "score": 0.5, "metadata": {"page": 2}}, "b", {"x": 1}]
    retrieval = evolve(sample("bare"), kind="retrieval", input_value="q", output_value=found)
    expected = theirs.get_retriever_attributes(documents=[
        theirs.Document(content="a", id="1", score=0.5, metadata={"page": 2}),
        theirs.Document(content="b"), theirs.Document(content='{"x":1}'),
    ])  # fmt: skip
    made = known(retrieval, "openinference")
    assert {name: read(made[name]) for name in expected} == {
        name: read(value) for name, value in expected.items()
    }
    rerank = evolve(
        retrieval, kind="rerank", request_model="r", parameters={"top_n": 1},
        input_value={"query": "q", "documents": ["a", "b"]}, output_value=["b"],
    )  # fmt: skip
    expected = theirs.get_reranker_attributes(
        query="q", model_name="r", top_k=1, input_documents=[
            theirs.Document(content="a"), theirs.Document(content="b"),
        ], output_documents=[theirs.Document(content="b")],
    )  # fmt: skip
    made = known(rerank, "openinference")
    assert {name: made[name] for name in expected} == expected


def read(value: Any) -> Any:
    """Return what JSON text says, anything else as it is."""
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value


def test_media_keep_their_kind_and_address() -> None:
    parts: list[Part] = [
        Text(content="look"), Reasoning(content="hm", signature="s"),
        Media(modality="image", mime_type="image/png", content="aGk="),
        Media(modality="audio", mime_type="audio/wav", uri="https://example.com/a.wav"),
        Media(modality="file", file_id="file-1", mime_type="application/pdf"),
        Raw(value={"type": "refusal"}), ToolCall(name="f"), ToolResult(id="c", response="4"),
    ]  # fmt: skip
    made = known(
        evolve(sample(), input_messages=[Message(role="user", parts=parts)]), "openinference"
    )
    contents = "llm.input_messages.0.message.contents"
    said = {name.removeprefix(f"{contents}."): value for name, value in made.items()
            if name.startswith(contents)}  # fmt: skip
    assert said == {
        "0.message_content.type": "text", "0.message_content.text": "look",
        "1.message_content.type": "reasoning", "1.message_content.text": "hm",
        "1.message_content.signature": "s",
        "2.message_content.type": "image",
        "2.message_content.image.image.url": "data:image/png;base64,aGk=",
        "3.message_content.type": "audio",
        "3.message_content.audio.audio.url": "https://example.com/a.wav",
        "3.message_content.audio.audio.mime_type": "audio/wav",
        "4.message_content.type": "document",
        "4.message_content.document.document.id": "file-1",
        "4.message_content.document.document.mime_type": "application/pdf",
        "5.message_content.type": "text", "5.message_content.text": '{"type":"refusal"}',
    }  # fmt: skip
    assert made["llm.input_messages.1.message.tool_call_id"] == "c"


def test_a_tool_and_an_agent_are_named() -> None:
    tool = evolve(sample("bare"), name="get_weather", input_value={"city": "Oslo"})
    made = known(tool, "openinference")
    assert (made["openinference.span.kind"], made["tool.name"]) == ("TOOL", "get_weather")
    assert read(made["tool.parameters"]) == read(made["input.value"]) == {"city": "Oslo"}
    assert made["input.mime_type"] == "application/json"
    agent = evolve(tool, kind="agent")
    assert known(agent, "openinference")["agent.name"] == "get_weather"
    made = known(agent, "openllmetry")
    assert made["traceloop.span.kind"] == "agent"
    assert made["traceloop.entity.name"] == "get_weather"
    assert read(made["traceloop.entity.input"]) == {"city": "Oslo"}
    assert known(evolve(tool, kind="chain"), "openllmetry")["traceloop.workflow.name"]


@pytest.mark.parametrize("name", SAMPLES)
def test_openllmetry_knows_what_the_conventions_know(name: str) -> None:
    """But for what it has another name for."""
    conventions = known(sample(name), "previous")
    made = known(sample(name), "openllmetry")
    lost = {name for name in conventions if not name.startswith("llmlog.metadata.")} - set(made)
    assert lost <= {
        "gen_ai.prompt.name", "gen_ai.prompt.version", "gen_ai.request.stream",
        "gen_ai.usage.cost", "gen_ai.usage.reasoning.output_tokens", "llmlog.tags",
    }  # fmt: skip
    assert made["llmlog.id"] == sample(name).id


def test_openllmetry_says_whose_a_call_is() -> None:
    made = openllmetry(sample())
    said = "traceloop.association.properties"
    assert made[f"{said}.session_id"] == "session-1"
    assert made[f"{said}.user_id"] == made["gen_ai.user"] == "user-1"
    assert made[f"{said}.order"] == 42
    assert (made["traceloop.prompt.key"], made["traceloop.prompt.version"]) == ("greeting", 3)
    assert (made["gen_ai.usage.total_tokens"], made["gen_ai.usage.reasoning_tokens"]) == (31, 2)
    draft = openllmetry(evolve(sample(), prompt_version="draft"))
    assert draft["traceloop.prompt.version_name"] == "draft"
    large = openllmetry(evolve(sample(), prompt_version="9" * 30))
    assert large["traceloop.prompt.version_name"] == "9" * 30


def test_only_dollars_are_a_cost_of_openinference() -> None:
    assert openinference(sample())["llm.cost.total"] == 0.0078
    euros = openinference(evolve(sample(), cost=Cost(total=1.0, currency="EUR")))
    assert "llm.cost.total" not in euros
    assert (euros["llmlog.cost.total"], euros["llmlog.cost.currency"]) == (1.0, "EUR")
