"""A market by order: every order with its place in the queue, and the levels they add up to; pure.

Two sorts of orders stand in one book. *Recorded* ones come and go as the recording says. *Shown* ones
stand for sizes that are known by level only: a generated market's, and what clients' orders add to a
recorded one. Of those, what trades leaves from the front of the queue and what is cancelled from its end.
"""

from collections.abc import Iterable
from itertools import count
from typing import Final

import attrs

from actors.venues.t4.simulator.codes import UpdateType
from engine.exchange.model import Side

SHOWN_IDS_FROM: Final = 9_000_000_000_000
"""Order ids of shown orders start here, above those of recordings."""
ORDER_LOTS_MAX: Final = 10
"""A size that is added to a level stands there as orders of at most so many lots."""

Level = tuple[Side, int]
"""A side and a price in ticks."""


@attrs.define
class Standing:
    """One order in the book; lower priority trades first."""

    order_id: int
    side: Side
    ticks: int
    lots: int
    priority: int


@attrs.frozen
class Change:
    """One change, as it is told: the order as it stands after it (deleted: as it stood)."""

    kind: UpdateType
    order_id: int = 0
    side: Side = Side.BUY
    ticks: int = 0
    lots: int = 0
    priority: int = 0


class OrderBook:
    """The market by order of one market."""

    def __init__(self) -> None:
        self.orders: dict[int, Standing] = {}
        self._levels: dict[Level, list[int]] = {}
        self._shown: dict[Level, dict[int, None]] = {}
        self._shown_lots: dict[Level, int] = {}
        self._ids = count(SHOWN_IDS_FROM)
        self._priorities = count(1)

    # --- reading --------------------------------------------------------------------------

    def lots(self, side: Side, ticks: int) -> int:
        """Size of a level."""
        return self._levels.get((side, ticks), _NONE)[0]

    def orders_at(self, side: Side, ticks: int) -> int:
        """How many orders stand at a level."""
        return self._levels.get((side, ticks), _NONE)[1]

    def recorded_lots(self, side: Side, ticks: int) -> int:
        """Size of the recorded orders of a level."""
        return self.lots(side, ticks) - self._shown_lots.get((side, ticks), 0)

    def levels(self, side: Side) -> list[tuple[int, int]]:
        """(ticks, lots) of a side, best first."""
        found = [(key[1], each[0]) for key, each in self._levels.items() if key[0] is side]
        return sorted(found, reverse=side is Side.BUY)

    def standing(self) -> list[Standing]:
        """All orders by priority."""
        return sorted(self.orders.values(), key=lambda each: each.priority)

    # --- recorded orders ------------------------------------------------------------------

    def add(self, order_id: int, side: Side, ticks: int, lots: int) -> Change:
        """An order enters at the end of its queue."""
        order = Standing(order_id, side, ticks, lots, next(self._priorities))
        self.orders[order_id] = order
        self._count(order, lots, 1)
        return _told(order)

    def modify(self, order_id: int, ticks: int, lots: int) -> Change | None:
        """An order changes; it keeps its place when it only gets smaller. None for an unknown one."""
        order = self.orders.get(order_id)
        if order is None:
            return None
        self._count(order, -order.lots, -1)
        if ticks != order.ticks or lots > order.lots:
            order.priority = next(self._priorities)
        order.ticks, order.lots = ticks, lots
        self._count(order, lots, 1)
        return _told(order)

    def take(self, order_id: int, lots: int) -> Change | None:
        """So many lots of an order go, and the order with the last of them. None for an unknown one."""
        order = self.orders.get(order_id)
        if order is None:
            return None
        if lots < order.lots:
            self._count(order, -lots, 0)
            order.lots -= lots
            return _told(order)
        self._count(order, -order.lots, -1)
        del self.orders[order_id]
        return _told(order, UpdateType.DELETE)

    def clear_recorded(self) -> None:
        """All recorded orders go, without a word of any single one."""
        shown = {each for ids in self._shown.values() for each in ids}
        for order in [each for each in self.orders.values() if each.order_id not in shown]:
            self.take(order.order_id, order.lots)

    # --- shown orders ---------------------------------------------------------------------

    def show(self, side: Side, ticks: int, lots: int, *, traded: bool) -> list[Change]:
        """Make the shown orders of a level add up to so many lots."""
        level = (side, ticks)
        more = lots - self._shown_lots.get(level, 0)
        if not more:
            return []
        changes = self._put(level, more) if more > 0 else self._pull(level, -more, front=traded)
        self._shown_lots[level] = lots
        if not lots:
            del self._shown_lots[level], self._shown[level]
        return changes

    def _put(self, level: Level, lots: int) -> list[Change]:
        ids = self._shown.setdefault(level, {})
        changes = []
        while lots:
            part = min(lots, ORDER_LOTS_MAX)
            change = self.add(next(self._ids), *level, part)
            ids[change.order_id] = None
            changes.append(change)
            lots -= part
        return changes

    def _pull(self, level: Level, lots: int, *, front: bool) -> list[Change]:
        ids = self._shown[level]
        changes = []
        while lots:
            order_id = next(iter(ids)) if front else next(reversed(ids))
            part = min(lots, self.orders[order_id].lots)
            change = self.take(order_id, part)
            if change is not None:
                changes.append(change)
                if change.kind is UpdateType.DELETE:
                    del ids[order_id]
            lots -= part
        return changes

    # --- bookkeeping ----------------------------------------------------------------------

    def _count(self, order: Standing, lots: int, orders: int) -> None:
        level = self._levels.setdefault((order.side, order.ticks), [0, 0])
        level[0] += lots
        level[1] += orders
        if not level[1]:
            del self._levels[order.side, order.ticks]


def touched(changes: Iterable[Change]) -> set[Level]:
    """The levels that changes name; where a modified order came from is not among them."""
    return {(each.side, each.ticks) for each in changes}


def _told(order: Standing, kind: UpdateType = UpdateType.ADD_OR_UPDATE) -> Change:
    return Change(kind, order.order_id, order.side, order.ticks, order.lots, order.priority)


_NONE: Final = [0, 0]
