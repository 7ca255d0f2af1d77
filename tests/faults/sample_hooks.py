"""A sound counter of calls, for faults to break."""

from __future__ import annotations

from collections import Counter

from attrs import frozen

from llmlog import HookPlugin, Payload, Secret, env, hookimpl


@frozen(kw_only=True)
class Settings:
    """How to count."""

    token: Secret | None = env("SAMPLE_HOOKS_TOKEN", default=None, help="nobody is shown it")
    prefix: str = env("SAMPLE_HOOKS_PREFIX", default="", help="put before each name")


class Counts:
    """Counts calls by provider and status."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.closed = False

    def key(self, payload: Payload) -> tuple[str, ...]:
        return (self.settings.prefix, payload.provider_name or "", payload.status)

    @hookimpl
    def log_success(self, payload: Payload) -> None:
        self.counts[self.key(payload)] += 1

    @hookimpl
    def log_failure(self, payload: Payload) -> None:
        self.counts[self.key(payload)] += 1

    def close(self) -> None:
        self.closed = True

    def check(self) -> str:
        return str(sorted(self.counts.items()))


exporter = HookPlugin(name="sample-hooks", settings=Settings, make=Counts)
