"""Each document against its API: all that is promised is there and tested, and nothing else without a reason."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.rest import surface
from server import app
from tests.surfaces.contracts import Promise

HERE = Path(__file__).parent


def promises(api: surface.Surface) -> list[Promise]:
    return importlib.import_module(f"tests.surfaces.{api.name}.contract").PROMISES


def nodes(api: surface.Surface) -> Iterator[ast.AST]:
    """The tests of an API, in parts."""
    for path in sorted((HERE / api.name).glob("test_*.py")):
        yield from ast.walk(ast.parse(path.read_text("utf-8")))


every_api = pytest.mark.parametrize("api", app.SURFACES, ids=lambda api: api.name)


@every_api
def test_routes_are_what_was_promised(api: surface.Surface) -> None:
    routed = [(route.method, route.path, route.heading) for route in api.routes]
    promised = [(promise.method, promise.path, promise.heading) for promise in promises(api)]
    assert sorted(routed) == sorted(promised)


@every_api
def test_what_no_document_has_says_why_it_is_there(api: surface.Surface) -> None:
    for promise in promises(api):
        assert promise.reason or not promise.heading.startswith("contract"), promise.path


@every_api
def test_every_heading_of_a_document_has_a_test_of_its_name(api: surface.Surface) -> None:
    functions = (ast.AsyncFunctionDef, ast.FunctionDef)
    names = [node.name for node in nodes(api) if isinstance(node, functions)]
    documented = {promise.test_name for promise in promises(api) if not promise.reason}
    assert {wanted for wanted in documented if not any(name.startswith(wanted) for name in names)} == set()


@every_api
def test_every_sentence_that_a_document_quotes_is_expected_by_a_test_to_the_letter(api: surface.Surface) -> None:
    texts = {node.value for node in nodes(api) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    quoted = {sentence for promise in promises(api) for sentence in promise.sentences}
    assert quoted - texts == set()


@every_api
def test_every_route_explains_itself(api: surface.Surface) -> None:
    for route in api.routes:
        assert route.handler.__doc__, route.path
