"""What clients do to orders that exist: pull them, revise them, set off those that they hold."""

from functools import partial

import attrs

from actors.venues.t4.simulator import orderevents
from actors.venues.t4.simulator.accountfeed import seen_of
from actors.venues.t4.simulator.faults import FaultKind
from actors.venues.t4.simulator.ordercodes import Pending, Status
from actors.venues.t4.simulator.orders import Order
from actors.venues.t4.simulator.revisions import Revision, wanted_terms
from actors.venues.t4.simulator.tickets import Refusal, Sort
from actors.venues.t4.simulator.trader import Trader
from actors.venues.t4.simulator.watching import follow
from engine.simulator.moment import NS, Moment


class Changes:
    """Changes of orders on behalf of clients.

    Args:
        trader: leads the orders.
    """

    def __init__(self, trader: Trader) -> None:
        self._trader = trader
        self._books = trader.books

    # --- pulls ----------------------------------------------------------------------------

    def pull(self, order: Order, now: Moment) -> None:
        """A client wants an order off."""
        self._books.testimony.of("cancel", order, now)
        if not order.open or order.pending is Pending.PULL:
            self._refuse_pull(order, "the order is over", now, pending=order.pending)
            return
        step = attrs.evolve(orderevents.PULL_ASKED, status=order.status)
        self._books.take(order, step, now)
        self._trader.schedule.later(partial(self._pulled, order), self._trader.step_ns, now)

    def _pulled(self, order: Order, now: Moment) -> None:
        if not order.open:
            self._refuse_pull(order, "the order was filled meanwhile", now)
            return
        fault = self._trader.faults.take((FaultKind.REJECT_PULL,), order.market_id)
        if fault is not None:
            self._refuse_pull(order, fault.text_value("refused by the exchange"), now)
            return
        leaves = order.leaves
        self._trader.finish(order, "", now)
        fault = self._trader.faults.take((FaultKind.LATE_FILL,), order.market_id)
        if fault is not None:
            wait_ns = int(fault.number_value(0.0) * NS)
            self._trader.schedule.later(partial(self._late_fill, order, leaves), wait_ns, now)

    def _refuse_pull(
        self, order: Order, text: str, now: Moment, *, pending: Pending = Pending.NONE
    ) -> None:
        step = attrs.evolve(orderevents.PULL_REJECTED, pending=pending)
        self._books.take(order, step, now, text)
        self._books.testimony.of("cancel_rejected", order, now, text=text)

    def _late_fill(self, order: Order, leaves: int, now: Moment) -> None:
        """Half of what was pulled (the whole of a single contract) had been filled after all."""
        volume = max(leaves // 2, min(leaves, 1))
        if volume:
            limit = order.terms.limit
            last = self._trader.market.states[order.market_id].last_ticks
            ticks = last if limit is None else limit
            self._trader.filled(order, self._books.exchange_id(), ticks, volume, now)
            if order.leaves:
                self._books.testimony.of("cancelled", order, now)

    # --- revisions ------------------------------------------------------------------------

    def revise(self, order: Order, revision: Revision, now: Moment) -> None:
        """A client wants other terms."""
        self._books.testimony.of("replace", order, now)
        if not order.open or order.pending is not Pending.NONE:
            self._trader.refuse_revision(order, "the order is over, or busy", now)
            return
        ledger = self._books.ledgers[order.account_id]
        last = self._trader.market.states[order.market_id].last_ticks
        try:
            terms = wanted_terms(order, revision, ledger, last)
        except Refusal as refusal:
            self._trader.refuse_revision(
                order, refusal.text, now, failed=refusal.sort is Sort.FAILED
            )
            return
        order.new = terms
        order.tag = order.tag if revision.tag is None else revision.tag
        self._books.take(order, attrs.evolve(orderevents.REVISION_ASKED, status=order.status), now)
        self._trader.schedule.later(
            partial(self._revised, order, revision), self._trader.step_ns, now
        )

    def _revised(self, order: Order, revision: Revision, now: Moment) -> None:
        before = order.current
        fault = self._trader.faults.take((FaultKind.REJECT_REVISE,), order.market_id)
        late = order.new.volume <= order.filled + order.busted and order.new.volume > 0
        if not order.open or order.pending is not Pending.REVISION or late or fault is not None:
            text = (
                "the order was filled meanwhile" if fault is None else fault.text_value("refused")
            )
            self._trader.refuse_revision(order, text, now)
            return
        order.accept("")
        if revision.trail is not None:
            order.trail, order.best = revision.trail, None
            if revision.stop is None:
                order.terms.stop = order.new.stop = None
            follow(order, seen_of(self._trader.market, order.market_id))
        if revision.max_volume is not None:
            order.max_volume = revision.max_volume
        self._trader.put_in_force(order, before, now)
        if (
            revision.queue_submit
            and order.status is Status.HELD
            and not self._trader.links.held(order)
        ):
            self._trader.schedule.soon(partial(self._trader.begin, order))
