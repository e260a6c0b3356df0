"""The trading desk: takes requests, leads every order through its statuses, books what is filled.

Each request is followed by steps (it arrives at the market, it is replaced, it is cancelled), at
once or some milliseconds later as set; with no delay all pushes of a request leave before its
answer does. Pure, time handed in.
"""

import heapq
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Final

from actors.venues.longbridge.simulator import codes, orders
from actors.venues.longbridge.simulator.admission import Admission
from actors.venues.longbridge.simulator.announcer import FAR_NS, Announcer, Push
from actors.venues.longbridge.simulator.closing import closing_ns, day_of
from actors.venues.longbridge.simulator.codes import Refusal
from actors.venues.longbridge.simulator.conditions import Watch, released_price
from actors.venues.longbridge.simulator.faults import FaultKind, Faults
from actors.venues.longbridge.simulator.floor import Floor, Publish
from actors.venues.longbridge.simulator.ledger import Ledger
from actors.venues.longbridge.simulator.orders import Execution, Order
from actors.venues.longbridge.simulator.prices import Prices
from actors.venues.longbridge.simulator.store import OrderStore
from actors.venues.longbridge.simulator.tickets import Ticket
from actors.venues.longbridge.simulator.tradesettings import TradeSettings
from actors.venues.longbridge.simulator.witness import Testimony
from engine.exchange.events import OrderEvent
from engine.exchange.exchange import Exchange
from engine.exchange.model import CancelReason
from engine.simulator.moment import NS, Moment
from engine.simulator.witnesslog import WitnessLog

ID_STEP: Final = 1_000
"""Order ids are microseconds of the wall clock times this, so that a restart goes on above."""
Step = Callable[[Moment], None]


