"""The orders of one account: the open ones, and today's finished ones as far back as is kept."""

from collections import OrderedDict
from collections.abc import Iterator

from actors.venues.t4.simulator.orders import Order, Trade


class OrderStore:
    """One account's orders.

    Args:
        account_id: whose.
        kept: finished orders that are kept.
    """

    def __init__(self, account_id: str, kept: int) -> None:
        self.account_id = account_id
        self.open: dict[str, Order] = {}
        self._finished: OrderedDict[str, Order] = OrderedDict()
        self._kept = kept

    def add(self, order: Order) -> None:
        """A new order, whatever becomes of it."""
        self.open[order.unique_id] = order

    def close(self, order: Order) -> None:
        """It is over; the oldest of those that are over may be forgotten."""
        if self.open.pop(order.unique_id, None) is not None:
            self._finished[order.unique_id] = order
            while len(self._finished) > self._kept:
                self._finished.popitem(last=False)

    def find(self, unique_id: str) -> Order | None:
        """The order, None when it is not known (any more)."""
        return self.open.get(unique_id) or self._finished.get(unique_id)

    def all(self) -> Iterator[Order]:
        """Finished ones, oldest first, then the open ones."""
        yield from self._finished.values()
        yield from self.open.values()

    def markets(self) -> list[str]:
        """Markets in which there are orders."""
        return list(dict.fromkeys(each.market_id for each in self.all()))

    def of(self, market_id: str) -> list[Order]:
        """The orders of a market as they came."""
        found = [each for each in self.all() if each.market_id == market_id]
        return sorted(found, key=lambda each: each.submitted_ns)

    def forget_finished(self) -> None:
        """The day is over."""
        self._finished.clear()

    def newest_trade(self, fits: str) -> tuple[Order, Trade] | None:
        """The newest fill in the market named, in any when it is empty."""
        trades = [
            (order, trade)
            for order in self.all()
            if fits in ("", order.market_id)
            for trade in order.trades
        ]
        return max(trades, key=lambda pair: pair[1].wall_ns, default=None)
