"""JSON at the edge: compact ASCII text out, bounded and strict text in.

Only ASCII goes out, so that whatever a client has us echo (half a surrogate pair too) can be sent.
Constants (NaN, Infinity) are refused, length and nesting are bounded, so no client can cost more
than its own bytes.
"""

import json
from decimal import Decimal
from typing import Any, Final, NoReturn

TEXT_CHARS_MAX: Final = 1 << 20
"""3,000 codes, the most a plan allows on one connection, are far below it."""


class NotJson(ValueError):  # noqa: N818 - says what the text is
    """The text is not acceptable JSON."""


def _refuse_constant(text: str) -> NoReturn:
    raise NotJson(f"{text} is not JSON")


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
_encoder = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)


def dumps(value: Any) -> str:
    """Compact JSON of plain values; ValueError for NaN, TypeError for Decimals (render them first)."""
    return _encoder.encode(value)


def loads(text: str | bytes) -> Any:
    """The value of one JSON text.

    Raises:
        NotJson: for anything that is not JSON, not UTF-8, too long, too deep, or a number beyond reason.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise NotJson(f"longer than {TEXT_CHARS_MAX}")
    try:
        return _decoder.decode(text.decode() if isinstance(text, bytes) else text)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error


def plain(value: Decimal) -> str:
    """A Decimal in plain notation without trailing zeros."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
