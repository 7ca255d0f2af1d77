"""Presidio's analyzer over one spaCy model. Nothing is downloaded here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from llmlog import PluginError
from llmlog_presidio.settings import Settings

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine


_IGNORED = ("CARDINAL", "EVENT", "LANGUAGE", "LAW", "MONEY", "ORDINAL", "PERCENT", "PRODUCT",
            "QUANTITY", "WORK_OF_ART")  # fmt: skip


class Found(Protocol):
    """A place in a text, and what stands there."""

    start: int
    end: int
    entity_type: str
    score: float


@lru_cache(maxsize=4)
def make_finder(settings: Settings) -> Callable[[str], Sequence[Found]]:
    """Return what finds the entities in a text; one model serves all Loggers with these settings.

    Raises `PluginError` for a model that is not installed and for entities that nothing finds.
    """
    _check_model(settings.model)
    engine = _engine(settings)

    def find(text: str) -> Sequence[Found]:
        found: Sequence[Found] = engine.analyze(
            text, language=settings.language, entities=list(settings.entities),
            score_threshold=settings.threshold,
        )  # fmt: skip
        return list(_apart(found))

    return find


def _check_model(model: str) -> None:
    if not Path(model).is_dir() and (not model.isidentifier() or find_spec(model) is None):
        raise PluginError(f"presidio: no model {model!r}: python -m spacy download {model}")


def _engine(settings: Settings) -> AnalyzerEngine:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    languages, ner = [settings.language], NerModelConfiguration(labels_to_ignore=_IGNORED)
    model = {"lang_code": settings.language, "model_name": settings.model}
    nlp = SpacyNlpEngine(models=[model], ner_model_configuration=ner)
    nlp.load()
    by_model = SpacyRecognizer(supported_language=settings.language)
    registry = RecognizerRegistry([by_model], supported_languages=languages)
    if not set(settings.entities) <= set(by_model.supported_entities):
        registry = RecognizerRegistry(supported_languages=languages)
        registry.load_predefined_recognizers(languages=languages, nlp_engine=nlp)
    engine = AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=languages)
    _check_entities(settings.entities, engine.get_supported_entities(settings.language))
    return engine


def _check_entities(wanted: Sequence[str], known: Sequence[str]) -> None:
    if unknown := sorted(set(wanted) - set(known)):
        raise PluginError(f"presidio: no {', '.join(unknown)}: say {', '.join(sorted(known))}")


def _apart(found: Sequence[Found]) -> Iterator[Found]:
    """Yield places that do not overlap, in order; of two, the surer or longer one."""
    taken: list[Found] = []
    for each in sorted(found, key=lambda one: (-one.score, one.start - one.end)):
        if all(each.end <= other.start or each.start >= other.end for other in taken):
            taken.append(each)
    yield from sorted(taken, key=lambda one: one.start)
