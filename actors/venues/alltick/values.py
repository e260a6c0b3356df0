"""Reading the venue's JSON: one function per kind of value, one way to fail.

Everything that comes from the venue passes through here. What is missing, of another type, beyond
its bound or not finite is `RemoteProtocolError`; the text names the field and never the payload.
The venue writes prices and volumes as text, and sequence numbers and times as numbers here and as
text there, so both are read everywhere.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from engine.errors import RemoteProtocolError

TEXT_CHARS_MAX: Final = 256
"""No text of the venue that we keep is longer."""
ROWS_MAX: Final = 1_000
"""Rows in one answer: twice the longest documented list."""
TIME_MS_MAX: Final = 4_102_444_800_000
"""The year 2100: later times are in another unit than the field promises."""
SECONDS_BELOW: Final = 100_000_000_000
"""A time below this is in seconds, whatever the field is said to hold: in milliseconds it would be
of the year 1973."""

Object = Mapping[str, Any]

_MEASURE: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_measure: Final = _MEASURE.fullmatch
_whole: Final = re.compile(r"[0-9]{1,19}", re.ASCII).fullmatch


def malformed(field: str, wanted: str) -> NoReturn:
    """Raise RemoteProtocolError for a field that is not what the venue promises."""
    raise RemoteProtocolError(f"the venue sent {field} that is not {wanted}")


def shorten(text: object, limit: int = 160) -> str:
    """A text of the venue for logs and reports: one line, bounded."""
    if not isinstance(text, str):
        return ""
    return "".join(char if char.isprintable() else "?" for char in text[:limit])


def obj(value: Any, field: str) -> Object:
    """An object."""
    if type(value) is not dict:
        malformed(field, "an object")
    return value


def rows(value: Any, field: str) -> list[Object]:
    """An array of objects, bounded; null counts as empty, as some services send it."""
    if value is None:
        return []
    if type(value) is not list or len(value) > ROWS_MAX:
        malformed(field, f"an array of at most {ROWS_MAX} objects")
    return [obj(item, field) for item in value]


def text(source: Object, field: str) -> str:
    """A bounded text that is not empty."""
    value = source.get(field)
    if type(value) is not str or not 0 < len(value) <= TEXT_CHARS_MAX:
        malformed(field, "a text")
    return value


def whole(value: Any, field: str) -> int:
    """A whole number that is not negative, written as number or digits."""
    if type(value) is int and value >= 0:
        return value
    if type(value) is str and _whole(value):
        return int(value)
    malformed(field, "a whole number")


def measure(value: Any, field: str) -> float:
    """A finite measurement that is not negative: a price, a volume."""
    if type(value) is str and _measure(value):
        return float(value)
    if type(value) in (int, float):
        number = float(value)
        if math.isfinite(number) and number >= 0:
            return number
    malformed(field, "a number from zero upwards")


def measure_or_zero(value: Any, field: str) -> float:
    """The same, 0.0 where the venue has none: it leaves the field out, or writes null or nothing."""
    return 0.0 if value is None or value == "" else measure(value, field)


def time_ns(value: Any, field: str) -> int:
    """A time in milliseconds (or, below `SECONDS_BELOW`, in seconds) as nanoseconds UTC."""
    number = whole(value, field)
    if number < SECONDS_BELOW:
        number *= 1_000
    if number >= TIME_MS_MAX:
        malformed(field, "a time before the year 2100")
    return number * 1_000_000
