"""The contracts of the simulated exchanges: one of every exchange at least, all of one trading day."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

import attrs

from engine.errors import ConfigError, Problem
from engine.exchange.model import ExchangeInstrument

EXCHANGES: Final = ("SHFE", "DCE", "CZCE", "CFFEX", "INE", "GFEX")
BY_DAY: Final = frozenset({"SHFE", "INE"})
"""Exchanges that tell today's lots from yesterday's when a position is closed."""
LARGER_SIDE: Final = frozenset({"SHFE", "CFFEX", "INE"})
"""Exchanges that charge margin for the larger side of a product alone."""
MARKET_PRICED: Final = frozenset({"DCE", "CZCE", "GFEX"})
"""Exchanges that take orders without a limit price."""
EXPIRY_DAYS_MIN: Final = 30
"""A contract whose own last day has passed lives so long from the trading day on."""

FUTURES: Final = 49
"""product_class."""


@attrs.frozen(kw_only=True)
class Listing:
    """One futures contract.

    Attributes:
        symbol: as the exchange writes it.
        exchange: one of `EXCHANGES`.
        product: product id.
        name: instrument_name.
        multiple: units of the underlying in one lot.
        tick: price step.
        reference_price: where a generated day opens.
        pre_settlement: settlement price of the day before.
        band: share of the settlement price that a day's prices may be away from it.
        margin: ratio, alike on both sides.
        fee_rate: commission as a share of the value traded.
        fee_per_lot: and per lot.
        volume_max: largest limit order.
        delivery: first day of the delivery month.
        night_until: minutes after midnight at which the night session ends (23:00 is 1380, 02:30 is
            1590); None without one.
    """

    symbol: str
    exchange: str
    product: str
    name: str
    multiple: int
    tick: Decimal
    reference_price: Decimal
    pre_settlement: Decimal
    delivery: date
    band: Decimal = Decimal("0.10")
    margin: Decimal = Decimal("0.10")
    fee_rate: Decimal = Decimal(0)
    fee_per_lot: Decimal = Decimal(0)
    volume_max: int = 500
    night_until: int | None = None

    @property
    def by_day(self) -> bool:
        """Whether today's and yesterday's lots are closed by orders of their own."""
        return self.exchange in BY_DAY

    @property
    def upper_limit(self) -> Decimal:
        """Highest price of the day."""
        return self._on_grid(self.pre_settlement * (1 + self.band))

    @property
    def lower_limit(self) -> Decimal:
        """Lowest price of the day."""
        price = self._on_grid(self.pre_settlement * (1 - self.band))
        return price if price >= self.pre_settlement * (1 - self.band) else price + self.tick

    def _on_grid(self, price: Decimal) -> Decimal:
        return (price / self.tick).to_integral_value(ROUND_DOWN) * self.tick

    def rounded(self, price: Decimal) -> Decimal:
        """The nearest price on the grid."""
        return (price / self.tick).to_integral_value(ROUND_HALF_UP) * self.tick

    def expiry(self, trading_day: date) -> date:
        """Last trading day: the contract's own while it lies ahead, for all of them must trade."""
        own = third_friday(self.delivery)
        return own if own > trading_day else trading_day + timedelta(days=EXPIRY_DAYS_MIN)

    def instrument(self) -> ExchangeInstrument:
        """The contract as the matching core wants it; money is counted by the broker, not there."""
        return ExchangeInstrument(
            symbol=self.symbol,
            price_increment=self.tick,
            lot=Decimal(1),
            contract_size=Decimal(self.multiple),
            currency="CNY",
            min_quantity=Decimal(1),
            max_quantity=Decimal(self.volume_max),
            maker_fee_rate=Decimal(0),
            taker_fee_rate=Decimal(0),
            reference_price=self.reference_price,
        )


def third_friday(month: date) -> date:
    """Of a month that is given by its first day."""
    return month + timedelta(days=(4 - month.weekday()) % 7 + 14)


