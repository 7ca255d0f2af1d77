"""llmlog's own settings: for a whole Logger, and those that every plugin takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen

from llmlog.delivery.lane import KEEP_S
from llmlog.delivery.queue import Bounds, WhenFull
from llmlog.redaction import Content, Policy
from llmlog.settings import env

Mode = Literal["memory", "spool", "strict", "audit"]


@frozen(kw_only=True)
class CoreSettings:
    """What a Logger is told."""

    plugins: tuple[str, ...] | None = env(
        "LLMLOG_PLUGINS", default=None,
        help="names of the active plugins; all others stay unused",
    )  # fmt: skip
    service: str | None = env(
        "LLMLOG_SERVICE", "OTEL_SERVICE_NAME", default=None, help="name of this application"
    )
    environment: str | None = env(
        "LLMLOG_ENVIRONMENT", default=None, help="production, staging, ..."
    )
    release: str | None = env("LLMLOG_RELEASE", default=None, help="version of this application")
    content: Literal["full", "none"] = env(
        "LLMLOG_CONTENT", default="full",
        help="none hides messages, arguments and texts from every plugin",
    )  # fmt: skip
    enabled: bool = env("LLMLOG_ENABLED", default=True, help="false switches llmlog off")
    directory: Path | None = env(
        "LLMLOG_DIRECTORY", default=None,
        help="where dead letters and the spool are kept; unset keeps none",
    )  # fmt: skip
    mode: Mode = env(
        "LLMLOG_MODE", default="memory",
        help="what outlives the process: memory nothing; spool and strict a kill, strict without "
        "a gap; audit a power cut",
    )  # fmt: skip
    spool_bytes: int = env(default=1024**3, help="bytes that a process's spool may take on disk")
    spool_keep_s: float = env(default=KEEP_S, help="seconds that an event may wait on disk")
    intake: int = env(
        "LLMLOG_INTAKE", default=100_000, help="calls that may wait for the dispatcher"
    )
    exit_timeout_s: float = env(
        "LLMLOG_EXIT_TIMEOUT_S", default=2.0, help="seconds for everything at exit"
    )
    prices: Mapping[str, Any] = env(
        default={}, help="your own prices: model -> {input, output, ...} in USD per million tokens"
    )


@frozen(kw_only=True)
class PluginOptions:
    """What every plugin's table takes beside the plugin's own settings."""

    events: tuple[str, ...] = env(default=("success", "failure"), help="success, failure, or both")
    content: Literal["full", "none"] | None = env(
        default=None, help="none hides messages, arguments and texts from this plugin"
    )
    metadata: tuple[str, ...] | None = env(
        default=None, help="the only metadata keys that this plugin may see"
    )
    hide_metadata: tuple[str, ...] = env(
        default=(), help="metadata keys that this plugin may not see"
    )
    sample: float = env(
        default=1.0, help="share of successful traces to send, 0 to 1; failures are always sent"
    )
    queue_events: int = env(default=10_000, help="events that may wait")
    queue_bytes: int = env(default=64 * 1024 * 1024, help="bytes that may wait")
    when_full: WhenFull = env(
        default="drop_newest", help="what a full queue does; block waits a second at most"
    )
    batch_events: int | None = env(default=None, help="events per request at most")
    batch_age_s: float | None = env(default=None, help="seconds that a batch may wait to fill")
    request_timeout_s: float | None = env(default=None, help="seconds for one request")

    def __attrs_post_init__(self) -> None:
        unknown = set(self.events) - {"success", "failure"}
        if unknown or not self.events:
            message = f"events: say success, failure or both, not {', '.join(sorted(unknown))}"
            raise ValueError(message)
        if not 0.0 <= self.sample <= 1.0:
            message = f"sample: say a number from 0 to 1, not {self.sample}"
            raise ValueError(message)

    @property
    def bounds(self) -> Bounds:
        """Return the bounds of the plugin's queue."""
        return Bounds(events=self.queue_events, bytes=self.queue_bytes, when_full=self.when_full)

    def policy(self, core: CoreSettings) -> Policy:
        """Return what the plugin may see: the stricter of its own and the general setting."""
        content: Content = "none" if "none" in (core.content, self.content) else "full"
        return Policy(content=content, metadata=self.metadata, hide_metadata=self.hide_metadata)


@frozen(kw_only=True)
class Origins:
    """Where each setting of one table came from."""

    values: Mapping[str, str] = field(factory=dict)
