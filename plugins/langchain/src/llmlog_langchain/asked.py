"""What a run is asked: from a callback's arguments to the fields of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from llmlog.bridging import provider_named

_SESSIONS = ("session_id", "thread_id", "conversation_id")
_APART = ("_type", "functions", "model", "model_name", "stream", "tools")
_OWN = ("ls_", "lc_", "__", "langgraph_", "checkpoint_ns")


def run_fields(kind: str, run_id: UUID, serialized: Any, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every run has; `more` are the callback's other arguments."""
    facts = more.get("metadata") or {}
    user = facts.get("user_id")
    session = next((facts[name] for name in _SESSIONS if facts.get(name)), None)
    fields = {
        "kind": kind,
        "name": more.get("name") or _name(serialized or {}),
        "session": None if session is None else str(session),
        "user": None if user is None else str(user),
        "tags": list(more.get("tags") or ()),
        "metadata": _theirs(facts),
        "attributes": {"langchain.run_id": str(run_id), **_framework(facts)},
    }
    return {name: value for name, value in fields.items() if value is not None}


def _name(serialized: Mapping[str, Any]) -> str | None:
    path = serialized.get("id") or (None,)
    return serialized.get("name") or path[-1]


def _theirs(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if not str(name).startswith(_OWN)}


def _framework(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what LangGraph says of where a run is."""
    return {f"langchain.{name}": value for name, value in facts.items()
            if str(name).startswith("langgraph_")}  # fmt: skip


def model_fields(metadata: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what runs of models have: who is asked, with which parameters and tools."""
    facts = metadata or {}
    provider = facts.get("ls_provider")
    parameters = {name: value for name, value in params.items()
                  if name not in _APART and value is not None}  # fmt: skip
    return {
        "model": facts.get("ls_model_name") or params.get("model") or params.get("model_name"),
        "provider": provider_named(None if provider is None else str(provider)),
        "parameters": parameters,
        "tools": params.get("tools") or params.get("functions"),
    }


def value_of(value: Any) -> Any:
    """Return what a step takes or gives as an object, so that a text is no one's words."""
    return value if isinstance(value, dict) else {"value": value}


def document_of(document: Any) -> dict[str, Any]:
    """Return a retrieved document."""
    said = {"id": getattr(document, "id", None), "content": document.page_content}
    known = {name: value for name, value in said.items() if value is not None}
    return {**known, "metadata": document.metadata} if document.metadata else known
