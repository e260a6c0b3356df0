"""All orders and fills the venue remembers, by account, and the questions that can be asked of them."""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final, TypeVar

from actors.venues.longbridge.simulator.orders import Execution, Order

CLOSED_MAX: Final = 20_000
"""Closed orders remembered per account."""
EXECUTIONS_MAX: Final = 50_000
"""Fills remembered per account."""

_Item = TypeVar("_Item", Order, Execution)


class OrderStore:
    """The orders of one account: open ones, closed ones as far as remembered, and fills."""

    def __init__(self) -> None:
        self.open: dict[int, Order] = {}
        self._all: dict[int, Order] = {}
        self._closed: deque[int] = deque()
        self._executions: deque[Execution] = deque(maxlen=EXECUTIONS_MAX)

    def add(self, order: Order) -> None:
        """A new order, with a number above all others."""
        self.open[order.order_id] = self._all[order.order_id] = order

    def close(self, order: Order) -> None:
        """An order reached its end; a second time does nothing."""
        if self.open.pop(order.order_id, None) is not None:
            self._closed.append(order.order_id)
            if len(self._closed) > CLOSED_MAX:
                del self._all[self._closed.popleft()]

    def fill(self, execution: Execution) -> None:
        """One of its orders was filled."""
        self._executions.append(execution)

    def find(self, order_id: int) -> Order | None:
        """The order of this number."""
        return self._all.get(order_id)

    def orders(
        self, wanted: Callable[[Order], bool], limit: int, order_id: int | None = None
    ) -> list[Order]:
        """Orders that are wanted, newest first, one more than the limit when there are more.

        With a number, that order alone is looked at.
        """
        if order_id is None:
            return _first(reversed(self._all.values()), wanted, limit)
        order = self.find(order_id)
        return [order] if order is not None and wanted(order) else []

    def executions(self, wanted: Callable[[Execution], bool], limit: int) -> list[Execution]:
        """Fills that are wanted, newest first, one more than the limit when there are more."""
        return _first(reversed(self._executions), wanted, limit)


def _first(items: Iterable[_Item], wanted: Callable[[_Item], bool], limit: int) -> list[_Item]:
    return list(islice((item for item in items if wanted(item)), limit + 1))
