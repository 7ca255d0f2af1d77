"""What OpenInference says of calls that are no conversation: embeddings, tools, documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from llmlog import Payload
from llmlog.chat import present, text_of
from llmlog.encoding import dumps_text
from llmlog.message import JSON


def _embedding(payload: Payload) -> dict[str, JSON]:
    """Return the texts; their vectors stay where they are."""
    texts = [payload.input_value] if isinstance(payload.input_value, str) else payload.input_value
    return {
        "embedding.model_name": payload.model,
        "embedding.invocation_parameters": _text(payload.parameters or None),
        **{f"embedding.embeddings.{number}.embedding.text": text_of(text)
           for number, text in enumerate(_items(texts))},
    }  # fmt: skip


def _reranker(payload: Payload) -> dict[str, JSON]:
    """Return query and documents of `{"query": ..., "documents": [...]}`, and the order made."""
    asked = payload.input_value
    given: Mapping[str, Any] = asked if isinstance(asked, Mapping) else {"query": asked}
    top_k = payload.parameters.get("top_n", payload.parameters.get("top_k"))
    return {
        "reranker.model_name": payload.model,
        "reranker.query": _text(given.get("query")),
        "reranker.top_k": top_k if type(top_k) is int else None,
        **dict(_documents("reranker.input_documents", given.get("documents"))),
        **dict(_documents("reranker.output_documents", payload.output_value)),
    }


def _retriever(payload: Payload) -> dict[str, JSON]:
    return dict(_documents("retrieval.documents", payload.output_value))


def _tool(payload: Payload) -> dict[str, JSON]:
    return {"tool.name": payload.name, "tool.parameters": _text(payload.input_value)}


def _agent(payload: Payload) -> dict[str, JSON]:
    return {"agent.name": payload.name}


STEPS: Mapping[str, Callable[[Payload], dict[str, JSON]]] = {
    "embedding": _embedding, "rerank": _reranker, "retrieval": _retriever, "tool": _tool,
    "agent": _agent,
}  # fmt: skip


def _documents(prefix: str, values: JSON) -> Iterator[tuple[str, JSON]]:
    for number, value in enumerate(_items(values)):
        for name, said in _document(value).items():
            yield f"{prefix}.{number}.document.{name}", said


def _document(value: JSON) -> dict[str, JSON]:
    """Return a document's text, id, score and metadata, by the names that retrievers use."""
    if not isinstance(value, Mapping):
        return {"content": text_of(value)}
    names = ("content", "text", "page_content", "document")
    content = next((value[name] for name in names if value.get(name) is not None), None)
    score = value.get("score", value.get("relevance_score"))
    return present({
        "content": dumps_text(value) if content is None else text_of(content),
        "id": _text(value.get("id")),
        "score": float(score) if type(score) in (int, float) else None,
        "metadata": _text(value.get("metadata")),
    })  # fmt: skip


def _items(values: JSON) -> list[JSON] | tuple[JSON, ...]:
    return values if isinstance(values, (list, tuple)) else ()


def _text(value: JSON) -> str | None:
    return None if value is None else text_of(value)
