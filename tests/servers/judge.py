"""A vendor's own library as judge of what is sent, in an environment of its own.

A judge is a program that reads a request's body and writes what the library makes of it, as JSON.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from attrs import frozen

from servers.environment import Environment

SECONDS = 300


@frozen
class Judge:
    """A program, and what it needs to run."""

    environment: Environment
    program: Path

    def __call__(self, body: bytes, *arguments: str) -> Any:
        """Return what the library makes of a body."""
        python = self.environment.program("python")
        done = subprocess.run([python, self.program, *arguments], input=body, capture_output=True,
                              timeout=SECONDS, check=False, cwd=self.environment.folder)  # fmt: skip
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-4000:]
        return json.loads(done.stdout)
