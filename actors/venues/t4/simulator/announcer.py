"""Order events on their way to whoever is subscribed to their account: always in `order_update_multi`.

Events are written when they happen, in the format of each session, and leave when the work on the
request or market event that caused them is done; neighbours of one account and market share a message.
"""

from collections.abc import Callable, Iterable
from typing import Final

from actors.venues.t4.simulator.accountfeed import Send
from actors.venues.t4.simulator.faults import FaultKind, Faults
from actors.venues.t4.simulator.orderevents import Writer
from actors.venues.t4.simulator.orders import Order
from actors.venues.t4.simulator.prices import Payload
from actors.venues.t4.simulator.sessions import Session, Sessions
from engine.simulator.moment import Moment

Write = Callable[[Writer], Payload]
ORDERS: Final = "orders"
EVENTS_MAX: Final = 500
"""Events of one message; a longer run goes on in the next."""


class Announcer:
    """Tells sessions of every step of their accounts' orders.

    Args:
        sessions: who is logged in, and to which accounts subscribed.
        send: the way out.
        faults: asked while any is armed.
        joined: whether neighbouring events share a message.
    """

    def __init__(self, sessions: Sessions, send: Send, faults: Faults, *, joined: bool) -> None:
        self._sessions = sessions
        self._send = send
        self._faults = faults
        self._joined = joined
        self._runs: dict[Session, list[tuple[str, str, list[Payload]]]] = {}
        self._muted: set[str] = set()
        self._former: dict[str, dict[int, Payload]] = {}

    def mute(self, order: Order) -> None:
        """Nothing is told of an order until `flush`."""
        self._muted.add(order.unique_id)

    def tell(self, order: Order, write: Write, *, asker: Session | None = None) -> None:
        """An event has happened; `asker` hears of it whether subscribed or not."""
        if order.unique_id in self._muted:
            return
        to = dict.fromkeys(self._sessions.subscribed_to(order.account_id))
        if asker is not None:
            to[asker] = None
        written: dict[int, Payload] = {}
        for session in to:
            if session.price_format not in written:
                written[session.price_format] = write(Writer(session.price_format))
            self._add(session, order.account_id, order.market_id, written[session.price_format])
        if self._faults:
            self._repeat_former(order, to)
        self._former[order.unique_id] = written
        if not order.open:
            self._former.pop(order.unique_id)

    def _repeat_former(self, order: Order, to: Iterable[Session]) -> None:
        """The fault `stale`: what had been told before comes once more, behind what is newer."""
        former = self._former.get(order.unique_id)
        if not former:
            return
        if self._faults.take((FaultKind.STALE,), f"{order.account_id}/{ORDERS}") is None:
            return
        for session in to:
            event = former.get(session.price_format)
            if event is not None:
                self._add(session, order.account_id, order.market_id, event)

    def _add(self, session: Session, account_id: str, market_id: str, event: Payload) -> None:
        runs = self._runs.setdefault(session, [])
        last = runs[-1] if runs else None
        fits = last is not None and last[:2] == (account_id, market_id)
        if last is not None and fits and self._joined and len(last[2]) < EVENTS_MAX:
            last[2].append(event)
        else:
            runs.append((account_id, market_id, [event]))

    def say(self, session: Session, account_id: str, market_id: str, event: Payload) -> None:
        """Tell one session alone."""
        self._add(session, account_id, market_id, event)

    def flush(self, now: Moment) -> None:
        """Send what has gathered."""
        self._muted.clear()
        if not self._runs:
            return
        gathered, self._runs = self._runs, {}
        for session, runs in gathered.items():
            for account_id, market_id, events in runs:
                body = {"market_id": market_id, "account_id": account_id, "updates": events}
                subject = f"{account_id}/{ORDERS}"
                self._send((session,), subject, "order_update_multi", body, now)

    def forget(self, session: Session) -> None:
        """A session is over."""
        self._runs.pop(session, None)
