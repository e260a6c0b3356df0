"""JSON as venues may send it and not one bit more: the decoder of every JSON venue.

The standard library takes NaN, Infinity, numbers that overflow to infinity, duplicate keys and
unbounded nesting, and answers hostile input with four kinds of exception. Here there is one way to
fail, `RemoteProtocolError`, and two ways to read numbers: floats for market data (measurements) and
the digits as they stood for everything that is money, to be parsed by `engine.model.money`.
"""

import json
import math
import re
from typing import Any, NoReturn

from engine.errors import RemoteProtocolError

TEXT_BYTES_MAX = 1 << 20
"""Default bound, checked before parsing. Pass a larger one for bulk answers such as instrument lists."""

INT_DIGITS_MAX = 19
"""Enough for 63 bits, which is what the bus carries; ids of venues fit."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


def loads(text: str | bytes, *, exact: bool, bytes_max: int = TEXT_BYTES_MAX) -> Any:
    """The value of exactly one JSON text.

    Args:
        text: str or UTF-8 bytes.
        exact: True for orders, fills and balances: numbers with a fraction or exponent stay text
            (str), duplicate keys are refused. False for market data: such numbers become finite
            floats; of duplicate keys the last one wins, because checking costs half as much again.
        bytes_max: longest text that is looked at.

    Raises:
        RemoteProtocolError: not UTF-8, not JSON, NaN or infinity in any spelling, an integer of more
            than 19 digits, nested deeper than the interpreter's recursion limit, half a surrogate
            pair, or too long.
    """
    if len(text) > bytes_max:
        raise RemoteProtocolError(f"JSON of {len(text)} bytes; the limit is {bytes_max}")
    try:
        if isinstance(text, bytes):
            text = text.decode()
        value = (_EXACT if exact else _MARKET).decode(text)
    except (ValueError, RecursionError) as error:
        raise RemoteProtocolError(f"not acceptable JSON: {_cause(error)}") from None
    if "\\u" in text and _SURROGATE.search(_PAIR.sub("", text)):
        raise RemoteProtocolError("not acceptable JSON: half a surrogate pair")
    return value


def _cause(error: ValueError | RecursionError) -> str:
    """Why, without the payload, which may hold secrets."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number beyond the range of a float")
    return value


def _bounded_int(text: str) -> int:
    if len(text) > INT_DIGITS_MAX + 1:
        raise ValueError(f"an integer of more than {INT_DIGITS_MAX} digits")
    return int(text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object names a key twice")
    return members


_MARKET = json.JSONDecoder(parse_float=_finite, parse_int=_bounded_int, parse_constant=_no_constant)
_EXACT = json.JSONDecoder(
    parse_float=str,
    parse_int=_bounded_int,
    parse_constant=_no_constant,
    object_pairs_hook=_no_duplicates,
)
