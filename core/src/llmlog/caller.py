"""Whose API key a call was made with: a hash and a name stand for the key, which nobody keeps."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from attrs import field, frozen

from llmlog.secret import Secret

_DIGITS = 24


@frozen(kw_only=True)
class Callers:
    """Names for keys: `aliases` are those that settings give, `key` keys the hashes.

    Without `key` a hash is SHA-256 alone: keys that a vendor made are too long to be guessed.
    """

    aliases: Mapping[str, Secret] = field(factory=dict)
    key: Secret | None = None

    def facts(self, api_key: object) -> tuple[str | None, str | None]:
        """Return the hash and the alias of a key; None for what is not known."""
        text = api_key.reveal() if isinstance(api_key, Secret) else api_key
        if not isinstance(text, str) or not text:
            return None, None
        secret = Secret(text)
        alias = next((name for name, known in self.aliases.items() if known == secret), None)
        return self._hash(text), alias

    def _hash(self, text: str) -> str:
        content = text.encode(errors="surrogatepass")
        if self.key is None:
            return f"k-{hashlib.sha256(content).hexdigest()[:_DIGITS]}"
        keyed = hmac.new(self.key.reveal().encode(), b"api_key\0" + content, "sha256")
        return f"k-{keyed.hexdigest()[:_DIGITS]}"
