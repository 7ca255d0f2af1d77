"""Change the code of redaction on purpose, and see whether a test fails.

    python benchmarks/mutation.py                 # a sample that takes about ten minutes
    python benchmarks/mutation.py --every         # all mutants
    python benchmarks/mutation.py --only check view
    python benchmarks/mutation.py --every --only check --tests redaction_check --broad

Each mutant is one change inside a function: a comparison, an operator, a constant, a condition, a
return value. Every test is run once without any, to learn which lines it reaches. A process of its
own gets the changed code and runs the tests that reach the changed line, the quickest first; the
first that fails kills the mutant, and so does the deadline. The broad tests get those that the
parts' own tests let live. Patterns and tables are data, which `benchmarks/detection.py` is about.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from attrs import define, field
from equivalent import EQUIVALENT
from mutant import Mutant, mutants
from reach import Reached, forget, hush, learn, run

CORE = Path(__file__).parent.parent / "core"
PACKAGE = "llmlog.redaction"
TESTS = ("redaction_[!f]*", "redaction_form")
BROAD = (
    "masking", "known", "policy", "canary", "rewriting", "encryption", "cli_redact", "gate",
    "redaction_faults",
)  # fmt: skip
SEED, SECONDS, GOAL = 20_261_101, 600.0, 0.95
MOST_S = 10.0
"""So many seconds of broad tests, the quickest, are worth one mutant."""

LONGEST_S, LONGEST_CPU_S, MOST_BYTES = 60, 4, 4 * 1024**3
"""What a mutant may take beyond three times what its tests took without it."""


Test = tuple[pytest.Item, Reached]
Timed = Sequence[tuple[pytest.Item, float]]
"""Tests, each with the seconds that it takes."""


def fails(tests: Timed, sources: Mapping[ModuleType, str]) -> bool:
    """Say whether one of these tests fails when these modules have other sources."""
    known_s = 3 * sum(seconds for _, seconds in tests)
    child = os.fork()
    if child == 0:
        cpu_s = int(known_s + LONGEST_CPU_S)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        os._exit(_trial([item for item, _ in tests], sources))
    end = time.monotonic() + known_s + LONGEST_S
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return True
        time.sleep(0.002)
    return ended[1] != 0


def _trial(items: Sequence[pytest.Item], sources: Mapping[ModuleType, str]) -> int:
    """Run tests with these sources; return 1 as soon as one fails."""
    hush()
    for module, source in sources.items():
        _exchange(module, source)
        forget(module)
    return int(not all(run(items)))


def _exchange(module: ModuleType, source: str) -> None:
    """Give every function of a module the code that it has in a source, wherever it is held."""
    changed = compile(source, str(module.__file__), "exec")
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


def _bare(value: Any) -> Any:
    """Return what is behind a property or a decorator."""
    if isinstance(value, property):
        return value.fget
    return inspect.unwrap(value) if callable(value) and not inspect.isclass(value) else value


@define
class Judge:
    """Runs in the place of pytest's loop over the tests that it collected."""

    options: argparse.Namespace
    modules: Mapping[str, ModuleType]
    tried: Counter[str] = field(factory=Counter)
    survived: Counter[str] = field(factory=Counter)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the mutants until the time is up, then the survivors on the broad tests."""
        files = set(_files(self.options.tests))
        own = self._learned([item for item in session.items if str(item.path) in files])
        chosen = self._chosen()
        end = time.monotonic() + (float("inf") if self.options.every else self.options.seconds)
        left = []
        for mutant in chosen:
            if time.monotonic() > end:
                break
            self.tried[mutant.module] += 1
            if not self._killed(mutant, own):
                left.append(mutant)
        broad = [item for item in session.items if str(item.path) not in files]
        self._try_again(left, self._learned(broad if left else []))
        self._sum_up(len(chosen))
        return True

    def _try_again(self, left: Sequence[Mutant], reached: Sequence[Test]) -> None:
        """Try mutants on the broad tests; twice, as these wait for a machine that may be busy."""
        for mutant in left:
            if not all(self._killed(mutant, reached, MOST_S) for _ in range(2)):
                self.survived[mutant.module] += 1
                _say(f"survived {mutant.module}:{mutant.lines[0]}: {mutant.change}")

    def _learned(self, items: Sequence[pytest.Item]) -> Sequence[Test]:
        """Return tests with what they reach, the quickest first; they must pass in this order."""
        every = list(zip(items, learn(items, self.modules), strict=True))
        for item in (item for item, did in every if not did.passed):
            _say(f"left out, as it fails without any mutant: {item.nodeid}")
        reached = sorted((pair for pair in every if pair[1].passed and any(pair[1].lines.values())),
                         key=lambda pair: pair[1].seconds)  # fmt: skip
        sources = {module: ast.unparse(ast.parse(_source(module)))
                   for module in self.modules.values()}  # fmt: skip
        if fails(_worth(reached, float("inf")), sources):
            pytest.exit("the tests fail without any mutant, the quickest first", 1)
        return reached

    def _chosen(self) -> Sequence[Mutant]:
        every: list[Mutant] = []
        for name, module in self.modules.items():
            made = list(mutants(name, _source(module)))
            known = EQUIVALENT.get(name, {})
            if unknown := known.keys() - {mutant.change for mutant in made}:
                pytest.exit(f"equivalent.py names what is no mutant of {name}: {unknown}", 1)
            every += [mutant for mutant in made if mutant.change not in known]
        random.Random(self.options.seed).shuffle(every)
        return every

    def _killed(
        self, mutant: Mutant, reached: Sequence[Test], most_s: float = float("inf")
    ) -> bool:
        """Say whether a test that reaches a mutant's statement fails with it."""
        first, last = mutant.lines
        lines = set(range(first, last + 1))
        reaching = (pair for pair in reached if lines & {*pair[1].lines[mutant.module]})
        tests = _worth(reaching, most_s)
        fate = fails(tests, {self.modules[mutant.module]: mutant.source})
        if self.options.verbose:
            _say(f"{'killed' if fate else 'not killed'} by {len(tests)} tests"
                 f" {mutant.module}:{first}: {mutant.change}")  # fmt: skip
        return fate

    def _sum_up(self, every: int) -> None:
        for name, tried in sorted(self.tried.items()):
            _say(f"{name}: {tried - self.survived[name]} of {tried}")
        tried = self.tried.total()
        _say(f"killed {tried - self.survived.total()} of {tried} tried, of {every} in all:"
             f" {self.score:.1%}")  # fmt: skip

    @property
    def score(self) -> float:
        """The part of the tried mutants that was killed."""
        return 1 - self.survived.total() / max(self.tried.total(), 1)


