"""The instruments that the simulator lists: an excerpt of the venue's spreadsheet, made by hand.

The venue has no list endpoint, so `static_info` of stocks is all that a client can ask for.
Increments and reference prices are ours (the venue publishes none); prices of recorded instruments
come from their recording.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Final

import attrs


class AssetClass(StrEnum):
    """What decides endpoint, levels and directions."""

    US_STOCK = "us_stock"
    HK_STOCK = "hk_stock"
    CN_STOCK = "cn_stock"
    MARKET_INDEX = "market_index"
    FOREX = "forex"
    CRYPTO = "crypto"
    METAL = "metal"
    ENERGY = "energy"
    CFD_INDEX = "cfd_index"


STOCK_CLASSES: Final = frozenset(
    {AssetClass.US_STOCK, AssetClass.HK_STOCK, AssetClass.CN_STOCK, AssetClass.MARKET_INDEX}
)
"""Served by the stock paths; all others by the other ones."""

DEALER_CLASSES: Final = frozenset({AssetClass.FOREX, AssetClass.METAL, AssetClass.ENERGY})
"""Their trade direction is a constant, their turnover is in doubt."""

LEVELS: Final[dict[AssetClass, int]] = {
    AssetClass.US_STOCK: 1,
    AssetClass.HK_STOCK: 10,
    AssetClass.CN_STOCK: 5,
    AssetClass.MARKET_INDEX: 1,
    AssetClass.FOREX: 1,
    AssetClass.CRYPTO: 5,
    AssetClass.METAL: 1,
    AssetClass.ENERGY: 1,
    AssetClass.CFD_INDEX: 1,
}
"""Most levels per side."""

FAMILIES: Final = ("stock", "other")


@attrs.frozen(kw_only=True)
class Listing:
    """One instrument.

    Attributes:
        code: the venue's, case-sensitive.
        price_increment: the tick.
        lot: step of volumes.
        reference_price: where a generated market starts.
        recorded: its symbol in recordings, "" where there are none.
        title: for static information.
        board_lot: shares per order, for static information.
    """

    code: str
    asset_class: AssetClass
    price_increment: Decimal
    lot: Decimal
    reference_price: Decimal
    currency: str = "USD"
    recorded: str = ""
    title: str = ""
    exchange: str = ""
    board_lot: int = 1

    @property
    def family(self) -> str:
        """`stock` or `other`: which of the two paths knows the code."""
        return "stock" if self.asset_class in STOCK_CLASSES else "other"

    @property
    def levels(self) -> int:
        """Most levels per side."""
        return LEVELS[self.asset_class]


def _listing(
    code: str,
    asset_class: AssetClass,
    tick: str,
    lot: str,
    price: str,
    *,
    currency: str = "USD",
    recorded: str = "",
    title: str = "",
    exchange: str = "",
    board_lot: int = 1,
) -> Listing:
    return Listing(
        code=code,
        asset_class=asset_class,
        price_increment=Decimal(tick),
        lot=Decimal(lot),
        reference_price=Decimal(price),
        currency=currency,
        recorded=recorded,
        title=title,
        exchange=exchange,
        board_lot=board_lot,
    )


_A = AssetClass
CATALOG: Final[tuple[Listing, ...]] = (
    _listing(
        "SPY.US", _A.US_STOCK, "0.01", "1", "167.42", recorded="SPY", title="SPDR S&P 500 ETF"
    ),
    _listing("BAC.US", _A.US_STOCK, "0.01", "1", "13.91", recorded="BAC", title="Bank of America"),
    _listing("AAPL.US", _A.US_STOCK, "0.01", "1", "228.50", title="Apple"),
    _listing("TSLA.US", _A.US_STOCK, "0.01", "1", "342.10", title="Tesla"),
    _listing("UNH.US", _A.US_STOCK, "0.01", "1", "524.60", title="UnitedHealth"),
    _listing(
        "700.HK",
        _A.HK_STOCK,
        "0.2",
        "100",
        "320",
        currency="HKD",
        title="Tencent",
        exchange="SEHK",
        board_lot=100,
    ),
    _listing(
        "9988.HK",
        _A.HK_STOCK,
        "0.05",
        "100",
        "84.50",
        currency="HKD",
        title="Alibaba",
        exchange="SEHK",
        board_lot=100,
    ),
    _listing(
        "857.HK",
        _A.HK_STOCK,
        "0.01",
        "2000",
        "5.85",
        currency="HKD",
        title="PetroChina",
        exchange="SEHK",
        board_lot=2_000,
    ),
    _listing(
        "1288.HK",
        _A.HK_STOCK,
        "0.01",
        "1000",
        "3.95",
        currency="HKD",
        title="ABC",
        exchange="SEHK",
        board_lot=1_000,
    ),
    _listing(
        "600519.SH",
        _A.CN_STOCK,
        "0.01",
        "100",
        "1500",
        currency="CNY",
        title="Kweichow Moutai",
        exchange="SH",
        board_lot=100,
    ),
    _listing(
        "000001.SZ",
        _A.CN_STOCK,
        "0.01",
        "100",
        "11.40",
        currency="CNY",
        title="Ping An Bank",
        exchange="SZ",
        board_lot=100,
    ),
    _listing(".DJI.US", _A.MARKET_INDEX, "0.01", "1", "44100", title="Dow Jones"),
    _listing("HSI.HK", _A.MARKET_INDEX, "0.01", "1", "19800", currency="HKD", title="Hang Seng"),
    _listing("EURUSD", _A.FOREX, "0.00001", "1", "1.09210", recorded="EUR/USD"),
    _listing("GBPUSD", _A.FOREX, "0.00001", "1", "1.27340"),
    _listing("USDJPY", _A.FOREX, "0.001", "1", "151.204", currency="JPY"),
    _listing("BTCUSDT", _A.CRYPTO, "0.1", "0.001", "61800.2", currency="USDT", recorded="BTCUSDT"),
    _listing("ETHUSDT", _A.CRYPTO, "0.01", "0.001", "2681.62", currency="USDT", recorded="ETHUSDT"),
    _listing("SOLUSDT", _A.CRYPTO, "0.01", "0.01", "155.40", currency="USDT"),
    _listing("GOLD", _A.METAL, "0.1", "1", "2650.0", recorded="GCZ3"),
    _listing("Silver", _A.METAL, "0.001", "1", "31.250"),
    _listing("USOIL", _A.ENERGY, "0.01", "1", "70.10"),
    _listing("UKOIL", _A.ENERGY, "0.01", "1", "73.80"),
    _listing("NGAS", _A.ENERGY, "0.001", "1", "3.120"),
    _listing("US500", _A.CFD_INDEX, "0.1", "1", "5980.0"),
    _listing("NAS100", _A.CFD_INDEX, "0.1", "1", "20800.0"),
)

BY_CODE: Final[dict[str, Listing]] = {listing.code: listing for listing in CATALOG}
BY_RECORDED: Final[dict[str, Listing]] = {each.recorded: each for each in CATALOG if each.recorded}
