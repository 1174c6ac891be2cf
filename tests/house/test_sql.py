"""All SQL is in .sql files, by name. Python holds none, and puts none together."""

import ast
import re

from tests.house import rooms

STATEMENT = re.compile(
    r"\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s|"
    r"(CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|LOCK)\s+[A-Z])"
)
# What there is before there is a database to ask: the cluster's databases are made with psql.
OUTSIDE = {"server/embedded.py"}
# What storage's machinery says to prepare, to migrate and to set a connection up.
MACHINERY = {"storage/connection.py", "storage/connections.py", "storage/database.py", "storage/migrate.py",
             "storage/queries.py", "storage/transactions.py"}  # fmt: skip


def test_python_holds_no_statement() -> None:
    found = []
    for source in rooms.sources():
        if source.path in OUTSIDE | MACHINERY:
            continue
        documentation = rooms.docstrings(source.tree)
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in documentation:
                continue
            if STATEMENT.match(node.value):
                found.append(f"{source.path}:{node.lineno}")
    assert found == []


def test_every_file_of_queries_belongs_to_a_noun() -> None:
    storage = rooms.ROOT / "storage"
    orphans = [path.name for path in (storage / "sql").glob("*.sql") if not (storage / f"{path.stem}.py").exists()]
    assert orphans == []
