"""A file that reaches 300 lines is split by noun or aspect; a function stays under 70, a route's body under 12."""

import ast
from pathlib import Path

from tests.house import rooms

FILE_LINES_MAX = 299
FUNCTION_LINES_MAX = 69
ROUTE_LINES_MAX = 11
COUNTED = (*rooms.ROOMS, "bench", "clients", "tests")
APIS = ("community", "whoami", "auth_service", "shop", "allowances")
METHODS = ("get", "post", "put", "patch", "delete")


def files() -> list[Path]:
    return [
        path
        for room in COUNTED
        for path in sorted((rooms.ROOT / room).rglob("*"))
        if path.suffix in (".py", ".sql") and path.is_file()
    ]


def test_files_are_short() -> None:
    long = {}
    for path in files():
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > FILE_LINES_MAX:
            long[path.relative_to(rooms.ROOT).as_posix()] = lines
    assert long == {}


def test_functions_are_short() -> None:
    long = {
        f"{source.path}:{function.lineno} {function.name}": lines
        for source in rooms.sources()
        for function in rooms.functions(source.tree)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert long == {}


def body_lines(function: rooms.Function) -> int:
    """Without the docstring, blank lines aside or not."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_routes_are_a_declaration_and_a_few_lines() -> None:
    long = {
        f"{source.path}:{function.lineno} {function.name}": lines
        for source in rooms.sources()
        if source.path.startswith(tuple(f"handlers/{api}/" for api in APIS))
        for function in source.tree.body
        if isinstance(function, rooms.Function) and function.name.startswith(tuple(f"{verb}_" for verb in METHODS))
        if (lines := body_lines(function)) > ROUTE_LINES_MAX
    }
    assert long == {}
