"""The endpoints that ask a model, by their path."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen


@frozen
class Endpoint:
    """What a path is for, and where its body has the content."""

    kind: str
    content: str
    is_conversation: bool = False
    counts_on_demand: bool = False


ENDPOINTS: Mapping[str, Endpoint] = {
    "/chat/completions": Endpoint("chat", "messages", True, True),
    "/completions": Endpoint("text_completion", "prompt", True, True),
    "/responses": Endpoint("chat", "input", True),
    "/embeddings": Endpoint("embedding", "input"),
    "/moderations": Endpoint("moderation", "input"),
    "/images/generations": Endpoint("image", "prompt"),
    "/images/edits": Endpoint("image", "prompt"),
    "/audio/speech": Endpoint("speech", "input"),
    "/audio/transcriptions": Endpoint("transcription", "prompt"),
    "/audio/translations": Endpoint("transcription", "prompt"),
    "/batches": Endpoint("batch", "input_file_id"),
}
