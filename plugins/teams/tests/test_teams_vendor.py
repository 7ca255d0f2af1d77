"""Cards against the library that draws them, which is Microsoft's own.

https://www.npmjs.com/package/adaptivecards
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from servers.absence import program
from servers.npm import package

from llmlog.alerts import alert_of
from llmlog.message import JSON
from llmlog.testing import ALERTS, SAMPLES, sample
from llmlog_teams import card

pytestmark = pytest.mark.server
JUDGE = Path(__file__).parent / "judge.js"


def judged(*cards: JSON) -> list[dict[str, Any]]:
    """Return what the library complains of in each card, and what it keeps of it."""
    node = program("adaptivecards", "node", package="nodejs")
    library = package("adaptivecards", "3.0.6") / "dist" / "adaptivecards.js"
    done = subprocess.run([node, JUDGE, library], input="\n".join(map(json.dumps, cards)),
                          capture_output=True, text=True, check=True, timeout=120)  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_card_is_understood_whole() -> None:
    records = [*ALERTS.values(), *(sample(name) for name in SAMPLES)]
    made = [card(alert_of(payload)) for payload in records]
    found = judged(*made)
    assert [each["complaints"] for each in found] == [[]] * len(made)
    assert [each["kept"] for each in found] == made


def test_a_card_that_is_wrong_would_be_seen() -> None:
    wrong = card(alert_of(ALERTS["firing"]))
    wrong["body"] = [{**wrong["body"][0], "color": "Purple"}, {"type": "Nonsense"}]
    (found,) = judged(wrong)
    assert len(found["complaints"]) == 2
