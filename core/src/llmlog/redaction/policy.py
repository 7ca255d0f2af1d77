"""A policy: what one exporter may see, as a value."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

from attrs import evolve, field, frozen

from llmlog.errors import LlmlogError
from llmlog.guard import guarded
from llmlog.message import JSON
from llmlog.payload import Change, Payload
from llmlog.redaction.budget import Bounds, Budget
from llmlog.redaction.header import Headers
from llmlog.redaction.hiding import without_content
from llmlog.redaction.known import Known
from llmlog.redaction.masking import Masking, Masks
from llmlog.redaction.pseudonym import PseudonymKeys, with_pseudonyms
from llmlog.redaction.rule import KINDS, OwnRule
from llmlog.redaction.sealing import Sealing
from llmlog.redaction.walk import envelope, masked, texts_of
from llmlog.secret import Secret

Content = Literal["full", "masked", "encrypted", "none"]


@frozen(kw_only=True, eq=False)
class Policy:
    """What one exporter may see.

    `content = "masked"` hides in every text what the masks find: the `kinds` (all of them if none
    is named) and a user's `own` patterns; and media, which nothing can vouch for. "encrypted" puts
    the content, masked where there are masks, into envelopes that `sealing` has the keys of. "none"
    hides messages, tool arguments and results, tool definitions, error texts and guardrail reasons;
    counts, costs, times, names and ids stay. `known` values are hidden whatever the content.
    `metadata` names the keys of metadata that may pass, None for all of them. `pseudonyms` names
    the fields whose values are replaced by keyed hashes, under `pseudonym_key`, or under the key
    that `pseudonym_keys` has for the record. `headers` are those of HTTP that may pass, whatever
    the content.
    """

    content: Content = "full"
    kinds: frozenset[str] = frozenset()
    own: tuple[OwnRule, ...] = ()
    known: Known = field(factory=Known)
    metadata: tuple[str, ...] | None = None
    hide_metadata: tuple[str, ...] = field(default=())
    pseudonyms: tuple[str, ...] = ()
    pseudonym_key: Secret | None = None
    pseudonym_keys: PseudonymKeys | None = None
    sealing: Sealing = field(factory=Sealing)
    headers: Headers = field(factory=Headers)
    bounds: Bounds = field(factory=Bounds)
    masks: Masks = field(init=False, repr=False)
    digest: str = field(init=False)
    _tighter: dict[str, Policy] = field(init=False, factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        kinds = frozenset(KINDS) if self.content == "masked" and not self.kinds else self.kinds
        masks = Masks(kinds=kinds, own=self.own, known=self.known)
        object.__setattr__(self, "masks", masks)
        object.__setattr__(self, "digest", self._digest(kinds))

    def _digest(self, kinds: frozenset[str]) -> str:
        """Return a hash of all that decides what is hidden, except credentials and keys."""
        told = (self.content, sorted(kinds), [(rule.name, rule.source) for rule in self.own],
                self.metadata, self.hide_metadata, self.pseudonyms,
                self.headers.allowed)  # fmt: skip
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]

    def tightened(self, content: str | None) -> Policy:
        """Return the stricter of this policy and a call's wish; one it does not know hides all."""
        if content in (None, "full", self.content) or self.content == "none":
            return self
        wanted: Content = content if content in ("masked", "encrypted") else "none"  # type: ignore[assignment]
        if wanted not in self._tighter:
            self._tighter[wanted] = self._stricter(wanted)
        return self._tighter[wanted]

    def _stricter(self, wanted: Content) -> Policy:
        """Return a policy that does what both do: encrypt what the masks leave."""
        levels = {self.content, wanted}
        if levels == {"masked", "encrypted"}:
            kinds = self.kinds or frozenset(KINDS)
            return evolve(self, content="encrypted", kinds=kinds)
        return evolve(self, content=wanted)

    def apply(self, payload: Payload) -> Payload:
        """Return what may pass; the bare envelope of the payload if that fails.

        Raises `LlmlogError`, which tells nothing of the payload, if not even that can be made.
        """
        return guarded(self._apply, payload, otherwise=lambda _: self._envelope(payload))

    def _envelope(self, payload: Payload) -> Payload:
        made = guarded(envelope, payload, "failed", self.digest, otherwise=lambda _: None)
        if made is None:
            raise LlmlogError("redaction failed")
        return made

    def _apply(self, payload: Payload) -> Payload:
        owner = self.sealing.owner(payload) if self.content == "encrypted" else ""
        payload = self.headers.apply(self._with_metadata(payload), self.digest)
        if self.content == "none":
            payload = without_content(payload, "policy")
        if self.pseudonyms:
            key = self.pseudonym_keys.of(payload) if self.pseudonym_keys else self.pseudonym_key
            payload = with_pseudonyms(payload, self.pseudonyms, key, self.digest)
        payload = self._masked(payload)
        if self.content == "encrypted":
            payload = self.sealing.apply(payload, owner, self.digest)
        return payload

    def _masked(self, payload: Payload) -> Payload:
        known = self.masks.known
        sought = self.masks.searching or (known.forms and known.in_any(texts_of(payload)))
        if not sought:
            return payload
        masking = Masking(self.masks, Budget(self.bounds))
        return masked(payload, masking, self.digest, media=self.masks.searching)

    def _with_metadata(self, payload: Payload) -> Payload:
        kept = self._metadata(payload.metadata)
        if len(kept) == len(payload.metadata):
            return payload
        change = Change(path="metadata", action="hidden", rule="policy", policy=self.digest,
                        count=len(payload.metadata) - len(kept))  # fmt: skip
        return evolve(payload, metadata=kept, changes=(*payload.changes, change))

    def _metadata(self, metadata: Mapping[str, JSON]) -> Mapping[str, JSON]:
        if self.metadata is None and not self.hide_metadata:
            return metadata
        return {
            key: value for key, value in metadata.items()
            if (self.metadata is None or key in self.metadata) and key not in self.hide_metadata
        }  # fmt: skip
