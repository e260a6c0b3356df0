"""Accounts and orders of the simulated venue as the venue sees them: what comes in, what time brings.

Everything goes through `_settle`: what was asked is done, then all that follows from it in its turn, and
then order events leave, and behind them what they did to the accounts. Pure, time handed in.
"""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from actors.venues.t4.simulator.bookkeeping import Bookkeeping
from actors.venues.t4.simulator.changes import Changes
from actors.venues.t4.simulator.operating import Operating
from actors.venues.t4.simulator.schedule import Step
from actors.venues.t4.simulator.sessions import Session
from actors.venues.t4.simulator.states import MarketState, Moved
from actors.venues.t4.simulator.trader import Trader
from actors.venues.t4.simulator.uds import Spreads
from engine.exchange.events import OrderEvent
from engine.simulator.moment import Moment

if TYPE_CHECKING:
    from actors.venues.t4.simulator.faults import Fault
    from actors.venues.t4.simulator.venue import Venue


class Desk:
    """All accounts of one simulator.

    Args:
        venue: with its market, hub, sessions, faults and log in place already.
        now: time of birth.

    Attributes:
        books: accounts with their orders.
        trader: leads the orders.
        changes: pulls and revises them.
        spreads: makes new markets of others.
    """

    def __init__(self, venue: "Venue", now: Moment) -> None:
        settings = venue.settings
        self._venue = venue
        specs = [spec for user in settings.users for spec in user.accounts]
        self.books = Bookkeeping(
            settings,
            specs,
            venue.market,
            venue.sessions,
            send=self._send,
            details=self._details,
            faults=venue.faults,
            log=venue.log,
            witness_file=settings.witness_file,
            now=now,
        )
        self.trader = Trader(settings, self.books, venue.faults)
        self.changes = Changes(self.trader)
        self.spreads = Spreads(venue.market)
        self._operating = Operating(self.trader)
        venue.market.order_listeners.append(self._on_event)
        venue.market.watchers.append(self._on_price)
        venue.market.tellers.append(self._on_moved)

    # --- the way out ----------------------------------------------------------------------

    def _send(self, to: Iterable[Session], subject: str, name: str, body: Any, now: Moment) -> None:
        sinks = [each.sink for each in to]
        if sinks:
            self._venue.hub.send(sinks, subject, name, body, now)

    def _details(self, session: Session, market_id: str) -> Any | None:
        state = self._venue.market.states.get(market_id)
        if state is None or market_id in session.detailed:
            return None
        session.detailed.add(market_id)
        return self._venue.details(state, session.price_format)

    # --- what comes in --------------------------------------------------------------------

    def arrived(self, session: Session | None, name: str, body: Any, now: Moment) -> None:
        """A message reached the venue's door; it may get no further. For the witness alone."""
        del session
        for each in _submissions(name, body):
            self.books.testimony.arrived(each.market_id, each.orders, now)

    def turned_away(self, name: str, body: Any, now: Moment, why: str) -> None:
        """A message that arrived got no further: its orders never were."""
        for each in _submissions(name, body):
            for order in each.orders:
                self.books.testimony.refused(order.tag, now, why)

    def do(self, step: Step, now: Moment) -> None:
        """Carry something out in its turn, with all that follows from it."""
        self.trader.schedule.soon(step)
        self._settle(now)

    def _settle(self, now: Moment) -> None:
        if self.trader.schedule.run(now):
            self.books.flush(now)

    def drop(self, session: Session) -> None:
        """A session is over; its orders stand."""
        self.books.announcer.forget(session)
        self.books.feed.forget(session)

    # --- what the market does -------------------------------------------------------------

    def _on_event(self, event: OrderEvent, now: Moment) -> None:
        self.trader.on_event(event, now)

    def _on_price(self, market_id: str, now: Moment) -> None:
        if self.trader.waiting.watched(market_id):
            self.trader.look_again(market_id)
        if self.spreads.made_of(market_id):
            self.trader.schedule.soon(partial(self.spreads.imply, market_id))
        self._settle(now)

    def _on_moved(self, state: MarketState, moved: Moved, now: Moment) -> None:
        if moved.mode:
            market_id, mode = state.market_id, int(state.mode)

            def told(at: Moment) -> None:
                self.trader.mode_changed(market_id, mode, at)

            self.do(told, now)

    # --- time and faults ------------------------------------------------------------------

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `advance` has something to do."""
        return min(self.trader.schedule.next_deadline_ns(), self.books.feed.next_deadline_ns())

    def advance(self, now: Moment) -> None:
        """Let happen what is due."""
        self.trader.schedule.take_due(now)
        self._settle(now)
        self.books.feed.advance(now)

    def carry_out(self, fault: "Fault", now: Moment) -> int:
        """Carry out an immediate fault on accounts; returns how many orders or accounts it hit."""
        hit: list[int] = []

        def struck(at: Moment) -> None:
            hit.append(self._operating.carry_out(fault, at))

        self.do(struck, now)
        return sum(hit)


def _submissions(name: str, body: Any) -> Iterable[Any]:
    """What a message submits."""
    if name == "order_batch":
        return list(body.submissions)
    return [body] if name == "order_submit" else []
