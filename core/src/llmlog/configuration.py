"""llmlog's own settings: for a whole Logger, and those that every plugin takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen

from llmlog.delivery.lane_parts import KEEP_S
from llmlog.delivery.queue import Bounds, WhenFull
from llmlog.encryption.envelope import REMEDY
from llmlog.encryption.ring import AskedKeys, FolderKeys, KeyRing, Rings, given_keys
from llmlog.errors import SettingsError, nearest
from llmlog.patience import Patient
from llmlog.redaction import KINDS, Content, Known, Policy
from llmlog.redaction.header import STOCK, Headers
from llmlog.redaction.pseudonym import FIELDS, Owner, PseudonymKeys
from llmlog.redaction.rule import own_rules
from llmlog.redaction.sealing import Sealing
from llmlog.secret import Secret
from llmlog.settings import env

Mode = Literal["memory", "spool", "strict", "audit"]
STRICTNESS: tuple[Content, ...] = ("full", "masked", "encrypted", "none")


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
    content: Content = env(
        "LLMLOG_CONTENT", default="full",
        help="masked hides credentials and personal data in every text, encrypted seals all texts,"
             " none hides them, from every plugin",
    )  # fmt: skip
    mask: tuple[str, ...] = env(
        "LLMLOG_MASK", default=(),
        help=f"what to mask: {', '.join(KINDS)}; all of them if content is masked",
    )  # fmt: skip
    mask_patterns: Mapping[str, str] = env(
        default={}, help="your own: name -> regular expression (RE2), needs llmlog[privacy]"
    )
    pseudonyms: tuple[str, ...] = env(
        "LLMLOG_PSEUDONYMS", default=(),
        help=f"fields to replace by a keyed hash: {', '.join(FIELDS)}",
    )  # fmt: skip
    pseudonym_key: Secret | None = env(
        "LLMLOG_PSEUDONYM_KEY", default=None, help="the key of the pseudonyms"
    )
    pseudonym_per: Owner | None = env(
        default=None, help="the field of whose values each has a key of its own for pseudonyms"
    )
    pseudonym_keys: Mapping[str, Secret] = env(
        default={}, help="keys of some of them: value -> key; the others' are derived"
    )
    encryption_by: Owner = env(
        "LLMLOG_ENCRYPTION_BY", default="organization_id",
        help="the field that says whose key encrypts the content; without it, the key `default`",
    )  # fmt: skip
    encryption_keys: Mapping[str, Secret] = env(
        default={}, help="owner -> 32 bytes in base64; after a space, former keys"
    )
    encryption_folder: Path | None = env(
        "LLMLOG_ENCRYPTION_FOLDER", default=None, help="folder of keys: a file <owner>.key for each"
    )
    encryption_source: Callable[[str], Any] | None = env(
        default=None, help="in code: a function that returns the key of an owner, or None"
    )
    headers: tuple[str, ...] = env(
        "LLMLOG_HEADERS", default=STOCK,
        help="the only headers of HTTP that may stand in a record; x-ratelimit-* is all of those",
    )  # fmt: skip
    key_aliases: Mapping[str, Secret] = env(
        default={}, help="names for the API keys that calls are made with: name -> key"
    )
    redact_timeout_s: float = env(
        default=5.0, help="seconds that one redact hook may take; then the content is hidden"
    )
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
    media_store: Path | None = env(
        "LLMLOG_MEDIA_STORE", default=None,
        help="folder for images, sound and files of plugins that say `media = store`",
    )  # fmt: skip
    audit_log: Path | None = env(
        "LLMLOG_AUDIT_LOG", default=None,
        help="folder of the audit log: every call's record, sealed, on disk before its end returns",
    )  # fmt: skip
    audit_content: Content = env(
        "LLMLOG_AUDIT_CONTENT", default="none", help="what the audit log may hold of the content"
    )
    audit_required: bool = env(
        "LLMLOG_AUDIT_REQUIRED", default=False,
        help="a call whose record cannot be written to the audit log raises AuditError",
    )  # fmt: skip
    audit_key: Secret | None = env(
        "LLMLOG_AUDIT_KEY", default=None, help="seals the audit log so that nobody else can"
    )
    audit_keep_s: float | None = env(
        default=None, help="seconds that the audit log keeps a record, in whole days; unset: always"
    )
    intake: int = env(
        "LLMLOG_INTAKE", default=100_000, help="calls that may wait for the dispatcher"
    )
    intake_bytes: int = env(
        "LLMLOG_INTAKE_BYTES", default=64 * 1024 * 1024,
        help="about how many bytes of calls may wait for the dispatcher",
    )  # fmt: skip
    exit_timeout_s: float = env(
        "LLMLOG_EXIT_TIMEOUT_S", default=2.0, help="seconds for everything at exit"
    )
    prices: Mapping[str, Any] = env(
        default={}, help="your own prices: model -> {input, output, ...} in USD per million tokens"
    )

    def __attrs_post_init__(self) -> None:
        check_names("mask", self.mask, KINDS)
        check_names("pseudonyms", self.pseudonyms, FIELDS)
        own_rules(self.mask_patterns)
        if self.pseudonyms:
            self.check_pseudonyms()
        if "encrypted" in (self.content, self.audit_content):
            self.check_encryption()

    def check_pseudonyms(self) -> None:
        """Raise `ValueError` if there is no key for pseudonyms."""
        if not self.pseudonym_key and not (self.pseudonym_per and self.pseudonym_keys):
            raise ValueError("pseudonyms: set LLMLOG_PSEUDONYM_KEY")

    def check_encryption(self) -> None:
        """Raise `ValueError` if content cannot be encrypted: no keys, or no library."""
        if not self.key_rings:
            raise ValueError("content = encrypted: set LLMLOG_ENCRYPTION_FOLDER or encryption_keys")
        if find_spec("cryptography") is None:
            raise ValueError(f"content = encrypted: {REMEDY}")

    @property
    def key_rings(self) -> tuple[KeyRing, ...]:
        """Return where keys are looked for, in that order."""
        rings: list[KeyRing] = []
        if self.encryption_source is not None:
            rings.append(AskedKeys(Patient(self.encryption_source, self.redact_timeout_s)))
        if self.encryption_keys:
            rings.append(given_keys(self.encryption_keys))
        if self.encryption_folder is not None:
            rings.append(FolderKeys(self.encryption_folder))
        return tuple(rings)


@frozen(kw_only=True)
class PluginOptions:
    """What every plugin's table takes beside the plugin's own settings."""

    events: tuple[str, ...] = env(default=("success", "failure"), help="success, failure, or both")
    takes: Literal["calls", "alerts", "both"] | None = env(
        default=None, help="what the plugin is told of; unset leaves it to the plugin"
    )
    content: Content | None = env(
        default=None,
        help="masked hides credentials and personal data in every text, encrypted seals all texts,"
             " none hides them, from this plugin",
    )  # fmt: skip
    mask: tuple[str, ...] = env(default=(), help="what to mask for this plugin, by kind")
    mask_patterns: Mapping[str, str] = env(
        default={}, help="your own: name -> regular expression (RE2), needs llmlog[privacy]"
    )
    pseudonyms: tuple[str, ...] = env(
        default=(), help="fields that this plugin sees as a keyed hash"
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
    keep_slower_s: float | None = env(
        default=None, help="seconds; calls that took longer are sent whatever `sample` says"
    )
    keep_dearer: float | None = env(
        default=None, help="money; calls that cost more are sent whatever `sample` says"
    )
    sample_traces: bool = env(
        default=False,
        help="decide when a trace ends, for all its calls: one failed, slow or dear call keeps it",
    )
    trace_wait_s: float = env(
        default=60.0, help="seconds that calls wait for a trace's end, with `sample_traces`"
    )
    trace_events: int = env(
        default=10_000,
        help="calls that may wait for their traces' ends; then the oldest is decided",
    )
    queue_events: int = env(default=10_000, help="events that may wait")
    queue_bytes: int = env(default=64 * 1024 * 1024, help="bytes that may wait")
    when_full: WhenFull = env(
        default="drop_newest",
        help="what a full queue does without a spool, where what does not fit goes to disk",
    )
    block_s: float = env(default=1.0, help="seconds that `block` waits at most")
    media: str = env(
        default="inline",
        help="what becomes of base64 media: inline leaves them in the record, hash leaves their"
             " hash, store puts them into `media_store`, and the name of a plugin (s3, gcs,"
             " azure-blob) into the store that it offers; both leave the address",
    )  # fmt: skip
    tenant_lanes: int = env(
        default=64, help="lanes of tenants that stay open while they have nothing to send"
    )
    call_hosts: tuple[str, ...] = env(
        default=(),
        help="hosts that credentials given with a call may go to: api.example.com, *.example.com;"
             " none: no call brings credentials",
    )  # fmt: skip
    batch_events: int | None = env(default=None, help="events per request at most")
    batch_age_s: float | None = env(default=None, help="seconds that a batch may wait to fill")
    request_timeout_s: float | None = env(default=None, help="seconds for one request")
    concurrency: int | None = env(
        default=None,
        help="requests in flight at once at most, where the plugin allows several; 1 keeps their"
             " order",
    )  # fmt: skip

    def __attrs_post_init__(self) -> None:
        unknown = set(self.events) - {"success", "failure"}
        if unknown or not self.events:
            message = f"events: say success, failure or both, not {', '.join(sorted(unknown))}"
            raise ValueError(message)
        check_names("mask", self.mask, KINDS)
        check_names("pseudonyms", self.pseudonyms, FIELDS)
        own_rules(self.mask_patterns)
        if self.concurrency is not None and self.concurrency < 1:
            message = f"concurrency: say a number from 1, not {self.concurrency}"
            raise ValueError(message)
        if not 0.0 <= self.sample <= 1.0:
            message = f"sample: say a number from 0 to 1, not {self.sample}"
            raise ValueError(message)

    @property
    def bounds(self) -> Bounds:
        """Return the bounds of the plugin's queue."""
        return Bounds(events=self.queue_events, bytes=self.queue_bytes,
                      when_full=self.when_full, block_s=self.block_s)  # fmt: skip

    def policy(self, core: CoreSettings, known: Known | None = None) -> Policy:
        """Return what the plugin may see: the stricter of its own and the general setting.

        Raises `SettingsError` when pseudonyms or encryption are asked for and there is no key.
        """
        pseudonyms = tuple(dict.fromkeys((*core.pseudonyms, *self.pseudonyms)))
        levels = (_level(core), _level(self))
        content = max((content for content, _ in levels), key=STRICTNESS.index)
        _check(core, pseudonyms, content)
        return Policy(
            content=content,
            kinds=frozenset().union(*(kinds for _, kinds in levels)),
            own=(*own_rules(core.mask_patterns), *own_rules(self.mask_patterns)),
            known=known or Known(), metadata=self.metadata, hide_metadata=self.hide_metadata,
            pseudonyms=pseudonyms, pseudonym_key=core.pseudonym_key,
            pseudonym_keys=PseudonymKeys(
                per=core.pseudonym_per, keys=core.pseudonym_keys, general=core.pseudonym_key
            ),
            headers=Headers(tuple(name.lower() for name in core.headers)),
            sealing=Sealing(by=core.encryption_by, ring=Rings(core.key_rings)),
        )  # fmt: skip


def _check(core: CoreSettings, pseudonyms: tuple[str, ...], content: Content) -> None:
    try:
        if pseudonyms:
            core.check_pseudonyms()
        if content == "encrypted":
            core.check_encryption()
    except ValueError as problem:
        raise SettingsError([str(problem)]) from None


def _level(settings: CoreSettings | PluginOptions) -> tuple[Content, frozenset[str]]:
    """Return the content that settings let through, and what they mask; to mask is a content."""
    content = settings.content or "full"
    masks = bool(settings.mask or settings.mask_patterns)
    if masks and content == "full":
        content = "masked"
    kinds = settings.mask or (KINDS if content == "masked" else ())
    return content, frozenset(kinds)


def check_names(setting: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Raise `ValueError` for a name that is not known."""
    for name in given:
        if name not in known:
            hint = nearest(name, known) or f": say {', '.join(known)}"
            raise ValueError(f"{setting}: there is no {name!r}{hint}")


@frozen(kw_only=True)
class Origins:
    """Where each setting of one table came from."""

    values: Mapping[str, str] = field(factory=dict)
