"""Orders in memory, findable by every name they have; the oldest finished ones are let go.

Finished orders stay for late fills, repeated answers and questions of operators, up to a bound; the
journal and its index know them for ever.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from engine.errors import InvariantViolation
from engine.model.enums import Certainty
from engine.orders.exposure import reserved_quantity
from engine.orders.order import Order

FINISHED_ORDERS_MAX = 20_000
"""Finished orders kept, about 25 MB; a late fill of an older one is counted as external."""

VENUE_IDS_MAX = 8
"""Ids of the venue's that an order is found by: some venues give a new one with each change, and news
under the one before may be late. Older ones are let go."""

_NONE: Mapping[str, Order] = {}
_NO_IDS = ("",)


class OrderStore:
    """All remembered orders; `changed` must be called after every change of one."""

    __slots__ = (
        "_by_account",
        "_by_intent",
        "_by_strategy",
        "_by_venue_id",
        "_finished",
        "_finished_max",
        "_orders",
        "_unknown",
        "_venue_ids",
    )

    def __init__(self, finished_max: int = FINISHED_ORDERS_MAX) -> None:
        self._orders: dict[str, Order] = {}
        self._by_intent: dict[str, Order] = {}
        self._by_venue_id: dict[tuple[str, str], Order] = {}
        self._venue_ids: dict[str, tuple[str, ...]] = {}
        self._by_account: dict[str, dict[str, Order]] = {}
        self._by_strategy: dict[str, dict[str, Order]] = {}
        self._unknown: dict[str, dict[str, Order]] = {}
        self._finished: deque[Order] = deque()
        self._finished_max = finished_max

    def __len__(self) -> int:
        return len(self._orders)

    def __iter__(self) -> Iterator[Order]:
        return iter(self._orders.values())

    def get(self, client_order_id: str) -> Order | None:
        """By client order id."""
        return self._orders.get(client_order_id)

    def take(self, client_order_id: str) -> Order:
        """The order that must be there; InvariantViolation when it is not."""
        order = self._orders.get(client_order_id)
        if order is None:
            raise InvariantViolation(f"there is no order {client_order_id}")
        return order

    def by_intent(self, intent_id: str) -> Order | None:
        """By the intent that asked for it."""
        return self._by_intent.get(intent_id)

    def by_venue_id(self, account: str, venue_order_id: str) -> Order | None:
        """By what the venue calls it."""
        return self._by_venue_id.get((account, venue_order_id)) if venue_order_id else None

    def find(self, account: str, client_order_id: str, venue_order_id: str) -> Order | None:
        """By whichever name the venue gave; an order of another account is not found."""
        order = self._orders.get(client_order_id) if client_order_id else None
        if order is not None and order.account == account:
            return order
        return self.by_venue_id(account, venue_order_id)

    def open_of_account(self, account: str) -> Iterable[Order]:
        """Orders of the account that may still trade, oldest first."""
        return self._by_account.get(account, _NONE).values()

    def open_of_strategy(self, strategy: str) -> Iterable[Order]:
        """Orders of the strategy that may still trade, oldest first."""
        return self._by_strategy.get(strategy, _NONE).values()

    def owners(self) -> list[str]:
        """Who has orders that may still trade; empty stands for nobody of ours."""
        return [name for name, orders in self._by_strategy.items() if orders]

    def unknown_of_account(self, account: str) -> Iterable[Order]:
        """Orders of the account whose state at the venue is unknown."""
        return self._unknown.get(account, _NONE).values()

    def finished_of_strategy(self, strategy: str, count: int) -> list[Order]:
        """The strategy's newest finished orders, at most `count`, oldest first."""
        found: list[Order] = []
        for order in reversed(self._finished):
            if len(found) == count:
                break
            if order.strategy == strategy and order.is_terminal:
                found.append(order)
        return found[::-1]

    def add(self, order: Order) -> None:
        """Take in a new order."""
        self._orders[order.client_order_id] = order
        if order.intent_id:
            self._by_intent[order.intent_id] = order
        self.changed(order)

    def changed(self, order: Order) -> None:
        """Bring the indexes in line with the order's state."""
        key, done = order.client_order_id, order.is_terminal
        venue_id = order.venue_order_id
        if venue_id and self._venue_ids.get(key, _NO_IDS)[-1] != venue_id:
            self._name(order, venue_id)
        was_open = _keep(self._by_account, order.account, key, None if done else order)
        _keep(self._by_strategy, order.strategy, key, None if done else order)
        unknown = not done and order.certainty is Certainty.UNKNOWN
        _keep(self._unknown, order.account, key, order if unknown else None)
        if done and was_open:
            self._finish(order)

    def _name(self, order: Order, venue_id: str) -> None:
        """Find the order by a new id of the venue's as well, and by no more than the bound."""
        self._by_venue_id[order.account, venue_id] = order
        before = self._venue_ids.get(order.client_order_id, ())
        known = (*(each for each in before if each != venue_id), venue_id)
        for old in known[:-VENUE_IDS_MAX]:
            self._unname(order, old)
        self._venue_ids[order.client_order_id] = known[-VENUE_IDS_MAX:]

    def _unname(self, order: Order, venue_id: str) -> None:
        """The id may have become another order's meanwhile."""
        key = (order.account, venue_id)
        if self._by_venue_id.get(key) is order:
            del self._by_venue_id[key]

    def claim(self, order: Order, owner: str) -> None:
        """Give the order to another owner, who may name it by its client order id."""
        _keep(self._by_strategy, order.strategy, order.client_order_id, None)
        order.strategy = owner
        if not order.intent_id:
            order.intent_id = order.client_order_id
            self._by_intent[order.intent_id] = order
        self.changed(order)

    def _finish(self, order: Order) -> None:
        self._finished.append(order)
        for _ in range(len(self._finished) - self._finished_max):
            oldest = self._finished.popleft()
            if not oldest.is_terminal:
                continue  # came back to life; it is queued again when it ends
            if reserved_quantity(oldest):
                self._finished.append(oldest)
            else:
                self._forget(oldest)

    def _forget(self, order: Order) -> None:
        self._orders.pop(order.client_order_id, None)
        self._by_intent.pop(order.intent_id, None)
        self._unname(order, order.venue_order_id)
        for venue_id in self._venue_ids.pop(order.client_order_id, ()):
            self._unname(order, venue_id)


def _keep(index: dict[str, dict[str, Order]], name: str, key: str, order: Order | None) -> bool:
    """Put the order under the name, or take it away; whether it was there."""
    under = index.get(name)
    if under is None:
        under = index[name] = {}
    was = key in under
    if order is not None:
        if not was:
            under[key] = order
    elif was:
        del under[key]
    return was
