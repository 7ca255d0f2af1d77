"""Reading what models are asked and what they answer: plain JSON data to llmlog's own words.

Everything here is a pure function over what `llmlog.plain.plain` gives, and never raises: what no
dialect explains is kept as `Raw` or as `output_value`. Dialects: OpenAI chat, completions and
Responses (and those who speak them), Anthropic messages, Gemini contents, Bedrock's Converse,
OpenTelemetry messages.
"""

from __future__ import annotations

from llmlog.reading.assembly import assemble
from llmlog.reading.conversation import read_messages, simple_message
from llmlog.reading.failure import is_retryable, read_error
from llmlog.reading.reading import Reading
from llmlog.reading.response import read_response

__all__ = [
    "Reading", "assemble", "is_retryable", "read_error", "read_messages", "read_response",
    "simple_message",
]  # fmt: skip
