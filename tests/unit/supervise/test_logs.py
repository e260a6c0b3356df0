"""Logs: one parsable line a record whatever is in it, bounded, never a secret, never an exception."""

import base64
import json
import logging
import os
import urllib.parse
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from engine import tracebacks
from engine.settings.secrets import Secret
from engine.supervise import logs
from engine.supervise.masked import Masked


class Fixed:
    """A clock that stands."""

    def monotonic_ns(self) -> int:
        return 5

    def wall_ns(self) -> int:
        return 1_700_000_000_123_456_789


class Lines:
    """A sink that keeps what is written."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line)


def logger(*secrets: str, **bound):
    sink = Lines()
    log = logs.make_logger(sink, clock=Fixed(), redact=logs.Redactor(secrets), **bound)
    return log, sink.lines


def record_of(value: object) -> dict[str, object]:
    log, lines = logger()
    log.info("event", value=value)
    (line,) = lines
    assert "\n" not in line
    assert len(line) <= logs.LINE_CHARS_MAX
    return json.loads(line)


def test_a_record_says_when_who_and_what() -> None:
    """Stamps, level, event and bound fields stand in every record."""
    log, lines = logger(actor="router", boot="ff")
    log.warning("something", count=3)
    assert json.loads(lines[0]) == {
        "ts_ns": 1_700_000_000_123_456_789,
        "time": "2023-11-14T22:13:20.123+00:00",
        "level": "warning",
        "event": "something",
        "actor": "router",
        "boot": "ff",
        "count": 3,
    }


def test_control_characters_stay_inside_their_line() -> None:
    """Newlines, terminal codes and bidirectional marks of a venue's text are escaped (SEC-12)."""
    log, lines = logger()
    log.info("venue said\n{}", text="a\r\nb\x1b[2J\u202e\u2028c")
    (line,) = lines
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["text"] == "a\r\nb\x1b[2J\u202e\u2028c"


class Hostile:
    """A value whose repr raises."""

    def __repr__(self) -> str:
        raise ZeroDivisionError


def deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@attrs.frozen
class Shape:
    name: str
    key: str = attrs.field(repr=False)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Secret("hunter2"), "Secret(***)"),
        (Shape("x", "hunter2"), {"class": "Shape", "name": "x"}),
        (Decimal("1E-8"), "0.00000001"),
        (Decimal("NaN"), "NaN"),
        (float("inf"), "inf"),
        (b"\x00" * 100, "<100 bytes 00000000000000000000000000000000>"),
        (10**60, "<int of 200 bits>"),
        (Hostile(), "<Hostile: its repr raised ZeroDivisionError>"),
        (None, None),
        ({"a": (1, 2)}, {"a": [1, 2]}),
    ],
)
def test_values_are_shown_bounded(value: object, shown: object) -> None:
    """Each kind of value has one harmless form."""
    assert record_of(value)["value"] == shown


def test_deep_wide_and_long_values_are_cut() -> None:
    """Depth, items and length have limits, and a 100,000-deep value is no RecursionError (M27)."""
    assert "<list>" in json.dumps(record_of(deep(100_000))["value"])
    assert len(record_of(list(range(10_000)))["value"]) == logs.ITEMS_MAX
    assert record_of("x" * 100_000)["value"].endswith("(100000 characters)")
    huge = record_of([["x" * 3000] * 50] * 50)
    assert huge["cut_from_chars"] > logs.LINE_CHARS_MAX
    assert huge["event"] == "event"


@given(st.recursive(st.none() | st.floats() | st.text() | st.binary() | st.integers(), st.lists))
def test_whatever_is_logged_is_one_line_of_json(value: object) -> None:
    """Every value gives a record."""
    record_of(value)


def test_no_form_of_a_known_secret_is_written() -> None:
    """A secret in a text, quoted, encoded or reversed, is replaced (SEC-11)."""
    secret = 's3cr/t+"ä&x'
    raw = secret.encode()
    forms = [
        secret,
        secret[::-1],
        base64.b64encode(raw).decode(),
        raw.hex(),
        urllib.parse.quote(secret),
        urllib.parse.quote_plus(secret),
    ]
    log, lines = logger(secret)
    for form in forms:
        log.info("sent", url=f"wss://host?token={form}&x=1")
    for line in lines:
        shown = json.loads(line)["url"]
        assert not any(form in shown for form in forms), shown


def test_short_secrets_do_not_blot_out_words() -> None:
    """A secret of a few characters is masked by its type only."""
    assert logs.Redactor(["abc"])("an abc of words") == "an abc of words"


