"""The broker's side of orders: CTP's checks, the way to the exchange, and what becomes of them there.

An order is refused by CTP (ORDER_INSERT_ERROR and its twin), or it is known to CTP from then on: told
with status unknown, a moment later at its exchange, refused there or matched. Positions and money
change with the trades.
"""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Final, Protocol

from actors.venues.webctp.simulator import admission, codes, sequences, tradingdays
from actors.venues.webctp.simulator.agenda import Agenda
from actors.venues.webctp.simulator.announcer import Announcer
from actors.venues.webctp.simulator.codes import Status, Submit
from actors.venues.webctp.simulator.faults import FaultKind, Faults
from actors.venues.webctp.simulator.investors import Investor, fee_of
from actors.venues.webctp.simulator.ledger import Ledger
from actors.venues.webctp.simulator.market import Market
from actors.venues.webctp.simulator.orders import Execution, Order
from actors.venues.webctp.simulator.pace import Pace
from actors.venues.webctp.simulator.positions import ZERO, pool_of
from actors.venues.webctp.simulator.sequences import Step
from actors.venues.webctp.simulator.settings import SimulatorSettings
from actors.venues.webctp.simulator.tickets import Deletion, Ticket
from actors.venues.webctp.simulator.witness import Testimony
from engine.exchange.events import (
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderFilled,
    OrderRefused,
)
from engine.exchange.model import Fill, NewOrder, OrderKind, Side, TimeInForce
from engine.simulator.moment import MS, NS, Moment

if TYPE_CHECKING:
    from actors.venues.webctp.simulator.tradeapi import TradeApi

SIDES: Final = (Side.BUY, Side.SELL)
OTHER_SESSION: Final = 77
"""Session id of another terminal."""
GARBAGE: Final = (21_845, 32_767, 1_886_351_984)
"""What the gateway sends where it has no word for a value."""


class Surroundings(Protocol):
    """What a desk needs of its venue."""

    settings: SimulatorSettings
    market: Market
    agenda: Agenda
    faults: Faults
    testimony: Testimony
    investors: dict[tuple[str, str], Investor]


