"""Messages and their parts, in the shape of the OpenTelemetry GenAI conventions.

Source: the JSON schemas of `gen_ai.input.messages` and `gen_ai.output.messages` in
open-telemetry/semantic-conventions-genai. Times and sizes do not occur here; binary content is
base64 text, as the conventions have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from attrs import field, frozen

JSON = Any
"""A plain JSON value: dict, list, str, int, float, bool or None."""


@frozen(kw_only=True)
class Text:
    """Words."""

    type: ClassVar[str] = "text"
    content: str


@frozen(kw_only=True)
class Reasoning:
    """What the model says it thought. `signature` is the provider's seal over it."""

    type: ClassVar[str] = "reasoning"
    content: str
    signature: str | None = None


@frozen(kw_only=True)
class ToolCall:
    """A tool that the model asks for. `arguments` is JSON, or the text that did not parse."""

    type: ClassVar[str] = "tool_call"
    name: str
    id: str | None = None
    arguments: JSON = None


@frozen(kw_only=True)
class ToolResult:
    """What a tool answered to the call `id`."""

    type: ClassVar[str] = "tool_call_response"
    id: str | None = None
    response: JSON = None


@frozen(kw_only=True)
class Media:
    """An image, sound, video or file: by `uri`, provider's `file_id`, or base64 `content`.

    `sha256` and `size` (bytes) are those of a content that was taken out.
    """

    type: ClassVar[str] = "media"
    modality: str
    mime_type: str | None = None
    uri: str | None = None
    file_id: str | None = None
    content: str | None = None
    sha256: str | None = None
    size: int | None = None


@frozen(kw_only=True)
class Raw:
    """A part that llmlog has no word for, kept as the provider spelled it."""

    type: ClassVar[str] = "raw"
    value: JSON


Part = Text | Reasoning | ToolCall | ToolResult | Media | Raw
PARTS: Mapping[str, type[Part]] = {
    part.type: part for part in (Text, Reasoning, ToolCall, ToolResult, Media, Raw)
}


def _parts(values: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(values)


@frozen(kw_only=True)
class Message:
    """One message. `role` is system, user, assistant, tool, or the provider's own word."""

    role: str
    parts: tuple[Part, ...] = field(default=(), converter=_parts)
    name: str | None = None
    finish_reason: str | None = None

    @property
    def text(self) -> str:
        """Return the words of the message, its text parts joined by new lines."""
        return "\n".join(part.content for part in self.parts if isinstance(part, Text))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """Return the tool calls among the parts."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))
