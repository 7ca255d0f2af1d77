"""Whether a text was made by chance, as keys are, and not by a person, as words and dates are."""

from __future__ import annotations

import re
import string

from llmlog.redaction.view import raw

_CLASSES = bytes.maketrans(
    (string.ascii_lowercase + string.ascii_uppercase + string.digits).encode(),
    b"a" * 26 + b"b" * 26 + b"0" * 10,
)
_CHANGE = re.compile(rb"(?=a[b0]|b[a0]|0[ab])")
_FEWEST, _ONE_IN, _DIGITS = 4, 5, 2


def by_chance(text: str) -> bool:
    """Say whether small letters, capitals and digits alternate at least at each fifth character."""
    kinds = raw(text).translate(_CLASSES)
    return kinds.count(b"0") >= _DIGITS and len(_CHANGE.findall(kinds)) >= max(
        _FEWEST, len(kinds) / _ONE_IN
    )
