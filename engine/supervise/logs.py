"""Logs: one JSON object per line, safe to write whatever is in it.

Every process logs through structlog into one file of its own. A record never spans lines (control
characters are escaped), never grows without bound (depth, length and count are limited), never
raises, and never shows a secret: `Secret` masks itself, and texts known to be secret are replaced in
the finished line as a second net. The file is bounded: at `LOG_BYTES_MAX` it becomes `<file>.1`.
"""

import base64
import json
import logging
import os
import sys
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import attrs

from engine.clock import Clock, SystemClock
from engine.log import FilteringBoundLogger, structlog
from engine.tracebacks import cut_middle, traceback_text

LOG_BYTES_MAX = 16 * 1024 * 1024
"""Size of one log file; with its predecessor an actor keeps at most twice this on disk."""

LINE_CHARS_MAX = 16 * 1024
"""One record; larger ones keep their head fields only."""

TEXT_CHARS_MAX = 4000
ITEMS_MAX = 50
DEPTH_MAX = 5
"""Text, items and nesting shown of one value."""

ERROR_CHARS_MIN = 1000
"""What a record that is too long keeps of its traceback."""

SECRET_CHARS_MIN = 6
"""Shorter secrets are not searched for: they would blot out ordinary words."""

_INT_BITS_MAX = 128

_NEEDED = {
    key: rank for rank, key in enumerate(("ts_ns", "time", "level", "event", "actor", "error"))
}
"""What a record needs most, in this order."""


def plain(value: object, depth: int = DEPTH_MAX) -> object:
    """`value` as bounded JSON; whatever cannot be shown is shown by its type. Never raises."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _cut(str(value.value) if isinstance(value, Enum) else value)
    if isinstance(value, int):
        return (
            value if value.bit_length() <= _INT_BITS_MAX else f"<int of {value.bit_length()} bits>"
        )
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, Decimal):
        return _cut(format(value, "f")) if value.is_finite() else str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes {bytes(value[:16]).hex()}>"
    return _plain_container(value, depth) if depth > 0 else f"<{type(value).__name__}>"


def _plain_container(value: object, depth: int) -> object:
    if isinstance(value, Mapping):
        items = list(value.items())[:ITEMS_MAX]
        return {_cut(str(plain(key, 0))): plain(item, depth - 1) for key, item in items}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth - 1) for item in list(value)[:ITEMS_MAX]]
    kind: Any = type(value)
    if attrs.has(kind) and not isinstance(value, BaseException):
        shown = [field.name for field in attrs.fields(kind) if field.repr]
        fields = {name: plain(getattr(value, name, None), depth - 1) for name in shown}
        return {"class": kind.__name__, **fields}
    return _cut(_repr(value))


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001 - a value's repr may raise anything; logging must not
        return f"<{type(value).__name__}: its repr raised {type(error).__name__}>"


def _cut(text: str) -> str:
    if len(text) <= TEXT_CHARS_MAX:
        return text
    return f"{text[:TEXT_CHARS_MAX]}… ({len(text)} characters)"


class LogSink:
    """Where lines go: the last of `fds`, all of which are open on `path` when one is given.

    The default is the process's own standard output and error. Writing never raises: a full disk
    must not end an actor. Lost lines are counted in `lost`.
    """

    def __init__(self, path: Path | None = None, *, fds: tuple[int, ...] = (1, 2)) -> None:
        self._path = path
        self._fds = fds
        self._bytes = _size(path)
        self.lost = 0

    def write(self, line: str) -> None:
        """Append one line."""
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        try:
            os.write(self._fds[-1], data)
        except OSError:
            self.lost += 1
            return
        self._bytes += len(data)
        if self._path is not None and self._bytes > LOG_BYTES_MAX:
            self._rotate(self._path)

    def _rotate(self, path: Path) -> None:
        """Begin a new file under the same descriptors, so that stray prints follow."""
        self._bytes = 0
        try:
            path.replace(predecessor(path))
            fresh = open_log(path)
        except OSError:
            return
        for fd in self._fds:
            os.dup2(fresh, fd, inheritable=fd <= 2)
        os.close(fresh)


def predecessor(path: Path) -> Path:
    """Where a full log file is moved to."""
    return path.with_name(path.name + ".1")


def open_log(path: Path) -> int:
    """A descriptor that appends to the log file, made with mode 0600; symbolic links are refused."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(path, flags, 0o600)


def _size(path: Path | None) -> int:
    try:
        return path.stat().st_size if path is not None else 0
    except OSError:
        return 0


