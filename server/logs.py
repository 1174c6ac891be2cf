"""Logs: one line an event, for people on a terminal, as JSON anywhere else. Always to stderr.

An event is a short name and fields, `log.info("letter_delivered", letter_id=7)`: never a sentence with values in it,
for what must not be shown is told by the names of fields. Values of fields named like a secret are withheld, so are
the credentials in addresses; the text of a fault is the raiser's affair, and local variables are never written.
"""

import asyncio
import contextvars
import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

import msgspec
import structlog

from server import settings

Fields = MutableMapping[str, Any]

# The request that the running code works for.
REQUEST_ID: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)

WITHHELD = "(withheld)"
# A field is secret when a word of its name is one of these ...
SECRET_WORDS = frozenset(
    """
    password passwords passwd secret secrets token tokens code codes link links ticket tickets cookie cookies
    authorization credential credentials key keys body text subject
    """.split()
)
# ... but not these, which only sound so.
HARMLESS = frozenset({"status_code", "exit_code", "close_code", "error_code", "country_code", "key_type"})
WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
USER_AND_PASSWORD = re.compile(r"(?<=://)[^/\s@]+@")

# Libraries that say more than anybody wants to read, or more than may be shown.
QUIET = {"asyncio": logging.WARNING, "mail.log": logging.ERROR, "aiohttp.access": logging.WARNING, "PIL": logging.INFO}


class Line:
    """Where finished lines go. One write each, so that lines of two threads never mix."""

    _lock = threading.Lock()

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: bytes) -> None:
        """Writes a line. A log that cannot be written is no reason to fail."""
        try:
            with self._lock:
                self._stream.write(line)
                self._stream.flush()
        except (OSError, ValueError):
            pass

    debug = info = warning = warn = error = critical = fatal = exception = log = failure = msg


class Outlet(NamedTuple):
    """Where lines go, and what makes one of its fields."""

    stream: BinaryIO
    finish: Callable[[Any, str, Fields], bytes]


# Of lines that tell how it goes; None where they are not wanted.
_outlet: Outlet | None = None


class Bundle:
    """Lines that come by the thousand: those of one turn of the event loop are made, and written, together.

    They are structs, named like any other line's fields, `at` first. Nobody looks for secrets in them.
    """

    def __init__(self) -> None:
        self._lines: list[msgspec.Struct] = []

    def add(self, line: msgspec.Struct) -> None:
        """Writes a line at the end of this turn."""
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._write)
        self._lines.append(line)

    def _write(self) -> None:
        lines, self._lines = self._lines, []
        if _outlet is None:
            return
        if _outlet.finish is _as_json:
            written = _encoder.encode_lines(lines)
        else:
            written = b"".join(_outlet.finish(None, "", msgspec.structs.asdict(line)) for line in lines)
        Line(_outlet.stream, "").msg(written)


def configure(wishes: settings.Logs, stream: BinaryIO | None = None) -> None:
    """Sets up the logs of the whole process, those of libraries too. Loggers made before follow."""
    global _outlet
    target = stream if stream is not None else sys.stderr.buffer
    readable = wishes.format == "console" or (wishes.format == "auto" and target.isatty())
    level = getattr(logging, wishes.level.upper())
    finish = _for_people(colors=target.isatty()) if readable else _as_json
    _outlet = Outlet(target, finish) if level <= logging.INFO else None
    structlog.configure(
        processors=[_belonging, _withhold, _explain, _stamp, finish],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *names: Line(target, names[0] if names else "hiroba"),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_Foreign(target, finish)], level=level, force=True)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(level, least))
    logging.captureWarnings(True)


