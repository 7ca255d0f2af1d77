"""Names that AgentOps knows: the conventions in its own SDK."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
from servers.environment import Environment
from servers.judge import Judge

pytestmark = pytest.mark.server

NAMES = Judge(Environment("agentops", ("agentops==0.4.21",)),
              Path(__file__).parent / "judge" / "names.py")  # fmt: skip
GOLDEN = Path(__file__).parent / "golden" / "samples.json"
NEWER = re.compile(r"gen_ai\.(provider|operation|conversation|output\.type|tool\.|usage\.cost"
                   r"|embeddings|response\.(id|finish_reasons|time)|request\.)"
                   r"|.*\.(input|output)_tokens$|.*\.(input|output)_tokens\.")  # fmt: skip
"""What the GenAI conventions have of late, sent beside what AgentOps reads."""


@cache
def known() -> frozenset[str]:
    return frozenset(re.sub(r"\{[a-z]+\}", "0", name) for name in NAMES(b""))


def sent() -> set[str]:
    made = json.dumps(json.loads(GOLDEN.read_text(encoding="utf-8")))
    return {re.sub(r"\.\d+", ".0", name)
            for name in re.findall(r'"((?:gen_ai|agentops)\.[\w.]+)"', made)}  # fmt: skip


def test_every_name_is_of_its_conventions_or_of_the_newer_ones():
    strange = {name for name in sent() if name not in known() and not NEWER.match(name)}
    asked_before = {name.replace(".prompt.", ".completion.") for name in strange}
    assert asked_before <= known()  # calls in the history are spelt as those in an answer


@pytest.mark.parametrize("name", [
    "gen_ai.prompt.0.role", "gen_ai.prompt.0.content", "gen_ai.completion.0.content",
    "gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens", "gen_ai.usage.total_cost",
    "agentops.span.kind", "agentops.tags",
])  # fmt: skip
def test_what_its_pages_show_has_the_name_that_it_knows(name):
    assert name in known() & sent()
