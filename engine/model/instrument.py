"""What can be traded: identity, increments and limits, and the one bridge from floats to Decimals.

`price()` is strict and refuses what is off the grid; `price_down`, `price_up` and `price_nearest`
round by name. Order verbs never round.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

import attrs

from engine.model.money import ZERO, decimal_of_float, parse_decimal


class QuantityUnit(StrEnum):
    """What one unit of quantity is."""

    CONTRACTS = "contracts"
    COINS = "coins"
    SHARES = "shares"


class AssetClass(StrEnum):
    """Coarse class of an instrument."""

    CRYPTO_PERPETUAL = "crypto_perpetual"
    CRYPTO_SPOT = "crypto_spot"
    FUTURE = "future"
    EQUITY = "equity"
    OPTION = "option"
    FX = "fx"
    COMMODITY = "commodity"
    INDEX = "index"


def venue_of(instrument_id: str) -> str:
    """The venue's folder name: what follows the last dot, in lower case."""
    return instrument_id.rpartition(".")[2].lower()


def symbol_of(instrument_id: str) -> str:
    """The venue's own symbol: what precedes the last dot."""
    return instrument_id.rpartition(".")[0]


def instrument_id_of(symbol: str, venue: str) -> str:
    """`BTCUSDT` at `wooxpro` is `BTCUSDT.WOOXPRO`."""
    return f"{symbol}.{venue.upper()}"


MAGNITUDE_MAX = 20
"""Powers of ten that prices and quantities stay below; beyond, division by a tick has no answer."""


def _exact(value: "Decimal | float | int | str") -> Decimal:
    exact = _read(value)
    if exact.adjusted() > MAGNITUDE_MAX:
        raise ValueError(f"not a finite number of a market: {exact}")
    return exact


def _read(value: "Decimal | float | int | str") -> Decimal:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"not a finite number: {value}")
        return value
    if isinstance(value, str):
        return parse_decimal(value)
    if isinstance(value, int):
        return Decimal(value)
    return decimal_of_float(value)


@attrs.frozen(kw_only=True)
class Instrument:
    """One tradeable instrument at one venue.

    Attributes:
        id: `SYMBOL.VENUE`.
        asset_class: what kind of thing it is.
        currency: what prices, fees and profit are in.
        base: what is traded: the coin, the share, the product.
        quantity_unit: what `quantity` counts; `multiplier` turns quantity times price into money.
        price_increment: the tick; positive.
        quantity_increment: the lot; positive.
        multiplier: coins or currency per unit of quantity and point of price; positive.
        min_quantity: smallest order.
        max_quantity: largest order, None when the venue names none.
        max_market_quantity: largest market order, None when the venue names none.
        min_notional: smallest order value in `currency`, None when there is none.
        maker_fee_rate: part of the notional; negative for a rebate.
        taker_fee_rate: part of the notional.
        tradeable: whether the venue takes orders for it now.
    """

    id: str
    asset_class: AssetClass
    currency: str
    base: str
    quantity_unit: QuantityUnit
    price_increment: Decimal
    quantity_increment: Decimal
    multiplier: Decimal
    min_quantity: Decimal
    max_quantity: Decimal | None = None
    max_market_quantity: Decimal | None = None
    min_notional: Decimal | None = None
    maker_fee_rate: Decimal = ZERO
    taker_fee_rate: Decimal = ZERO
    tradeable: bool = True

    @property
    def venue(self) -> str:
        """Folder name of the venue."""
        return venue_of(self.id)

    @property
    def symbol(self) -> str:
        """The venue's symbol."""
        return symbol_of(self.id)

    def price(self, value: Decimal | float | str) -> Decimal:
        """The exact price; ValueError when it is not on the tick grid."""
        exact = _exact(value)
        if exact % self.price_increment:
            raise ValueError(
                f"price {exact} of {self.id} is not a multiple of the tick {self.price_increment}, "
                "and nothing is rounded: take price_nearest, price_down or price_up of "
                f"self.instrument({self.id!r}), the nearest is {self.price_nearest(exact)}"
            )
        return exact

    def quantity(self, value: Decimal | float | str) -> Decimal:
        """The exact quantity; ValueError when it is not a multiple of the lot."""
        exact = _exact(value)
        if exact % self.quantity_increment:
            raise ValueError(
                f"quantity {exact} of {self.id} is not a multiple of the lot "
                f"{self.quantity_increment} (in {self.quantity_unit}), and nothing is rounded: take "
                f"quantity_down of self.instrument({self.id!r}), here it is {self.quantity_down(exact)}"
            )
        return exact

    def price_down(self, value: Decimal | float | str) -> Decimal:
        """The highest price on the grid that is not above `value`."""
        return self._round(_exact(value), self.price_increment, ROUND_FLOOR)

    def price_up(self, value: Decimal | float | str) -> Decimal:
        """The lowest price on the grid that is not below `value`."""
        return self._round(_exact(value), self.price_increment, ROUND_CEILING)

    def price_nearest(self, value: Decimal | float | str) -> Decimal:
        """The nearest price on the grid, half to even."""
        return self._round(_exact(value), self.price_increment, ROUND_HALF_EVEN)

    def quantity_down(self, value: Decimal | float | str) -> Decimal:
        """The largest quantity on the grid that is not above `value`."""
        return self._round(_exact(value), self.quantity_increment, ROUND_FLOOR)

    def notional(self, price: Decimal, quantity: Decimal) -> Decimal:
        """Value of `quantity` at `price` in `currency`."""
        return price * quantity * self.multiplier

    @staticmethod
    def _round(value: Decimal, step: Decimal, rounding: str) -> Decimal:
        return (value / step).quantize(Decimal(1), rounding=rounding) * step