LISTINGS: Final = (
    Listing(
        symbol="IF2101",
        exchange="CFFEX",
        product="IF",
        name="沪深300股指2101",
        multiple=300,
        tick=Decimal("0.2"),
        reference_price=Decimal(5300),
        pre_settlement=Decimal("5286.4"),
        delivery=date(2021, 1, 1),
        margin=Decimal("0.12"),
        fee_rate=Decimal("0.000023"),
        volume_max=20,
    ),
    Listing(
        symbol="T2103",
        exchange="CFFEX",
        product="T",
        name="10年期国债2103",
        multiple=10_000,
        tick=Decimal("0.005"),
        reference_price=Decimal("97.9"),
        pre_settlement=Decimal("97.855"),
        delivery=date(2021, 3, 1),
        band=Decimal("0.02"),
        margin=Decimal("0.02"),
        fee_per_lot=Decimal(3),
        volume_max=50,
    ),
    Listing(
        symbol="rb2101",
        exchange="SHFE",
        product="rb",
        name="螺纹钢2101",
        multiple=10,
        tick=Decimal(1),
        reference_price=Decimal(4380),
        pre_settlement=Decimal(4365),
        delivery=date(2021, 1, 1),
        fee_rate=Decimal("0.0001"),
        night_until=23 * 60,
    ),
    Listing(
        symbol="ag2106",
        exchange="SHFE",
        product="ag",
        name="白银2106",
        multiple=15,
        tick=Decimal(1),
        reference_price=Decimal(5580),
        pre_settlement=Decimal(5561),
        delivery=date(2021, 6, 1),
        fee_rate=Decimal("0.00005"),
        night_until=26 * 60 + 30,
    ),
    Listing(
        symbol="sc2103",
        exchange="INE",
        product="sc",
        name="原油2103",
        multiple=1_000,
        tick=Decimal("0.1"),
        reference_price=Decimal("308.5"),
        pre_settlement=Decimal("307.2"),
        delivery=date(2021, 3, 1),
        fee_per_lot=Decimal(20),
        night_until=26 * 60 + 30,
    ),
    Listing(
        symbol="m2105",
        exchange="DCE",
        product="m",
        name="豆粕2105",
        multiple=10,
        tick=Decimal(1),
        reference_price=Decimal(3530),
        pre_settlement=Decimal(3518),
        delivery=date(2021, 5, 1),
        fee_per_lot=Decimal("1.5"),
        volume_max=1_000,
        night_until=23 * 60,
    ),
    Listing(
        symbol="SR105",
        exchange="CZCE",
        product="SR",
        name="白糖105",
        multiple=10,
        tick=Decimal(1),
        reference_price=Decimal(5250),
        pre_settlement=Decimal(5238),
        delivery=date(2021, 5, 1),
        fee_per_lot=Decimal(3),
        volume_max=200,
        night_until=23 * 60,
    ),
    Listing(
        symbol="si2308",
        exchange="GFEX",
        product="si",
        name="工业硅2308",
        multiple=5,
        tick=Decimal(5),
        reference_price=Decimal(13500),
        pre_settlement=Decimal(13455),
        delivery=date(2023, 8, 1),
        fee_rate=Decimal("0.0001"),
        volume_max=1_000,
    ),
)
"""GFEX did not exist in 2021; here it does, so that every exchange has a contract on one day."""

BY_SYMBOL: Final = {each.symbol: each for each in LISTINGS}


def listed(symbols: Sequence[str]) -> list[Listing]:
    """The contracts of a simulator; ConfigError for a symbol that the table does not know."""
    unknown = [symbol for symbol in symbols if symbol not in BY_SYMBOL]
    if unknown:
        known = ", ".join(BY_SYMBOL)
        raise ConfigError(
            *(Problem("symbols", f"{name} is not listed", f"one of {known}") for name in unknown)
        )
    return [BY_SYMBOL[symbol] for symbol in symbols or BY_SYMBOL]