def test_a_masked_mapping_does_not_show_its_values() -> None:
    """Logging all secrets at once shows their names."""
    masked = Masked({"api_key": "hunter2"})
    assert masked["api_key"] == "hunter2"
    assert repr(masked) == str(masked) == "Masked(api_key=***)"
    assert "hunter2" not in f"{masked} {masked!r}"


def test_an_error_carries_its_bounded_traceback() -> None:
    """`exc_info` puts the traceback into the record, a thousand frames deep or not."""

    def recurse(levels: int) -> None:
        if levels == 0:
            raise ValueError("at the bottom")
        recurse(levels - 1)

    log, lines = logger()
    with pytest.raises(ValueError, match="bottom") as caught:
        recurse(300)
    log.error("failed", exc_info=caught.value)
    text = json.loads(lines[0])["error"]
    assert "ValueError: at the bottom" in text
    assert text.count("recurse(levels - 1)") <= tracebacks.FRAMES_MAX
    assert len(text) <= tracebacks.TRACE_CHARS_MAX


def test_a_record_that_is_too_long_keeps_the_end_of_its_traceback() -> None:
    """Fields go first: what failed and at which line is what the record is for."""
    log, lines = logger()
    log.error("failed", exc_info=ValueError("the fault " + "\u20ac" * 3000), huge=["x" * 3000] * 9)
    (line,) = lines
    record = json.loads(line)
    assert len(line) <= logs.LINE_CHARS_MAX
    assert (record["event"], "huge" in record) == ("failed", False)
    assert record["error"].startswith("ValueError: the fault")


def test_a_secret_in_a_traceback_is_masked_before_it_is_cut() -> None:
    """No half of a secret is left where a long line is cut."""
    secret = "hunter2hunter2hunter2"
    for before in range(50, 150):
        log, lines = logger(secret)
        log.error("failed", exc_info=ValueError("x" * before + secret + "y" * 600))
        assert "hunter" not in lines[0]


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


def test_an_error_that_cannot_be_printed_is_still_logged() -> None:
    """A foreign exception's own fault does not reach the caller."""
    log, lines = logger()
    log.error("failed", exc_info=Unprintable())
    assert "Unprintable" in json.loads(lines[0])["error"]


@pytest.fixture
def adopted():
    """The process's logging, adopted for one test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    log, lines = logger(actor="a")
    logs.adopt(log)
    yield lines
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def test_libraries_log_through_the_same_sink(adopted: list[str]) -> None:
    """Records of structlog's global loggers and of the standard library carry the actor's fields."""
    structlog.get_logger("bus").warning("bus_alert", text="t")
    logging.getLogger("trio_websocket").warning("closed %s", "now")
    logging.getLogger("httpx").info("not shown")
    (handler,) = logging.getLogger().handlers[:1]
    handler.emit(logging.LogRecord("bad", 30, "f", 1, "no %d", ("number",), None))
    first, second, third = map(json.loads, adopted)
    assert (first["actor"], first["event"], first["text"]) == ("a", "bus_alert", "t")
    assert (second["library"], second["event"]) == ("trio_websocket", "closed now")
    assert third["library"] == "bad"


def test_a_full_file_is_moved_aside_under_all_its_descriptors(tmp_path: Path, monkeypatch) -> None:
    """Beyond the limit the log goes on in a fresh file and one predecessor is kept, mode 0600."""
    monkeypatch.setattr(logs, "LOG_BYTES_MAX", 1000)
    path = tmp_path / "a.log"
    fds = (logs.open_log(path), logs.open_log(path))
    try:
        sink = logs.LogSink(path, fds=fds)
        for number in range(100):
            sink.write(f"line {number} {'x' * 50}")
        os.write(fds[0], b"stray print\n")
    finally:
        for fd in fds:
            os.close(fd)
    assert path.stat().st_size <= 1100
    assert logs.predecessor(path).stat().st_size <= 1100
    assert path.read_text().endswith("stray print\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.log", "a.log.1"]


def test_a_disk_that_takes_nothing_does_not_end_the_actor() -> None:
    """Failed writes are counted and not raised."""
    fd = os.open("/dev/full", os.O_WRONLY)
    try:
        sink = logs.LogSink(fds=(fd,))
        sink.write("lost")
        assert sink.lost == 1
    finally:
        os.close(fd)


def test_a_symbolic_link_is_not_written_through(tmp_path: Path) -> None:
    """A log file that is a link is refused (SEC-13)."""
    (tmp_path / "link.log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        logs.open_log(tmp_path / "link.log")
