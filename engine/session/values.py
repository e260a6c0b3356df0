"""Values out of a venue's JSON, as far as every venue writes them alike: one way to fail.

What is missing, of another type or beyond its bound is `RemoteProtocolError`; the text names the field
and never the payload, which may hold secrets. How a venue writes its prices, times and empty fields, and
how much of anything is believed, stands in its package.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

from engine.errors import RemoteProtocolError
from engine.model.money import parse_decimal

SHOWN_CHARS_MAX: Final = 200
"""Of a venue's text in logs and reports, unless less is asked for."""
ID_CHARS_MAX: Final = 64
"""No venue's id is longer."""

Object = Mapping[str, Any]

_WHOLE: Final = re.compile(r"[0-9]{1,19}", re.ASCII).fullmatch


def malformed(field: str, wanted: str) -> NoReturn:
    """Raise RemoteProtocolError for a field that is not what the venue promises."""
    raise RemoteProtocolError(f"the venue sent {field} that is not {wanted}")


def shorten(text: object, limit: int = SHOWN_CHARS_MAX) -> str:
    """A text of the venue for logs and reports: one line, bounded; empty for what is no text."""
    if not isinstance(text, str):
        return ""
    shown = text[:limit]
    if shown.isprintable():
        return shown
    return "".join(char if char.isprintable() else "?" for char in shown)


def obj(value: Any, field: str) -> Object:
    """An object."""
    if type(value) is not dict:
        malformed(field, "an object")
    return value


def objects(value: Any, field: str, most: int) -> list[Object]:
    """An array of at most so many objects; null counts as empty, as some services send it."""
    if value is None:
        return []
    if type(value) is not list or len(value) > most:
        malformed(field, f"an array of at most {most} objects")
    return [obj(item, field) for item in value]


def identifier(value: Any, field: str) -> str:
    """An id, which venues write as a whole number here and as a text there."""
    if type(value) is int and value >= 0:
        return str(value)
    if type(value) is str and 0 < len(value) <= ID_CHARS_MAX and _is_plain(value):
        return value
    malformed(field, "an id")


def _is_plain(value: str) -> bool:
    return value.isascii() and value.isprintable()


def whole(value: Any, field: str) -> int:
    """A whole number that is not negative, written as number or digits."""
    if type(value) is int and value >= 0:
        return value
    if type(value) is str and _WHOLE(value):
        return int(value)
    malformed(field, "a whole number")


def decimal(source: Object, field: str) -> Decimal:
    """An exact number of this name: digits as text, or a whole JSON number."""
    value = source.get(field)
    if type(value) is int:
        return Decimal(value)
    if type(value) is not str:
        malformed(field, "a decimal")
    try:
        return parse_decimal(value)
    except ValueError:
        malformed(field, "a decimal")
