"""The rooms as the house tests read them: files and syntax trees, never imported modules."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("server", "handlers", "storage", "mail")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Source(NamedTuple):
    """One Python file of the house."""

    path: str
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """Its dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@functools.cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the rooms, by path."""
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            found.append(Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    assert found
    return tuple(found)


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method of a file, at any depth."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What a file imports, as dotted names with their lines: `from storage import ads` is `storage.ads`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{name.name}", node.lineno) for name in node.names)


def docstrings(tree: ast.AST) -> set[int]:
    """The identities of the nodes that are docstrings, of fields too."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, holders)
        for statement in node.body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    }