class Desk:
    """The orders of all investors.

    Args:
        around: the settings and whatever an order meets on its way.
        day: the trading day.
    """

    def __init__(self, around: Surroundings, day: date) -> None:
        self.day = day
        self._settings = settings = around.settings
        self._market = around.market
        self._agenda = around.agenda
        self._faults = around.faults
        self._testimony = around.testimony
        self._investors = around.investors
        self.announcer = Announcer(around.market, around.investors)
        self.ledger = Ledger(around.investors, self.marks, settings.ratio_margin_by)
        self._orders: dict[int, Order] = {}
        self._numbers = count(1)
        self._external_refs = count(settings.external_refs_from)
        per_s = settings.orders_per_s if settings.rate_limits else 0
        self._rates = {key: Pace(per_s) for key in around.investors}
        self._arriving: Order | None = None
        self._way_ns = int(settings.exchange_ms * MS)
        self._market.order_listeners.append(self.on_event)

    def marks(self, symbol: str) -> Decimal:
        """Last price of a contract."""
        return self._market.states[symbol].last

    # --- new orders -----------------------------------------------------------------------

    def insert(
        self, api: "TradeApi", ticket: Ticket, req_id: int, session_id: int, now: Moment
    ) -> None:
        """An order reached CTP."""
        if api.gone or session_id != api.session_id:
            self._testimony.refused(ticket, now, "session is gone")
            return
        code = self._refusal(api, ticket, now)
        investor = api.investor
        if code or investor is None:
            self._testimony.refused(ticket, now, str(code))
            self.announcer.refused(api, ticket, req_id, code, now)
            return
        order = self._order(investor, ticket, now)
        order.session_id, order.request_id = session_id, req_id
        self._enter(investor, order, now)

    def _refusal(self, api: "TradeApi", ticket: Ticket, now: Moment) -> int:
        """Why CTP refuses an order, 0 when it does not."""
        investor = api.investor
        if not api.logged_in or investor is None:
            return 6
        if api.investor_id != investor.investor_id:
            return 9
        if investor.confirmed != self.day:
            return 42
        fault = self._faults.take((FaultKind.REJECT_ORDER,), ticket.instrument)
        if fault is not None:
            return int(fault.number_value(31))
        code = admission.ref_problem(ticket, api.ref_last)
        if code:
            return code
        api.ref_last = int(ticket.ref)
        if not self._rates[api.broker(), investor.investor_id].allows(now.mono_ns):
            return 116
        return self._contract_refusal(investor, ticket)

    def _contract_refusal(self, investor: Investor, ticket: Ticket) -> int:
        state = self._market.states.get(ticket.instrument)
        code = admission.problem(ticket, None if state is None else state.listing)
        if code or state is None:
            return code
        listing = state.listing
        pool = pool_of(listing, ticket.offset)
        if pool is not None:
            return admission.position_problem(investor, listing, ticket, pool)
        price = admission.charged_price(ticket, state)
        needed = price * listing.multiple * listing.margin + fee_of(listing, price)
        return 0 if self.ledger.affords(investor, needed * ticket.volume) else 31

    def _order(self, investor: Investor, ticket: Ticket, now: Moment) -> Order:
        """The order that CTP makes of a ticket; margin, fee and lots are frozen."""
        state = self._market.states[ticket.instrument]
        listing, number = state.listing, next(self._numbers)
        pool = pool_of(listing, ticket.offset)
        price = admission.charged_price(ticket, state)
        order = Order(
            number=number,
            listing=listing,
            broker_id=investor.broker_id,
            investor_id=investor.investor_id,
            user_id=investor.investor_id,
            front_id=1,
            session_id=OTHER_SESSION,
            ref=ticket.ref,
            request_id=0,
            memo=ticket.memo,
            direction=ticket.direction,
            offset=ticket.offset if listing.by_day or pool is None else codes.CLOSE,
            price_type=ticket.price_type,
            time_condition=ticket.time_condition,
            volume=ticket.volume,
            local_id=f"{number:12d}",
            insert_date=self.announcer.insert_date(listing.exchange, self.day, now, accepted=False),
            insert_time=self.announcer.clock(now),
            price=admission.limit_price(ticket, state),
            pool=pool,
            frozen_margin=price * listing.multiple * listing.margin if pool is None else ZERO,
            frozen_fee=fee_of(listing, price),
        )
        self.ledger.freeze(order, order.volume)
        return order

    def _enter(self, investor: Investor, order: Order, now: Moment) -> None:
        """CTP knows the order, and sends it on."""
        investor.remember(order)
        self._testimony.known(order, now)
        self.announcer.order(order, Status.UNKNOWN, 0, now)
        self._agenda.after(self._way_ns, now, lambda then: self._arrive(order, then))

    # --- at the exchange ------------------------------------------------------------------

    def _arrive(self, order: Order, now: Moment) -> None:
        """The order is at its exchange."""
        if not order.open:
            return
        state = self._market.states[order.instrument]
        fault = self._faults.take((FaultKind.REJECT_LATE,), order.instrument)
        if fault is not None:
            reason = fault.text_value("交易所拒绝")
        elif not self._market.is_open(state, now):
            reason = "当前状态禁止此项操作"
        else:
            reason = admission.exchange_problem(order, state)
        if reason:
            self._reject(order, f"{order.exchange}:{reason}", now)
            return
        order.sys_id = f"{order.number:12d}"
        order.insert_date = self.announcer.insert_date(order.exchange, self.day, now, accepted=True)
        order.submit = Submit.ACCEPTED
        self._match(order, now)

    def _reject(self, order: Order, reason: str, now: Moment) -> None:
        order.submit, order.status_msg = Submit.INSERT_REJECTED, f"已撤单报单被拒绝{reason}"
        order.sys_id = ""
        self.ledger.end(order, self.announcer.clock(now))
        self._testimony.ended(order, now, rejected=True)
        self.announcer.order(order, Status.CANCELED, order.traded, now, deleted=True)

    def _match(self, order: Order, now: Moment) -> None:
        immediate = order.time_condition == codes.IMMEDIATE
        new = NewOrder(
            account=_account(order),
            symbol=order.instrument,
            side=SIDES[order.direction],
            kind=OrderKind.MARKET if order.price is None else OrderKind.LIMIT,
            quantity=Decimal(order.volume),
            price=order.price,
            time_in_force=TimeInForce.IOC if immediate else TimeInForce.GTC,
            tag=order.number,
        )
        events = self._market.exchange.submit(new, now.wall_ns)
        accepted = events[0]
        if not isinstance(accepted, OrderAccepted):
            self._reject(order, accepted.text if isinstance(accepted, OrderRefused) else "", now)
            return
        order.order_id, order.status = accepted.order.order_id, Status.NOT_TRADED
        self._orders[order.order_id] = order
        self._testimony.accepted(order, now)
        self._tell_arrival(order, events, now)
        self._arriving = order
        self._market.publish(events, now)
        self._arriving = None
        self._forget(order)

    def _tell_arrival(self, order: Order, events: list[Event], now: Moment) -> None:
        """What the order met at once, told in its exchange's order."""
        own = [
            each
            for each in events
            if isinstance(each, OrderFilled | OrderCancelled)
            and each.order.order_id == order.order_id
        ]
        fills = [self._book(order, each.fill, now) for each in own if isinstance(each, OrderFilled)]
        ended = any(isinstance(each, OrderCancelled) for each in own)
        if ended:
            self._end(order, now)
        steps = sequences.arrival(
            order.exchange,
            order.volume,
            fills,
            ended=ended,
            fill_after_cancel=self._settings.fak_fill_after_cancel,
        )
        self.announcer.steps(order, steps, now)

    def on_event(self, event: OrderEvent, now: Moment) -> None:
        """The exchange says something of an order that rests."""
        if not isinstance(event, OrderFilled | OrderCancelled):
            return
        order = self._orders.get(event.order.order_id)
        if order is None or order is self._arriving:
            return
        if isinstance(event, OrderFilled):
            before = order.traded
            execution = self._book(order, event.fill, now)
            steps = sequences.resting_fill(order.exchange, order.volume, execution, before)
        else:
            self._end(order, now)
            steps = [Step(Status.CANCELED, order.traded, deleted=True)]
        self.announcer.steps(order, steps, now)
        self._forget(order)

    def _book(self, order: Order, fill: Fill, now: Moment) -> Execution:
        """A trade changes order, position and money."""
        number = fill.trade_id - self._market.trade_ids_from
        execution = Execution(trade_id=f"{number:12d}", volume=int(fill.quantity), price=fill.price)
        self.ledger.settle(order, execution)
        self._testimony.filled(order, execution, now)
        return execution

    def _end(self, order: Order, now: Moment) -> None:
        self.ledger.end(order, self.announcer.clock(now))
        order.status_msg = codes.STATUS_TEXTS[Status.CANCELED]
        self._testimony.ended(order, now)

    def _forget(self, order: Order) -> None:
        if not order.open:
            self._orders.pop(order.order_id, None)

    # --- cancellations --------------------------------------------------------------------

    def delete(self, api: "TradeApi", deletion: Deletion, now: Moment) -> None:
        """A cancellation reached CTP."""
        if api.gone:
            return
        investor = api.investor
        order = None if investor is None else _find(investor, deletion)
        code = 6 if investor is None else admission.deletion_problem(order)
        if order is not None:
            self._testimony.asked(order, now)
        if code or order is None:
            if order is not None:
                self._testimony.kept(order, now, str(code))
            self.announcer.not_deleted(api, deletion, order, code, now)
            return
        order.deleting, order.submit = True, Submit.CANCEL_SUBMITTED
        self.announcer.order(order, order.status, order.traded, now)
        self._agenda.after(self._way_ns, now, lambda then: self._cancel(api, order, deletion, then))

    def _cancel(self, api: "TradeApi", order: Order, deletion: Deletion, now: Moment) -> None:
        """The cancellation is at the exchange."""
        order.deleting = False
        fault = self._faults.take((FaultKind.REJECT_CANCEL,), order.instrument)
        if not order.open or fault is not None:
            if order.open:
                order.submit = Submit.CANCEL_REJECTED
            self._testimony.kept(order, now, "refused by the exchange")
            self.announcer.not_deleted_there(api, deletion, order, 26, now)
            return
        late = self._faults.take((FaultKind.LATE_FILL,), order.instrument)
        left = order.volume - order.traded
        self._withdraw(order, now)
        if late is not None and left:
            delay_ns = int(max(0.0, late.number_value(0.2)) * NS)
            self._agenda.after(delay_ns, now, lambda then: self._fill_late(order, left, then))

    def _withdraw(self, order: Order, now: Moment) -> None:
        events = self._market.exchange.cancel(_account(order), now.wall_ns, order_id=order.order_id)
        self._market.publish(events, now)

    def _fill_late(self, order: Order, left: int, now: Moment) -> None:
        """The exchange had traded the order before the cancellation came."""
        execution = Execution(
            trade_id=f"{self._market.next_trade_id():12d}",
            volume=left,
            price=order.price or self.marks(order.instrument),
        )
        self.ledger.freeze(order, left)
        self.ledger.settle(order, execution)
        order.status = Status.CANCELED
        self._testimony.filled(order, execution, now)
        steps = [
            Step(Status.CANCELED, order.traded, deleted=True),
            Step(Status.CANCELED, order.traded, trade=execution),
        ]
        self.announcer.steps(order, steps, now)

    # --- what others do -------------------------------------------------------------------

    def external(self, investor: Investor, ticket: Ticket, now: Moment) -> None:
        """An order from another terminal, whatever CTP would say of it; its ref is the system's."""
        order = self._order(investor, ticket, now)
        order.ref = f"{next(self._external_refs):12d}"
        self._enter(investor, order, now)

    def foreign(self, investor: Investor, ticket: Ticket, now: Moment) -> None:
        """An order with fields that the gateway has no words for: it says so, and then says garbage."""
        order = self._order(investor, ticket, now)
        order.ref = f"{next(self._external_refs):12d}"
        order.hedge, order.time_condition, order.price_type = GARBAGE
        order.sys_id, order.submit = f"{order.number:12d}", Submit.ACCEPTED
        investor.remember(order)
        order.status = Status.CANCELED
        self.announcer.unknown(order, now)
        self.announcer.order(order, Status.NOT_TRADED, 0, now)

    def end_day(self, now: Moment) -> int:
        """Settlement: what rests is gone without a word; how many orders that were."""
        resting = list(self._orders.values())
        self._orders.clear()
        for order in resting:
            self._withdraw(order, now)
            self.ledger.end(order, self.announcer.clock(now))
            self._testimony.expired(order, now)
        self.ledger.close(self.day)
        self.day = tradingdays.next_day(self.day)
        return len(resting)


def _account(order: Order) -> str:
    """The account in the matching core: one for each side, for an investor may trade with itself."""
    return f"{order.broker_id}/{order.investor_id}/{order.direction}"


def _find(investor: Investor, deletion: Deletion) -> Order | None:
    """The order that a cancellation names by exchange and the exact text of its number there."""
    if not deletion.order_sys_id:
        return None
    for order in reversed(investor.orders.values()):
        if (order.exchange, order.sys_id) == (deletion.exchange, deletion.order_sys_id):
            return order
    return None
