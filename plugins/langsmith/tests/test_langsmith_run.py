"""What becomes of a record."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from llmlog import Media, Message, Payload, Raw, Reasoning, Text, ToolCall, ToolResult
from llmlog.chat import choices
from llmlog.testing import sample
from llmlog_langsmith.run import messages, run


def made_of(payload: Payload) -> dict[str, Any]:
    return run(payload, "default")


def metadata(payload: Any) -> Any:
    return made_of(payload)["extra"]["metadata"]


def content_of(*parts: Any) -> Any:
    (message,) = messages([Message(role="user", parts=parts)])
    return message["content"]


def test_text_alone_is_a_text() -> None:
    assert content_of(Text(content="a"), Text(content="b")) == "a\nb"
    assert content_of() == ""


def test_other_parts_are_blocks() -> None:
    assert content_of(
        Reasoning(content="hm"),
        Text(content="look"),
        Media(modality="image", uri="https://example.com/a.png"),
        Media(modality="audio", mime_type="audio/wav", content="aGk="),
        Media(modality="document", file_id="file-1"),
        Raw(value={"type": "refusal", "refusal": "no"}),
    ) == [
        {"type": "reasoning", "text": "hm"},
        {"type": "text", "text": "look"},
        {"type": "image", "url": "https://example.com/a.png"},
        {"type": "audio", "base64": "aGk=", "mime_type": "audio/wav"},
        {"type": "file", "id": "file-1"},
        {"type": "refusal", "refusal": "no"},
    ]


def test_tool_calls_and_their_results_find_each_other() -> None:
    asked = Message(role="assistant", parts=[ToolCall(id="c", name="f", arguments={"a": 1})])
    parts: list[Any] = [ToolResult(id="c", response={"b": 2}), Text(content="and?")]
    first, second, third = messages([asked, Message(role="user", parts=parts)])
    assert first["tool_calls"] == [
        {"type": "function", "function": {"name": "f", "arguments": '{"a":1}'}, "id": "c"}
    ]
    assert second == {"role": "user", "content": "and?"}
    assert third == {"role": "tool", "content": '{"b":2}', "tool_call_id": "c"}


def test_each_answer_says_why_it_stopped() -> None:
    one = sample().output_messages[0]
    made = choices([one, evolve(one, finish_reason=None)], messages)
    assert [choice.get("finish_reason") for choice in made] == ["stop", None]
    assert [choice["index"] for choice in made] == [0, 1]


def test_values_that_are_no_dict_get_a_name() -> None:
    made = made_of(sample("embedding"))
    assert made["inputs"] == {"input": ["first text", "second text"]}
    assert made["outputs"] == {"count": 2, "dimensions": 1536}


def test_a_failure_says_why_and_a_success_nothing() -> None:
    assert made_of(sample("failure"))["error"].startswith("RateLimitError: Rate limit")
    assert made_of(sample("blocked"))["error"] == "Blocked: injection"
    assert made_of(sample("aborted"))["error"] == "aborted"
    assert "error" not in made_of(sample())


def test_the_session_is_a_thread_and_not_a_project() -> None:
    made = made_of(sample())
    assert made["extra"]["metadata"]["thread_id"] == "session-1"
    assert made["session_name"] == "default"
    assert "session_id" not in made


def test_the_users_own_metadata_win() -> None:
    made = metadata(evolve(sample(), metadata={"thread_id": "mine", "ls_model_name": "priced"}))
    assert (made["thread_id"], made["ls_model_name"]) == ("mine", "priced")


def test_providers_have_the_names_that_langsmith_prices() -> None:
    names = {provider: metadata(evolve(sample(), provider_name=provider))["ls_provider"]
             for provider in ("openai", "anthropic", "aws.bedrock", "azure.ai.openai")}  # fmt: skip
    assert names == {"openai": "openai", "anthropic": "anthropic",
                     "aws.bedrock": "amazon_bedrock", "azure.ai.openai": "azure"}  # fmt: skip


def test_parameters_are_found_under_any_of_their_names() -> None:
    made = metadata(evolve(sample(), parameters={"max_completion_tokens": 9, "stop": "END"}))
    assert (made["ls_max_tokens"], made["ls_stop"]) == (9, ["END"])


def test_what_is_unknown_is_absent() -> None:
    made = made_of(sample("bare"))
    assert set(made) == {"id", "trace_id", "dotted_order", "name", "run_type", "session_name",
                         "start_time", "end_time", "inputs", "extra"}  # fmt: skip
    assert set(made["extra"]["metadata"]) == {
        "schema_version", "kind", "status", "trace_id", "span_id"
    }  # fmt: skip
