"""The examples run, and say what they promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
SAY = {
    "own_destination.py": """\
the caller sees its own exception
m failed: ValueError
{'ada': 10, 'bob': 10}
""",
    "guardrail.py": """\
success None
blocked [('NoCards', 'a card number')]
blocked: a card number
""",
    "nested_and_streamed.py": """\
tool look up success  under a parent
chat answer success 4 chunks  under a parent
chat abandoned aborted 2 chunks  under a parent
agent weather success
""",
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=EXAMPLES, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", SAY)
def test_an_example_runs_and_says_what_it_promises(name: str) -> None:
    done = run(name)
    assert (done.stdout, done.returncode) == (SAY[name], 0), done.stderr


def test_the_example_of_a_test_passes() -> None:
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_of_an_application.py")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_no_example_is_forgotten() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*SAY, "test_of_an_application.py"}
