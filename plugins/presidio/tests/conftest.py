"""A model of our own: spaCy's English, which knows a few names by heart."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

PERSONS = ("Zoe Miller", "Ada Lovelace", "Zoe")
PLACES = ("Berlin", "London", "Lovelace Street")


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model that finds `PERSONS` and `PLACES`."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([
        *({"label": "PERSON", "pattern": name} for name in PERSONS),
        *({"label": "GPE", "pattern": name} for name in PLACES),
    ])  # fmt: skip
    folder = tmp_path_factory.mktemp("model")
    nlp.to_disk(folder)
    return folder
