"""Depth of one market: each message is the whole book at the subscribed depth. Books and quotes out.

The venue's documents call depth incremental; it has no way to say what goes, and every client replaces
the whole book with each message. So do we.
"""

from itertools import pairwise
from typing import Any, Final

from actors.venues.t4 import wire
from actors.venues.t4.prices import Pricing
from engine.messages.market import LEVELS_MAX, Book, Quote
from engine.session.contract import Now
from engine.session.values import malformed

Level = tuple[float, float]
Side = tuple[Level, ...]

NO_LEVEL: Final[Level] = (0.0, 0.0)


def read_side(lines: Any, pricing: Pricing, *, bids: bool) -> Side:
    """One side, best first, without empty levels; each price once. Raises RemoteProtocolError."""
    if len(lines) > LEVELS_MAX * 2:
        malformed("depth", f"at most {LEVELS_MAX * 2} levels")
    levels = [_level(line, pricing) for line in lines if line.volume]
    levels.sort(reverse=bids)  # sent best first, so this is one pass over sorted input
    for better, worse in pairwise(levels):
        if better[0] == worse[0]:
            malformed("depth", "a list that names each price once")
    return tuple(levels)


def _level(line: Any, pricing: Pricing) -> Level:
    size = wire.volume(line.volume, "volume")
    if not line.HasField("price") or not line.price.value:
        malformed("a level of depth", "with a price")
    return pricing.measured(line.price.value, "price"), float(size)


def joined(side: Side, implied: Side, *, bids: bool) -> Side:
    """Both kinds of volume at the prices that they stand at."""
    if not implied:
        return side
    sizes = dict(side)
    for price, size in implied:
        sizes[price] = sizes.get(price, 0.0) + size
    return tuple(sorted(sizes.items(), reverse=bids))


class DepthBook:
    """Books and quotes of one market.

    Args:
        instrument: the engine's name.
        levels: a side that are published, and that `Book.depth` promises.
        implied: whether implied volume counts.
    """

    __slots__ = ("_asks", "_best", "_bids", "_implied", "_instrument", "_levels", "_ts_ns")

    def __init__(self, instrument: str, levels: int, *, implied: bool) -> None:
        self._instrument = instrument
        self._levels = levels
        self._implied = implied
        self._bids: Side = ()
        self._asks: Side = ()
        self._ts_ns = 0
        self._best: tuple[Level, Level] | None = None

    def restart(self) -> None:
        """What comes next does not join what came before."""
        self._bids, self._asks = (), ()
        self._best = None

    def told(self, message: Any, pricing: Pricing, now: Now) -> bool:
        """A `MarketDepth`; False when the book is crossed. Raises RemoteProtocolError."""
        bids = read_side(message.bids, pricing, bids=True)
        asks = read_side(message.offers, pricing, bids=False)
        if self._implied:
            implied_bids = read_side(message.implied_bids, pricing, bids=True)
            implied_asks = read_side(message.implied_offers, pricing, bids=False)
            bids = joined(bids, implied_bids, bids=True)
            asks = joined(asks, implied_asks, bids=False)
        self._bids, self._asks = bids[: self._levels], asks[: self._levels]
        self._ts_ns = wire.stamp_ns(message, "time", now.wall_ns)
        return not (bids and asks and bids[0][0] >= asks[0][0])

    def book(self, now: Now) -> Book:
        """The present book."""
        stamps = (self._ts_ns, now.wall_ns, now.mono_ns)
        return Book(self._instrument, 0, 0, *stamps, self._levels, self._bids, self._asks)

    def quote(self, now: Now, *, always: bool) -> Quote | None:
        """Best bid and offer, if they changed or are wanted whatever they are."""
        bid = self._bids[0] if self._bids else NO_LEVEL
        ask = self._asks[0] if self._asks else NO_LEVEL
        if self._best == (bid, ask) and not always:
            return None
        self._best = (bid, ask)
        stamps = (self._ts_ns, now.wall_ns, now.mono_ns)
        return Quote(self._instrument, 0, 0, *stamps, *bid, *ask)