def secret_forms(text: str) -> tuple[str, ...]:
    """A secret as it may appear in a line: itself, quoted, base64, hex, reversed."""
    if len(text) < SECRET_CHARS_MIN:
        return ()
    raw = text.encode()
    forms = {
        text,
        text[::-1],
        urllib.parse.quote(text),
        urllib.parse.quote(text, safe=""),
        urllib.parse.quote_plus(text),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        raw.hex(),
        raw.hex().upper(),
    }
    escaped = {json.dumps(form)[1:-1] for form in forms}
    return tuple(sorted(forms | escaped, key=len, reverse=True))


class Redactor:
    """Called with a text: the text without any form of a known secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = [form for text in secrets for form in secret_forms(text)]

    def __call__(self, text: str) -> str:
        """The text with `***` in place of secrets."""
        for form in self._forms:
            text = text.replace(form, "***")
        return text


class Renderer:
    """Last structlog processor: a bounded, redacted line of JSON."""

    def __init__(self, clock: Clock, redact: Callable[[str], str]) -> None:
        self._clock = clock
        self._redact = redact

    def __call__(self, _logger: object, level: str, event: MutableMapping[str, Any]) -> str:
        """The record as a line."""
        head = {**self._stamps(), "level": level, "event": plain(event.pop("event", ""))}
        error = _error_of(event.pop("exc_info", None))
        if error is not None:
            event["error"] = traceback_text(error, redact=self._redact)
        record = head | {str(key): plain(value) for key, value in event.items()}
        line = json.dumps(record)
        if len(line) > LINE_CHARS_MAX:
            line = json.dumps(_shortened(record, len(line)))
        return self._redact(line)

    def _stamps(self) -> dict[str, object]:
        ts_ns = self._clock.wall_ns()
        time = datetime.fromtimestamp(ts_ns / 1e9, UTC).isoformat(timespec="milliseconds")
        return {"ts_ns": ts_ns, "time": time}


def _shortened(record: Mapping[str, object], chars: int) -> dict[str, object]:
    """Texts and numbers only, the longest left out until it fits; what failed and where goes last."""
    kept: dict[str, object] = {
        key: value for key, value in record.items() if isinstance(value, (str, int, float))
    }
    if isinstance(error := kept.get("error"), str):
        kept["error"] = cut_middle(error, ERROR_CHARS_MIN)
    texts = sorted(kept, key=lambda key: (_NEEDED.get(key, len(_NEEDED)), len(str(kept[key]))))
    while len(json.dumps(kept)) > LINE_CHARS_MAX - 100:
        del kept[texts.pop()]
    return kept | {"cut_from_chars": chars}


def _error_of(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


class _Lines:
    """The logger below structlog: every level writes a line."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = write
        self.exception = self.fatal = self.warn = self.log = self.msg = write


class _Foreign(logging.Handler):
    """Records of libraries that use the standard library's logging, in our format."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__(level=logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One record of a library."""
        try:
            text = record.getMessage()
        except Exception as error:  # noqa: BLE001 - a library's bad format string must not end us
            text = f"{record.msg!r:.200} ({type(error).__name__})"
        self._log.warning(text, library=record.name, exc_info=record.exc_info)


def make_logger(
    sink: LogSink,
    *,
    clock: Clock | None = None,
    redact: Callable[[str], str] | None = None,
    **bound: object,
) -> FilteringBoundLogger:
    """A logger that writes to `sink`, with `bound` in every record; changes nothing else.

    Args:
        sink: where lines go.
        clock: for the stamps.
        redact: what takes secrets out of a finished line.
        **bound: fields of every record, such as the actor's name.
    """
    log: FilteringBoundLogger = structlog.wrap_logger(
        _Lines(sink.write),
        processors=[Renderer(clock or SystemClock(), redact or Redactor(()))],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    return log.bind(**bound)


def adopt(log: FilteringBoundLogger) -> None:
    """Send what the rest of this process logs, by structlog or the standard library, to `log` too."""
    structlog.configure(
        processors=[_pass_on],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_args: _Adopted(log),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_Foreign(log)]
    root.setLevel(logging.WARNING)


def _pass_on(
    _logger: object, _level: str, event: MutableMapping[str, Any]
) -> tuple[tuple[object, ...], dict[str, object]]:
    return (event.pop("event", ""),), dict(event)


class _Adopted:
    """The logger below structlog's global one: hands each record on."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self.debug, self.info, self.warning = log.debug, log.info, log.warning
        self.error, self.critical, self.exception = log.error, log.critical, log.exception
        self.fatal, self.warn = log.fatal, log.warn
