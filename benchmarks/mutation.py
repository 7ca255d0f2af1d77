"""Mutation testing of redaction: does a test fail when the code is changed on purpose?

    python benchmarks/mutation.py                 # a sample that takes about a quarter of an hour
    python benchmarks/mutation.py --every         # all mutants; hours
    python benchmarks/mutation.py --only check view

Each mutant is one change in a copy of the package: a comparison, an operator, a constant, a
condition, a return value. It is killed by the first test that fails, or by a time-out. Patterns and
tables are data, which `benchmarks/detection.py` is about.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attrs import frozen

CORE = Path(__file__).parent.parent / "core"
PACKAGE = Path("llmlog") / "redaction"
TESTS = ("redaction_units", "masking", "known", "policy", "canary", "redaction_faults")
SEED, SECONDS, TIMEOUT_S = 20_261_101, 900.0, 240.0
GOAL = 0.95

EQUIVALENT: dict[tuple[str, str], str] = {}
"""Mutants that change nothing that can be seen, by module and change, each with its reason."""

_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.And: ast.Or, ast.Or: ast.And, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@frozen
class Mutant:
    """One change: in which module, on which line, from what to what, and the whole source."""

    module: str
    line: int
    change: str
    source: str


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    tree = ast.parse(source)
    places = [place for place in ast.walk(tree) if id(place) not in _data(tree)]
    for number, place in enumerate(places):
        for change in _changes(place):
            changed = copy.deepcopy(tree)
            skipped = _data(changed)
            twin = [each for each in ast.walk(changed) if id(each) not in skipped][number]
            before = ast.unparse(twin)
            change(twin)
            after = ast.unparse(ast.fix_missing_locations(changed))
            line = getattr(place, "lineno", 0)
            yield Mutant(module, line, f"{before} -> {ast.unparse(twin)}", after)


def _data(tree: ast.AST) -> set[int]:
    """Return the nodes that are no code: annotations, docstrings, decorators, constants outside."""
    found: set[int] = set()
    for place in ast.walk(tree):
        for part in _passive(place):
            found.update(map(id, ast.walk(part)))
    return found


def _passive(place: ast.AST) -> Iterator[ast.AST]:
    if isinstance(place, (ast.Module, ast.ClassDef)):
        yield from (each for each in place.body
                    if not isinstance(each, (ast.FunctionDef, ast.ClassDef)))  # fmt: skip
    if isinstance(place, ast.FunctionDef):
        yield from (*place.decorator_list, *filter(None, (place.returns,)), place.args)
        if ast.get_docstring(place) is not None:
            yield place.body[0]
    if isinstance(place, ast.AnnAssign):
        yield place.annotation
    if isinstance(place, ast.Call) and isinstance(place.func, ast.Name) and place.func.id == "cast":
        yield place


def _changes(place: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    """Yield functions that each change a node in one way."""
    if isinstance(place, ast.Compare) and type(place.ops[0]) in _SWAPPED:
        yield lambda node: node.ops.__setitem__(0, _SWAPPED[type(node.ops[0])]())  # type: ignore[attr-defined]
    if isinstance(place, (ast.BinOp, ast.BoolOp)) and type(place.op) in _SWAPPED:
        yield lambda node: setattr(node, "op", _SWAPPED[type(node.op)]())  # type: ignore[attr-defined]
    if isinstance(place, (ast.If, ast.While, ast.IfExp)):
        yield lambda node: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test))  # type: ignore[attr-defined]
    if isinstance(place, ast.Constant) and type(place.value) in (int, bool):
        yield _other_constant
    if isinstance(place, ast.Return) and not _nothing(place.value):
        yield lambda node: setattr(node, "value", ast.Constant(None))
    if isinstance(place, (ast.Break, ast.Continue)):
        yield lambda node: setattr(node, "__class__", ast.Pass)


def _other_constant(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    node.value = not node.value if isinstance(node.value, bool) else node.value + 1  # type: ignore[operator]


def _nothing(value: ast.AST | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def killed(mutant: Mutant) -> bool:
    """Say whether a test of redaction fails with a mutant in place."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(CORE / "src", Path(folder) / "src", symlinks=True)
        Path(folder, "src", PACKAGE, f"{mutant.module}.py").write_text(mutant.source, "utf-8")
        return _fails(Path(folder) / "src")


def _fails(source: Path) -> bool:
    files = [path for name in TESTS if (path := CORE / "tests" / f"test_{name}.py").exists()]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p",
               "no:randomly", "--hypothesis-seed=1", *map(str, files)]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=CORE.parent, env=environment, capture_output=True,
                              timeout=TIMEOUT_S, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def judged(chosen: Sequence[Mutant], seconds: float, workers: int) -> Iterator[tuple[Mutant, bool]]:
    """Yield mutants with their fate, until the time is up."""
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(workers) as pool:
        fates = pool.map(lambda each: killed(each) if time.monotonic() < end else None, chosen)
        for mutant, fate in zip(chosen, fates, strict=True):
            if fate is not None:
                yield mutant, fate


def main() -> None:
    """Print the score and the survivors; end with status 1 below the goal."""
    options = _options()
    if _fails(CORE / "src"):
        sys.exit("the tests fail without any mutant")
    modules = sorted((CORE / "src" / PACKAGE).glob("*.py"))
    every = [mutant for path in modules if not options.only or path.stem in options.only
             for mutant in mutants(path.stem, path.read_text("utf-8"))
             if (path.stem, mutant.change) not in EQUIVALENT]  # fmt: skip
    random.Random(options.seed).shuffle(every)
    survivors, tried = [], 0
    for mutant, fate in judged(every, 1e9 if options.every else options.seconds, options.workers):
        tried += 1
        if not fate:
            survivors.append(mutant)
            sys.stdout.write(f"survived {mutant.module}:{mutant.line}: {mutant.change[:200]}\n")
            sys.stdout.flush()
    score = 1 - len(survivors) / max(tried, 1)
    sys.stdout.write(f"killed {tried - len(survivors)} of {tried} tried, of {len(every)} in all:"
                     f" {100 * score:.1f} %\n")  # fmt: skip
    sys.exit(score < GOAL)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--every", action="store_true", help="try all mutants")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long to try")
    parser.add_argument("--seed", type=int, default=SEED, help="draws the sample")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=(), help="these modules")
    return parser.parse_args()


if __name__ == "__main__":
    main()
