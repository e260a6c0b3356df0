"""The life of orders: submitted, taken by the exchange, held, working, revised, pulled, filled, over.

A request is followed by the exchange's part of it, at once or as late as set. What one thing brings
about (the next slice, a linked order, a stop that is reached) waits for its turn until the thing itself
is told, so events are always in order. Pure, time handed in.
"""

from collections.abc import Iterable
from functools import partial
from typing import Final

import attrs

from actors.venues.t4.simulator import orderevents
from actors.venues.t4.simulator.accountfeed import seen_of
from actors.venues.t4.simulator.admission import WAITING_TIMES, admit, admit_to_market
from actors.venues.t4.simulator.bookkeeping import Bookkeeping
from actors.venues.t4.simulator.faults import FaultKind, Faults
from actors.venues.t4.simulator.floor import Floor
from actors.venues.t4.simulator.links import Activate, Deed, Links, Pull
from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.ordercodes import (
    Activation,
    OrderLink,
    Pending,
    PriceType,
    Status,
)
from actors.venues.t4.simulator.orderevents import Step
from actors.venues.t4.simulator.orders import Order, Prices
from actors.venues.t4.simulator.schedule import Schedule
from actors.venues.t4.simulator.sessions import Session
from actors.venues.t4.simulator.submissions import Submission
from actors.venues.t4.simulator.tickets import Refusal, Sort, Ticket
from actors.venues.t4.simulator.tradesettings import TradeSettings
from actors.venues.t4.simulator.waiting import (
    AtClose,
    AtOpen,
    Begins,
    Followed,
    News,
    Touched,
    Waiting,
)
from actors.venues.t4.simulator.watching import follow
from engine.exchange.events import OrderEvent
from engine.exchange.model import CancelReason
from engine.simulator.moment import MS, Moment

REFUSED_AS: Final = {
    Sort.FAILED: orderevents.SUBMISSION_FAILED,
    Sort.RISK: orderevents.RISK_REJECTED,
    Sort.EXCHANGE: orderevents.EXCHANGE_REJECTED,
}
ENDED_AS: Final = {
    CancelReason.IOC: "IOC",
    CancelReason.FOK: "FOK",
    CancelReason.NO_LIQUIDITY: "no liquidity",
    CancelReason.SELF_TRADE: "self trade prevention",
}
EXPIRED: Final = "expired"


