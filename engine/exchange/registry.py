"""Which orders the exchange knows: open ones by id, and a bounded memory of final ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from engine.exchange.model import Order
from engine.exchange.working import WorkingOrder

OPEN_ORDERS_MAX = 5_000
"""Open orders per account: above any venue's own limit, and what bounds a runaway client."""
ORDER_HISTORY_MAX = 10_000
"""Final orders remembered per account: enough for a venue's history queries of a long demo."""


class OrderBookkeeping:
    """The orders of one account."""

    __slots__ = ("_final", "_final_ids", "_open_ids", "open")

    def __init__(self) -> None:
        self.open: dict[int, WorkingOrder] = {}
        self._open_ids: dict[str, int] = {}
        self._final: OrderedDict[int, Order] = OrderedDict()
        self._final_ids: dict[str, int] = {}

    def add(self, order: WorkingOrder) -> None:
        """An order was accepted."""
        self.open[order.order_id] = order
        client_order_id = order.terms.client_order_id
        if client_order_id is not None:
            self._open_ids[client_order_id] = order.order_id

    def finish(self, order: WorkingOrder, view: Order) -> None:
        """An order became final: it moves to the memory, from which the oldest drops out."""
        del self.open[order.order_id]
        client_order_id = view.client_order_id
        self._final[view.order_id] = view
        if client_order_id is not None:
            del self._open_ids[client_order_id]
            self._final_ids[client_order_id] = view.order_id
        if len(self._final) > ORDER_HISTORY_MAX:
            self._forget(next(iter(self._final)))

    def _forget(self, order_id: int) -> None:
        view = self._final.pop(order_id)
        client_order_id = view.client_order_id
        if client_order_id is not None and self._final_ids.get(client_order_id) == order_id:
            del self._final_ids[client_order_id]

    def is_open(self, client_order_id: str) -> bool:
        """Whether an open order carries this client order id."""
        return client_order_id in self._open_ids

    def is_known(self, client_order_id: str) -> bool:
        """Whether any remembered order carries this client order id."""
        return client_order_id in self._open_ids or client_order_id in self._final_ids

    def find_open(self, order_id: int | None, client_order_id: str | None) -> WorkingOrder | None:
        """The open order of either id; the order id wins."""
        if order_id is None and client_order_id is not None:
            order_id = self._open_ids.get(client_order_id)
        return None if order_id is None else self.open.get(order_id)

    def find(self, order_id: int | None, client_order_id: str | None) -> Order | None:
        """The open or remembered order of either id as it stands."""
        working = self.find_open(order_id, client_order_id)
        if working is not None:
            return working.view()
        if order_id is None and client_order_id is not None:
            order_id = self._final_ids.get(client_order_id)
        return None if order_id is None else self._final.get(order_id)

    def history(self) -> Iterator[Order]:
        """Final orders, newest first."""
        return reversed(self._final.values())
