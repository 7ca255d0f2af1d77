"""Checks of settings, for `env(check=...)`: what could only fail later, again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlsplit

from llmlog.errors import nearest


def http_url(url: str | None) -> None:
    """Refuse what is no address of an HTTP server, and one with a password, which logs show."""
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = "say http:// or https:// and the host"
        raise ValueError(message)
    if parts.username or parts.password:
        message = "it may not hold a password; say it in the setting for credentials"
        raise ValueError(message)


def positive(value: float | None) -> None:
    """Refuse 0 and less."""
    if value is not None and value <= 0:
        message = "say a number above 0, or leave it unset"
        raise ValueError(message)


def among(known: Sequence[str]) -> Callable[[Iterable[str]], None]:
    """Return a check that refuses names which are not known, or are said twice."""

    def check(names: Iterable[str]) -> None:
        seen: list[str] = []
        for name in names:
            if name not in known or name in seen:
                message = f"there is no further {name!r}{nearest(name, known)}"
                raise ValueError(message)
            seen.append(name)

    return check


def together(settings: object, *names: str) -> None:
    """Raise `ValueError` unless all of these settings are set, or none."""
    if len({bool(getattr(settings, name)) for name in names}) > 1:
        message = f"{' and '.join(names)} belong together: set both or neither"
        raise ValueError(message)
