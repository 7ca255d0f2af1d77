"""Messages in the chat form that Langfuse renders, with the tools and what the model thought."""

from __future__ import annotations

from llmlog import Message, Payload, Reasoning
from llmlog.chat import chat
from llmlog.message import JSON
from llmlog.otlp import tool_definitions


def chat_input(payload: Payload) -> JSON:
    """Return the conversation, together with the tools if there are any; None without one."""
    messages = chat(payload.input_messages, extra=_thinking)
    tools = tool_definitions(payload)
    return {"messages": messages, "tools": tools} if tools else messages or None


def chat_output(payload: Payload) -> JSON:
    """Return the answer, or the list of them if there are several; None without one."""
    messages = chat(payload.output_messages, extra=_thinking)
    return messages[0] if len(messages) == 1 else messages or None


def _thinking(message: Message) -> dict[str, JSON]:
    thoughts = [part.content for part in message.parts if isinstance(part, Reasoning)]
    shown = [{"type": "thinking", "content": thought} for thought in thoughts]
    return {"thinking": shown} if shown else {}
