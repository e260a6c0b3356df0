"""The tick tables of the markets: how far apart prices may be, by price.

The venue's protocol does not tell ticks; it refuses orders off the grid (602035). The tables are settings,
because exchanges change them; the defaults are what the README says of them.
"""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Final

import attrs


@attrs.frozen(kw_only=True)
class Band:
    """Prices below `below` (and not below the band before) lie on multiples of `tick`."""

    below: Decimal
    tick: Decimal


ANY_PRICE: Final = Decimal(10) ** 9
"""The end of the last band: above any price of a share."""


def _bands(*rows: tuple[str, str]) -> tuple[Band, ...]:
    return tuple(
        Band(below=Decimal(below) if below else ANY_PRICE, tick=Decimal(tick))
        for below, tick in rows
    )


TICKS: Final[Mapping[str, tuple[Band, ...]]] = {
    "HK": _bands(
        ("0.25", "0.001"),
        ("0.5", "0.005"),
        ("20", "0.01"),
        ("50", "0.02"),
        ("100", "0.05"),
        ("200", "0.1"),
        ("500", "0.2"),
        ("1000", "0.5"),
        ("2000", "1"),
        ("5000", "2"),
        ("", "5"),
    ),
    "US": _bands(("1", "0.0001"), ("", "0.01")),
    "CN": _bands(("", "0.01")),
    "SG": _bands(("0.2", "0.001"), ("1", "0.005"), ("", "0.01")),
}
"""By market; the defaults of `Settings.ticks`."""


def tick_of(bands: tuple[Band, ...], price: Decimal) -> Decimal:
    """The tick at this price; beyond the last band its tick goes on."""
    for band in bands:
        if price < band.below:
            return band.tick
    return bands[-1].tick


def on_grid(bands: tuple[Band, ...], price: Decimal) -> bool:
    """Whether an order may have this price."""
    return not price % tick_of(bands, price)


def check_bands(name: str, bands: tuple[Band, ...]) -> None:
    """Raise ValueError for a table that is empty, not ascending, or has a tick that is no tick."""
    if not bands:
        raise ValueError(f"{name} has no band")
    edges = [band.below for band in bands]
    if any(low >= high for low, high in pairwise(edges)):
        raise ValueError(f"the bands of {name} must ascend")
    if any(not 0 < band.tick < band.below for band in bands):
        raise ValueError(f"a tick of {name} is not between 0 and the end of its band")
