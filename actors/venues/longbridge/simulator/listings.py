"""The securities of the simulated market; the simulator's own table, the client has none."""

from decimal import Decimal
from typing import Final

import attrs

from engine.errors import ConfigError, Problem
from engine.exchange.model import ExchangeInstrument

MARKET_OF_REGION: Final = {"HK": "HK", "US": "US", "SH": "CN", "SZ": "CN", "SG": "SG"}
"""The market code of a symbol's region."""
CURRENCY_OF_MARKET: Final = {"HK": "HKD", "US": "USD", "CN": "CNY", "SG": "SGD"}
MAX_QUANTITY: Final = Decimal(100_000_000)

_HK_TICKS: Final = (
    (Decimal("0.25"), Decimal("0.001")),
    (Decimal("0.5"), Decimal("0.005")),
    (Decimal(10), Decimal("0.01")),
    (Decimal(20), Decimal("0.01")),
    (Decimal(50), Decimal("0.02")),
    (Decimal(100), Decimal("0.05")),
    (Decimal(200), Decimal("0.1")),
    (Decimal(500), Decimal("0.2")),
    (Decimal(1000), Decimal("0.5")),
    (Decimal(2000), Decimal(1)),
    (Decimal(5000), Decimal(2)),
)
_US_TICKS: Final = ((Decimal(1), Decimal("0.0001")),)
_LAST_TICK: Final = {
    "HK": Decimal(5),
    "US": Decimal("0.01"),
    "CN": Decimal("0.01"),
    "SG": Decimal("0.01"),
}
_BANDS: Final = {"HK": _HK_TICKS, "US": _US_TICKS}


def tick_bands(market: str) -> tuple[tuple[Decimal, Decimal | None, Decimal], ...]:
    """(from, below or None, tick) of a market, lowest first."""
    bands: list[tuple[Decimal, Decimal | None, Decimal]] = []
    start = Decimal(0)
    for below, tick in _BANDS.get(market, ()):
        bands.append((start, below, tick))
        start = below
    bands.append((start, None, _LAST_TICK[market]))
    return tuple(bands)


def tick_at(market: str, price: Decimal) -> Decimal:
    """The tick that a price has to be a multiple of."""
    for _, below, tick in tick_bands(market):
        if below is None or price < below:
            return tick
    raise AssertionError("unreachable: the last band is open")


@attrs.frozen(kw_only=True)
class Listing:
    """One security.

    `recorded_as` is the symbol of recordings that can stand for it. `lot` is the board lot; an
    exchange order is a multiple of it, odd lots are another matter.
    """

    symbol: str
    name_en: str
    name_cn: str
    exchange: str
    board: str
    lot: int
    reference_price: Decimal
    recorded_as: str = ""
    total_shares: int = 1_000_000_000
    options: bool = False
    warrants: bool = False

    @property
    def market(self) -> str:
        """HK, US, CN or SG."""
        return MARKET_OF_REGION[self.symbol.rpartition(".")[2]]

    @property
    def currency(self) -> str:
        """What it is traded in."""
        return CURRENCY_OF_MARKET[self.market]

    @property
    def tick(self) -> Decimal:
        """The tick at the reference price, the grid of its book."""
        return tick_at(self.market, self.reference_price)

    def instrument(self) -> ExchangeInstrument:
        """The security as the exchange core wants it; money is the account's business."""
        return ExchangeInstrument(
            symbol=self.symbol,
            price_increment=self.tick,
            lot=Decimal(self.lot),
            contract_size=Decimal(1),
            currency=self.currency,
            min_quantity=Decimal(self.lot),
            max_quantity=MAX_QUANTITY,
            maker_fee_rate=Decimal(0),
            taker_fee_rate=Decimal(0),
            reference_price=self.reference_price,
        )


def _hk(symbol: str, name_en: str, name_cn: str, lot: int, price: str) -> Listing:
    return Listing(
        symbol=symbol,
        name_en=name_en,
        name_cn=name_cn,
        exchange="SEHK",
        board="HKEquity",
        lot=lot,
        reference_price=Decimal(price),
        warrants=symbol == "700.HK",
    )


def _us(symbol: str, name: str, exchange: str, price: str, recorded_as: str = "") -> Listing:
    return Listing(
        symbol=symbol,
        name_en=name,
        name_cn=name,
        exchange=exchange,
        board="USMain",
        lot=1,
        reference_price=Decimal(price),
        recorded_as=recorded_as,
        options=symbol == "AAPL.US",
    )


LISTINGS: Final = (
    _hk("700.HK", "TENCENT", "腾讯控股", 100, "320.6"),
    _hk("9988.HK", "BABA-W", "阿里巴巴-W", 100, "84.5"),
    _hk("5.HK", "HSBC HOLDINGS", "汇丰控股", 400, "67.85"),
    _hk("2800.HK", "TRACKER FUND", "盈富基金", 500, "18.92"),
    _us("AAPL.US", "Apple Inc.", "NASD", "189.50"),
    _us("TSLA.US", "Tesla, Inc.", "NASD", "248.40"),
    _us("BAC.US", "Bank of America", "NYSE", "13.80", "BAC"),
    _us("SPY.US", "SPDR S&P 500 ETF", "AMEX", "167.30", "SPY"),
)
"""All securities, in the order in which they are described."""
BY_SYMBOL: Final = {each.symbol: each for each in LISTINGS}


def listed(symbols: tuple[str, ...]) -> list[Listing]:
    """The named securities, all when none is; ConfigError for one that the table lacks."""
    unknown = [name for name in symbols if name not in BY_SYMBOL]
    if unknown:
        hint = f"one of {', '.join(BY_SYMBOL)}"
        raise ConfigError(*(Problem("symbols", f"{name} is not listed", hint) for name in unknown))
    return [BY_SYMBOL[name] for name in symbols] if symbols else list(LISTINGS)
