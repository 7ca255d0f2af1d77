"""Where to send, as whom, and how much."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from llmlog import Secret, env


@frozen
class Settings:
    """One LangSmith project. Each variable may also begin with `LANGCHAIN_`, as it once did."""

    api_key: Secret = env("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY", help="lsv2_...")
    endpoint: str = env(
        "LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT", default="https://api.smith.langchain.com",
        help="region, or own server with its /api/v1",
    )  # fmt: skip
    project: str = env(
        "LANGSMITH_PROJECT", "LANGCHAIN_PROJECT", default="default", help="made at its first run"
    )
    workspace_id: str | None = env(
        "LANGSMITH_WORKSPACE_ID", "LANGCHAIN_WORKSPACE_ID", default=None,
        help="for a key that is valid in several workspaces",
    )  # fmt: skip
    api: Literal["multipart", "batch"] = env(
        "LLMLOG_LANGSMITH_API", default="multipart", help="batch suits older servers"
    )
    nested: bool = env(
        "LLMLOG_LANGSMITH_NESTED", default=True, help="false makes each call a trace of its own"
    )
    hide_inputs: bool = env(
        "LANGSMITH_HIDE_INPUTS", "LANGCHAIN_HIDE_INPUTS", default=False, help="send no inputs"
    )
    hide_outputs: bool = env(
        "LANGSMITH_HIDE_OUTPUTS", "LANGCHAIN_HIDE_OUTPUTS", default=False, help="send no outputs"
    )
    without_metadata: bool = env(
        "LANGSMITH_HIDE_METADATA", "LANGCHAIN_HIDE_METADATA", default=False,
        help="send no metadata; tokens and cost are part of it",
    )  # fmt: skip
