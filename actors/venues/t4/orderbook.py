"""Market by order: every single order of one market, and the book that they make.

A snapshot names all orders; numbered updates then add, change and take away. An update whose number was
seen already is dropped; one that leaves a number out means that something is missing, and the whole is
asked for again. Deletions name an order only, so every order is remembered with its place.
"""

from bisect import bisect_left, insort
from typing import Any, Final

import attrs

from actors.venues.t4 import wire
from actors.venues.t4.prices import Pricing
from actors.venues.t4.proto import enums_pb2, market_pb2
from engine.messages.market import Book
from engine.session.contract import Now
from engine.session.values import malformed

ORDERS_MAX: Final = 200_000
"""Orders of one market that are remembered; the busiest has some ten thousand."""
UPDATES_MAX: Final = 50_000
"""Changes in one message."""

_KINDS: Final = market_pb2.MarketByOrderUpdate


@attrs.frozen
class Gap:
    """Something is missing, or cannot be: the book has to be asked for anew."""

    reason: str


@attrs.define
class _Side:
    """Volume by price, and the prices in order (of bids their negative: best first)."""

    sign: int
    sizes: dict[float, int] = attrs.field(factory=dict)
    prices: list[float] = attrs.field(factory=list)

    def change(self, price: float, size: int) -> int:
        """Add to a level; returns how many levels are better."""
        key = -price if self.sign > 0 else price
        before = self.sizes.get(price, 0)
        after = before + size
        place = bisect_left(self.prices, key)
        if after > 0:
            self.sizes[price] = after
            if not before:
                insort(self.prices, key)
        elif before:
            del self.sizes[price]
            del self.prices[place]
        return place

    def best(self, levels: int) -> tuple[tuple[float, float], ...]:
        """So many levels, best first."""
        prices = [abs_price(key, self.sign) for key in self.prices[:levels]]
        return tuple((price, float(self.sizes[price])) for price in prices)


def abs_price(key: float, sign: int) -> float:
    """The price behind a key of a side."""
    return -key if sign > 0 else key


class OrderBook:
    """All orders of one market.

    Args:
        instrument: the engine's name.
        levels: a side that are published; changes beyond them make no message.
    """

    __slots__ = ("_asks", "_bids", "_instrument", "_levels", "_orders", "_sequence", "_ts_ns")

    def __init__(self, instrument: str, levels: int) -> None:
        self._instrument = instrument
        self._levels = levels
        self._orders: dict[int, tuple[_Side, float, int, int]] = {}
        self._bids, self._asks = _Side(1), _Side(-1)
        self._sequence: int | None = None
        self._ts_ns = 0

    @property
    def whole(self) -> bool:
        """Whether a snapshot has come and nothing was missed since."""
        return self._sequence is not None

    @property
    def orders(self) -> int:
        """How many orders there are."""
        return len(self._orders)

    def restart(self) -> None:
        """Nothing is known until the next snapshot."""
        self._clear()
        self._sequence = None

    def ahead_of(self, order_id: int) -> int | None:
        """Volume at the same price with a lower priority number; None for an order that is not there."""
        mine = self._orders.get(order_id)
        if mine is None:
            return None
        side, price, _, priority = mine
        others = self._orders.values()
        return sum(o[2] for o in others if o[0] is side and o[1] == price and o[3] < priority)

    def snapshot(self, message: Any, pricing: Pricing, now: Now) -> None:
        """All orders. Raises RemoteProtocolError."""
        self._clear()
        self._sequence = None
        if len(message.orders) > ORDERS_MAX:
            malformed("market by order", f"at most {ORDERS_MAX} orders")
        for row in message.orders:
            self._put(row, pricing)
        self._sequence = message.last_sequence
        self._ts_ns = wire.stamp_ns(message, "time", now.wall_ns)

    def update(self, message: Any, pricing: Pricing, now: Now) -> bool | Gap:
        """Changes: whether they are to be seen, or what is wrong. Raises RemoteProtocolError."""
        if self._sequence is None or message.sequence <= self._sequence:
            return False  # older than the snapshot that is here or on its way
        if message.sequence != self._sequence + 1:
            reason = f"update {message.sequence} follows {self._sequence}"
            self.restart()
            return Gap(reason)
        if len(message.updates) > UPDATES_MAX:
            malformed("market by order", f"at most {UPDATES_MAX} changes")
        seen = False
        for change in message.updates:
            seen |= self._apply(change, pricing)
        self._sequence = message.sequence
        self._ts_ns = wire.stamp_ns(message, "time", now.wall_ns)
        return seen

    def book(self, now: Now) -> Book | None:
        """The book; None while it is crossed, as it is between the changes of one match."""
        bids, asks = self._bids.best(self._levels), self._asks.best(self._levels)
        if bids and asks and bids[0][0] >= asks[0][0]:
            return None
        stamps = (self._ts_ns, now.wall_ns, now.mono_ns)
        return Book(self._instrument, 0, 0, *stamps, self._levels, bids, asks)

    def _clear(self) -> None:
        self._orders = {}
        self._bids, self._asks = _Side(1), _Side(-1)

    def _apply(self, change: Any, pricing: Pricing) -> bool:
        if change.update_type == _KINDS.UPDATE_TYPE_CLEAR:
            self._clear()
            return True
        if change.update_type == _KINDS.UPDATE_TYPE_DELETE:
            return self._take(change.order_id)
        if change.update_type != _KINDS.UPDATE_TYPE_ADD_OR_UPDATE:
            malformed("update_type", "add, delete or clear")
        seen = self._take(change.order_id)
        return self._put(change, pricing) or seen

    def _take(self, order_id: int) -> bool:
        known = self._orders.pop(order_id, None)
        if known is None:
            return False  # of an order that was gone before the snapshot
        side, price, size, _ = known
        return side.change(price, -size) < self._levels

    def _put(self, row: Any, pricing: Pricing) -> bool:
        size = wire.volume(row.volume, "volume")
        if row.bid_offer == enums_pb2.BID_OFFER_BID:
            side = self._bids
        elif row.bid_offer == enums_pb2.BID_OFFER_OFFER:
            side = self._asks
        else:
            malformed("bid_offer", "bid or offer")
        if not row.HasField("price") or not row.price.value:
            malformed("an order", "with a price")
        if len(self._orders) >= ORDERS_MAX:
            malformed("market by order", f"at most {ORDERS_MAX} orders")
        self._take(row.order_id)  # a snapshot that names an order twice means the last one
        if not size:
            return False
        price = pricing.measured(row.price.value, "price")
        self._orders[row.order_id] = (side, price, size, row.priority)
        return side.change(price, size) < self._levels
