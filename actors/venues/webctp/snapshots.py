"""MARKET_DATA: one snapshot of a contract, with what is missing left out and prices back on the tick."""

from decimal import Decimal
from typing import Final

import attrs

from actors.venues.webctp.calendar import event_ns
from actors.venues.webctp.wire import count, integer, measure, text
from engine.session.contract import Now
from engine.session.values import Object

LEVELS: Final = 5
"""As the counter has them; over the internet fronts fill the first only."""

Level = tuple[float, float]


@attrs.frozen
class Grid:
    """The prices of one product, for floats."""

    tick: float
    decimals: int

    @classmethod
    def of(cls, price_tick: Decimal) -> "Grid":
        """The grid of a tick."""
        exponent = price_tick.as_tuple().exponent
        return cls(float(price_tick), max(0, -exponent) if isinstance(exponent, int) else 0)

    def snapped(self, value: float | None) -> float:
        """The price that a number with noise means; 0.0 for none."""
        if value is None:
            return 0.0
        return round(round(value / self.tick) * self.tick, self.decimals)


@attrs.frozen
class Snapshot:
    """One snapshot. Prices are 0.0 where there is none; volume is the trading day's so far.

    `ts_ns` is when the exchange wrote it; `trading_day` as it stands there.
    """

    ts_ns: int
    trading_day: str
    last: float
    volume: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]

    @property
    def is_crossed(self) -> bool:
        """Whether bid and ask meet: so it is in auctions, before anything is matched."""
        return bool(self.bids and self.asks) and self.bids[0][0] >= self.asks[0][0]


def snapshot_of(info: Object, grid: Grid, now: Now) -> Snapshot:
    """Read a snapshot. Raises RemoteProtocolError for a value that cannot be."""
    return Snapshot(
        event_ns(text(info, "update_time"), integer(info, "update_millisec"), now.wall_ns),
        text(info, "trading_day"),
        grid.snapped(measure(info, "last_price")),
        count(info, "volume"),
        _levels(info, "b", grid, 1),
        _levels(info, "a", grid, -1),
    )


def _levels(info: Object, side: str, grid: Grid, direction: int) -> tuple[Level, ...]:
    """The levels that exist, best first: the first that does not, or is out of order, ends them."""
    levels: list[Level] = []
    for place in range(1, LEVELS + 1):
        price = grid.snapped(measure(info, f"{side}p{place}"))
        size = count(info, f"{side}v{place}")
        if not price or not size:
            break
        if levels and (levels[-1][0] - price) * direction <= 0:
            break
        levels.append((price, float(size)))
    return tuple(levels)
