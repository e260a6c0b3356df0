"""What a trade session itself knows to be open at its venue: for when nobody else can be asked.

The router owns all state of orders; this is a list to cancel by when the router is gone. It follows
what passes through the session: orders submitted, news and fills, answers to reconciliations. It may
name an order that has ended (a cancel too many), and forgets none that it saw while there is room.
An order of somebody else on the account is in the list, but is not ours to touch (ORD-12). Pure.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import attrs

from engine.messages.venue import (
    CancelOrder,
    Fill,
    OrderUpdate,
    ReconcilePart,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    SubmitOrderList,
    UpdateKind,
    VenueOrder,
)
from engine.model.enums import TERMINAL, Pending
from engine.orders.ids import IdScheme
from engine.session.contract import OrderNews

OPEN_MAX: Final = 5_000
"""Orders remembered; several times what venues let one account have open. Beyond, the oldest go."""

SALTS_MAX: Final = 8
"""Journals whose routers one boot of a session remembers; beyond, the oldest goes."""

ALONE_REQUEST_ID: Final = -1
"""Of the question that a session asks for itself; a router counts from 1."""

_ENDS: Final = frozenset(
    {UpdateKind.REJECTED, UpdateKind.CANCELLED, UpdateKind.EXPIRED, UpdateKind.FILLED}
)


@attrs.define
class OpenOrder:
    """An order that is or may be open; either of its names may be empty, but not both.

    Attributes:
        named: whether a command of our router named it: then it is ours whatever its name.
        cancels: how often this session has tried to cancel it without a router.
    """

    client_order_id: str
    venue_order_id: str
    instrument: str
    quantity: Decimal | None = None
    named: bool = False
    cancels: int = 0


class OpenOrders:
    """The session's own list, oldest first.

    Args:
        scheme: how our client order ids look at the venue; without it an order is ours only if a
            command of the router named it.
    """

    def __init__(self, scheme: IdScheme | None = None) -> None:
        self._scheme = scheme
        self._salts: dict[str, None] = {}
        self._newest_salt = ""
        self.answered = False
        """Whether the question that the session asked for itself was answered completely."""
        self._orders: dict[str, OpenOrder] = {}
        self._by_venue_id: dict[str, str] = {}
        self._request_id = 0
        self._unseen: set[str] = set()

    def __len__(self) -> int:
        return len(self._orders)

    def __iter__(self) -> Iterator[OpenOrder]:
        return iter(list(self._orders.values()))

    @property
    def instruments(self) -> frozenset[str]:
        """Where there are open orders of ours."""
        return frozenset(order.instrument for order in self.own)

    @property
    def own(self) -> list[OpenOrder]:
        """Those that are ours, oldest first; strangers' are left alone."""
        return [order for order in self._orders.values() if self._is_ours(order)]

    def _is_ours(self, order: OpenOrder) -> bool:
        """By a router's command, or by the name: of the journal whose orders we have seen.

        A boot of the session that has seen none goes by the form of the name alone.
        """
        if order.named or self._scheme is None:
            return order.named
        salt = self._scheme.salt_of(order.client_order_id)
        return bool(salt) and (salt in self._salts or not self._salts)

    # --- what passes through the session -------------------------------------------------------

    def sent(self, command: object) -> None:
        """A command of the router goes to the venue.

        An order counts from here until it is known to be over. Where the venue is asked for
        everything, what we know now and a complete answer does not show is over.
        """
        if isinstance(command, SubmitOrderList):
            for each in command.orders:
                self.sent(each)
        elif isinstance(command, SubmitOrder):
            name = command.client_order_id
            self._learn(name)
            order = OpenOrder(name, "", command.instrument, command.quantity, named=True)
            self._add(name, order)
        elif isinstance(command, CancelOrder | ReplaceOrder):
            key = self._find(command.client_order_id, command.venue_order_id)
            if key is not None:
                self._orders[key].named = True
        elif isinstance(command, ReconcileRequest):
            self._request_id, self._unseen = command.request_id, set(self._orders)
            self.answered = False

    def _learn(self, client_order_id: str) -> None:
        if self._newest_salt and client_order_id.startswith(self._newest_salt):
            return
        salt = self._scheme.salt_of(client_order_id) if self._scheme is not None else ""
        if salt and salt not in self._salts:
            self._salts[salt] = None
            self._newest_salt = salt
            if len(self._salts) > SALTS_MAX:
                del self._salts[next(iter(self._salts))]

    def told(self, event: OrderNews) -> None:
        """News on their way to the router; a fill that is revised opens no order again."""
        if isinstance(event, ReconcilePart):
            self._answered(event)
        elif isinstance(event, Fill):
            self._filled(event)
        elif isinstance(event, OrderUpdate):
            self._updated(event)

    def _updated(self, news: OrderUpdate) -> None:
        key = self._find(news.client_order_id, news.venue_order_id)
        if key is None:
            return
        order = self._orders[key]
        never_left = news.kind is UpdateKind.NOT_SENT and news.command is Pending.NEW
        filled = news.cum_qty is not None and news.cum_qty == (news.quantity or order.quantity)
        if news.kind in _ENDS or never_left or filled:
            self._remove(key)
            return
        order.quantity = news.quantity or order.quantity
        self._name(key, order, news.venue_order_id)

    def _filled(self, fill: Fill) -> None:
        key = self._find(fill.client_order_id, fill.venue_order_id)
        if key is None:
            return
        order = self._orders[key]
        self._name(key, order, fill.venue_order_id)
        if fill.cum_qty is not None and fill.cum_qty == order.quantity:
            self._remove(key)

    def _answered(self, part: ReconcilePart) -> None:
        if part.request_id != self._request_id:
            return
        for found in part.orders:
            self._found(found)
        if part.last:
            for key in self._unseen if part.complete else ():
                self._remove(key)
            self.answered = part.complete and part.request_id == ALONE_REQUEST_ID
            self._request_id, self._unseen = 0, set()

    def _found(self, found: VenueOrder) -> None:
        key = self._find(found.client_order_id, found.venue_order_id)
        if key is not None:
            self._unseen.discard(key)
        if found.lifecycle in TERMINAL:
            if key is not None:
                self._remove(key)
            return
        if key is None:
            order = OpenOrder(found.client_order_id, "", found.instrument, found.quantity)
            key = found.client_order_id or f"venue:{found.venue_order_id}"
            self._add(key, order)
        self._name(key, self._orders[key], found.venue_order_id)

    # --- the list ------------------------------------------------------------------------------

    def _find(self, client_order_id: str, venue_order_id: str) -> str | None:
        if client_order_id in self._orders:
            return client_order_id
        return self._by_venue_id.get(venue_order_id) if venue_order_id else None

    def _add(self, key: str, order: OpenOrder) -> None:
        self._orders[key] = order
        if len(self._orders) > OPEN_MAX:
            self._remove(next(iter(self._orders)))

    def _name(self, key: str, order: OpenOrder, venue_order_id: str) -> None:
        if venue_order_id and not order.venue_order_id:
            order.venue_order_id = venue_order_id
            self._by_venue_id[venue_order_id] = key

    def _remove(self, key: str) -> None:
        order = self._orders.pop(key, None)
        if order is not None:
            self._by_venue_id.pop(order.venue_order_id, None)
