"""Commands to sessions: made here, counted, and awaited. Cancels pass whatever else does not.

A command carries the boot of the session it is meant for and an expiry; nothing is kept for a
session that is not there. Cancels are the exception to every rule but one: they are journaled when
the journal can be written, and sent in any case.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from engine.errors import JournalError, LimitExceeded, LocalProtocolError
from engine.messages.orders import SubmitIntent
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    QueryOrder,
    ReplaceOrder,
    SubmitOrder,
    SubmitOrderList,
)
from engine.model.enums import Contingency, Origin, Pending
from engine.orders.kernel import Kernel
from engine.orders.link import Link
from engine.orders.news import CODE_NOT_SENT, order_event
from engine.orders.order import Order
from engine.orders.records import (
    TARGETS_MAX,
    CancelPlanned,
    PlannedOrder,
    ReplacePlanned,
    Source,
)
from engine.orders.state import Event
from engine.risk.guards import meets
from engine.risk.killswitch import ENGINE_SCOPE, account_scope, strategy_scope, venue_scope
from engine.risk.rates import NS

NOT_RECORDED = (JournalError, LocalProtocolError, LimitExceeded)
"""All that a record raises; none of it may keep a cancel back."""


class Commands:
    """Sends commands over the links."""

    __slots__ = ("_k",)

    def __init__(self, kernel: Kernel) -> None:
        self._k = kernel

    # --- new and changed orders ----------------------------------------------------------------

    def submit(self, link: Link, planned: PlannedOrder) -> None:
        """Hand an order that is in the journal to its session; `submitted` must follow."""
        self._k.send_at_once(link.session, self._command(link, planned))

    def submit_list(
        self, link: Link, contingency: Contingency, planned: Sequence[PlannedOrder]
    ) -> None:
        """The same for orders that depend on each other; `submitted` must follow for each."""
        k = self._k
        orders = tuple(self._command(link, each) for each in planned)
        command = SubmitOrderList(
            session_boot=link.boot,
            router_boot=k.book.boot.router_boot,
            expires_mono_ns=self._expiry(),
            mode=planned[0].mode,
            contingency=contingency,
            orders=orders,
        )
        k.send_at_once(link.session, command)

    def _command(self, link: Link, planned: PlannedOrder) -> SubmitOrder:
        k, intent = self._k, planned.intent
        return SubmitOrder(
            session_boot=link.boot,
            router_boot=k.book.boot.router_boot,
            expires_mono_ns=self._expiry(),
            mode=planned.mode,
            client_order_id=planned.client_order_id,
            instrument=intent.instrument,
            side=intent.side,
            ord_type=intent.ord_type,
            quantity=intent.quantity,
            price=intent.price,
            stop_price=intent.stop_price,
            time_in_force=intent.time_in_force,
            post_only=intent.post_only,
            reduce_only=intent.reduce_only,
            position_quantity=k.book.accounts.quantity(planned.account, intent.instrument),
            tick_mono_ns=intent.data_mono_ns,
            intent_mono_ns=intent.created_mono_ns,
            routed_mono_ns=k.now.mono_ns,
            trail=intent.trail,
            position_effect=intent.position_effect,
            reference_price=k.market_price(intent.instrument, intent.side),
        )

    def submitted(self, link: Link, order: Order, intent: SubmitIntent) -> None:
        """Count the command of an order that is in the book now, and wait for its answer."""
        k = self._k
        if intent.data_mono_ns:
            k.tick_to_route.record(k.now.mono_ns - intent.data_mono_ns)
        link.ask(order.client_order_id, k.now.mono_ns)
        k.count_message(order)
        k.expect(order, Event.UNKNOWN, self._patience_s(link))

    def replace(self, link: Link, order: Order, planned: ReplacePlanned) -> None:
        """Hand a planned change to its session."""
        k = self._k
        command = ReplaceOrder(
            session_boot=link.boot,
            router_boot=k.book.boot.router_boot,
            expires_mono_ns=self._expiry(),
            mode=order.mode,
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            instrument=order.instrument,
            quantity=planned.quantity,
            price=planned.price,
        )
        k.send_at_once(link.session, command)
        k.count_message(order)
        k.expect(order, Event.REPLACE_UNKNOWN, self._patience_s(link))

    def make_way(self, account: str, wish: SubmitIntent) -> None:
        """Cancel own orders that this one would trade with; strangers' are left alone."""
        book, side = self._k.book, wish.side.opposite
        resting = book.risk.resting.of(account, wish.instrument, side)
        met = [book.orders.take(name) for name, price in resting if meets(wish, price)]
        fresh = [o for o in met if o.pending is not Pending.CANCEL and o.strategy]
        if fresh:
            reason = "an own order would trade with it"
            self.cancel(fresh, by="router", reason=reason)

    # --- cancels -------------------------------------------------------------------------------

    def cancel(self, orders: Iterable[Order], *, by: str, reason: str) -> None:
        """Cancel orders for a reason of our own, as many records as it takes."""
        for chunk in _chunks([order for order in orders if not order.is_terminal]):
            self.cancel_planned(chunk, lambda targets: self._own(targets, by, reason))

    def cancel_planned(
        self, orders: list[Order], plan: Callable[[tuple[str, ...]], CancelPlanned]
    ) -> bool:
        """Record the cancel of those not being cancelled yet, then send it for all.

        Returns whether it was recorded; it is sent even when it could not be.
        """
        k = self._k
        fresh = tuple(o.client_order_id for o in orders if o.pending is not Pending.CANCEL)
        try:
            k.record(plan(fresh))
            recorded = True
        except NOT_RECORDED:
            recorded = False
        for order in orders:
            self._send_cancel(order, recorded=recorded)
        return recorded

    def _own(self, targets: tuple[str, ...], by: str, reason: str) -> CancelPlanned:
        return CancelPlanned(
            intent_id="",
            strategy="",
            boot=0,
            counter=0,
            targets=targets,
            by=by,
            reason=reason,
            ts_ns=self._k.now.wall_ns,
        )

    def _send_cancel(self, order: Order, *, recorded: bool) -> None:
        k = self._k
        link = k.links.get(order.account)
        if link is None or not link.is_connected:
            if recorded:
                self._refuse_cancel(order)
            return
        if order.origin is Origin.EXTERNAL and not order.venue_order_id:
            k.counters["unnamed_order"] += 1  # some venues read a cancel without ids as "all"
            return
        command = CancelOrder(
            session_boot=link.boot,
            router_boot=k.book.boot.router_boot,
            expires_mono_ns=self._expiry(),
            client_order_id="" if order.origin is Origin.EXTERNAL else order.client_order_id,
            venue_order_id=order.venue_order_id,
            instrument=order.instrument,
        )
        k.send_at_once(link.session, command)
        k.count_message(order)
        if recorded:
            k.expect(order, Event.CANCEL_UNKNOWN, self._patience_s(link))

    def _refuse_cancel(self, order: Order) -> None:
        """Nobody can be asked. Without a record its deadline says so later; the others must go on."""
        k = self._k
        try:
            self.not_sent(order, Event.CANCEL_REJECTED, "the venue is not connected")
        except NOT_RECORDED:
            k.counters["dropped_without_journal"] += 1
            k.expect(order, Event.CANCEL_UNKNOWN, 0.0)

    def cancel_scope(self, scope: str, *, by: str, reason: str) -> int:
        """Cancel all open orders in a scope by the quickest way; how many are open."""
        orders = list(self.open_in(scope))
        for link in self._k.links.values():
            if _covers(scope, link) and link.is_connected:
                self.cancel_natively(link)
        self.cancel(orders, by=by, reason=reason)
        return len(orders)

    def cancel_natively(self, link: Link) -> None:
        """Ask the venue to cancel everything of the account, where it can."""
        if link.settings.capabilities.cancel_all:
            boot = self._k.book.boot.router_boot
            everything = CancelAllOrders(session_boot=link.boot, router_boot=boot, instrument="")
            self._k.send_at_once(link.session, everything)

    def open_in(self, scope: str) -> Iterator[Order]:
        """Open orders that a scope covers, external ones included (they are the venue's too)."""
        book = self._k.book
        for link in self._k.links.values():
            for order in book.orders.open_of_account(link.account):
                if _covers(scope, link) or scope == strategy_scope(order.strategy):
                    yield order

    # --- questions and failures ----------------------------------------------------------------

    def query(self, order: Order) -> bool:
        """Ask the venue about one order; whether it can be asked."""
        link = self._k.links.get(order.account)
        if link is None or not link.is_connected or not link.settings.capabilities.query_order:
            return False
        question = QueryOrder(
            session_boot=link.boot,
            router_boot=self._k.book.boot.router_boot,
            client_order_id="" if order.origin is Origin.EXTERNAL else order.client_order_id,
            venue_order_id=order.venue_order_id,
            instrument=order.instrument,
        )
        self._k.send(link.session, question)
        return True

    def not_sent(self, order: Order, event: Event, why: str) -> None:
        """A request of ours was provably not handed over."""
        record = order_event(
            order,
            event,
            source=Source.ROUTER,
            ts_ns=self._k.now.wall_ns,
            code=CODE_NOT_SENT,
            text=why,
        )
        if record is not None:
            self._k.record(record)

    def _expiry(self) -> int:
        return self._k.now.mono_ns + int(self._k.settings.expiry_s * NS)

    def _patience_s(self, link: Link) -> float:
        return self._k.settings.expiry_s + link.settings.capabilities.answer_within_s


def _covers(scope: str, link: Link) -> bool:
    return scope in (ENGINE_SCOPE, venue_scope(link.venue), account_scope(link.account))


def _chunks(orders: list[Order]) -> Iterator[list[Order]]:
    for start in range(0, len(orders), TARGETS_MAX):
        yield orders[start : start + TARGETS_MAX]
