"""What a code says of itself: its family, its class, and what that class is like.

The venue has no list of instruments, only a published table; the form of a code tells most of it.
Increments, lots and currencies here are inferred from how these markets work (see the README); rows of
`table.py` and the user's own settings are more exact and win.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.alltick.settings import Family, OwnInstrument
from actors.venues.alltick.table import ROWS, Row
from engine.model.instrument import (
    AssetClass,
    Instrument,
    QuantityUnit,
    instrument_id_of,
    symbol_of,
    venue_of,
)

VENUE_NAME: Final = "alltick"

CURRENCIES: Final = frozenset(
    {
        "USD", "EUR", "JPY", "GBP", "CHF", "AUD", "NZD", "CAD",
        "CNY", "CNH", "HKD", "SGD", "SEK", "NOK", "DKK", "MXN",
        "ZAR", "TRY", "PLN", "HUF", "CZK", "THB", "INR", "KRW",
        "TWD", "ILS", "RUB", "BRL", "IDR", "MYR", "PHP",
    }
)  # fmt: skip
"""Codes of six letters that are made of two of these are currency pairs."""

_CODE: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9.&-]{0,23}|\.[A-Za-z0-9]{1,10}\.[A-Z]{2}", re.ASCII
)
_SUFFIX: Final = re.compile(r"\.(US|HK|SH|SZ)\Z", re.ASCII)


@attrs.frozen(kw_only=True)
class Class:
    """What all instruments of one form have in common.

    Attributes:
        asset_class: the engine's word.
        unit: what a volume counts.
        price_increment: the finest tick of the class.
        quantity_increment: the lot where it is the same for the class.
        depth_max: levels a side that the venue has (fact sheet, 3.4).
        directed: whether a trade's direction means anything (3.5).
        lot_asked: whether `/static_info` knows lot and currency.
    """

    asset_class: AssetClass
    unit: QuantityUnit
    price_increment: Decimal
    quantity_increment: Decimal = Decimal(1)
    depth_max: int = 1
    directed: bool = False
    lot_asked: bool = False


def _equity(tick: str, *, lot: int, depth: int) -> Class:
    return Class(
        asset_class=AssetClass.EQUITY,
        unit=QuantityUnit.SHARES,
        price_increment=Decimal(tick),
        quantity_increment=Decimal(lot),
        depth_max=depth,
        directed=True,
        lot_asked=True,
    )


US_STOCK: Final = _equity("0.01", lot=1, depth=1)
# The tick of Hong Kong grows with the price; the smallest one divides all others.
HK_STOCK: Final = _equity("0.001", lot=1, depth=10)
A_SHARE: Final = _equity("0.01", lot=100, depth=5)
STOCK_INDEX: Final = Class(
    asset_class=AssetClass.INDEX,
    unit=QuantityUnit.CONTRACTS,
    price_increment=Decimal("0.01"),
    depth_max=1,
)
CRYPTO: Final = Class(
    asset_class=AssetClass.CRYPTO_SPOT,
    unit=QuantityUnit.COINS,
    price_increment=Decimal("0.00000001"),
    quantity_increment=Decimal("0.00000001"),
    depth_max=5,
    directed=True,
)
FOREX: Final = Class(
    asset_class=AssetClass.FX,
    unit=QuantityUnit.COINS,
    price_increment=Decimal("0.00001"),
    quantity_increment=Decimal(1),
)
FOREX_YEN: Final = attrs.evolve(FOREX, price_increment=Decimal("0.001"))
COMMODITY: Final = Class(
    asset_class=AssetClass.COMMODITY,
    unit=QuantityUnit.CONTRACTS,
    price_increment=Decimal("0.001"),
    quantity_increment=Decimal("0.01"),
)
CFD_INDEX: Final = Class(
    asset_class=AssetClass.INDEX,
    unit=QuantityUnit.CONTRACTS,
    price_increment=Decimal("0.01"),
    quantity_increment=Decimal("0.01"),
)

CLASSES: Final[Mapping[str, Class]] = {
    "us_stock": US_STOCK,
    "hk_stock": HK_STOCK,
    "a_share": A_SHARE,
    "stock_index": STOCK_INDEX,
    "crypto": CRYPTO,
    "forex": FOREX,
    "forex_yen": FOREX_YEN,
    "commodity": COMMODITY,
    "cfd_index": CFD_INDEX,
}
"""By the word that rows of the table use."""


@attrs.frozen
class Listing:
    """A code with everything that is known of it."""

    code: str
    family: Family
    kind: Class
    instrument: Instrument


def is_code(text: str) -> bool:
    """Whether the venue may call an instrument so: plain ASCII, no look-alikes, bounded."""
    return _CODE.fullmatch(text) is not None


def family_of(code: str) -> Family:
    """Codes of stocks and market indices end in the name of a market; no others do."""
    return Family.STOCK if _SUFFIX.search(code) else Family.OTHER


def serves(family: Family) -> Callable[[str], bool]:
    """Whether a family delivers a code, as a feed declares it."""

    def check(symbol: str) -> bool:
        return is_code(symbol) and family_of(symbol) is family

    return check


def id_of(code: str) -> str:
    """`AAPL.US` → `AAPL.US.ALLTICK`."""
    return instrument_id_of(code, VENUE_NAME)


def code_of(instrument: str) -> str:
    """`AAPL.US.ALLTICK` → `AAPL.US`; empty for an instrument of another venue."""
    return symbol_of(instrument) if venue_of(instrument) == VENUE_NAME else ""


def listing_of(code: str, own: Mapping[str, OwnInstrument]) -> Listing | None:
    """What is known of a code: the user's own word, the table's, else what its form tells.

    None when that is nothing: then only a setting can say what it is.
    """
    if not is_code(code):
        return None
    if code in own:
        chosen = own[code]
        named = Row(
            chosen.kind,
            chosen.currency,
            chosen.base or code,
            chosen.price_increment,
            chosen.quantity_increment,
        )
        return _listed(code, named)
    row = ROWS.get(code) or _by_form(code)
    return None if row is None else _listed(code, row)


def _by_form(code: str) -> Row | None:
    for pattern, kind, currency in _FORMS:
        if pattern.fullmatch(code):
            return Row(kind, currency, code.rpartition(".")[0])
    base, quote = code[:3], code[3:]
    if base in CURRENCIES and quote in CURRENCIES and base != quote:
        return Row("forex_yen" if quote == "JPY" else "forex", quote, base)
    if _USDT.fullmatch(code):
        return Row("crypto", "USDT", code.removesuffix("USDT"))
    return None


_FORMS: Final = tuple(
    (re.compile(pattern, re.ASCII), kind, currency)
    for pattern, kind, currency in (
        (r"\.[A-Z0-9]{1,10}\.US", "stock_index", "USD"),
        (r"[A-Z]{2,10}\.HK", "stock_index", "HKD"),
        (r"399[0-9]{3}\.SZ", "stock_index", "CNY"),
        (r"000[0-9]{3}\.SH", "stock_index", "CNY"),
        (r"[A-Z][A-Z0-9.&-]{0,9}\.US", "us_stock", "USD"),
        (r"[1-9][0-9]{0,4}\.HK", "hk_stock", "HKD"),
        (r"[0-9]{6}\.SH", "a_share", "CNY"),
        (r"[0-9]{6}\.SZ", "a_share", "CNY"),
    )
)
_USDT: Final = re.compile(r"[A-Z0-9]{2,16}USDT", re.ASCII)


def _listed(code: str, row: Row) -> Listing:
    kind = CLASSES[row.kind]
    lot = row.lot or kind.quantity_increment
    return Listing(
        code=code,
        family=family_of(code),
        kind=kind,
        instrument=_instrument(code, kind, row, row.tick or kind.price_increment, lot),
    )


def _instrument(code: str, kind: Class, row: Row, tick: Decimal, lot: Decimal) -> Instrument:
    return Instrument(
        id=id_of(code),
        asset_class=kind.asset_class,
        currency=row.currency,
        base=row.base,
        quantity_unit=kind.unit,
        price_increment=tick,
        quantity_increment=lot,
        multiplier=Decimal(1),
        min_quantity=lot,
        tradeable=False,
    )
