"""Where to send, and what the sender is called."""

from __future__ import annotations

from attrs import frozen

from llmlog import Secret, env


@frozen
class Settings:
    """One Datadog organization. What is set here wins over the record's own value."""

    api_key: Secret = env("DD_API_KEY", help="of the organization; no application key")
    site: str = env("DD_SITE", default="datadoghq.com", help="such as datadoghq.eu")
    url: str | None = env(
        "DD_LOGS_DIRECT_SUBMISSION_URL", default=None,
        help="of the intake or a proxy before it; wins over the site",
    )  # fmt: skip
    source: str = env("DD_SOURCE", default="llmlog", help="chooses the pipeline")
    service: str | None = env("DD_SERVICE", default=None, help="name of the service")
    environment: str | None = env("DD_ENV", default=None, help="the tag env")
    version: str | None = env("DD_VERSION", default=None, help="the tag version")
    hostname: str | None = env("DD_HOSTNAME", default=None, help="name of the host")
    tags: tuple[str, ...] = env(
        "DD_TAGS", default=(), help="key:value, with commas or spaces between"
    )

    @property
    def intake(self) -> str:
        """Return the address of the intake, without a path."""
        return (self.url or f"https://http-intake.logs.{self.site}").rstrip("/")
