"""What goes to backends of OpenTelemetry has the names and values of OpenTelemetry's registry."""

from __future__ import annotations

import enum
import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

import pytest

incubating = pytest.importorskip("opentelemetry.semconv._incubating.attributes")

ROOT = Path(__file__).parent.parent
BACKENDS = ("dash0", "elastic-otel", "grafana-cloud", "honeycomb", "newrelic", "signoz")
AHEAD = {
    "gen_ai.prompt.version", "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.audio.input_tokens", "gen_ai.usage.audio.output_tokens",
    "gen_ai.usage.image.input_tokens", "gen_ai.usage.image.output_tokens",
}  # fmt: skip
"""Of the conventions' own repository, not yet in the package of their names."""
UNOFFICIAL = {"gen_ai.usage.cost"}
"""What backends read beside the conventions."""


def registry() -> tuple[set[str], dict[str, set[str]]]:
    """Return every name, and the values of those that have a list of them."""
    names, values = set(), {}
    for info in pkgutil.iter_modules(incubating.__path__):
        module = importlib.import_module(f"{incubating.__name__}.{info.name}")
        own = {name: value for name, value in vars(module).items() if isinstance(value, str)}
        names |= {value for name, value in own.items() if name.isupper()}
        for title, listed in vars(module).items():
            if isinstance(listed, enum.EnumMeta):
                key = title.removesuffix("Values").lower()
                match = [each for name, each in own.items() if name.replace("_", "").lower() == key]
                values.update({each: {str(one.value) for one in listed} for each in match})
    return names, values


def sent(backend: str) -> dict[str, dict[str, Any]]:
    """Return the attributes of each sample's span, its events' and its program's among them."""
    path = ROOT / "plugins" / backend / "tests" / "golden" / "samples.json"
    spans = json.loads(path.read_text(encoding="utf-8"))
    return {name: {**span["resource"], **span["attributes"]} for name, span in spans.items()}


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_name_that_is_not_ours_is_in_the_registry(backend: str) -> None:
    names, _ = registry()
    said = {name for attributes in sent(backend).values() for name in attributes}
    foreign = {name for name in said if not name.startswith(("llmlog.", "metadata."))}
    assert len(foreign & names) > 15
    assert foreign - names - AHEAD - UNOFFICIAL == set()


@pytest.mark.parametrize("backend", BACKENDS)
def test_values_are_those_that_the_registry_lists(backend: str) -> None:
    _, values = registry()
    for attributes in sent(backend).values():
        for name in ("gen_ai.operation.name", "gen_ai.output.type", "gen_ai.provider.name"):
            assert name in values
            assert attributes.get(name) in {None, *values[name]}
