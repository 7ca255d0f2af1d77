"""Mutants: copies of a module's source with one change inside a function."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

from attrs import frozen

_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.And: ast.Or, ast.Or: ast.And, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@frozen
class Mutant:
    """One change: in which module, on which lines of its statement, what, and the whole source."""

    module: str
    lines: tuple[int, int]
    change: str
    source: str


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    tree = ast.parse(source)
    passive = _data(tree)
    statements = _statements(tree)
    places = [place for place in ast.walk(tree) if id(place) not in passive]
    for number, place in enumerate(places):
        for change in _changes(place):
            changed = copy.deepcopy(tree)
            skipped = _data(changed)
            twin = [each for each in ast.walk(changed) if id(each) not in skipped][number]
            where, statement = statements[id(place)]
            _, after = _statements(changed)[id(twin)]
            change(twin)
            ast.fix_missing_locations(changed)
            described = f"{where}: {_head(statement)} -> {_head(after)}"
            yield Mutant(module, _lines(statement), described, ast.unparse(changed))


def _statements(tree: ast.AST) -> dict[int, tuple[str, ast.stmt]]:
    """Return for every node in which function and statement it is."""
    found: dict[int, tuple[str, ast.stmt]] = {}

    def visit(node: ast.AST, where: str, statement: ast.stmt | None) -> None:
        if isinstance(node, ast.stmt):
            statement = node
        if statement is not None:
            found[id(node)] = (where, statement)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            where = f"{where}.{node.name}" if where else node.name
        for part in ast.iter_child_nodes(node):
            visit(part, where, statement)

    visit(tree, "", None)
    return found


def _head(statement: ast.stmt) -> str:
    """Return a statement in one line, without the block that it has."""
    return ast.unparse(statement).partition("\n")[0]


def _lines(statement: ast.stmt) -> tuple[int, int]:
    """Return the first and the last line of a statement, without the block that it has."""
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if isinstance(body, list) else statement.end_lineno
    return statement.lineno, max(statement.lineno, last or 0)


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
