"""Exact decimals: the strict text pattern, plain notation, and the bridge from measurements.

A decimal text of up to 15 significant digits survives the trip through float64 and `repr`
unchanged; `decimal_of_float` relies on that, and a property test shows it.
"""

import math
import re
from decimal import Decimal

DECIMAL_TEXT_CHARS_MAX = 40
"""Longer numbers are no prices or quantities of any market."""

PLAIN_PATTERN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
"""A decimal as we write it, but for its length."""
_LOOSE = re.compile(r"-?[0-9]*\.?[0-9]+", re.ASCII)

ZERO = Decimal(0)


def parse_decimal(text: str) -> Decimal:
    """The exact value of a plain ASCII decimal (`-12.50`); leading zeros are tolerated.

    Raises:
        ValueError: for anything else: exponents, signs other than minus, blanks, underscores,
            other digits, NaN, infinity, or more than 40 characters.
    """
    if len(text) > DECIMAL_TEXT_CHARS_MAX or not _LOOSE.fullmatch(text):
        raise ValueError(f"not a plain decimal number: {text[:DECIMAL_TEXT_CHARS_MAX]!r}")
    return Decimal(text)


def is_plain(text: str) -> bool:
    """Whether the text is a decimal as we write it: no leading zeros, no exponent."""
    return len(text) <= DECIMAL_TEXT_CHARS_MAX and PLAIN_PATTERN.fullmatch(text) is not None


def plain(value: Decimal) -> str:
    """Plain notation, never an exponent: `0.00001`, not `1E-5`. Raises ValueError for NaN, infinity."""
    if not value.is_finite():
        raise ValueError(f"not a finite number: {value}")
    return format(value, "f")


def decimal_of_float(value: float) -> Decimal:
    """The decimal that a person would read from this float: its shortest exact text.

    Raises:
        ValueError: for NaN and infinity.
    """
    if not math.isfinite(value):
        raise ValueError(f"not a finite number: {value}")
    return Decimal(repr(value))
