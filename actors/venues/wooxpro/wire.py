"""Reading the venue's JSON: what is its own beside `engine.session.values`, with the same one way to fail.

Measurements become floats, commitments Decimals.
"""

import calendar
import math
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from engine.session.values import Object, decimal, malformed, objects

TEXT_CHARS_MAX: Final = 512
"""No text of the venue that we keep is longer; error texts are cut by `shorten`."""
ROWS_MAX: Final = 1_000
"""More than any list of the venue holds in one message (the longest documented limit is 500)."""
TIME_MS_MAX: Final = 4_102_444_800_000
"""The year 2100: later times are in another unit than the field promises."""

_MEASURE: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?", re.ASCII).fullmatch
_SIGNED: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?", re.ASCII).fullmatch
_WHOLE: Final = re.compile(r"[0-9]{1,19}", re.ASCII).fullmatch
_RFC3339: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))",
    re.ASCII,
).fullmatch


def rows(value: Any, field: str) -> list[Object]:
    """An array of objects, bounded; null counts as empty, as some services send it."""
    return objects(value, field, ROWS_MAX)


def text(source: Object, field: str) -> str:
    """A bounded text."""
    value = source.get(field)
    if type(value) is not str or len(value) > TEXT_CHARS_MAX:
        malformed(field, "a text")
    return value


def text_or_empty(source: Object, field: str) -> str:
    """A bounded text; missing or null is empty."""
    return "" if source.get(field) is None else text(source, field)


def measure(value: Any, field: str) -> float:
    """A finite measurement that is not negative: price, size, volume."""
    if type(value) is str and _MEASURE(value):
        return float(value)
    return _plain_number(value, field, low=0.0)


def signed_measure(value: Any, field: str) -> float:
    """A finite measurement of either sign: a funding rate."""
    if type(value) is str and _SIGNED(value):
        return float(value)
    return _plain_number(value, field, low=-math.inf)


def _plain_number(value: Any, field: str, low: float) -> float:
    if type(value) not in (int, float):
        malformed(field, "a number")
    number = float(value)
    if not math.isfinite(number) or number < low:
        malformed(field, "a finite number in its range")
    return number


def decimal_or_none(source: Object, field: str) -> Decimal | None:
    """An exact number, or None where the venue writes nothing, null or `-`."""
    return None if source.get(field) in (None, "", "-") else decimal(source, field)


def millis_ns(value: Any, field: str) -> int:
    """A time in milliseconds as nanoseconds UTC."""
    if type(value) is str and _WHOLE(value):
        value = int(value)
    if type(value) is not int or not 0 <= value < TIME_MS_MAX:
        malformed(field, "a time in milliseconds")
    return value * 1_000_000


def rfc3339_ns(value: Any, field: str) -> int:
    """A date and time with up to nine decimals as nanoseconds UTC, exactly."""
    match = _RFC3339(value) if type(value) is str else None
    if match is None:
        malformed(field, "a time by RFC 3339")
    moment, fraction, sign, hours, minutes = match.groups()
    seconds = _seconds(moment)
    if seconds is None:
        malformed(field, "a date that exists")
    if sign:
        offset = int(hours) * 3600 + int(minutes) * 60
        seconds -= offset if sign == "+" else -offset
    return seconds * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


@lru_cache(maxsize=64)  # trades of one second share it
def _seconds(moment: str) -> int | None:
    year, month, day = int(moment[:4]), int(moment[5:7]), int(moment[8:10])
    hour, minute, second = int(moment[11:13]), int(moment[14:16]), int(moment[17:19])
    if not 1970 <= year < 2100 or not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 60:
        return None
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return calendar.timegm((year, month, day, hour, minute, second))