class Trader:
    """All orders of one venue in their lives.

    Args:
        settings: delays.
        books: accounts, and who is told.
        faults: armed ones.
    """

    def __init__(self, settings: TradeSettings, books: Bookkeeping, faults: Faults) -> None:
        self.books = books
        self.schedule = Schedule()
        self.waiting = Waiting()
        for market_id, state in books.market.states.items():
            self.waiting.know(market_id, state.mode)
        self.market = books.market
        self.faults = faults
        self.step_ns = int(settings.step_ms * MS)
        self._trail_ns = int(settings.trail_interval_ms * MS)
        self.floor = Floor(books.market, self)
        self.links = Links()
        self._following: set[str] = set()

    # --- submissions ----------------------------------------------------------------------

    def submit(
        self, submission: Submission, session: Session, now: Moment, relation: str = ""
    ) -> list[Order]:
        """Take the orders of a submission; the refused ones are told as such."""
        fault = self.faults.take((FaultKind.REJECT_RISK,), submission.listing.market_id)
        refusals = dict(submission.refusals)
        if fault is not None:
            text = fault.text_value("refused by the account's risk check")
            refusals = {place: Refusal(text, Sort.RISK) for place in range(len(submission.tickets))}
        orders = [
            self._made(submission, ticket, session, now, relation) for ticket in submission.tickets
        ]
        self.links.join(submission.link, orders)
        linked = submission.link is not OrderLink.NONE
        taken = []
        for place, order in enumerate(orders):
            refusal = refusals.get(place) or self.checked(
                order.account_id, order.listing, order.ticket
            )
            if refusal is None:
                taken.append(order)
                continue
            self._refuse(order, refusal, session, now)
            if linked:
                refusals = dict.fromkeys(range(len(orders)), refusal)
        if linked and len(taken) < len(orders):
            for order in taken:
                self._refuse(order, Refusal("an order linked to it is refused"), session, now)
            return orders
        silent = self.faults.take((FaultKind.NO_ANSWER,), submission.listing.market_id)
        for order in taken:
            if silent is not None:
                self.books.announcer.mute(order)
            held = self.links.held(order) or order.activation is not Activation.IMMEDIATE
            step = orderevents.SENT_HELD if held else orderevents.SENT
            self.books.take(order, step, now)
            self.schedule.later(partial(self._arrive, order), self.step_ns, now)
        return orders

    def _made(
        self,
        submission: Submission,
        ticket: Ticket,
        session: Session,
        now: Moment,
        relation: str,
    ) -> Order:
        order = Order.of(
            ticket,
            self.books.unique_id(),
            submission.account_id,
            submission.listing,
            now.wall_ns,
        )
        order.user_id, order.user_name = session.user.user_id, session.user.username
        order.session_id, order.relation = session.session_id, relation
        order.manual = submission.manual
        store = self.books.stores.get(submission.account_id)
        if store is not None:
            store.add(order)
        return order

    def checked(self, account_id: str, listing: Listing, ticket: Ticket) -> Refusal | None:
        """Why the account may not place this order, None when it may."""
        state = self.market.states[listing.market_id]
        try:
            admit(self.books.ledgers[account_id], listing, ticket, state.last_ticks)
        except Refusal as refusal:
            return refusal
        return None

    def _refuse(self, order: Order, refusal: Refusal, session: Session, now: Moment) -> None:
        order.doomed = True
        if order.status is Status.NONE:
            self.books.take(order, orderevents.SENT, now, asker=session)
        self.books.testimony.refused(order.tag, now, refusal.text)
        step = REFUSED_AS[refusal.sort]
        self.books.take(order, step, now, refusal.text, asker=session)
        self.links.ended(order)

    # --- the exchange's part --------------------------------------------------------------

    def _arrive(self, order: Order, now: Moment) -> None:
        """An order reaches the exchange."""
        if order.pending is not Pending.SUBMISSION:
            return
        fault = self.faults.take((FaultKind.REJECT_ORDER, FaultKind.FAIL_ORDER), order.market_id)
        if fault is not None:
            fails = fault.kind is FaultKind.FAIL_ORDER
            text = fault.text_value("refused by the exchange")
            self._reject(order, Refusal(text, Sort.FAILED if fails else Sort.EXCHANGE), now)
            return
        state = self.market.states[order.market_id]
        held = self.links.held(order)
        try:
            if not held:
                admit_to_market(order.listing, order.ticket, state.mode)
        except Refusal as refusal:
            self._reject(order, refusal, now)
            return
        if held or order.activation is not Activation.IMMEDIATE:
            self._accept(order, orderevents.ACCEPTED_HELD, now)
            if not held:
                self._hold(order, now)
        else:
            self._work(order, orderevents.ACCEPTED, now)
        self._set_timers(order, now)

    def _accept(self, order: Order, step: Step, now: Moment) -> None:
        again = bool(order.exchange_order_id)
        order.accept("" if again else self.books.exchange_id())
        self.books.take(order, step, now)
        if again:
            self.books.testimony.replaced(order, now)
        else:
            self.books.testimony.accepted(order, now)

    def _reject(self, order: Order, refusal: Refusal, now: Moment) -> None:
        """The exchange does not take it, or cannot go on with it."""
        self.waiting.drop(order)
        self.books.testimony.refused(order.tag, now, refusal.text)
        self.books.take(order, REFUSED_AS[refusal.sort], now, refusal.text)
        self._follow_up(self.links.ended(order))

    def _set_timers(self, order: Order, now: Moment) -> None:
        """Times at which it begins or ends by itself."""
        terms = order.ticket.terms
        ends = (
            (terms.cancel_ns, terms.cancel_delay_ns, False),
            (terms.held_cancel_ns, terms.held_cancel_delay_ns, True),
        )
        for at_ns, delay_ns, held in ends:
            if at_ns or delay_ns:
                wait_ns = max(at_ns - now.wall_ns, 0) if at_ns else delay_ns
                self.schedule.later(partial(self._run_out, order, held=held), wait_ns, now)

    def _hold(self, order: Order, now: Moment) -> None:
        """An order waits for its condition, which may be met already."""
        terms = order.ticket.terms
        if order.activation is Activation.AT_OR_AFTER_TIME:
            at_ns = terms.submit_ns
            wait_ns = max(at_ns - now.wall_ns, 0) if at_ns else terms.submit_delay_ns
            self.schedule.later(partial(self.begin, order), wait_ns, now)
            return
        if order.activation is Activation.ON_MARKET_MODE:
            state = self.market.states[order.market_id]
            if state.mode == terms.mode:
                self.schedule.soon(partial(self.begin, order))
                return
        self.waiting.add(order)
        self.look_again(order.market_id)

    def begin(self, order: Order, now: Moment) -> None:
        """A held order begins to work."""
        if order.status is not Status.HELD:
            return
        self.waiting.drop(order)
        order.trigger()
        if order.ticket.activation is Activation.MARKET_ON_CLOSE:
            self.books.take(order, orderevents.ACCEPTED, now)
            self._cross_at_close(order, now)
        else:
            self._work(order, orderevents.ACCEPTED, now)

    def _work(self, order: Order, step: Step, now: Moment) -> None:
        """Let an order work, in the book or before it."""
        if order.time_type in WAITING_TIMES or order.waits_for_touch:
            follow(order, seen_of(self.market, order.market_id))
            self._accept(order, step, now)
            self.waiting.add(order)
            self.look_again(order.market_id)
        else:
            self._enter(order, step, now)

    def _enter(self, order: Order, step: Step | None, now: Moment) -> None:
        """Put an order into the book, after telling of the step where there is one."""
        then = self.floor.enter(order, now)
        if isinstance(then, str):
            self._reject(order, Refusal(then, Sort.EXCHANGE), now)
            return
        if step is not None:
            self._accept(order, step, now)
        then()

    # --- what the market sets off ---------------------------------------------------------

    def look_again(self, market_id: str) -> None:
        """Prices may be such already that something that waits in the market is set off."""
        self.schedule.soon(partial(self._look, market_id))

    def _look(self, market_id: str, now: Moment) -> None:
        self.prices_moved(market_id, now)

    def prices_moved(self, market_id: str, now: Moment) -> None:
        """Prices of a market are other ones."""
        if self.waiting.watched(market_id):
            seen = seen_of(self.market, market_id)
            self._take_news(self.waiting.prices_moved(market_id, seen), now)

    def mode_changed(self, market_id: str, mode: int, now: Moment) -> None:
        """A market is in another state."""
        self._take_news(self.waiting.mode_changed(market_id, mode), now)

    def _take_news(self, news: Iterable[News], now: Moment) -> None:
        for each in news:
            order = each.order
            match each:
                case Begins():
                    self.schedule.soon(partial(self.begin, order))
                case Touched():
                    self.schedule.soon(partial(self._release, order))
                case AtOpen():
                    self.schedule.soon(partial(self._enter_if_open, order))
                case AtClose():
                    self.schedule.soon(partial(self._cross_at_close, order))
                case Followed():
                    self._tell_trail(order, now)

    def _release(self, order: Order, now: Moment) -> None:
        """A stop price was reached."""
        if order.status is Status.WORKING and order.waits_for_touch:
            order.release()
            self._enter(order, None, now)

    def _enter_if_open(self, order: Order, now: Moment) -> None:
        if order.open and not order.core_id:
            self._enter(order, None, now)

    def _cross_at_close(self, order: Order, now: Moment) -> None:
        """The closing auction: everything at the last price, or nothing."""
        if not order.open:
            return
        last = self.market.states[order.market_id].last_ticks
        limit = order.terms.limit
        limited = order.price_type is PriceType.LIMIT and limit is not None
        if limited and (last - (limit or 0)) * order.side > 0:
            self.finish(order, "closing price is beyond the limit", now)
            return
        self.filled(order, self.books.exchange_id(), last, order.leaves, now)

    def _tell_trail(self, order: Order, now: Moment) -> None:
        """A stop moved; told now, or a little later with what moves until then."""
        if order.unique_id not in self._following:
            self._following.add(order.unique_id)
            self.schedule.later(partial(self._trail_told, order), self._trail_ns, now)

    def _trail_told(self, order: Order, now: Moment) -> None:
        self._following.discard(order.unique_id)
        if order.status is Status.WORKING and order.waits_for_touch:
            step = attrs.evolve(orderevents.MOVED, pending=order.pending)
            self.books.take(order, step, now)

    # --- what happens to orders -----------------------------------------------------------

    def on_event(self, event: OrderEvent, now: Moment) -> None:
        """Take one event of the matching core."""
        self.floor.on_event(event, now)

    def filled(self, order: Order, trade_id: str, ticks: int, volume: int, now: Moment) -> None:
        """See `Owner`."""
        self.books.fill(order, trade_id, ticks, volume, now)
        self._follow_up(self.links.filled(order, ticks))
        if not order.open:
            self._follow_up(self.links.ended(order))

    def ended(self, order: Order, reason: CancelReason, now: Moment) -> None:
        """See `Owner`."""
        self.finish(order, ENDED_AS.get(reason, reason.value), now)

    def emptied(self, order: Order) -> None:
        """See `Owner`."""
        self.schedule.soon(partial(self._next_slice, order))

    def _next_slice(self, order: Order, now: Moment) -> None:
        if order.open and not order.core_id and order.leaves:
            self._enter(order, None, now)

    def finish(self, order: Order, text: str, now: Moment) -> None:
        """Take off what is left of an order."""
        if not order.open:
            return
        self.waiting.drop(order)
        self.floor.leave(order, now)
        expired = text == EXPIRED
        step = orderevents.DAY_OVER if expired else orderevents.PULLED
        self.books.take(order, step, now, text)
        word = "expired" if expired else "cancelled"
        self.books.testimony.of(word, order, now, text=text)
        self._follow_up(self.links.ended(order))

    def _run_out(self, order: Order, now: Moment, *, held: bool) -> None:
        """The time that its activation gave it is over."""
        if order.open and (not held or order.status is Status.HELD):
            self.finish(order, "cancel time", now)

    def _follow_up(self, deeds: Iterable[Deed]) -> None:
        for deed in deeds:
            if isinstance(deed, Pull):
                self.schedule.soon(partial(self.finish, deed.order, deed.text))
            else:
                self.schedule.soon(partial(self._activate, deed))

    def _activate(self, deed: Activate, now: Moment) -> None:
        """A held order works for what its trigger has filled."""
        order = deed.order
        if not order.open:
            return
        before = order.current
        order.new.volume = deed.volume
        if order.relative:
            ticket = order.ticket
            order.new.limit = _moved(ticket.limit, deed.ticks)
            order.new.stop = _moved(ticket.stop, deed.ticks)
            order.best = None
        order.accept("")
        if order.status is Status.HELD:
            order.trigger()
            self._work(order, orderevents.ACCEPTED, now)
            return
        self.put_in_force(order, before, now)

    def put_in_force(self, order: Order, before: Prices | None, now: Moment) -> None:
        """Let the book know of accepted terms; they are void when it will not have them."""
        then = None
        if order.core_id:
            changed = self.floor.change(order, now)
            if isinstance(changed, str):
                order.current = before
                self.refuse_revision(order, changed, now)
                return
            then = changed
        self.books.take(order, attrs.evolve(orderevents.REVISED, status=order.status), now)
        self.books.testimony.replaced(order, now)
        if then is not None:
            then()
        elif self.waiting.holds(order):
            self.look_again(order.market_id)

    def refuse_revision(
        self, order: Order, text: str, now: Moment, *, failed: bool = False
    ) -> None:
        """The terms stay as they are."""
        order.keep()
        step = orderevents.REVISION_FAILED if failed else orderevents.REVISION_REJECTED
        self.books.take(order, step, now, text)
        self.books.testimony.of("replace_rejected", order, now, text=text)


def _moved(difference: int | None, ticks: int) -> int | None:
    return None if difference is None else ticks + difference
