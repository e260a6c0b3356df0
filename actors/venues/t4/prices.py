"""Prices in the three formats of the venue, and what a unit of price is worth. Pure.

The format is chosen at login and rules every price of the connection and of REST. The engine's prices are
always those of REAL (`4800.25`). In the two others the last digit means the same: a price is as
many of the smallest units, written with fewer or more digits behind the point (`decimals`,
`clearing_decimals`, `real_decimals`). That does not hold where prices are written in fractions
(`price_code`, 32nds and the like): there only REAL can be read.

`point_value` is the money of one unit of DECIMAL, whatever the format (README, certainty I): one unit of
the engine's price is worth `point_value · 10^(real_decimals - decimals)`, for ES 0.5 · 100 = 50.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Final

import attrs

from actors.venues.t4 import wire
from actors.venues.t4.proto import enums_pb2, price_pb2
from engine.session.values import malformed

DIGITS_MAX: Final = 12
"""Digits behind the point that any format may have."""


class PriceFormat(StrEnum):
    """Words of the setting `price_format`."""

    REAL = "real"
    DECIMAL = "decimal"
    CLEARING_DECIMAL = "clearing_decimal"


NUMBERS: Final = {
    PriceFormat.REAL: enums_pb2.PRICE_FORMAT_REAL,
    PriceFormat.DECIMAL: enums_pb2.PRICE_FORMAT_DECIMAL,
    PriceFormat.CLEARING_DECIMAL: enums_pb2.PRICE_FORMAT_CLEARING_DECIMAL,
}
"""What the login says."""


@attrs.frozen(kw_only=True)
class Pricing:
    """How prices of one market are written.

    Attributes:
        digits: behind the point in the format of the connection.
        real_digits: behind the point in REAL.
        tick: smallest step, in the engine's unit.
        multiplier: money of one unit of the engine's price, per contract.
    """

    digits: int
    real_digits: int
    tick: Decimal
    multiplier: Decimal

    def real(self, text: str, field: str) -> Decimal:
        """The engine's price of a text of the venue. Raises RemoteProtocolError."""
        return self._shifted(wire.number(text, field))

    def measured(self, text: str, field: str) -> float:
        """The same as a measurement; an absent price (empty text) is 0.0. Raises RemoteProtocolError."""
        return float(self.real(text, field)) if text else 0.0

    def wire(self, price: Decimal) -> str:
        """The venue's text of an engine's price, which must be on the grid of the market.

        Raises:
            ValueError: it cannot be written with the digits of the format.
        """
        shifted = price.scaleb(self.real_digits - self.digits)
        exact = shifted.quantize(Decimal(1).scaleb(-self.digits))
        if exact != shifted:
            raise ValueError(f"price {price} has more than {self.real_digits} digits")
        return format(exact, "f")

    def message(self, price: Decimal) -> price_pb2.Price:
        """The same as the venue's message. Raises ValueError."""
        return wire.price_message(self.wire(price))

    def _shifted(self, value: Decimal) -> Decimal:
        shift = self.digits - self.real_digits
        return value.scaleb(shift) if shift else value


def pricing_of(
    price_format: PriceFormat,
    *,
    decimals: int,
    real_decimals: int,
    clearing_decimals: int,
    increment: str,
    point_value: str,
    price_code: str,
) -> Pricing | None:
    """How a market's prices are written, by its details; None where this format cannot be read for it.

    Raises:
        RemoteProtocolError: details that cannot be.
    """
    for name, value in (
        ("decimals", decimals),
        ("real_decimals", real_decimals),
        ("clearing_decimals", clearing_decimals),
    ):
        if not 0 <= value <= DIGITS_MAX:
            malformed(name, f"from 0 to {DIGITS_MAX}")
    digits = {
        PriceFormat.REAL: real_decimals,
        PriceFormat.DECIMAL: decimals,
        PriceFormat.CLEARING_DECIMAL: clearing_decimals,
    }[price_format]
    step = wire.number(increment, "min_price_increment")
    worth = wire.number(point_value, "point_value")
    if step <= 0 or worth <= 0:
        malformed("min_price_increment and point_value", "above zero")
    if price_format is not PriceFormat.REAL and price_code:
        return None
    return Pricing(
        digits=digits,
        real_digits=real_decimals,
        tick=step.scaleb(digits - real_decimals),
        multiplier=_plain(worth.scaleb(real_decimals - decimals)),
    )


def _plain(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    normal = value.normalize()
    return normal if normal.as_tuple().exponent <= 0 else normal.quantize(Decimal(1))  # type: ignore[operator]
