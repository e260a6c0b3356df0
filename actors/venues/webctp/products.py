"""The product table: where each product trades, what a point is worth, its tick and its hours.

The market data side of the gateway cannot be asked for any of it. So it stands here, may be overridden
in the settings (`products`), and the trade session compares it with what the counter says.
Multipliers and ticks are general knowledge; the nights are CTP's table of 2024, newer products are general
knowledge as well.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.webctp.symbols import Contract, ContractKind
from engine.settings.checks import between, one_of

SPLITS_DAYS: Final = frozenset({"SHFE", "INE"})
"""Exchanges that tell the lots of today from older ones when a position is closed."""


@attrs.frozen(kw_only=True)
class Product:
    """One product.

    Attributes:
        name: as contract ids begin, case and all.
        exchange: its code.
        multiplier: money per point of price and lot.
        price_tick: smallest step of prices.
        day: which day session: a key of `calendar.DAY_SESSIONS`.
        night_ends: a key of `calendar.NIGHT_ENDS`; `none` without a night session.
    """

    name: str
    exchange: str
    multiplier: Decimal
    price_tick: Decimal
    day: str = "commodity"
    night_ends: str = "none"

    @property
    def splits_days(self) -> bool:
        """Whether closing today's lots and older ones are two different orders."""
        return self.exchange in SPLITS_DAYS


@attrs.frozen(kw_only=True)
class ProductOverride:
    """One product, `[venues.webctp.products.rb]`: replaces fields of the table, or adds a product.

    Attributes:
        exchange: SHFE, INE, DCE, CZCE, CFFEX, GFEX; empty for the table's.
        multiplier: money per point of price and lot; 0 for the table's.
        price_tick: 0 for the table's.
        night_ends: when the night session ends: `23:00`, `01:00`, `02:30`, `none`; empty for the table's.
        day: `commodity`, `index`, `bond`; empty for the table's.
    """

    exchange: str = attrs.field(
        default="", validator=one_of("", "SHFE", "INE", "DCE", "CZCE", "CFFEX", "GFEX")
    )
    multiplier: Decimal = attrs.field(default=Decimal(0), validator=between(0, 10_000_000))
    price_tick: Decimal = attrs.field(default=Decimal(0), validator=between(0, 100_000))
    night_ends: str = attrs.field(
        default="", validator=one_of("", "none", "23:00", "01:00", "02:30")
    )
    day: str = attrs.field(default="", validator=one_of("", "commodity", "index", "bond"))


_TABLE: Final[Mapping[str, str]] = {
    "SHFE": """
        cu 5 10 01:00, al 5 5 01:00, zn 5 5 01:00, pb 5 5 01:00, ni 1 10 01:00, sn 1 10 01:00
        ss 5 5 01:00, ao 20 1 01:00, ad 10 5 01:00, au 1000 0.02 02:30, ag 15 1 02:30
        rb 10 1 23:00, hc 10 1 23:00, fu 10 1 23:00, bu 10 1 23:00, ru 10 5 23:00, sp 10 2 23:00
        br 5 5 23:00, op 40 2 23:00, wr 10 1 none
    """,
    "INE": """
        sc 1000 0.1 02:30, bc 5 10 01:00, lu 10 1 23:00, nr 10 5 23:00, ec 50 0.1 none
    """,
    "DCE": """
        a 10 1 23:00, b 10 1 23:00, m 10 1 23:00, y 10 2 23:00, p 10 2 23:00, c 10 1 23:00
        cs 10 1 23:00, rr 10 1 23:00, l 5 1 23:00, v 5 1 23:00, pp 5 1 23:00, eg 10 1 23:00
        eb 5 1 23:00, pg 20 1 23:00, j 100 0.5 23:00, jm 60 0.5 23:00, i 100 0.5 23:00
        bz 30 1 23:00, jd 10 1 none, lh 16 5 none, fb 10 0.5 none, bb 500 0.05 none, lg 90 0.5 none
    """,
    "CZCE": """
        CF 5 5 23:00, CY 5 5 23:00, SR 10 1 23:00, TA 5 2 23:00, MA 10 1 23:00, OI 10 1 23:00
        RM 10 1 23:00, FG 20 1 23:00, SA 20 1 23:00, ZC 100 0.2 23:00, PF 5 2 23:00, PX 5 2 23:00
        SH 30 1 23:00, PR 15 2 23:00, PL 20 1 23:00, SF 5 2 none, SM 5 2 none, AP 10 1 none
        CJ 5 5 none, UR 20 1 none, PK 5 2 none, RS 10 1 none, WH 20 1 none, PM 50 1 none
        RI 20 1 none, LR 20 1 none, JR 20 1 none
    """,
    "GFEX": """
        si 5 5 none, lc 1 20 none, ps 3 5 none, pt 1000 0.05 none, pd 1000 0.05 none
    """,
    "CFFEX": """
        IF 300 0.2 none index, IH 300 0.2 none index, IC 200 0.2 none index, IM 200 0.2 none index
        T 10000 0.005 none bond, TF 10000 0.005 none bond, TS 20000 0.002 none bond
        TL 10000 0.01 none bond
    """,
}
"""By exchange: product, multiplier, tick, end of the night, and the day session if it is another one."""


def _rows() -> Iterator[Product]:
    for exchange, text in _TABLE.items():
        for row in text.replace("\n", ",").split(","):
            if not row.strip():
                continue
            name, multiplier, tick, night_ends, *day = row.split()
            yield Product(
                name=name,
                exchange=exchange,
                multiplier=Decimal(multiplier),
                price_tick=Decimal(tick),
                day=day[0] if day else "commodity",
                night_ends=night_ends,
            )


PRODUCTS: Final[Mapping[str, Product]] = {product.name: product for product in _rows()}
"""By name; no two exchanges share one."""


class Products:
    """The table with the settings' overrides.

    Raises ValueError for an override that adds a product and leaves something out.
    """

    def __init__(self, overrides: Mapping[str, ProductOverride]) -> None:
        self._products = dict(PRODUCTS)
        for name, override in overrides.items():
            self._products[name] = _overridden(name, self._products.get(name), override)

    def get(self, name: str) -> Product | None:
        """A product by name."""
        return self._products.get(name)

    def of(self, contract: Contract) -> Product | None:
        """The product of a future; None for a product that is not known, options and combinations."""
        if contract.kind is not ContractKind.FUTURE:
            return None
        product = self._products.get(contract.product)
        if product is None or (len(contract.delivery) == 3) != (product.exchange == "CZCE"):
            return None
        return product


def _overridden(name: str, known: Product | None, override: ProductOverride) -> Product:
    if known is None:
        required = ("exchange", "multiplier", "price_tick")
        missing = [field for field in required if not getattr(override, field)]
        if missing:
            raise ValueError(
                f"products.{name} is not in the table, so it must say {', '.join(missing)}"
            )
        known = Product(
            name=name,
            exchange=override.exchange,
            multiplier=override.multiplier,
            price_tick=override.price_tick,
        )
    return attrs.evolve(
        known,
        exchange=override.exchange or known.exchange,
        multiplier=override.multiplier or known.multiplier,
        price_tick=override.price_tick or known.price_tick,
        day=override.day or known.day,
        night_ends=override.night_ends or known.night_ends,
    )