class _Foreign(logging.Handler):
    """What libraries log through the standard library, as lines of ours."""

    def __init__(self, stream: BinaryIO, finish: Callable[[Any, str, Fields], bytes]) -> None:
        super().__init__()
        self._stream = stream
        self._finish = finish

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record."""
        line = Line(self._stream, record.name)
        try:
            fields: Fields = {"event": USER_AND_PASSWORD.sub("", record.getMessage())}
            if record.exc_info:
                fields["exc_info"] = record.exc_info
            fields = _belonging(None, "", fields)
            fields = _stamp(line, record.levelname.lower(), _explain(None, "", fields))
            line.msg(self._finish(line, "", fields))
        except Exception:
            self.handleError(record)


def is_secret(name: str) -> bool:
    """Whether a field of this name holds what no log shows."""
    return name not in HARMLESS and any(word.lower() in SECRET_WORDS for word in WORDS.findall(name))


class _Names(dict[str, bool]):
    """The verdict on every name that was met: there are few, and they come again with each line."""

    def __missing__(self, name: str) -> bool:
        verdict = is_secret(str(name))
        if len(self) < 10_000:
            self[name] = verdict
        return verdict


_secret_names = _Names()


def _belonging(logger: Any, method: str, fields: Fields) -> Fields:
    """The fields, with those of what is being done: a request's id among them."""
    fields = structlog.contextvars.merge_contextvars(logger, method, fields)
    request_id = REQUEST_ID.get()
    if request_id is not None:
        fields.setdefault("request_id", request_id)
    return fields


def _withhold(_logger: Any, _method: str, fields: Fields) -> Fields:
    for name, value in fields.items():
        kind = type(value)
        if _secret_names[name]:
            fields[name] = WITHHELD
        elif kind is str:
            if "://" in value:
                fields[name] = USER_AND_PASSWORD.sub("", value)
        elif kind is dict:
            fields[name] = _withhold(None, "", dict(value))
    return fields


def _explain(_logger: Any, _method: str, fields: Fields) -> Fields:
    fault = fields.pop("exc_info", None)
    if not fault:
        return fields
    if fault is True:
        fault = sys.exc_info()
    if isinstance(fault, BaseException):
        fault = (type(fault), fault, fault.__traceback__)
    if fault[0] is not None:
        lines = traceback.format_exception(*fault)
        fields["exception"] = USER_AND_PASSWORD.sub("", "".join(lines)).rstrip()
    return fields


class _Clock:
    """The time of day as text. Its seconds are written once for all lines of one second."""

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def __call__(self) -> str:
        """Now: ISO 8601, UTC, milliseconds."""
        second, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
        if second != self._second:
            self._text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            self._second = second
        return f"{self._text}.{milliseconds:03d}Z"


now = _Clock()


def _stamp(logger: Any, method: str, fields: Fields) -> Fields:
    level = "error" if method == "exception" else method
    return {"at": now(), "level": level, "logger": logger.name, "event": fields.pop("event", ""), **fields}


_encoder = msgspec.json.Encoder(enc_hook=str)


def _as_json(_logger: Any, _method: str, fields: Fields) -> bytes:
    try:
        return _encoder.encode(fields) + b"\n"
    except (TypeError, ValueError, UnicodeError):
        # Names that are no strings, half of a surrogate pair: still a line, with all that can be said.
        return _encoder.encode({_plain(name): _plain(value) for name, value in fields.items()}) + b"\n"


def _plain(value: Any) -> str:
    return str(value).encode(errors="backslashreplace").decode()


def _for_people(*, colors: bool) -> Callable[[Any, str, Fields], bytes]:
    dim, plain = ("\x1b[2m", "\x1b[0m") if colors else ("", "")
    marks = {"warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[31m"} if colors else {}

    def show(_logger: Any, _method: str, fields: Fields) -> bytes:
        at, level, name, event = (fields.pop(key) for key in ("at", "level", "logger", "event"))
        fault = fields.pop("exception", None)
        rest = "".join(f" {dim}{key}={plain}{_shown(value)}" for key, value in fields.items())
        line = f"{dim}{at[11:23]}{plain} {marks.get(level, '')}{level:<7}{plain} {dim}{name}{plain} {event}{rest}\n"
        if fault:
            line += f"{fault}\n"
        return line.encode(errors="backslashreplace")

    return show


def _shown(value: Any) -> str:
    text = str(value)
    # What came from outside cannot begin a line of its own or move the cursor.
    return text if text.isprintable() and " " not in text and text else repr(text)
