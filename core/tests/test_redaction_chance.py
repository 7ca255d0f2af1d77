"""What is made by chance changes its kind of character often."""

from __future__ import annotations

import pytest

from llmlog.redaction.chance import by_chance


@pytest.mark.parametrize(("text", "good"), [
    ("aB1cD2", True), ("a1b2c", True), ("a1b2", False), ("aBcDe1F", False), ("aBcDe12", True), ("ABCDEF123456", False),
    ("2026-11-01T12:30:45", False), ("a-1-b-2-c-3", False), ("nothing-of-a-key", False), ("", False),
    (f"a1b2c{'c' * 15}", True), (f"a1b2c{'c' * 16}", False), (f"a1b2c3{'c' * 19}", True), (f"a1b2c3{'3' * 20}", False),
    ("é1a2B3c", True), ("é1é2é3é", False),
])  # fmt: skip
def test_small_letters_capitals_and_digits_alternate(text: str, good: bool) -> None:
    """Two digits and four changes at least, and one change for five characters."""
    assert by_chance(text) is good
