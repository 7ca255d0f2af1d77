"""Record the calls of Google GenAI clients: `llmlog.wrap(genai.Client())`.

It stands where every call of such a client, its chats and its async side pass through: the four
`request` methods of the one object that speaks HTTP.

https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

from llmlog_google_genai.instrumentor import instrumentor

__all__ = ["instrumentor"]
