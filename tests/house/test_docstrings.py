"""Every file says what lives in it, every public name what it is for."""

import ast
from collections.abc import Iterator

from tests.house import rooms


def undocumented(source: rooms.Source) -> Iterator[str]:
    """Where a docstring is missing: the module, public classes, public functions and methods."""
    if not ast.get_docstring(source.tree):
        yield f"{source.path}:1"
    yield from within(source.path, source.tree.body)


def within(path: str, body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if not isinstance(node, rooms.Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node) and not is_signature_only(node):
            yield f"{path}:{node.lineno} {node.name}"
        if isinstance(node, ast.ClassDef):
            yield from within(path, node.body)


def is_signature_only(node: ast.stmt) -> bool:
    """`def hash(self, password: str) -> str: ...`, as protocols and overloads have them."""
    if not isinstance(node, rooms.Function) or len(node.body) != 1 or not isinstance(node.body[0], ast.Expr):
        return False
    value = node.body[0].value
    return isinstance(value, ast.Constant) and value.value is Ellipsis


def test_everything_public_is_explained() -> None:
    assert [place for source in rooms.sources() for place in undocumented(source)] == []


def test_files_of_sql_say_what_they_are_about() -> None:
    silent = [
        path.relative_to(rooms.ROOT).as_posix()
        for path in sorted((rooms.ROOT / "storage").rglob("*.sql"))
        if not path.read_text(encoding="utf-8").lstrip().startswith("--")
    ]
    assert silent == []
