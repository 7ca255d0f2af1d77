"""A payload as a log: Datadog's reserved and standard attributes, and the record under `llm`.

Conversations and values are JSON text, so that a long one does not use up the attributes that
Datadog allows a log. Datadog truncates a log of more than 1 MB and says nothing; such a log is
shortened here instead, text by text, and says so in `llm.changes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve

from llmlog import Payload
from llmlog.chat import present
from llmlog.encoding import dumps, dumps_text
from llmlog.message import JSON
from llmlog.schema import to_dict
from llmlog_datadog.settings import Settings

LOG_BYTES = 999_998
STATUSES: Mapping[str, str] = {"failure": "error", "aborted": "warn", "blocked": "warn"}
_TEXTS = ("input_messages", "output_messages", "input_value", "output_value", "tools")
_LENGTHS = (50_000, 5_000, 500, 50)


def log(settings: Settings, payload: Payload) -> bytes:
    """Return the log of a call as JSON, no longer than Datadog takes if that can be done."""
    made = entry(settings, payload)
    content = dumps(made)
    lengths = iter(_LENGTHS)
    while len(content) > LOG_BYTES and (length := next(lengths, None)) is not None:
        content = dumps(_marked(_shortened(made, length)))
    return content


def entry(settings: Settings, payload: Payload) -> dict[str, JSON]:
    """Return the log of a call."""
    return present({
        "message": _message(payload),
        "timestamp": payload.timing.end_unix_ns // 1_000_000,
        "status": STATUSES.get(payload.status, "info"),
        "ddsource": settings.source,
        "ddtags": ",".join(_tags(settings, payload)) or None,
        "service": settings.service or payload.service_name,
        "hostname": settings.hostname or payload.host_name,
        "dd.trace_id": _trace_id(payload.trace_id),
        "dd.span_id": str(int(payload.span_id, 16)),
        "duration": payload.timing.duration_ns,
        "usr": payload.user_id and {"id": payload.user_id},
        "error": _error(payload),
        "llm": _record(payload),
    })  # fmt: skip


def _message(payload: Payload) -> str:
    words = filter(None, (payload.kind, payload.model, payload.status))
    end = f": {payload.error.type}: {payload.error.message}" if payload.error else ""
    return f"{' '.join(words)} in {payload.timing.duration_ns / 1e9:.3f} s{end}"


def _tags(settings: Settings, payload: Payload) -> Iterator[str]:
    """Yield tags without the characters that end one."""
    environment = settings.environment or payload.environment
    version = settings.version or payload.release
    for tag in settings.tags:
        yield from tag.split()
    for key, value in (("env", environment), ("version", version)):
        if value:
            yield _tag(f"{key}:{value}")
    yield from filter(None, map(_tag, payload.tags))


def _tag(text: str) -> str:
    return "_".join(text.replace(",", " ").split())


def _trace_id(digits: str) -> str:
    """Return the id as Datadog's tracers log it: 128 bits in hexadecimal, 64 in decimal."""
    number = int(digits, 16)
    return f"{number:032x}" if number >> 64 else str(number)


def _error(payload: Payload) -> JSON:
    error = payload.error
    return error and present({
        "kind": error.type, "message": error.message, "stack": error.stacktrace,
        "code": error.code, "status_code": error.status_code, "request_id": error.request_id,
        "retryable": error.retryable,
    })  # fmt: skip


def _record(payload: Payload) -> dict[str, JSON]:
    """Return the record, with its sums, and with JSON text in place of content."""
    made = to_dict(evolve(payload, error=None))
    texts = {name: _text(made[name]) for name in _TEXTS if name in made}
    sums: dict[str, JSON] = {"model": payload.model}
    if payload.usage is not None:
        sums["usage"] = {**made.get("usage", {}), **present({
            "total_input_tokens": payload.usage.total_input_tokens,
            "total_output_tokens": payload.usage.total_output_tokens,
            "total_tokens": payload.usage.total_tokens,
        })}  # fmt: skip
    sums["finish_reasons"] = list(payload.finish_reasons) or None
    return {**made, **texts, **present(sums)}


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else dumps_text(value)


def _shortened(value: JSON, length: int) -> JSON:
    """Return a value with no text longer than `length` characters."""
    if isinstance(value, str):
        return value[:length]
    if isinstance(value, dict):
        return {key: _shortened(item, length) for key, item in value.items()}
    return [_shortened(item, length) for item in value] if isinstance(value, list) else value


def _marked(made: dict[str, JSON]) -> dict[str, JSON]:
    """Note that the record was cut."""
    record = made["llm"]
    change = {"path": "", "action": "cut", "rule": "datadog: 1 MB"}
    return {**made, "llm": {**record, "changes": [*record.get("changes", ()), change]}}
