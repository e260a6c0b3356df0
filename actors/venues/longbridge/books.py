"""Depth of one symbol: pushes and answers in, books and quotes out.

A push names levels by position. Nobody says whether it is the whole book or only what changed; the
venue's own client replaces the positions named and keeps the rest, and so do we, with one exception: a
side that is named from the first position on, with two levels or more, is taken as whole, because levels
that the venue no longer has are worse than levels that we do not see. `depth_pushes` decides
otherwise. An answer to a query is always the whole book.
"""

from collections.abc import Iterable
from typing import Any, Final

from actors.venues.longbridge.wire import measure, volume
from engine.messages.market import Book, Quote
from engine.session.contract import Now
from engine.session.values import malformed

POSITIONS_MAX: Final = 100
"""Ten levels are the most that the venue is known to send."""

Level = tuple[float, float]


class DepthBook:
    """Both sides by position.

    Args:
        instrument: the engine's name.
        mode: `auto`, `merge` or `replace`.
    """

    __slots__ = ("_asks", "_best", "_bids", "_instrument", "_mode", "sequence")

    def __init__(self, instrument: str, mode: str) -> None:
        self._instrument = instrument
        self._mode = mode
        self._asks: dict[int, Level] = {}
        self._bids: dict[int, Level] = {}
        self._best: tuple[Level, Level] | None = None
        self.sequence = 0

    def restart(self) -> None:
        """What comes next does not join what came before."""
        self._asks, self._bids = {}, {}
        self._best = None
        self.sequence = 0

    def pushed(self, asks: Iterable[Any], bids: Iterable[Any]) -> None:
        """A push. Raises RemoteProtocolError."""
        self._asks = self._merged(self._asks, _levels(asks))
        self._bids = self._merged(self._bids, _levels(bids))

    def told(self, asks: Iterable[Any], bids: Iterable[Any]) -> None:
        """An answer: the whole book. Raises RemoteProtocolError."""
        self._asks, self._bids = _levels(asks), _levels(bids)

    def _merged(self, known: dict[int, Level], told: dict[int, Level]) -> dict[int, Level]:
        if self._mode == "replace":
            return told
        if self._mode == "auto" and len(told) > 1 and set(told) == set(range(1, len(told) + 1)):
            return told
        return known | told

    def sides(self) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """Bids and asks, best first, as far as they are in order."""
        return _ordered(self._bids, 1), _ordered(self._asks, -1)

    def messages(self, now: Now, *, all_of_it: bool) -> tuple[Book, Quote | None] | None:
        """The book, and the quote if it changed or `all_of_it` is wanted; None while it is crossed.

        The venue puts no time on depth; ours stands in its place.
        """
        bids, asks = self.sides()
        bid = bids[0] if bids else (0.0, 0.0)
        ask = asks[0] if asks else (0.0, 0.0)
        if bids and asks and bid[0] >= ask[0]:
            return None
        stamps = (now.wall_ns, now.wall_ns, now.mono_ns)
        depth = max(len(bids), len(asks), 1)
        book = Book(self._instrument, 0, 0, *stamps, depth, bids, asks)
        if self._best == (bid, ask) and not all_of_it:
            return book, None
        self._best = (bid, ask)
        return book, Quote(self._instrument, 0, 0, *stamps, *bid, *ask)


def _levels(rows: Iterable[Any]) -> dict[int, Level]:
    levels: dict[int, Level] = {}
    for row in rows:
        if not 1 <= row.position <= POSITIONS_MAX:
            malformed("position", f"from 1 to {POSITIONS_MAX}")
        price = measure(row.price, "price")
        levels[row.position] = (price, float(volume(row.volume, "volume")))
    return levels


def _ordered(levels: dict[int, Level], direction: int) -> tuple[Level, ...]:
    """Levels by position: empty ones are skipped, and the first that is out of order ends it."""
    side: list[Level] = []
    for position in sorted(levels):
        price, size = levels[position]
        if not price or not size:
            continue
        if side and (price - side[-1][0]) * direction >= 0:
            break
        side.append((price, size))
    return tuple(side)
