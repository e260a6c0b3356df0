"""From the venue's books and last trades to books, quotes, trades and tickers.

The hot path. One push is read once, whatever is made of it; HTTP answers have the same fields and come
through here too. What is well formed but cannot be true (crossed sides) is returned as such, for the
session decides how long that may last.
"""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from actors.venues.alltick.codes import Listing
from actors.venues.alltick.values import measure, measure_or_zero, time_ns
from engine.messages.market import Book, Quote, Ticker, Trade
from engine.session.contract import Now
from engine.session.values import malformed, whole

LEVELS_MAX: Final = 50
"""Levels a side in one push; the venue has ten at most."""

Side = tuple[tuple[float, float], ...]

_BUY, _SELL = 1, 2


@attrs.define
class Depth:
    """One book push, read. Prices of 0 are no levels; a size of 0.0 is one that the venue does not say."""

    seq: int
    ts_ns: int
    bids: Side
    asks: Side

    @property
    def is_crossed(self) -> bool:
        """Crossed or locked: no market to trade on (auctions show it for minutes)."""
        return bool(self.bids and self.asks) and self.bids[0][0] >= self.asks[0][0]


@attrs.define
class Last:
    """One trade push, read. `price` 0.0: there was no trade."""

    seq: int
    ts_ns: int
    price: float
    size: float
    direction: int


def read_depth(data: Mapping[str, Any]) -> Depth:
    """The book in a push or an HTTP row. Raises RemoteProtocolError."""
    return Depth(
        whole(data.get("seq"), "seq"),
        time_ns(data.get("tick_time"), "tick_time"),
        _side(data.get("bids"), "bids", reverse=True),
        _side(data.get("asks"), "asks", reverse=False),
    )


def _side(value: Any, field: str, *, reverse: bool) -> Side:
    if value is None:
        return ()
    if type(value) is not list or len(value) > LEVELS_MAX:
        malformed(field, f"an array of at most {LEVELS_MAX} levels")
    levels = []
    for level in value:
        if type(level) is not dict:
            malformed(field, "an array of levels")
        price = measure(level.get("price"), "price")
        if price:
            levels.append((price, measure_or_zero(level.get("volume"), "volume")))
    if len(levels) > 1:
        levels.sort(key=_price_of, reverse=reverse)  # sent best first: one pass over sorted input
    return tuple(levels)


def _price_of(level: tuple[float, float]) -> float:
    return level[0]


def read_last(data: Mapping[str, Any]) -> Last:
    """The trade in a push or an HTTP row. Raises RemoteProtocolError."""
    return Last(
        whole(data.get("seq"), "seq"),
        time_ns(data.get("tick_time"), "tick_time"),
        measure(data.get("price"), "price"),
        measure_or_zero(data.get("volume"), "volume"),
        _direction(data.get("trade_direction")),
    )


def _direction(value: Any) -> int:
    """The venue writes it as number or text, and for some classes means nothing by it."""
    if value is None or value == "":
        return 0
    number = whole(value, "trade_direction")
    return 1 if number == _BUY else -1 if number == _SELL else 0


def quote_of(listing: Listing, depth: Depth, now: Now) -> Quote:
    """The top of a book; a side that is not there is 0.0 and 0.0."""
    bid = depth.bids[0] if depth.bids else (0.0, 0.0)
    ask = depth.asks[0] if depth.asks else (0.0, 0.0)
    return Quote(
        listing.instrument.id,
        0,
        0,
        depth.ts_ns,
        now.wall_ns,
        now.mono_ns,
        bid[0],
        bid[1],
        ask[0],
        ask[1],
    )


def book_of(listing: Listing, depth: Depth, levels: int, now: Now) -> Book:
    """The whole book, cut to what was asked for."""
    return Book(
        listing.instrument.id,
        0,
        0,
        depth.ts_ns,
        now.wall_ns,
        now.mono_ns,
        levels,
        depth.bids[:levels],
        depth.asks[:levels],
    )


def trade_of(listing: Listing, last: Last, now: Now) -> Trade:
    """The trade; its id is the venue's number of it."""
    return Trade(
        listing.instrument.id,
        0,
        0,
        last.ts_ns,
        now.wall_ns,
        now.mono_ns,
        last.price,
        last.size,
        last.direction if listing.kind.directed else 0,
        str(last.seq),
    )


def ticker_of(listing: Listing, last: Last, now: Now) -> Ticker:
    """The last price; the venue's stream tells no more of a ticker."""
    return Ticker(
        listing.instrument.id, 0, 0, last.ts_ns, now.wall_ns, now.mono_ns, last.price, 0.0, 0.0, 0.0
    )
