"""JSON at a simulator's edge: compact text out, bounded and strict text in.

Constants (NaN, Infinity) are refused, nesting and length are bounded, so no client can cost more
than its own bytes. How fractions come in and which characters go out are a venue's choice.
"""

import json
from decimal import Decimal
from typing import Any, Final, NoReturn

CHARS_MAX: Final = 65_536
"""Length of a text unless a venue allows another."""


class NotJson(ValueError):
    """The text is not acceptable JSON."""


class JsonText:
    """JSON as one venue speaks it.

    Args:
        chars_max: longer texts are refused.
        exact: numbers with a fraction come in as Decimal instead of float.
        ascii_only: so that whatever a client has us echo (half a surrogate pair too) can be sent.
    """

    def __init__(
        self, *, chars_max: int = CHARS_MAX, exact: bool = True, ascii_only: bool = False
    ) -> None:
        self._chars_max = chars_max
        self._decoder = json.JSONDecoder(
            parse_float=Decimal if exact else None, parse_constant=_refuse_constant
        )
        self._encoder = json.JSONEncoder(
            ensure_ascii=ascii_only, separators=(",", ":"), allow_nan=False, check_circular=False
        )

    def dumps(self, value: Any) -> str:
        """Compact JSON of plain values; ValueError for NaN, TypeError for Decimals (render them first)."""
        return self._encoder.encode(value)

    def loads(self, text: str | bytes) -> Any:
        """The value of one JSON text.

        Raises:
            NotJson: for anything that is not JSON, not UTF-8, too long, too deep, or a number beyond
                reason.
        """
        if len(text) > self._chars_max:
            raise NotJson(f"longer than {self._chars_max}")
        try:
            return self._decoder.decode(text.decode() if isinstance(text, bytes) else text)
        except (ValueError, RecursionError, ArithmeticError) as error:
            raise NotJson(str(error)) from error


def plain(value: Decimal) -> str:
    """A Decimal in plain notation without trailing zeros."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _refuse_constant(text: str) -> NoReturn:
    raise NotJson(f"{text} is not JSON")


_usual: Final = JsonText()
dumps: Final = _usual.dumps
loads: Final = _usual.loads
