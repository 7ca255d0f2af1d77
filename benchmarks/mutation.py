"""Change the code of redaction on purpose, and see whether a test fails.

    python benchmarks/mutation.py                 # a sample that takes about ten minutes
    python benchmarks/mutation.py --every         # all mutants
    python benchmarks/mutation.py --only check view

Each mutant is one change inside a function: a comparison, an operator, a constant, a condition, a
return value. A process of its own gets the changed code and runs the tests; the first that fails
kills the mutant, and so does the deadline. Patterns and tables are data, which
`benchmarks/detection.py` is about.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import inspect
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from attrs import frozen

CORE = Path(__file__).parent.parent / "core"
PACKAGE = "llmlog.redaction"
TESTS = ("redaction_units", "masking", "known", "policy", "canary")
SEED, SECONDS, LONGEST_S = 20_261_101, 600.0, 300.0
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
    passive = _data(tree)
    places = [place for place in ast.walk(tree) if id(place) not in passive]
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
    if isinstance(place, ast.ClassDef):
        yield from (*place.decorator_list, *place.bases)
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


def killed(mutant: Mutant, tests: Sequence[str]) -> bool:
    """Say whether a test of redaction fails with a mutant in place."""
    child = os.fork()
    if child == 0:
        os._exit(_trial(mutant, tests))
    end = time.monotonic() + LONGEST_S
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return True
        time.sleep(0.02)
    return ended[1] != 0


def _trial(mutant: Mutant, tests: Sequence[str]) -> int:
    """Run the tests with a mutant in place; return the status of pytest."""
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    _exchange(importlib.import_module(f"{PACKAGE}.{mutant.module}"), mutant)
    os.chdir(CORE.parent)
    files = [str(CORE / "tests" / f"test_{name}.py") for name in tests]
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files]))


def _exchange(module: Any, mutant: Mutant) -> None:
    """Give every function of a module the code that it has in a mutant, wherever it is held."""
    changed = compile(mutant.source, module.__file__, "exec")
    for function, code in _pairs(vars(module), changed, module.__name__):
        function.__code__ = code


def _pairs(held: Any, changed: CodeType, module: str) -> Iterator[tuple[FunctionType, CodeType]]:
    """Yield the functions of a module or class with the code of that name in a changed one."""
    codes = {code.co_name: code for code in changed.co_consts if isinstance(code, CodeType)}
    for name, each in list(held.items()):
        value = _bare(each)
        if getattr(value, "__module__", None) != module or name not in codes:
            continue
        if isinstance(value, FunctionType):
            yield value, codes[name]
        elif inspect.isclass(value):
            yield from _pairs(vars(value), codes[name], module)


def judged(
    chosen: Sequence[Mutant], tests: Sequence[str], seconds: float
) -> Iterator[tuple[Mutant, bool]]:
    """Yield mutants with their fate, until the time is up."""
    end = time.monotonic() + seconds
    for mutant in chosen:
        if time.monotonic() > end:
            return
        yield mutant, killed(mutant, tests)


def main() -> None:
    """Print the score and the survivors; end with status 1 below the goal."""
    options = _options()
    paths = sorted((CORE / "src" / PACKAGE.replace(".", "/")).glob("*.py"))
    sources = {path.stem: path.read_text("utf-8") for path in paths}
    for name in sources:
        importlib.import_module(f"{PACKAGE}.{name}")
    if killed(Mutant("policy", 0, "", sources["policy"]), options.tests):
        sys.exit("the tests fail without any mutant")
    chosen = options.only or sources
    every = [mutant for name in chosen for mutant in mutants(name, sources[name])
             if (name, mutant.change) not in EQUIVALENT]  # fmt: skip
    random.Random(options.seed).shuffle(every)
    survivors, tried = 0, 0
    seconds = float("inf") if options.every else options.seconds
    for mutant, fate in judged(every, options.tests, seconds):
        tried += 1
        if not fate:
            survivors += 1
        if options.verbose or not fate:
            _say(f"{'killed' if fate else 'survived'} {mutant.module}:{mutant.line}:"
                 f" {mutant.change[:200]}")  # fmt: skip
    score = 1 - survivors / max(tried, 1)
    _say(f"killed {tried - survivors} of {tried} tried, of {len(every)} in all: {score:.1%}")
    sys.exit(score < GOAL)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _bare(value: Any) -> Any:
    """Return what is behind a property or a decorator."""
    if isinstance(value, property):
        return value.fget
    return inspect.unwrap(value) if callable(value) and not inspect.isclass(value) else value


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--every", action="store_true", help="try all mutants")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long to try")
    parser.add_argument("--seed", type=int, default=SEED, help="draws the sample")
    parser.add_argument("--verbose", action="store_true", help="print those that are killed, too")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="these files of the core's tests")
    parser.add_argument("--only", nargs="*", default=(), help="these modules")
    return parser.parse_args()


if __name__ == "__main__":
    main()
