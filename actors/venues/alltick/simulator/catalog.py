"""The instruments that the simulator lists: an excerpt of the venue's spreadsheet, made by hand.

The venue has no list endpoint, so `static_info` of stocks is all that a client can ask for.
Increments and reference prices are ours (the venue publishes none); prices of recorded instruments
come from their recording.
"""

from collections.abc import Sequence
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
        exchange: the same.
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


_RECORDED: Final = {
    "SPY.US": "SPY",
    "BAC.US": "BAC",
    "EURUSD": "EUR/USD",
    "BTCUSDT": "BTCUSDT",
    "ETHUSDT": "ETHUSDT",
    "GOLD": "GCZ3",
}
_EXCHANGES: Final = {"US": "NASD", "HK": "SEHK", "SH": "SSE", "SZ": "SZSE"}


def _listings(asset_class: AssetClass, currency: str, lines: str) -> tuple[Listing, ...]:
    """Lines of `code tick lot price title`."""
    return tuple(
        _listing(asset_class, currency, line.split()) for line in lines.strip().splitlines()
    )


def _listing(asset_class: AssetClass, currency: str, fields: Sequence[str]) -> Listing:
    code, tick, lot, price, title = fields
    stock = asset_class in STOCK_CLASSES and asset_class is not AssetClass.MARKET_INDEX
    return Listing(
        code=code,
        asset_class=asset_class,
        price_increment=Decimal(tick),
        lot=Decimal(lot),
        reference_price=Decimal(price),
        currency=currency,
        recorded=_RECORDED.get(code, ""),
        title=title,
        exchange=_EXCHANGES[code.rpartition(".")[2]] if stock else "",
        board_lot=int(lot) if stock else 1,
    )


_A = AssetClass
CATALOG: Final[tuple[Listing, ...]] = (
    *_listings(
        _A.US_STOCK,
        "USD",
        """
        SPY.US 0.01 1 167.42 SPDR
        BAC.US 0.01 1 13.91 BofA
        AAPL.US 0.01 1 228.50 Apple
        TSLA.US 0.01 1 342.10 Tesla
        UNH.US 0.01 1 524.60 UnitedHealth
        AMZN.US 0.01 1 202.30 Amazon
        GOOGL.US 0.01 1 171.40 Alphabet
        META.US 0.01 1 561.20 Meta
        MSFT.US 0.01 1 417.90 Microsoft
        NVDA.US 0.01 1 141.80 Nvidia
        """,
    ),
    *_listings(
        _A.HK_STOCK,
        "HKD",
        """
        700.HK 0.2 100 320 Tencent
        9988.HK 0.1 100 118.5 Alibaba
        857.HK 0.01 2000 5.85 PetroChina
        1288.HK 0.01 1000 3.95 ABC
        5.HK 0.05 400 72.50 HSBC
        388.HK 0.2 100 298.6 HKEX
        939.HK 0.01 1000 6.02 CCB
        1810.HK 0.02 200 28.50 Xiaomi
        3690.HK 0.1 100 171.2 Meituan
        """,
    ),
    *_listings(
        _A.CN_STOCK,
        "CNY",
        """
        600519.SH 0.01 100 1500 Moutai
        600036.SH 0.01 100 37.20 CMB
        601318.SH 0.01 100 52.80 PingAn
        000001.SZ 0.01 100 11.40 PingAnBank
        000858.SZ 0.01 100 148.10 Wuliangye
        300750.SZ 0.01 100 262.50 CATL
        """,
    ),
    *_listings(
        _A.MARKET_INDEX,
        "USD",
        """
        .DJI.US 0.01 1 44100 DowJones
        .IXIC.US 0.01 1 19100 Nasdaq
        .SPX.US 0.01 1 5980 S&P500
        """,
    ),
    *_listings(
        _A.MARKET_INDEX, "HKD", "HSI.HK 0.01 1 19800 HangSeng\nHSTECH.HK 0.01 1 4420 HangSengTech"
    ),
    *_listings(
        _A.MARKET_INDEX,
        "CNY",
        """
        000001.SH 0.01 1 3370 Shanghai
        399001.SZ 0.01 1 10750 Shenzhen
        000300.SH 0.01 1 3970 CSI300
        """,
    ),
    *_listings(
        _A.FOREX,
        "USD",
        """
        EURUSD 0.00001 1 1.09210 EUR
        GBPUSD 0.00001 1 1.27340 GBP
        AUDUSD 0.00001 1 0.65120 AUD
        NZDUSD 0.00001 1 0.58730 NZD
        """,
    ),
    *_listings(
        _A.FOREX,
        "JPY",
        """
        USDJPY 0.001 1 151.204 USD
        EURJPY 0.001 1 163.870 EUR
        GBPJPY 0.001 1 194.310 GBP
        """,
    ),
    *_listings(_A.FOREX, "CHF", "USDCHF 0.00001 1 0.88410 USD"),
    *_listings(_A.FOREX, "CAD", "USDCAD 0.00001 1 1.40210 USD"),
    *_listings(_A.FOREX, "CNH", "USDCNH 0.00001 1 7.24130 USD"),
    *_listings(
        _A.CRYPTO,
        "USDT",
        """
        BTCUSDT 0.1 0.001 61800.2 Bitcoin
        ETHUSDT 0.01 0.001 2681.62 Ether
        SOLUSDT 0.01 0.01 155.40 Solana
        XRPUSDT 0.0001 0.1 0.6120 XRP
        BNBUSDT 0.01 0.001 585.30 BNB
        DOGEUSDT 0.00001 1 0.10520 Dogecoin
        """,
    ),
    *_listings(
        _A.METAL,
        "USD",
        """
        GOLD 0.1 1 2650.0 Gold
        XAUUSD 0.01 1 2650.00 Gold
        Silver 0.001 1 31.250 Silver
        SILVER 0.001 1 31.250 Silver
        XAGUSD 0.001 1 31.250 Silver
        COPPER 0.001 1 4.120 Copper
        Aluminum 0.01 1 2610.00 Aluminium
        Palladium 0.01 1 1010.00 Palladium
        Platinum 0.01 1 965.00 Platinum
        Nickel 0.01 1 15900.00 Nickel
        """,
    ),
    *_listings(
        _A.ENERGY,
        "USD",
        "USOIL 0.01 1 70.10 WTI\nUKOIL 0.01 1 73.80 Brent\nNGAS 0.001 1 3.120 NaturalGas",
    ),
    *_listings(
        _A.CFD_INDEX,
        "USD",
        "US500 0.1 1 5980.0 S&P500\nNAS100 0.1 1 20800.0 Nasdaq100\nUS30 0.1 1 44100.0 DowJones",
    ),
    *_listings(
        _A.CFD_INDEX,
        "EUR",
        "GER30 0.1 1 19300.0 DAX\nGER40 0.1 1 19300.0 DAX\nFRA40 0.1 1 7250.0 CAC",
    ),
    *_listings(_A.CFD_INDEX, "GBP", "UK100 0.1 1 8150.0 FTSE"),
    *_listings(_A.CFD_INDEX, "JPY", "JPN225 1 1 38300 Nikkei"),
)

BY_CODE: Final[dict[str, Listing]] = {listing.code: listing for listing in CATALOG}
BY_RECORDED: Final[dict[str, Listing]] = {each.recorded: each for each in CATALOG if each.recorded}