def _worth(reached: Iterable[Test], most_s: float) -> Timed:
    """Return the quickest tests, of at most so many seconds together."""
    chosen, spent_s = [], 0.0
    for item, did in reached:
        spent_s += did.seconds
        if spent_s < most_s:
            chosen.append((item, did.seconds))
    return chosen


def main() -> None:
    """Print the score and the survivors; end with status 1 below the goal."""
    options = _options()
    names = sorted(path.stem for path in (CORE / "src" / PACKAGE.replace(".", "/")).glob("*.py"))
    modules = {name: importlib.import_module(f"{PACKAGE}.{name}") for name in names
               if name in options.only or not options.only}  # fmt: skip
    judge = Judge(options, modules)
    os.chdir(CORE.parent)
    with tempfile.TemporaryDirectory() as folder:
        status = pytest.main([
            "-qq", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly",
            "--tb=native", f"--basetemp={folder}/base", *_files((*options.tests, *options.broad)),
        ], plugins=[judge])  # fmt: skip
    sys.exit(int(status) or judge.score < GOAL)


def _files(names: Iterable[str]) -> Sequence[str]:
    """Return the files of these names, each once."""
    found = (path for name in names for path in sorted((CORE / "tests").glob(f"test_{name}.py")))
    return list(dict.fromkeys(map(str, found)))


def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text("utf-8")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--every", action="store_true", help="try all mutants")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long to try")
    parser.add_argument("--seed", type=int, default=SEED, help="draws the sample")
    parser.add_argument("--verbose", action="store_true", help="print those that are killed, too")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="these files of the core's tests")
    parser.add_argument("--broad", nargs="*", default=BROAD, help="and these for the survivors")
    parser.add_argument("--only", nargs="*", default=(), help="these modules")
    return parser.parse_args()


if __name__ == "__main__":
    main()
