"""The venue's instruments that this house knows by name: a table, because the venue has no list endpoint.

Forms and example codes are documented, increments and lots are those of the markets (inferred; a lot
of a stock is asked for at `/static_info`). Codes that are not here are read by their form (`codes.py`);
fixed names cannot be, so they are all here.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import attrs


@attrs.frozen
class Row:
    """One instrument.

    Attributes:
        kind: word of its class in `codes.CLASSES`.
        currency: what prices are in.
        base: what is priced.
        tick: None for that of the class.
        lot: likewise.
    """

    kind: str
    currency: str
    base: str
    tick: Decimal | None = None
    lot: Decimal | None = None


def _rows(kind: str, currency: str, lines: str) -> dict[str, Row]:
    """Lines of `code base [tick [lot]]`."""
    found: dict[str, Row] = {}
    for line in lines.strip().splitlines():
        code, base, *numbers = line.split()
        tick, lot = (*map(Decimal, numbers), None, None)[:2]
        found[code] = Row(kind, currency, base, tick, lot)
    return found


ROWS: Final[Mapping[str, Row]] = {
    **_rows(
        "us_stock",
        "USD",
        """
        AAPL.US AAPL
        AMZN.US AMZN
        BAC.US BAC
        GOOGL.US GOOGL
        META.US META
        MSFT.US MSFT
        NVDA.US NVDA
        SPY.US SPY
        TSLA.US TSLA
        """,
    ),
    **_rows(
        "hk_stock",
        "HKD",
        """
        5.HK HSBC 0.05 400
        388.HK HKEX 0.2 100
        700.HK TENCENT 0.2 100
        939.HK CCB 0.01 1000
        1288.HK ABC 0.01 1000
        1810.HK XIAOMI 0.02 200
        3690.HK MEITUAN 0.1 100
        9988.HK ALIBABA 0.1 100
        """,
    ),
    **_rows(
        "a_share",
        "CNY",
        """
        600036.SH CMB
        600519.SH MOUTAI
        601318.SH PINGAN
        000001.SZ PINGANBANK
        000858.SZ WULIANGYE
        300750.SZ CATL
        """,
    ),
    **_rows("stock_index", "USD", ".DJI.US DJI\n.IXIC.US IXIC\n.SPX.US SPX"),
    **_rows("stock_index", "HKD", "HSI.HK HSI\nHSTECH.HK HSTECH"),
    **_rows("stock_index", "CNY", "000001.SH SSEC\n399001.SZ SZCOMP\n000300.SH CSI300"),
    **_rows(
        "forex",
        "USD",
        """
        EURUSD EUR
        GBPUSD GBP
        AUDUSD AUD
        NZDUSD NZD
        """,
    ),
    **_rows("forex_yen", "JPY", "USDJPY USD\nEURJPY EUR\nGBPJPY GBP"),
    **_rows("forex", "CHF", "USDCHF USD"),
    **_rows("forex", "CAD", "USDCAD USD"),
    **_rows("forex", "CNH", "USDCNH USD"),
    **_rows(
        "crypto",
        "USDT",
        """
        BTCUSDT BTC 0.01 0.00001
        ETHUSDT ETH 0.01 0.0001
        SOLUSDT SOL 0.01 0.001
        XRPUSDT XRP 0.0001 0.1
        BNBUSDT BNB 0.01 0.001
        DOGEUSDT DOGE 0.00001 1
        """,
    ),
    **_rows(
        "commodity",
        "USD",
        """
        GOLD GOLD 0.01
        XAUUSD GOLD 0.01
        Silver SILVER 0.001
        SILVER SILVER 0.001
        XAGUSD SILVER 0.001
        COPPER COPPER 0.0001
        Aluminum ALUMINIUM 0.01
        Palladium PALLADIUM 0.01
        Platinum PLATINUM 0.01
        Nickel NICKEL 0.01
        NGAS NATURALGAS 0.0001
        USOIL WTI 0.01
        UKOIL BRENT 0.01
        """,
    ),
    **_rows("cfd_index", "USD", "US500 SPX\nNAS100 NDX\nUS30 DJI"),
    **_rows("cfd_index", "EUR", "GER30 DAX\nGER40 DAX\nFRA40 CAC"),
    **_rows("cfd_index", "GBP", "UK100 FTSE"),
    **_rows("cfd_index", "JPY", "JPN225 NIKKEI"),
}
"""By code, exactly as the venue writes it."""
