"""The queries of sql/<noun>.sql by their names. Each is ready to be PREPAREd once a connection and EXECUTEd after.

A file holds `-- name: find_by_id` lines, each followed by one statement with `:binds`; comments say why. What is in
quotes is left alone: a colon there is no bind, and `%` means nothing anywhere.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.dialects.postgresql import asyncpg

DIRECTORY = Path(__file__).parent / "sql"
NAME = re.compile(r"^-- name:(.*)$", re.MULTILINE)
WORD = re.compile(r"[a-z][a-z0-9_]*")
# PostgreSQL cuts longer names off, and two that are cut alike would be one.
NAME_BYTES_MAX = 63
TOKENS = re.compile(
    r"""(?P<comment> --[^\n]* | /\*.*?\*/ )
      | (?P<quoted> '(?:[^']|'')*' | "(?:[^"]|"")*" | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ )
      | (?P<end> ; )""",
    re.VERBOSE | re.DOTALL,
)
# Only its way of writing binds is used ($1, $2, the same for the same name): what PREPARE wants.
DIALECT = asyncpg.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


class Malformed(Exception):
    """A file of queries that cannot be meant so. The text names the file."""


class Query:
    """One statement, and what was learnt of it: the names of its columns and the records they fit."""

    __slots__ = ("_fitting", "binds", "columns", "execute_text", "name", "prepare_text")

    def __init__(self, name: str, text: str) -> None:
        compiled = sqlalchemy.text(text).compile(dialect=DIALECT)
        self.name = name
        self.binds: tuple[str, ...] = tuple(compiled.positiontup or ())
        self.prepare_text = f'PREPARE "{name}" AS {compiled}'
        places = ", ".join(["%s"] * len(self.binds))
        self.execute_text = f'EXECUTE "{name}" ({places})' if self.binds else f'EXECUTE "{name}"'
        self.columns: tuple[str, ...] | None = None
        self._fitting: set[Any] = set()

    def values(self, binds: Mapping[str, Any]) -> list[Any]:
        """The binds in the statement's order. Refuses (TypeError): one that is missing, one that is not its own."""
        try:
            values = [binds[name] for name in self.binds]
        except KeyError:
            values = []
        if len(values) != len(binds) or len(values) != len(self.binds):
            raise TypeError(f"{self.name} takes {sorted(self.binds)}, not {sorted(binds)}")
        return values

    def fit(self, shape: Any) -> None:
        """Refuses (TypeError): a struct whose fields are not the columns, in their order. Other callables may be."""
        fields = getattr(shape, "__struct_fields__", None)
        if fields is None or shape in self._fitting:
            return
        if fields != self.columns:
            raise TypeError(f"{self.name} gives {self.columns}, but {shape.__name__} holds {fields}")
        self._fitting.add(shape)


def parse(noun: str, text: str) -> dict[str, Query]:
    """The queries of one file's text, by "noun.name". Refuses: Malformed."""
    before, *parts = NAME.split(text)
    if TOKENS.sub("", before).strip():
        raise Malformed(f"{noun}.sql: there is SQL before the first name")
    found: dict[str, Query] = {}
    for word, body in zip(parts[::2], parts[1::2], strict=True):
        name = f"{noun}.{word.strip()}"
        if not WORD.fullmatch(word.strip()) or len(name) > NAME_BYTES_MAX:
            raise Malformed(f"{noun}.sql: {name!r} is no name for a query")
        if name in found:
            raise Malformed(f"{noun}.sql: {name} is there twice")
        found[name] = Query(name, _statement(name, body))
    return found


def _statement(name: str, body: str) -> str:
    """The text without its comments, the colons in what is quoted kept from being taken for binds."""

    def plain(token: re.Match[str]) -> str:
        if token["comment"]:
            return " "
        if token["end"]:
            # A second statement would run at once, while the first is prepared.
            raise Malformed(f"{name} has more than one statement, or an end where none is needed")
        return token[0].replace(":", "\\:")

    text = TOKENS.sub(plain, body.strip().removesuffix(";")).strip()
    if not text:
        raise Malformed(f"{name} is empty")
    return text


def load(directory: Path) -> dict[str, Query]:
    """The queries of all files in a directory. Refuses: Malformed."""
    found: dict[str, Query] = {}
    for path in sorted(directory.glob("*.sql")):
        found.update(parse(path.stem, path.read_text("utf-8")))
    return found


ALL = load(DIRECTORY)


def find(name: str) -> Query:
    """The query of this name. Refuses (LookupError): there is none."""
    try:
        return ALL[name]
    except KeyError:
        raise LookupError(f"no query is called {name}") from None
