"""Who may import whom: the contracts of setup.cfg, and what they cannot say."""

import ast
import subprocess
import sys

import pytest

from tests.house import rooms

CHECK = "import sys; from importlinter import cli; sys.exit(cli.lint_imports(no_cache=True, no_logo=True))"

# Each outside package has one owner; names under which it is imported, and where.
OWNERS = {
    "aiopg": "storage",
    "psycopg2": "storage",
    "sqlalchemy": "storage",
    "aiosmtplib": "mail.transports",
    "aiosmtpd": "mail.sink",
    "bcrypt": "handlers.core.passwords",
    "cryptography": "handlers.core.keys",
    "click": "server",
    "rich": "server",
    "yaml": "server.config",
    "uvloop": "server",
    "PIL": "handlers.core",
    "reportlab": "mail.invoices",
    "jwt": "handlers.core.claims",
    "jinja2": "mail",
}


def test_the_contracts_are_kept() -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], cwd=rooms.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", OWNERS)
def test_an_outside_package_has_one_owner(package: str) -> None:
    owner = OWNERS[package]
    elsewhere = [
        f"{source.path}:{line}"
        for source in rooms.sources()
        for name, line in rooms.imported(source.tree)
        if name.split(".")[0] == package and not f"{source.module}.".startswith(f"{owner}.")
    ]
    # Pages are Jinja2 templates too.
    elsewhere = [place for place in elsewhere if not (package == "jinja2" and place.startswith("handlers/pages/"))]
    assert elsewhere == []


def test_nothing_is_imported_inside_a_function() -> None:
    inside = [
        f"{source.path}:{node.lineno}"
        for source in rooms.sources()
        for function in rooms.functions(source.tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_nothing_is_imported_for_types_only() -> None:
    # If two floors need each other's types, the floor is wrong.
    assert [source.path for source in rooms.sources() if "TYPE_CHECKING" in source.text] == []


def test_nothing_is_imported_from_where_it_stands() -> None:
    # Names are whole: `from storage import accounts`, so that every reader sees the floor.
    relative = [
        f"{source.path}:{node.lineno}"
        for source in rooms.sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_the_machinery_of_storage_knows_no_nouns() -> None:
    nouns = {f"storage.{path.stem}" for path in (rooms.ROOT / "storage" / "sql").glob("*.sql")}
    wrong = [
        f"{source.path}:{line} imports {name}"
        for source in rooms.sources()
        if source.module.startswith("storage") and source.module not in nouns
        for name, line in rooms.imported(source.tree)
        if any(f"{name}.".startswith(f"{noun}.") for noun in nouns)
    ]
    assert wrong == []


def test_routes_ask_the_core_and_not_the_rows() -> None:
    # Records are shown, so their types are known; who finds and changes them is the core.
    asking = []
    for source in rooms.sources():
        is_below = source.module.startswith(("handlers.core", "handlers.rest"))
        if not source.module.startswith("handlers.") or is_below:
            continue
        rows = {
            name.asname or name.name
            for node in ast.walk(source.tree)
            if isinstance(node, ast.ImportFrom) and node.module == "storage"
            for name in node.names
        }
        asking += [
            f"{source.path}:{node.lineno}"
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Await) and isinstance(node.value, ast.Call)
            if ast.unparse(node.value.func).partition(".")[0] in rows
        ]
    assert asking == []


def test_an_api_package_imports_nothing_by_itself() -> None:
    apis = ("community", "whoami", "auth_service", "shop", "allowances")
    wrong = [
        source.path
        for source in rooms.sources()
        if source.path in {f"handlers/{api}/__init__.py" for api in apis} and list(rooms.imported(source.tree))
    ]
    assert wrong == []


def test_the_environment_is_read_in_one_place() -> None:
    # The launcher of PostgreSQL passes PATH on; the command line hands everything to the configuration.
    allowed = {"server.programs", "server.commands.acts"}
    reading = [
        f"{source.path}:{node.lineno}"
        for source in rooms.sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and source.module not in allowed
    ]
    assert reading == []
