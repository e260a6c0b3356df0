"""Reading the JSON of the trade side: one function per kind of value, one way to fail.

Everything that the HTTP API and the order pushes tell passes through here. What is missing, of another
type, beyond its bound or not finite is `RemoteProtocolError`; the text names the field and never the
payload. The venue writes nearly everything as text, empty where there is nothing.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

from engine.errors import RemoteProtocolError
from engine.model.money import parse_decimal

TEXT_CHARS_MAX: Final = 1_024
"""No text of an order is longer; remarks end at 255."""
ROWS_MAX: Final = 10_000
"""The longest list that is believed; the venue cuts its history lists at 1,000."""
TIME_S_MAX: Final = 4_102_444_800
"""The year 2100: later times are in another unit than the field promises."""

Object = Mapping[str, Any]

_WHOLE: Final = re.compile(r"[0-9]{1,19}", re.ASCII).fullmatch
_SECONDS: Final = re.compile(r"[0-9]{1,19}(?:\.[0-9]{1,9})?", re.ASCII).fullmatch


def malformed(field: str, wanted: str) -> NoReturn:
    """Raise RemoteProtocolError for a field that is not what the venue promises."""
    raise RemoteProtocolError(f"the venue sent {field} that is not {wanted}")


def obj(value: Any, field: str) -> Object:
    """An object."""
    if type(value) is not dict:
        malformed(field, "an object")
    return value


def rows(value: Any, field: str) -> list[Object]:
    """An array of objects, bounded; null counts as empty."""
    if value is None:
        return []
    if type(value) is not list or len(value) > ROWS_MAX:
        malformed(field, f"an array of at most {ROWS_MAX} objects")
    return [obj(item, field) for item in value]


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


def line(value: str, limit: int = 200) -> str:
    """A text of the venue for logs and reports: one line, bounded."""
    return "".join(char if char.isprintable() else "?" for char in value[:limit])


def identifier(source: Object, field: str) -> str:
    """An id: a text, though the documents show it as a number here and there."""
    value = source.get(field)
    if type(value) is int and value >= 0:
        return str(value)
    if type(value) is str and 0 < len(value) <= 64 and value.isascii() and value.isprintable():
        return value
    malformed(field, "an id")


def flag(source: Object, field: str) -> bool:
    """True or false; missing or null is false."""
    value = source.get(field)
    if value is None:
        return False
    if type(value) is not bool:
        malformed(field, "true or false")
    return value


def decimal(source: Object, field: str) -> Decimal:
    """An exact number: digits as text, or a JSON number."""
    value = source.get(field)
    if type(value) is int:
        return Decimal(value)
    if type(value) is not str:
        malformed(field, "a decimal")
    try:
        return parse_decimal(value)
    except ValueError:
        malformed(field, "a decimal")


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


def whole(source: Object, field: str) -> int:
    """A whole number that is not negative, written as number or digits."""
    value = source.get(field)
    if type(value) is int and value >= 0:
        return value
    if type(value) is str and _WHOLE(value):
        return int(value)
    malformed(field, "a whole number")
