"""The three depth feeds of the venue, each into whole books.

`depthAll` replaces both sides at once, `depth` sends one side per message, `depthIncrease` a snapshot
and then numbered changes. Only the last one shows a loss; the others show it by age and by crossing.
"""

from itertools import pairwise
from typing import Any, Final

from actors.venues.wooxpro.market import Doubt, Reading, check_symbol, stamp_ns
from actors.venues.wooxpro.wire import measure
from engine.messages.market import LEVELS_MAX, Book
from engine.session.contract import Now
from engine.session.values import malformed, obj, whole

BID_SIDE: Final = 1
ASK_SIDE: Final = 2

Levels = list[tuple[float, float]]

_CROSSED: Final = Doubt("crossed or locked book")


def read_levels(value: Any, field: str) -> Levels:
    """Levels in the order sent, those without size too."""
    if type(value) is not list or len(value) > LEVELS_MAX:
        malformed(field, f"an array of at most {LEVELS_MAX} levels")
    levels = []
    for level in value:
        if type(level) is not dict:
            malformed(field, "an array of levels")
        price = measure(level.get("price"), "price")
        if not price:
            malformed("price", "above zero")
        levels.append((price, measure(level.get("vol"), "vol")))
    return levels


def side(levels: Levels, *, bids: bool, depth: int) -> tuple[tuple[float, float], ...]:
    """Best first, without empty levels, cut to the depth; each price once."""
    kept = [level for level in levels if level[1]]
    kept.sort(reverse=bids)  # sent best first, so this is one pass over sorted input
    for better, worse in pairwise(kept):
        if better[0] == worse[0]:
            malformed("depths", "a list that names each price once")
    return tuple(kept[:depth])


class _BookStream:
    __slots__ = ("_depth", "_instrument", "_symbol")

    def __init__(self, instrument: str, symbol: str, depth: int) -> None:
        self._instrument = instrument
        self._symbol = symbol
        self._depth = depth

    def _book(
        self,
        ts_ns: int,
        now: Now,
        bids: tuple[tuple[float, float], ...],
        asks: tuple[tuple[float, float], ...],
    ) -> Reading:
        if bids and asks and bids[0][0] >= asks[0][0]:
            return _CROSSED
        return (
            Book(self._instrument, 0, 0, ts_ns, now.wall_ns, now.mono_ns, self._depth, bids, asks),
        )


class FullBook(_BookStream):
    """`futures/depthAllN`: the whole book in each message."""

    __slots__ = ()

    def read(self, data: Any, now: Now) -> Reading:
        """One book; a crossed or locked one is doubted."""
        obj(data, "depthAll")
        check_symbol(data, self._symbol)
        bids = side(read_levels(data.get("bids"), "bids"), bids=True, depth=self._depth)
        asks = side(read_levels(data.get("asks"), "asks"), bids=False, depth=self._depth)
        return self._book(stamp_ns(data, now), now, bids, asks)

    def restart(self) -> None:
        """Nothing is kept between pushes."""


class SidedBook(_BookStream):
    """`futures/depthN`: one side per message; a book comes out once both sides are there.

    Between the two messages of one refresh the sides may cross; such a book is withheld, and doubted
    only if the crossing lasts.
    """

    __slots__ = ("_asks", "_bids")

    def __init__(self, instrument: str, symbol: str, depth: int) -> None:
        super().__init__(instrument, symbol, depth)
        self._bids: tuple[tuple[float, float], ...] | None = None
        self._asks: tuple[tuple[float, float], ...] | None = None

    def read(self, data: Any, now: Now) -> Reading:
        """The book after this side was replaced."""
        obj(data, "depth")
        check_symbol(data, self._symbol)
        way = data.get("way")
        levels = read_levels(data.get("depths"), "depths")
        if way is True or way not in (BID_SIDE, ASK_SIDE):
            malformed("way", "1 or 2")
        if way == BID_SIDE:
            self._bids = side(levels, bids=True, depth=self._depth)
        else:
            self._asks = side(levels, bids=False, depth=self._depth)
        ts_ns = stamp_ns(data, now)
        if self._bids is None or self._asks is None:
            return ()
        return self._book(ts_ns, now, self._bids, self._asks)

    def restart(self) -> None:
        """Forget both sides."""
        self._bids = self._asks = None


class VersionedBook(_BookStream):
    """`futures/depthIncreaseN`: a snapshot, then changes whose versions count up by one.

    A version that does not follow makes the book worthless at once; changes are ignored until the
    next snapshot.
    """

    __slots__ = ("_asks", "_bids", "_version")

    def __init__(self, instrument: str, symbol: str, depth: int) -> None:
        super().__init__(instrument, symbol, depth)
        self._version: int | None = None
        self._bids: dict[float, float] = {}
        self._asks: dict[float, float] = {}

    def read(self, data: Any, now: Now) -> Reading:
        """The book after a snapshot or change."""
        obj(data, "depthIncrease")
        check_symbol(data, self._symbol)
        word = data.get("type")
        if word not in ("snapshot", "update"):
            malformed("type", "snapshot or update")
        version = whole(data.get("version"), "version")
        bids = read_levels(data.get("bids"), "bids")
        asks = read_levels(data.get("asks"), "asks")
        ts_ns = stamp_ns(data, now)
        if word == "snapshot":
            self.restart()
        elif self._version is None:
            return ()
        elif version != self._version + 1:
            expected = self._version + 1
            self.restart()
            return Doubt(f"version {version} instead of {expected}", at_once=True)
        self._version = version
        self._bids = _changed(self._bids, bids, best_high=True)
        self._asks = _changed(self._asks, asks, best_high=False)
        return self._book(
            ts_ns,
            now,
            side(list(self._bids.items()), bids=True, depth=self._depth),
            side(list(self._asks.items()), bids=False, depth=self._depth),
        )

    def restart(self) -> None:
        """Forget the book and wait for a snapshot."""
        self._version = None
        self._bids, self._asks = {}, {}


def _changed(levels: dict[float, float], changes: Levels, *, best_high: bool) -> dict[float, float]:
    """The side after the changes: size 0 removes a level; beyond LEVELS_MAX the worst go."""
    for price, size in changes:
        if size:
            levels[price] = size
        else:
            levels.pop(price, None)
    if len(levels) > LEVELS_MAX:
        return dict(sorted(levels.items(), reverse=best_high)[:LEVELS_MAX])
    return levels