class Desk:
    """All trading of one venue.

    Args:
        settings: delays, fees, rules.
        exchange: the matching core.
        ledgers: the accounts by number.
        publish: tells the whole venue what the core did; has to call `on_event` and `on_price`.
        push: where order pushes go.
        tradeable: whether an order's market is in a session that the order takes part in.
        witness_file: see `Testimony`.
    """

    def __init__(
        self,
        settings: TradeSettings,
        exchange: Exchange,
        ledgers: Iterable[Ledger],
        *,
        publish: Publish,
        push: Push,
        tradeable: Callable[[Order, Moment], bool],
        faults: Faults,
        log: WitnessLog,
        witness_file: str,
        now: Moment,
    ) -> None:
        self.settings = settings
        self.prices = Prices(exchange)
        self.ledgers = {each.name: each for each in ledgers}
        self.stores = {name: OrderStore() for name in self.ledgers}
        self.admission = Admission(self.prices, shorting=settings.shorting)
        self.floor = Floor(exchange, self.prices, publish, self._filled, self._ended)
        self._announcer = Announcer(push, settings.push_delay_ms / 1e3, settings.long_term_tag)
        self.testimony = Testimony(witness_file)
        self._faults = faults
        self._log = log
        self._ids = count(now.wall_ns // ID_STEP)
        self._trade_ns = now.wall_ns
        self._steps: list[tuple[int, int, Step]] = []
        self._numbers = count()
        self._watches: dict[str, dict[int, tuple[Order, Watch]]] = {}
        self._idle: dict[str, dict[int, Order]] = {}
        self._tradeable = tradeable
        self._settling = False

    # --- requests -------------------------------------------------------------------------

    def submit(self, account: str, ticket: Ticket, now: Moment) -> Order:
        """A new order.

        Raises:
            Refusal: with the venue's code; nothing happened then.
        """
        self._admit(account, ticket)
        order = Order(
            order_id=next(self._ids) * ID_STEP,
            account=account,
            terms=ticket,
            submitted_ns=now.wall_ns,
            updated_ns=now.wall_ns,
        )
        self.stores[account].add(order)
        if self.settings.push_not_reported:
            self._tell(order, now)
        self._move(order, orders.WAIT_TO_NEW, now)
        self._soon(partial(self._arrive, order), now)
        return order

    def _admit(self, account: str, ticket: Ticket) -> None:
        fault = self._faults.take((FaultKind.REJECT_ORDER,), ticket.symbol)
        if fault is not None:
            raise Refusal(int(fault.number_value(codes.ORDER_REFUSED)))
        self.admission.admit(ticket, self.ledgers[account], self.stores[account])

    def find(self, account: str, order_id: int) -> Order:
        """The order; Refusal when the account has none of this number."""
        order = self.stores[account].find(order_id)
        if order is None:
            raise Refusal(codes.ORDER_UNKNOWN)
        return order

    def _find_live(self, account: str, order_id: int, word: str, now: Moment) -> Order:
        """An order that may be changed now."""
        order = self.find(account, order_id)
        self.testimony.of(word, order, now)
        if order.status in orders.LIVE:
            return order
        self.testimony.of(f"{word}_rejected", order, now, text=order.status)
        raise Refusal(codes.ORDER_BUSY if order.open else codes.ORDER_CLOSED)

    def replace(
        self, account: str, order_id: int, read: Callable[[Ticket], Ticket], now: Moment
    ) -> None:
        """Give an order other terms; `read` makes them from the present ones.

        Raises:
            Refusal: with the venue's code; nothing happened then.
        """
        order = self._find_live(account, order_id, "replace", now)
        try:
            wanted = read(order.terms)
            self.admission.admit_change(order, wanted, self.ledgers[account])
        except Refusal as refusal:
            self.testimony.of("replace_rejected", order, now, text=str(refusal.code))
            raise
        self._move(order, orders.WAIT_TO_REPLACE, now)
        self._move(order, orders.PENDING_REPLACE, now)
        self._soon(partial(self._replaced, order, wanted), now)

    def cancel(self, account: str, order_id: int, now: Moment) -> None:
        """Take an order off; Refusal when that cannot be."""
        order = self._find_live(account, order_id, "cancel", now)
        self._move(order, orders.WAIT_TO_CANCEL, now)
        self._move(order, orders.PENDING_CANCEL, now)
        self._soon(partial(self._cancelled, order), now)

    # --- steps ----------------------------------------------------------------------------

    def _soon(self, step: Step, now: Moment) -> None:
        """The market's part of a request: now, or as late as set."""
        self._later(step, self.settings.step_ms / 1e3, now)

    def _later(self, step: Step, delay_s: float, now: Moment) -> None:
        if delay_s <= 0:
            step(now)
        else:
            due_ns = now.mono_ns + int(delay_s * NS)
            heapq.heappush(self._steps, (due_ns, next(self._numbers), step))

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `advance` has something to do."""
        due_ns = self._steps[0][0] if self._steps else FAR_NS
        return min(due_ns, self._announcer.next_deadline_ns())

    def advance(self, now: Moment) -> None:
        """Take every step that is due."""
        while self._steps and self._steps[0][0] <= now.mono_ns:
            heapq.heappop(self._steps)[2](now)
        self._announcer.advance(now)

    def _arrive(self, order: Order, now: Moment) -> None:
        """An order reaches the market, unless its day ended on the way."""
        if order.status != orders.WAIT_TO_NEW:
            return
        fault = self._faults.take((FaultKind.REJECT_LATE,), order.terms.symbol)
        if fault is not None:
            self._reject(order, str(fault.value or "rejected by the exchange"), now)
            return
        self.testimony.accepted(order, now)
        self._expire_at_close(order, now)
        if order.terms.conditional:
            order.trigger_status = "ACTIVE"
            self._move(order, orders.VARIETIES, now)
            watch = Watch(self.prices.last(order.terms.symbol))
            watching = self._watches.setdefault(order.terms.symbol, {})
            watching[order.order_id] = (order, watch)
        else:
            self._work(order, now)

    def _work(self, order: Order, now: Moment) -> None:
        self._move(order, orders.NEW, now)
        if self._tradeable(order, now):
            self.floor.enter(order, now, paper=self._paper(order))
        else:
            self._idle.setdefault(order.terms.symbol, {})[order.order_id] = order

    def _is_idle(self, order: Order) -> bool:
        return order.order_id in self._idle.get(order.terms.symbol, {})

    def _replaced(self, order: Order, wanted: Ticket, now: Moment) -> None:
        if order.status != orders.PENDING_REPLACE:
            return  # filled or expired meanwhile
        if wanted.quantity <= order.executed:
            self._unchanged(order, "executed meanwhile", now)
            return
        if order.trigger_status == "ACTIVE" or self._is_idle(order):
            order.terms = wanted
            self._tell_replaced(order, now)
            return
        then = self.floor.change(order, wanted, now, paper=self._paper(order))
        if isinstance(then, str):
            self._unchanged(order, then, now)
        else:
            self._tell_replaced(order, now)
            then()

    def _tell_replaced(self, order: Order, now: Moment) -> None:
        self.testimony.replaced(order, now)
        self._move(order, orders.REPLACED, now)
        if order.trigger_status == "ACTIVE" or self.settings.after_replace == "new":
            self._move(order, order.live_status, now)

    def _unchanged(self, order: Order, why: str, now: Moment) -> None:
        self.testimony.of("replace_rejected", order, now, text=why)
        self._move(order, order.live_status, now, why)

    def _cancelled(self, order: Order, now: Moment) -> None:
        if order.status == orders.PENDING_CANCEL:
            self._take_off(order, CancelReason.USER, now)
            fault = self._faults.take((FaultKind.LATE_FILL,), order.terms.symbol)
            if fault is not None and not order.open:
                self._later(partial(self._late_fill, order), fault.number_value(0.0), now)

    def _take_off(self, order: Order, reason: CancelReason, now: Moment) -> None:
        if order.trigger_status == "ACTIVE":
            self._ended(order, reason, "", now)
        else:
            self.floor.leave(order, now, reason)

    def _late_fill(self, order: Order, now: Moment) -> None:
        """Half of what was cancelled (the whole of a single lot) had been filled after all."""
        lot = Decimal(order.terms.listing.lot)
        quantity = max(order.leaves / 2 // lot * lot, min(lot, order.leaves))
        if quantity > 0:
            price = order.price or self.prices.last(order.terms.symbol)
            self._filled(order, price, quantity, now)
            if order.leaves:
                self.testimony.ended(order, now)  # the fill was news of an order that is over still

    # --- the end of the day ---------------------------------------------------------------

    def _expire_at_close(self, order: Order, now: Moment) -> None:
        if self.settings.day_orders == "close" and order.terms.time_in_force != "GTC":
            terms = order.terms
            close_ns = closing_ns(terms.listing.market, terms.expire_date, now.wall_ns)
            self._later(partial(self._expire, order), (close_ns - now.wall_ns) / NS, now)

    def _expire(self, order: Order, now: Moment) -> None:
        if order.open:
            self._take_off(order, CancelReason.EXPIRED, now)

    def end_day(self, now: Moment, market: str = "") -> int:
        """The day of a market (all when none is named) is over; how many orders that ended."""
        ended = 0
        for store in self.stores.values():
            for order in list(store.open.values()):
                terms = order.terms
                if market and terms.listing.market != market:
                    continue
                today = day_of(terms.listing.market, now.wall_ns).isoformat()
                due = terms.time_in_force == "GTD" and terms.expire_date <= today
                if terms.time_in_force == "Day" or due:
                    self._expire(order, now)
                    ended += 1
        return ended

    # --- what happens to orders -----------------------------------------------------------

    def on_event(self, event: OrderEvent, now: Moment) -> None:
        """Take one order event of the core."""
        self.floor.on_event(event, now)

    def on_price(self, symbol: str, now: Moment) -> None:
        """Prices moved: whatever that sets off happens here, and what that in turn moves."""
        self.floor.moved(symbol)
        if self._settling:
            return
        self._settling = True
        try:
            while moved := self.floor.take_moved():
                for each in moved:
                    self._open_up(each, now)
                    self.floor.fill_quoted(each, now)
                    self._trigger(each, now)
        finally:
            self._settling = False

    def _open_up(self, symbol: str, now: Moment) -> None:
        """Orders that waited for their market's hours begin to work."""
        idle = self._idle.get(symbol)
        for order in list(idle.values()) if idle else ():
            if order.status in orders.LIVE and self._tradeable(order, now):
                del self._idle[symbol][order.order_id]
                self.floor.enter(order, now, paper=self._paper(order))

    def _trigger(self, symbol: str, now: Moment) -> None:
        watching = self._watches.get(symbol)
        if not watching:
            return
        last = self.prices.last(symbol)
        for order, watch in list(watching.values()):
            if watch.sees(order.terms, last, now.mono_ns):
                if order.status not in (orders.VARIETIES, orders.REPLACED):
                    continue  # a change is under way; the next price looks again
                del watching[order.order_id]
                self._release(order, last, now)

    def _release(self, order: Order, last: Decimal, now: Moment) -> None:
        order.trigger_status, order.trigger_ns = "RELEASED", now.wall_ns
        order.work_price = released_price(order.terms, last, self.prices)
        self._move(order, orders.WAIT_TO_NEW, now)
        self._soon(partial(self._work_released, order), now)

    def _work_released(self, order: Order, now: Moment) -> None:
        if order.status == orders.WAIT_TO_NEW:
            self._work(order, now)

    def _filled(self, order: Order, price: Decimal, quantity: Decimal, now: Moment) -> None:
        ledger = self.ledgers[order.account]
        self._trade_ns = max(now.wall_ns, self._trade_ns + 1)
        execution = Execution(
            order_id=order.order_id,
            trade_id=f"{order.order_id}-{self._trade_ns}",
            symbol=order.terms.symbol,
            side=order.terms.side,
            price=price,
            quantity=quantity,
            fee=ledger.fee(price * quantity),
            at_ns=now.wall_ns,
        )
        order.fill(execution)
        ledger.settle(execution, order.terms.listing.currency)
        store = self.stores[order.account]
        store.fill(execution)
        if not order.open:
            order.core_id = 0
            store.close(order)
        self.testimony.filled(order, execution, now)
        self._log.append(
            "fill",
            now,
            account=order.account,
            order_id=str(order.order_id),
            trade_id=execution.trade_id,
            symbol=execution.symbol,
            side=execution.side,
            price=str(price),
            quantity=str(quantity),
            remark=order.terms.remark,
        )
        self._tell(order, now)

    def _ended(self, order: Order, reason: CancelReason | None, text: str, now: Moment) -> None:
        """An order was taken off, or (without a reason) the core refused it."""
        if reason is None:
            self._reject(order, text, now)
            return
        if order.trigger_status == "ACTIVE":
            order.trigger_status = "DEACTIVE"
            self._watches[order.terms.symbol].pop(order.order_id, None)
        self._idle.get(order.terms.symbol, {}).pop(order.order_id, None)
        expired = reason is CancelReason.EXPIRED and not order.executed
        self._move(order, orders.EXPIRED if expired else order.ended_status, now, text)
        self.stores[order.account].close(order)
        self.testimony.ended(order, now)

    def _reject(self, order: Order, why: str, now: Moment) -> None:
        self._move(order, orders.REJECTED, now, why)
        self.stores[order.account].close(order)
        self.testimony.of("rejected", order, now, text=why)

    def _move(self, order: Order, status: str, now: Moment, msg: str = "") -> None:
        order.move(status, now.wall_ns, msg)
        self._log.append(
            "order_event",
            now,
            account=order.account,
            order_id=str(order.order_id),
            status=status,
            remark=order.terms.remark,
        )
        self._tell(order, now)

    def _tell(self, order: Order, now: Moment) -> None:
        """After every change of an order: what it binds now, and its push."""
        self.ledgers[order.account].bind(order, self.prices.last(order.terms.symbol))
        self._announcer.tell(order, now)

    def _paper(self, order: Order) -> bool:
        return self.ledgers[order.account].paper
