"""What importing costs, what a Logger costs, and what it holds while nothing happens.

Of modules whose bytecode is there, as an installer leaves it: an interpreter that has to compile
what it imports takes three times as long and keeps megabytes of that.
"""

from __future__ import annotations

import os
import subprocess
import sys
from tempfile import TemporaryDirectory

from measure import Cell

_PROGRAM = """
import json, sys, time
began = time.process_time()
{code}
used = time.process_time() - began
rest = [line for line in open("/proc/self/status") if line.startswith("VmRSS")]
print(json.dumps([used, int(rest[0].split()[1]) if rest else 0]))
"""
_LOGGER = """
sys.path.insert(0, {path!r})
from subject import opened
subject = opened("llmlog", "http://127.0.0.1:9", plugins={plugins})
"""


def _run(code: str, bytecode: str) -> tuple[float, float]:
    """Return the processor seconds and the resident KiB of a new interpreter."""
    import json

    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": bytecode}
    run = subprocess.run([sys.executable, "-c", _PROGRAM.format(code=code)], check=True,
                         capture_output=True, text=True, env=environ)  # fmt: skip
    used_s, rest_kb = json.loads(run.stdout.splitlines()[-1])
    return float(used_s), float(rest_kb)


def measure(cell: Cell) -> dict[str, float]:
    """Import a module, or make a Logger, in new interpreters; return the least of some runs."""
    code = f"import {cell.subject}"
    if "plugins" in cell.more:
        code = _LOGGER.format(path=sys.path[0], plugins=cell.more["plugins"])
    with TemporaryDirectory() as bytecode:
        _run(code, bytecode)
        runs = [(_run(code, bytecode), _run("pass", bytecode)) for _ in range(cell.count)]
    least_kb, bare_kb = (min(run[which][1] for run in runs) for which in (0, 1))
    return {
        "ms": min(used for (used, _), _ in runs) * 1000, "mib": (least_kb - bare_kb) / 1024,
    }  # fmt: skip
