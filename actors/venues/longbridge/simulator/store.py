"""All orders and fills the venue remembers, by account, and the questions that can be asked of them."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
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
        self._closed: OrderedDict[int, Order] = OrderedDict()
        self._executions: deque[Execution] = deque(maxlen=EXECUTIONS_MAX)

    def add(self, order: Order) -> None:
        """A new order."""
        self.open[order.order_id] = order

    def close(self, order: Order) -> None:
        """An order reached its end."""
        if self.open.pop(order.order_id, None) is not None:
            self._closed[order.order_id] = order
            if len(self._closed) > CLOSED_MAX:
                self._closed.popitem(last=False)

    def fill(self, execution: Execution) -> None:
        """One of its orders was filled."""
        self._executions.append(execution)

    def find(self, order_id: int) -> Order | None:
        """The order of this number."""
        return self.open.get(order_id) or self._closed.get(order_id)

    def orders(self, wanted: Callable[[Order], bool], limit: int) -> list[Order]:
        """Orders that are wanted, newest first, one more than the limit when there are more."""
        return _first(self._newest(), wanted, limit)

    def _newest(self) -> Iterator[Order]:
        everything = [*self._closed.values(), *self.open.values()]
        return iter(sorted(everything, key=lambda each: -each.order_id))

    def executions(self, wanted: Callable[[Execution], bool], limit: int) -> list[Execution]:
        """Fills that are wanted, newest first, one more than the limit when there are more."""
        return _first(reversed(self._executions), wanted, limit)


def _first(items: Iterable[_Item], wanted: Callable[[_Item], bool], limit: int) -> list[_Item]:
    return list(islice((item for item in items if wanted(item)), limit + 1))
