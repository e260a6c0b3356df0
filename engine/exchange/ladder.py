"""One side of a book: outside levels, clients' queues, and the published sum of both.

Keys, not prices, order the levels: the key of a bid is its price in ticks, of an ask the negative
of it, so on both sides the highest key is the best price and a buy key and a sell key cross when
their sum is zero or more.

Queue rule. When a client's order joins a price, the outside size standing there is `ahead` of it;
orders that join later queue behind earlier ones. What trades at the price consumes the queue from
the front: outside size ahead of the first order, the first order, outside size between it and the
second, and so on. When the feed lowers a level, `ahead` is capped to the new size (cancels are
taken to come from behind first); when it raises a level, the new size stands behind the orders.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Container, Iterator

from engine.exchange.model import Side
from engine.exchange.working import WorkingOrder


class Ladder:
    """The bids or the asks of one instrument.

    `outside` holds the outside sizes by key (above zero only), `queues` the clients' orders by
    key in order of arrival, `keys` all keys with a published size in rising order (best last).
    `changed` remembers the published size of every touched key as of the last `take_changes`.
    """

    __slots__ = ("changed", "keys", "outside", "queues", "resting", "side", "sign")

    def __init__(self, side: Side) -> None:
        self.side = side
        self.sign = 1 if side is Side.BUY else -1
        self.outside: dict[int, int] = {}
        self.queues: dict[int, list[WorkingOrder]] = {}
        self.resting: dict[int, int] = {}
        self.keys: list[int] = []
        self.changed: dict[int, int] = {}

    # --- reading --------------------------------------------------------------------------

    def best(self) -> tuple[int | None, int]:
        """(price in ticks, size in lots) of the best published level, (None, 0) when empty."""
        if not self.keys:
            return None, 0
        key = self.keys[-1]
        return key * self.sign, self.size(key)

    def size(self, key: int) -> int:
        """Published size at a key."""
        return self.outside.get(key, 0) + self.resting.get(key, 0)

    def levels(self, depth: int | None) -> tuple[tuple[int, int], ...]:
        """Published (price in ticks, size in lots), best first."""
        keys = self.keys if depth is None else self.keys[-depth:] if depth > 0 else []
        return tuple((key * self.sign, self.size(key)) for key in reversed(keys))

    def best_client_key(self) -> int | None:
        """Key of the best price at which a client's order rests."""
        return max(self.queues) if self.queues else None

    def portions(self, key: int) -> Iterator[tuple[WorkingOrder | None, int]]:
        """What stands at a key in the order in which it trades: (order or None for outside, lots)."""
        passed = 0
        for order in self.queues.get(key, ()):
            if order.ahead > passed:
                yield None, order.ahead - passed
                passed = order.ahead
            yield order, order.leaves
        rest = self.outside.get(key, 0) - passed
        if rest > 0:
            yield None, rest

    def take_changes(self) -> list[tuple[Side, int, int]]:
        """The levels whose published size differs from the last call, and forget them."""
        side, sign = self.side, self.sign
        outside, resting = self.outside.get, self.resting.get
        changes = [
            (side, key * sign, after)
            for key, before in self.changed.items()
            if (after := outside(key, 0) + resting(key, 0)) != before
        ]
        self.changed.clear()
        return changes

    # --- outside size ---------------------------------------------------------------------

    def set_outside(self, key: int, lots: int) -> None:
        """Make the outside size at a key what the feed says (0 removes it)."""
        before = self.outside.get(key, 0)
        if lots == before:
            return
        self._touch(key)
        if lots > 0:
            self.outside[key] = lots
        else:
            del self.outside[key]
        if lots < before:
            for order in self.queues.get(key, ()):
                order.ahead = min(order.ahead, lots)
        if not before or lots <= 0:  # another size of the same level moves no key
            self._settle(key)

    def consume_outside(self, key: int, lots: int) -> None:
        """A client's order took outside size from the front of the queue."""
        self._touch(key)
        left = self.outside[key] - lots
        if left:
            self.outside[key] = left
        else:
            del self.outside[key]
        self.advance_queue(key, lots)
        self._settle(key)

    def advance_queue(self, key: int, lots: int) -> None:
        """Outside size in front of the queue traded: every order moves up."""
        for order in self.queues.get(key, ()):
            order.ahead = max(0, order.ahead - lots)

    def drop_better_outside(self, key: int | None) -> None:
        """Remove outside levels better than a key (all of them for None)."""
        better: list[int] = []
        for other in reversed(self.keys):
            if key is not None and other <= key:
                break
            if other in self.outside:
                better.append(other)
        for other in better:
            self.set_outside(other, 0)

    def drop_outside_except(self, kept: Container[int | None]) -> None:
        """Remove all outside levels but the kept keys."""
        for key in [key for key in self.outside if key not in kept]:
            self.set_outside(key, 0)

    # --- clients' orders ------------------------------------------------------------------

    def join(self, key: int, order: WorkingOrder) -> None:
        """An order rests at the end of the queue of its price."""
        self._touch(key)
        order.ahead = self.outside.get(key, 0)
        self.queues.setdefault(key, []).append(order)
        self.resting[key] = self.resting.get(key, 0) + order.leaves
        self._settle(key)

    def lower(self, key: int, lots: int) -> None:
        """Orders at a key hold so many lots less (fills, a smaller quantity)."""
        self._touch(key)
        self._lower(key, lots)
        self._settle(key)

    def leave(self, key: int, order: WorkingOrder, lots: int) -> None:
        """An order leaves its queue, taking the lots it still showed with it."""
        self._touch(key)
        queue = self.queues[key]
        queue.remove(order)
        if not queue:
            del self.queues[key]
        self._lower(key, lots)
        self._settle(key)

    def _lower(self, key: int, lots: int) -> None:
        left = self.resting[key] - lots
        if left:
            self.resting[key] = left
        else:
            del self.resting[key]

    # --- bookkeeping ----------------------------------------------------------------------

    def _touch(self, key: int) -> None:
        """Remember the published size before the first change of this call."""
        if key not in self.changed:
            self.changed[key] = self.size(key)

    def _settle(self, key: int) -> None:
        """Keep `keys` in line with what is published."""
        keys = self.keys
        at = bisect_left(keys, key)
        listed = at < len(keys) and keys[at] == key
        if key in self.outside or key in self.resting:
            if not listed:
                insort(keys, key)
        elif listed:
            del keys[at]
