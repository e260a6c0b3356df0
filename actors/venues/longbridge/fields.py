"""Reading the JSON of the trade side: what is its own beside `engine.session.values`, failing like it.

The venue writes nearly everything as text, empty where there is nothing.
"""

import re
from decimal import Decimal
from typing import Any, Final

from engine.session.values import Object, decimal, malformed, objects

TEXT_CHARS_MAX: Final = 1_024
"""No text of an order is longer; remarks end at 255."""
ROWS_MAX: Final = 10_000
"""The longest list that is believed; the venue cuts its history lists at 1,000."""
TIME_S_MAX: Final = 4_102_444_800
"""The year 2100: later times are in another unit than the field promises."""

_SECONDS: Final = re.compile(r"[0-9]{1,19}(?:\.[0-9]{1,9})?", re.ASCII).fullmatch


def rows(value: Any, field: str) -> list[Object]:
    """An array of objects, bounded; null counts as empty."""
    return objects(value, field, ROWS_MAX)


def text(source: Object, field: str) -> str:
    """A bounded text that is not empty."""
    value = text_or_empty(source, field)
    if not value:
        malformed(field, "a text")
    return value


def text_or_empty(source: Object, field: str) -> str:
    """A bounded text; missing or null is empty."""
    value = source.get(field)
    if value is None:
        return ""
    if type(value) is not str or len(value) > TEXT_CHARS_MAX:
        malformed(field, "a text")
    return value


def flag(source: Object, field: str) -> bool:
    """True or false; missing or null is false."""
    value = source.get(field)
    if value is None:
        return False
    if type(value) is not bool:
        malformed(field, "true or false")
    return value


def decimal_or_none(source: Object, field: str) -> Decimal | None:
    """An exact number, or None where the venue writes nothing or null."""
    return None if source.get(field) in (None, "") else decimal(source, field)


def positive_or_none(source: Object, field: str) -> Decimal | None:
    """An exact number above zero, or None where the venue writes nothing, null or zero."""
    value = decimal_or_none(source, field)
    if value is not None and value < 0:
        malformed(field, "a decimal that is not negative")
    return value or None


def amount(source: Object, field: str) -> Decimal:
    """A quantity that is not negative; nothing counts as zero."""
    value = decimal_or_none(source, field)
    if value is None:
        return Decimal(0)
    if value < 0:
        malformed(field, "a quantity that is not negative")
    return value


def seconds_ns(source: Object, field: str) -> int:
    """A time in seconds, as text or number, as nanoseconds UTC; 0 where there is none."""
    value = source.get(field)
    if value in (None, ""):
        return 0
    if type(value) is int:
        value = str(value)
    if type(value) is not str or not _SECONDS(value):
        malformed(field, "a time in seconds")
    whole, _, fraction = value.partition(".")
    if int(whole) >= TIME_S_MAX:
        malformed(field, "a time in seconds")
    return int(whole) * 1_000_000_000 + int(fraction.ljust(9, "0") or 0)
