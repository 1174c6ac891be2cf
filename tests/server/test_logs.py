"""A line an event, to be read by people or machines, and never a secret in it."""

import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from server import logs, settings


class Stream(io.BytesIO):
    """A stderr that may be a terminal."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


Setup = Callable[..., Stream]


@pytest.fixture
def setup() -> Iterator[Setup]:
    """Sets logs up as a configuration wishes, and as they were after the test."""
    handlers, level = logging.root.handlers[:], logging.root.level

    def configure(*, terminal: bool = False, **wishes: Any) -> Stream:
        stream = Stream()
        stream.terminal = terminal
        logs.configure(settings.Logs(**wishes), stream)
        return stream

    yield configure
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.captureWarnings(False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def only(stream: Stream) -> dict[str, Any]:
    """The one line that was written."""
    (line,) = stream.getvalue().splitlines()
    return json.loads(line)


def test_a_machine_reads_json(setup: Setup) -> None:
    stream = setup()
    structlog.get_logger("hiroba.mail").info("letter_delivered", letter_id=7, kind="confirmation")
    line = only(stream)
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info", "logger": "hiroba.mail", "event": "letter_delivered", "letter_id": 7, "kind": "confirmation",
    }  # fmt: skip


def test_people_on_a_terminal_read_a_line(setup: Setup) -> None:
    stream = setup(terminal=True)
    structlog.get_logger("hiroba").warning("letter_given_up", letter_id=7)
    assert "letter_given_up" in stream.getvalue().decode()
    assert not stream.getvalue().startswith(b"{")
    assert b"\x1b[" in stream.getvalue()


def test_json_may_be_asked_for_on_a_terminal_and_lines_elsewhere(setup: Setup) -> None:
    stream = setup(terminal=True, format="json")
    structlog.get_logger().info("x")
    assert only(stream)["event"] == "x"
    stream = setup(format="console")
    structlog.get_logger().info("x")
    assert stream.getvalue().decode().endswith(" hiroba x\n")


def test_what_is_below_the_level_is_not_written(setup: Setup) -> None:
    stream = setup(level="warning")
    structlog.get_logger().info("x")
    logging.getLogger("library").info("x")
    assert stream.getvalue() == b""


def test_a_line_carries_the_request_it_belongs_to(setup: Setup) -> None:
    stream = setup()
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        logging.getLogger("library").warning("x")
        structlog.get_logger().info("x")
    assert [json.loads(line)["request_id"] for line in stream.getvalue().splitlines()] == ["r-1", "r-1"]


@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "passwordHash", "token", "reset_link", "Authorization", "code", "idempotency_key",
     "ticket", "set_cookie", "client_secret", "IdToken", "message_text"],
)  # fmt: skip
def test_what_is_named_like_a_secret_is_withheld(setup: Setup, name: str) -> None:
    stream = setup()
    structlog.get_logger().info("x", **{name: "hunter2"}, nested={name: "hunter2", "deeper": {name: "hunter2"}})
    assert b"hunter2" not in stream.getvalue()
    assert only(stream)[name] == logs.WITHHELD


@pytest.mark.parametrize(
    "name", ["status_code", "letter_id", "kind", "seconds", "monkey", "decoded", "passage", "route"]
)
def test_what_only_sounds_so_is_shown(name: str) -> None:
    assert not logs.is_secret(name)


def test_credentials_in_addresses_are_withheld_everywhere(setup: Setup) -> None:
    stream = setup()
    structlog.get_logger().info("x", server="smtp://ann:hunter2@mail.example:587")
    logging.getLogger("library").warning("no answer from postgresql://ann:hunter2@db/x")
    try:
        raise OSError("no answer from postgresql://ann:hunter2@db/x")
    except OSError:
        structlog.get_logger().exception("x")
    assert b"hunter2" not in stream.getvalue()
    assert stream.getvalue().count(b"://mail.example:587") == 1


@pytest.mark.parametrize("format", ["json", "console"])
def test_a_fault_comes_with_its_trace_and_without_its_variables(setup: Setup, format: str) -> None:
    stream = setup(format=format)

    def fail(password: str) -> None:
        raise ValueError("no")

    try:
        fail("".join(("hunter", "2")))
    except ValueError as fault:
        structlog.get_logger().exception("defect")
        structlog.get_logger().error("defect", exc_info=fault)
        logging.getLogger("library").exception("defect")
    text = stream.getvalue().decode()
    assert text.count("ValueError: no") == 3
    assert text.count("Traceback") == 3
    assert "hunter2" not in text


def test_warnings_are_lines_too(setup: Setup) -> None:
    stream = setup()
    logging.captureWarnings(False)  # pytest has put its own in front
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(False)
    assert "DeprecationWarning: old" in only(stream)["event"]


@pytest.mark.parametrize(
    "value", ["two\nlines", "\x1b[2Jcleared", "half \ud800 pair", b"bytes", {1: "number"}, {"set"}, object(), 1.5, None]
)
def test_any_value_makes_one_line_that_can_be_read(setup: Setup, value: Any) -> None:
    stream = setup(format="json")
    structlog.get_logger().info("x", value=value)
    assert only(stream)["event"] == "x"
    stream = setup(format="console")
    structlog.get_logger().info("x", value=value)
    assert stream.getvalue().count(b"\n") == 1
    assert b"\x1b" not in stream.getvalue()


def test_a_log_that_cannot_be_written_hurts_nobody(setup: Setup) -> None:
    stream = setup()
    log = structlog.get_logger()
    log.info("x")
    assert only(stream)["event"] == "x"
    stream.close()
    with pytest.raises(ValueError, match="closed file"):
        stream.write(b"x")
    # The same stream, by way of the log.
    log.info("x")
    logging.getLogger("library").warning("x")


def test_what_the_libraries_chatter_is_not_repeated(setup: Setup) -> None:
    stream = setup(level="debug")
    logging.getLogger("mail.log").info("RCPT TO")
    logging.getLogger("asyncio").debug("Using selector")
    assert stream.getvalue() == b""


def test_time_is_utc_and_moves(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = logs._Clock()
    moments = {0: "1970-01-01T00:00:00.000Z", 250: "1970-01-01T00:00:00.250Z", 86400_999: "1970-01-02T00:00:00.999Z"}
    for milliseconds, text in moments.items():
        monkeypatch.setattr(logs.time, "time_ns", lambda milliseconds=milliseconds: milliseconds * 1_000_000)
        assert clock() == text
