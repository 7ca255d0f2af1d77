"""Append LLM calls to a Redis stream, one entry for each.

https://redis.io/docs/latest/develop/data-types/streams/ and https://redis.io/docs/latest/commands/xadd/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen
from redis import exceptions

from llmlog import (
    ClientExporter,
    Delivered,
    Limits,
    Outcome,
    Payload,
    Refused,
    Rejected,
    Retryable,
    Secret,
    env,
)
from llmlog.schema import to_json

if TYPE_CHECKING:
    from redis import Redis

__all__ = ["Settings", "connect", "entry", "exporter", "send"]

# KEYS: the stream, the mark of the record. ARGV: the mark's life, the stream's length, the entry.
# The mark comes last: what is not appended must not be known.
_APPEND = """
if ARGV[1] ~= '0' and redis.call('exists', KEYS[2]) == 1 then
    return false
end
local limit = ARGV[2] ~= '0' and {'maxlen', '~', ARGV[2]} or {}
local words = {KEYS[1], unpack(limit)}
table.insert(words, '*')
for index = 3, #ARGV do
    table.insert(words, ARGV[index])
end
local id = redis.call('xadd', unpack(words))
if ARGV[1] ~= '0' then
    redis.call('set', KEYS[2], '1', 'ex', ARGV[1])
end
return id
"""

_PASSING = (
    exceptions.BusyLoadingError, exceptions.ClusterDownError, exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError, exceptions.TryAgainError,
)  # fmt: skip
_REFUSING = ("NOPERM", "WRONGTYPE", "can't run this command")


@frozen(kw_only=True)
class Settings:
    """Which stream of which server."""

    url: Secret = env(
        "LLMLOG_REDIS_URL", help="redis://, rediss:// or unix://, with user, password and database"
    )
    stream: str = env(default="llmlog", help="key of the stream")
    maxlen: int = env(default=0, help="about how many entries the stream keeps; 0: all")
    deduplicate_s: int = env(
        default=3600, help="seconds for which a record that comes again is known; 0: not at all"
    )
    timeout_s: float = env(default=10.0, help="seconds to wait for the server")


def connect(settings: Settings) -> Redis:
    """Open a connection and see that the server is there."""
    from redis import Redis

    client = Redis.from_url(
        settings.url.reveal(),
        socket_timeout=settings.timeout_s,
        socket_connect_timeout=settings.timeout_s,
        client_name="llmlog",
    )
    client.ping()
    return client


def entry(payload: Payload) -> Mapping[str, str | bytes]:
    """Return the fields of a call's entry."""
    return {
        "id": payload.id,
        "trace_id": payload.trace_id,
        "schema_version": payload.schema_version,
        "payload": to_json(payload),
    }


def send(
    client: Redis, settings: Settings, batch: Sequence[Payload]
) -> Sequence[Outcome] | Refused:
    """Append a batch in one round trip; each entry has a reply of its own."""
    pipeline = client.pipeline(transaction=False)
    append = client.register_script(_APPEND)
    for payload in batch:
        keys = [settings.stream, _mark(settings.stream, payload.id)]
        fields = [part for pair in entry(payload).items() for part in pair]
        append(keys, [settings.deduplicate_s, settings.maxlen, *fields], client=pipeline)
    replies = pipeline.execute(raise_on_error=False)
    refusal = next((reply for reply in replies if _refuses(reply)), None)
    return Refused(f"{refusal}") if refusal else [_outcome(reply) for reply in replies]


def _mark(stream: str, id_: str) -> str:
    """Return the key that remembers a record, in the slot of the stream."""
    return f"{stream if '{' in stream else '{' + stream + '}'}:seen:{id_}"


def _refuses(reply: Any) -> bool:
    return isinstance(reply, Exception) and any(word in str(reply) for word in _REFUSING)


def _outcome(reply: Any) -> Outcome:
    if isinstance(reply, (exceptions.ConnectionError, *_PASSING)):
        return Retryable(str(reply))
    if isinstance(reply, Exception):
        return Rejected(str(reply))
    return Delivered("was there already" if reply is None else "")


exporter = ClientExporter(
    name="redis",
    settings=Settings,
    connect=connect,
    send=send,
    close=lambda client: client.close(),
    retryable=(exceptions.ConnectionError, exceptions.TimeoutError, OSError),
    limits=Limits(events=200, bytes=8_000_000, age_s=0.2),
)
