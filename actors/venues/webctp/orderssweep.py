"""Asking for the orders of the day: one query at a time answers everybody who has a doubt.

The counter takes one query a second, so look-ups of single orders are joined: a sweep reads all orders,
tells those that were asked for, and what is in doubt since long and not in a whole answer never arrived.
"""

from typing import Final

import attrs

from actors.venues.webctp.codes import Kind
from actors.venues.webctp.gateway import Gateway
from actors.venues.webctp.ordersday import DayOrders
from actors.venues.webctp.ordersfold import Followed
from actors.venues.webctp.ordersrows import OrderKey, Unreadable, order_row
from actors.venues.webctp.turns import Ended, Outcome, Rank, Request, Row
from engine.session.contract import Note, Now

NAMES_MAX: Final = 1_000
"""Orders asked for at once; of more the router's reconciliation tells."""
HORIZON_S: Final = 30.0
"""So long after it was sent an order may still turn up."""


@attrs.define(eq=False)
class Sweep:
    """One reading of all orders; the tag of its request."""

    asked_ns: int
    refs: set[str] = attrs.field(factory=set)
    keys: set[OrderKey] = attrs.field(factory=set)
    rows: int = 0
    whole: bool = False
    reason: str = ""

    def request(self) -> Request:
        """To be asked once."""
        return Request(op="query_order", rank=Rank.QUERY, answer=Kind.QUERY_ORDER, tag=self)

    def row(self, row: Row, day: DayOrders, now: Now) -> Followed | None:
        """Take a row. Raises RemoteProtocolError for what is none."""
        self.rows += 1
        found = order_row(row.message.info)
        self.refs.add(found.ref)
        self.keys.add(found.key)
        if isinstance(found, Unreadable):
            day.unread[found.what] = None
            return None
        return day.shown(found, now)

    def ended(self, end: Ended, day: DayOrders) -> list[Followed]:
        """The answer is over: the orders that it shows to have never arrived."""
        self.whole = end.outcome is Outcome.DONE
        self.reason = f"{end.outcome}: {end.code} {end.text}".strip()
        if not self.whole:
            return []
        return day.absent(frozenset(self.refs), self.asked_ns - int(HORIZON_S * 1e9))


class Sweeper:
    """The sweeps that single doubts call for.

    Args:
        gateway: is asked.
        day: learns.
    """

    def __init__(self, gateway: Gateway, day: DayOrders) -> None:
        self._gateway = gateway
        self._day = day
        self._running: Sweep | None = None
        self._wanted = False
        self._names: dict[tuple[str, str], None] = {}
        self._asked: dict[tuple[str, str], None] = {}

    def want(self, now: Now, client_order_id: str = "", venue_order_id: str = "") -> list[object]:
        """Read all orders, after this moment; tell the named one in any case."""
        if (client_order_id or venue_order_id) and len(self._names) < NAMES_MAX:
            self._names[client_order_id, venue_order_id] = None
        self._wanted = True
        return self._begin(now)

    def _begin(self, now: Now) -> list[object]:
        if self._running is not None or not self._wanted or not self._gateway.in_service:
            return []
        self._wanted = False
        self._asked, self._names = self._names, {}
        self._running = sweep = Sweep(now.mono_ns)
        return self._gateway.ask(sweep.request(), now)

    def mine(self, tag: object) -> bool:
        """Whether this is the sweep under way."""
        return tag is self._running and tag is not None

    def row(self, row: Row, now: Now) -> Followed | None:
        """A row of it. Raises RemoteProtocolError."""
        return None if self._running is None else self._running.row(row, self._day, now)

    def ended(self, end: Ended, now: Now) -> tuple[list[Followed], list[Followed], list[object]]:
        """It is over: orders that changed by their absence, orders somebody asked for, effects."""
        sweep, self._running = self._running, None
        asked, self._asked = self._asked, {}
        if sweep is None:
            return [], [], []
        gone = sweep.ended(end, self._day)
        if not sweep.whole:
            note = Note("orders_not_read", sweep.reason)
            return gone, [], [note, *self._begin(now)]
        found = [self._day.find(*names) for names in asked]
        return gone, [order for order in found if order is not None], self._begin(now)

    def lost(self) -> None:
        """The front is gone; what was asked will be asked by a reconciliation."""
        self._running, self._wanted = None, False
        self._names.clear()
        self._asked.clear()
