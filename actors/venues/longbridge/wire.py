"""Reading values out of the venue's messages: one function per kind of value, one way to fail.

What is beyond its bound or no number is `RemoteProtocolError`; the text names the field and never the
payload. Measurements become floats, commitments Decimals. In market data an empty text means that the
venue has nothing to say, as proto3 has no other word for it.
"""

import re
from decimal import Decimal
from typing import Final

from engine.session.values import malformed

TIME_S_MAX: Final = 4_102_444_800
"""The year 2100: later times are in another unit than the field promises."""
VOLUME_MAX: Final = 10**15
"""More than all shares of any exchange."""

_MEASURE: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?", re.ASCII).fullmatch


def measure(text: str, field: str) -> float:
    """A price or amount that is not negative; empty is 0.0."""
    if not text:
        return 0.0
    if not _MEASURE(text):
        malformed(field, "a decimal number that is not negative")
    return float(text)


def exact(text: str, field: str) -> Decimal:
    """The same, exactly; empty is 0."""
    if not text:
        return Decimal(0)
    if not _MEASURE(text):
        malformed(field, "a decimal number that is not negative")
    return Decimal(text)


def volume(value: int, field: str) -> int:
    """A number of shares, not negative."""
    if not 0 <= value <= VOLUME_MAX:
        malformed(field, "a number of shares")
    return value


def seconds_ns(value: int, field: str) -> int:
    """A time in seconds as nanoseconds UTC."""
    if not 0 <= value < TIME_S_MAX:
        malformed(field, "a time in seconds")
    return value * 1_000_000_000
