"""What Datadog's plugins share: the site, and the tags that say which program made a call.

https://docs.datadoghq.com/getting_started/tagging/unified_service_tagging/
"""

from __future__ import annotations

from attrs import frozen

from llmlog.payload import Payload
from llmlog.settings import env


@frozen(kw_only=True)
class Settings:
    """One site, and one program. What is set here wins over the record's own value."""

    site: str = env("DD_SITE", default="datadoghq.com", help="such as datadoghq.eu")
    service: str | None = env("DD_SERVICE", default=None, help="name of the service")
    environment: str | None = env("DD_ENV", default=None, help="the tag env")
    version: str | None = env("DD_VERSION", default=None, help="the tag version")
    tags: tuple[str, ...] = env("DD_TAGS", default=(), help="key:value, commas or spaces between")

    def own_tags(self, payload: Payload, *names: str) -> list[str]:
        """Return what is known of `service`, `env` and `version`, as far as named, and the tags."""
        known = {
            "service": self.service or payload.service_name,
            "env": self.environment or payload.environment,
            "version": self.version or payload.release,
        }
        said = (f"{name}:{known[name]}" for name in names if known[name])
        return [*said, *" ".join(self.tags).split()]
