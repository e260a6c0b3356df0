"""Reading the venue's JSON: what is its own beside `engine.session.values`, with the same one way to fail.

The venue writes prices and volumes as text, and sequence numbers and times as numbers here and as
text there, so both are read everywhere.
"""

import math
import re
from typing import Any, Final

from engine.session.values import Object, malformed, objects, whole

TEXT_CHARS_MAX: Final = 256
"""No text of the venue that we keep is longer."""
ROWS_MAX: Final = 1_000
"""Rows in one answer: twice the longest documented list."""
TIME_MS_MAX: Final = 4_102_444_800_000
"""The year 2100: later times are in another unit than the field promises."""
SECONDS_BELOW: Final = 100_000_000_000
"""A time below this is in seconds, whatever the field is said to hold: in milliseconds it would be
of the year 1973."""

_MEASURE: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{0,20})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_measure: Final = _MEASURE.fullmatch


def rows(value: Any, field: str) -> list[Object]:
    """An array of objects, bounded; null counts as empty, as some services send it."""
    return objects(value, field, ROWS_MAX)


def text(source: Object, field: str) -> str:
    """A bounded text that is not empty."""
    value = source.get(field)
    if type(value) is not str or not 0 < len(value) <= TEXT_CHARS_MAX:
        malformed(field, "a text")
    return value


def measure(value: Any, field: str) -> float:
    """A finite measurement that is not negative: a price, a volume."""
    if type(value) is str and _measure(value):
        return float(value)
    number = float(value) if type(value) in (int, float) else math.nan
    if not math.isfinite(number) or number < 0:
        malformed(field, "a number from zero upwards")
    return number


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
