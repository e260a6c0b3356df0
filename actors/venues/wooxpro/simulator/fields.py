"""Reading request parameters: each function takes what clients really send, or refuses with a code.

Numbers may come as JSON numbers or as text, as at the venue; extra keys are never looked at.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from actors.venues.wooxpro.simulator import errors
from actors.venues.wooxpro.simulator.errors import Refusal

Fields = Mapping[str, Any]

_DECIMAL: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,12})?", re.ASCII)
_INTEGER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9]+", re.ASCII)
CLIENT_ID_CHARS_MAX: Final = 32


def text(fields: Fields, name: str) -> str:
    """The parameter as text, "" when it is absent or null."""
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Refusal(errors.PARSE_PARAMETER, name)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def required(fields: Fields, name: str) -> str:
    """The parameter as text; 40011 when it is absent."""
    value = text(fields, name)
    if not value:
        raise Refusal(errors.INVALID_REQUEST, f"{name} is required")
    return value


def integer(
    fields: Fields, name: str, *, default: int | None = None, code: int = errors.PARSE_PARAMETER
) -> int:
    """A whole number of at least 0; `default` when absent (None: it is required)."""
    value = text(fields, name)
    if not value and default is not None:
        return default
    if not _INTEGER.fullmatch(value):
        raise Refusal(code, name)
    return int(value)


def decimal(fields: Fields, name: str, code: int = errors.PARSE_PARAMETER) -> Decimal | None:
    """A plain decimal of at least 0, None when absent or empty."""
    value = text(fields, name)
    if not value:
        return None
    if not _DECIMAL.fullmatch(value):
        raise Refusal(code, name)
    return Decimal(value)


def choice(fields: Fields, name: str, allowed: tuple[str, ...], default: str, code: int) -> str:
    """One of the allowed words."""
    value = text(fields, name) or default
    if value not in allowed:
        raise Refusal(code, name)
    return value


def number_choice(fields: Fields, name: str, allowed: range, default: int | None, code: int) -> int:
    """One of the allowed numbers."""
    value = integer(fields, name, default=default, code=code)
    if value not in allowed:
        raise Refusal(code, name)
    return value


def client_order_id(fields: Fields) -> str:
    """1 to 32 letters and digits, "" when none was given."""
    value = text(fields, "client_order_id")
    if len(value) > CLIENT_ID_CHARS_MAX:
        raise Refusal(errors.CLIENT_ID_LENGTH)
    if value and not _CLIENT_ID.fullmatch(value):
        raise Refusal(errors.CLIENT_ID_CHARSET)
    return value


def order_id(fields: Fields) -> int | None:
    """The venue's order id, None when absent; 40037 when it is no number."""
    value = text(fields, "order_id")
    if not value:
        return None
    if not _INTEGER.fullmatch(value):
        raise Refusal(errors.ORDER_ID_NOT_FOUND)
    return int(value)
