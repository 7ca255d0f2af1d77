"""The dashboard asks only for what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from llmlog import Logger
from llmlog.testing.samples import SAMPLES, sample

DASHBOARD: dict[str, Any] = json.loads(
    files("llmlog_prometheus").joinpath("dashboard.json").read_text("utf-8")
)
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def test_every_query_asks_for_metrics_and_labels_that_exist(
    make_logger: Callable[..., Logger], show: Callable[[], str]
) -> None:
    logger = make_logger()
    for name in SAMPLES:
        logger.log(sample(name))
    assert logger.flush(10).complete
    shown = show()
    variables = [variable["definition"] for variable in DASHBOARD["templating"]["list"]
                 if variable["type"] == "query"]  # fmt: skip
    for query in (*QUERIES, *variables):
        names = re.findall(r"llmlog_\w+", query)
        assert names, query
        for name in names:
            assert f"\n{name}{{" in shown or f"\n{name} " in shown, query
    for label in re.findall(r"[{,(] ?(\w+)=", " ".join(QUERIES)):
        assert f'{label}="' in shown, label


def test_every_metric_has_a_panel(
    make_logger: Callable[..., Logger], show: Callable[[], str]
) -> None:
    make_logger()
    kinds = dict(re.findall(r"# TYPE (llmlog_\w+) (\w+)", show()))
    asked = " ".join(QUERIES)
    for name, kind in kinds.items():
        assert kind == "gauge" or f"{name}{'_bucket' if kind == 'histogram' else ''}{{" in asked \
            or f"{name}[" in asked, name  # fmt: skip


def test_panels_are_told_apart_and_explained() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["title"] and panel["description"] for panel in panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
