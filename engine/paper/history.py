"""What the paper venue remembers of the past: finished orders, fills and used ids, all bounded.

A venue forgets too. What is forgotten is known by its time, so that an answer that reaches further
back does not pretend to be complete. Ids of orders and fills never depend on what is remembered.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator

from engine.messages.venue import Fill
from engine.paper.order import PaperOrder

FINISHED_MAX = 20_000
"""Finished orders that queries see: some 20 MB."""

FILLS_MAX = 20_000
"""Fills that queries see; about as many as finished orders have."""

IDS_MAX = 200_000
"""Used client order ids that are refused: some 20 MB; ids of the router never repeat anyway."""


class History:
    """Bounded memory of an account."""

    def __init__(self) -> None:
        self._finished: OrderedDict[str, PaperOrder] = OrderedDict()
        self._fills: deque[Fill] = deque()
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._forgotten_ns = -1

    def use(self, client_order_id: str) -> None:
        """The id is taken from here on."""
        self._ids[client_order_id] = None
        if len(self._ids) > IDS_MAX:
            self._ids.popitem(last=False)

    def is_used(self, client_order_id: str) -> bool:
        """Whether an order had this id."""
        return client_order_id in self._ids

    def finish(self, order: PaperOrder) -> None:
        """The order is over."""
        self._finished[order.client_order_id] = order
        if len(self._finished) > FINISHED_MAX:
            _, oldest = self._finished.popitem(last=False)
            self._forgotten_ns = max(self._forgotten_ns, oldest.updated_ns)

    def add(self, fill: Fill) -> None:
        """A fill happened."""
        self._fills.append(fill)
        if len(self._fills) > FILLS_MAX:
            self._forgotten_ns = max(self._forgotten_ns, self._fills.popleft().ts_ns)

    def find(self, client_order_id: str) -> PaperOrder | None:
        """A finished order."""
        return self._finished.get(client_order_id)

    def finished_since(self, since_ns: int) -> Iterator[PaperOrder]:
        """Orders that ended at `since_ns` or later, oldest end first."""
        return (order for order in self._finished.values() if order.updated_ns >= since_ns)

    def fills_since(self, since_ns: int) -> Iterator[Fill]:
        """Fills at `since_ns` or later, oldest first."""
        return (fill for fill in self._fills if fill.ts_ns >= since_ns)

    def reaches(self, since_ns: int) -> bool:
        """Whether nothing since then was forgotten."""
        return since_ns > self._forgotten_ns
