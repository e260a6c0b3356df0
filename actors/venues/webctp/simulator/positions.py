"""Positions as CTP keeps them: per contract and direction, today's and yesterday's lots apart.

What an exchange without the distinction closes is yesterday's lots first. An order that closes
freezes its lots until it trades or is over. A lot's basis is its opening price, or for yesterday's
the last settlement price; profit is counted from there, day by day.
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Final

import attrs

from actors.venues.webctp.simulator.codes import BUY, CLOSE_TODAY, OPEN, SELL
from actors.venues.webctp.simulator.listings import Listing

ZERO: Final = Decimal(0)


class Pool(Enum):
    """Which lots an order closes."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    ANY = "any"


SHORT_OF: Final = {Pool.TODAY: 50, Pool.YESTERDAY: 51, Pool.ANY: 30}
"""Error codes for too few lots."""


@attrs.define
class Lot:
    """So many lots with one basis."""

    volume: int
    basis: Decimal
    today: bool


@attrs.define(eq=False)
class Holding:
    """One direction of one contract."""

    listing: Listing
    lots: list[Lot] = attrs.field(factory=list)
    frozen: dict[Pool, int] = attrs.field(factory=lambda: dict.fromkeys(Pool, 0))

    def held(self, pool: Pool) -> int:
        """Lots of a pool."""
        return sum(lot.volume for lot in self.lots if _in(lot, pool))

    def closable(self, pool: Pool) -> int:
        """Lots that no order wants to close yet."""
        return self.held(pool) - self.frozen[pool]

    def take(self, volume: int, price: Decimal) -> None:
        """Open so many lots."""
        self.lots.append(Lot(volume, price, today=True))

    def give(self, volume: int, pool: Pool) -> list[Lot]:
        """Close so many lots, yesterday's and older ones first; what was closed."""
        closed = []
        for lot in sorted((each for each in self.lots if _in(each, pool)), key=_today):
            part = min(lot.volume, volume)
            if part:
                lot.volume -= part
                volume -= part
                closed.append(Lot(part, lot.basis, lot.today))
        self.lots = [lot for lot in self.lots if lot.volume]
        return closed


def _today(lot: Lot) -> bool:
    return lot.today


def _in(lot: Lot, pool: Pool) -> bool:
    return pool is Pool.ANY or lot.today == (pool is Pool.TODAY)


class Positions:
    """All positions of one investor."""

    def __init__(self) -> None:
        self._holdings: dict[tuple[str, int], Holding] = {}

    def of(self, listing: Listing, direction: int) -> Holding:
        """The holding that orders of this direction open."""
        key = (listing.symbol, direction)
        if key not in self._holdings:
            self._holdings[key] = Holding(listing)
        return self._holdings[key]

    def __iter__(self) -> Iterator[tuple[int, Holding]]:
        """Every holding with its direction."""
        return iter([(direction, each) for (_, direction), each in self._holdings.items()])

    def closed_by(self, listing: Listing, direction: int) -> Holding:
        """The holding that orders of this direction close."""
        return self.of(listing, SELL if direction == BUY else BUY)


def pool_of(listing: Listing, offset: int) -> Pool | None:
    """Which lots an offset closes there; None for one that opens."""
    if offset == OPEN:
        return None
    if not listing.by_day:
        return Pool.ANY
    return Pool.TODAY if offset == CLOSE_TODAY else Pool.YESTERDAY


def profit(direction: int, lots: list[Lot], price: Decimal, multiple: int) -> Decimal:
    """Of lots of one direction at a price, CNY."""
    sign = 1 if direction == BUY else -1
    return sum(((price - lot.basis) * lot.volume for lot in lots), ZERO) * sign * multiple
