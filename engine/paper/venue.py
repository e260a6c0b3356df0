"""The paper venue's front: requests and market data in, records and answers out. Pure.

It behaves as a venue: a request takes effect only after its latency, a cancel may lose against a
fill, a repeated client order id is refused. Every input first lets everything take effect that was
due before it. What happened is returned in order: records (`engine.paper.records`), to be journaled
before the router hears of them, and answers, which change nothing.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import count
from typing import Any

from engine.messages.market import Book, InstrumentDefinition, Quote, Trade
from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    Fill,
    QueryOrder,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    UpdateKind,
)
from engine.model.enums import Liquidity, OrdType, TimeInForce
from engine.model.instrument import Instrument
from engine.orders.exact import add
from engine.paper.answers import reconcile_parts, status_of, update, update_of
from engine.paper.book import PaperBook
from engine.paper.checks import is_too_small, refusal_of_terms
from engine.paper.codes import Code
from engine.paper.matching import Matcher
from engine.paper.order import PaperOrder
from engine.paper.records import (
    Answer,
    InstrumentDefined,
    OrderArrived,
    OrderChanged,
    OrderTraded,
    Record,
)
from engine.paper.rules import PaperRules
from engine.paper.transit import Request, Transit
from engine.session.contract import Effects, Now

OPEN_ORDERS_MAX = 10_000
"""Open orders of the account; further ones are refused, as venues do."""

DAY_NS = 24 * 3600 * 10**9
"""Orders for the day end with that of the clock (UTC): what is traded here has no sessions."""


class PaperVenue:
    """One account at one venue.

    Args:
        rules: latency, fees and starting cash.
        tag: begins every order and trade id; another one for each boot, so that no id ever comes
            twice, whatever became of the journal.
        book: the account as a journal gave it; a new one by default.
    """

    def __init__(self, rules: PaperRules, *, tag: str, book: PaperBook | None = None) -> None:
        self.book = book or PaperBook()
        self.book.account.begin_with(rules.cash)
        self._rules = rules
        self._tag = tag
        self._numbers = count(1)
        self._matcher = Matcher(self.book, self._trade)
        self._transit = Transit(rules)
        self._now = Now(0, 0)
        self._day = 0
        self._out: list[object] = []
        self._handlers: dict[type, Callable[[Any], None]] = {
            SubmitOrder: self._submitted,
            CancelOrder: self._cancelled,
            ReplaceOrder: self._replaced,
            CancelAllOrders: self._all_cancelled,
            QueryOrder: self._queried,
            ReconcileRequest: self._reconciled,
        }

    # --- recovery ----------------------------------------------------------------------------------

    def replay(self, records: Iterable[Record]) -> None:
        """Rebuild the state from a journal; before anything else."""
        for record in records:
            self.book.apply(record)

    def resume(self, now: Now) -> Effects:
        """After replay: what was on its way when the process died never took effect.

        Orders that may not rest, and reduce-only orders without a position, are ended as well: a
        journal may have lost its very end.
        """
        self._now = now
        for order in list(self.book.orders.values()):
            if not order.is_working:
                self._change(order, UpdateKind.REJECTED, Code.VENUE_RESTARTED)
            elif not order.may_rest:
                self._change(order, UpdateKind.CANCELLED, Code.VENUE_RESTARTED)
        for instrument in self.book.working_instruments():
            self._trim(instrument)
        return self._taken()

    # --- market ------------------------------------------------------------------------------------

    def on_market(self, message: object, now: Now) -> Effects:
        """A definition, book, quote or trade; other messages say nothing here."""
        self._begin(now)
        match message:
            case Quote():
                self._matcher.depth(message.instrument).on_quote(message)
                self._matcher.follow(message.instrument)
            case Book():
                self._matcher.depth(message.instrument).on_book(message)
                self._matcher.follow(message.instrument)
            case Trade():
                self._matcher.printed(message)
            case InstrumentDefinition():
                self._define(message.definition)
        return self._end()

    def doubt(self, instrument: str, kind: type, because: str, *, void: bool = False) -> None:
        """Books (or quotes) of an instrument are not to be traded against.

        With `void` the last one is not to be believed later either.
        """
        depth = self._matcher.depth(instrument)
        depth.doubt(kind, because)
        if void:
            depth.drop(kind)

    def believe(self, instrument: str, kind: type, because: str) -> None:
        """That doubt is gone; orders trade with the next message."""
        self._matcher.depth(instrument).believe(kind, because)

    def blind(self, concerns: Callable[[str], bool] = lambda _instrument: True) -> None:
        """The market of these instruments cannot be seen: nothing that was shown counts any more."""
        self._matcher.forget(concerns)

    def _define(self, instrument: Instrument) -> None:
        if self.book.instruments.get(instrument.id) != instrument:
            self._record(InstrumentDefined(definition=instrument, ts_ns=self._now.wall_ns))

    # --- requests arrive -----------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, now: Now) -> Effects:
        """A new order; recorded at once, judged after its latency."""
        self._begin(now)
        book, key = self.book, command.client_order_id
        if book.history.is_used(key):
            self._answer_unknown(key, "", UpdateKind.REJECTED, Code.DUPLICATE_ID)
        elif len(book.orders) >= OPEN_ORDERS_MAX:
            self._answer_unknown(key, "", UpdateKind.REJECTED, Code.TOO_MANY_ORDERS)
        else:
            self._record(
                OrderArrived(command=command, venue_order_id=self._id(), ts_ns=now.wall_ns)
            )
            self._transit.send(command, now.mono_ns)
        return self._end()

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """A cancel; it may come too late."""
        return self._send(command, now)

    def replace(self, command: ReplaceOrder, now: Now) -> Effects:
        """Another price or quantity."""
        return self._send(command, now)

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """Cancel everything, of one instrument or (empty) of all."""
        return self._send(command, now)

    def query(self, command: QueryOrder, now: Now) -> Effects:
        """Ask for one order; nothing is answered for an unknown one."""
        return self._send(command, now)

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """Ask for everything."""
        return self._send(request, now)

    def deadline(self) -> int | None:
        """Monotonic ns at which the next request takes effect."""
        return self._transit.deadline()

    def due(self, now: Now) -> Effects:
        """Let requests take effect whose latency is over."""
        self._begin(now)
        return self._taken()

    @property
    def in_transit(self) -> int:
        """Requests on their way."""
        return len(self._transit)

    def _send(self, request: Request, now: Now) -> Effects:
        self._begin(now)
        self._transit.send(request, now.mono_ns)
        return self._end()

    def _begin(self, now: Now) -> None:
        self._now = now
        if (day := now.wall_ns // DAY_NS) > self._day:
            self._day = day
            self._end_day(day)
        while (request := self._transit.take(now.mono_ns)) is not None:
            self._handlers[type(request)](request)

    def _end(self) -> Effects:
        self._begin(self._now)
        return self._taken()

    def _taken(self) -> Effects:
        out, self._out = self._out, []
        return out

    # --- requests take effect --------------------------------------------------------------------------

    def _submitted(self, command: SubmitOrder) -> None:
        order = self.book.orders[command.client_order_id]
        refused = self._refusal(order, order.quantity, order.price) or self._matcher.refusal(order)
        if refused is not None:
            self._change(order, UpdateKind.REJECTED, refused)
            return
        self._change(order, UpdateKind.ACCEPTED)
        if command.time_in_force is TimeInForce.FOK and not self._matcher.fills_whole(order):
            self._change(order, UpdateKind.CANCELLED, Code.FOK)
            return
        ended = self._matcher.take(order)
        if not order.is_working:
            return
        if ended is None and not order.may_rest:
            ended = Code.NO_LIQUIDITY if command.ord_type is OrdType.MARKET else Code.IOC
        if ended is not None:
            self._change(order, UpdateKind.CANCELLED, ended)
        else:
            self._matcher.join(order, self._now.mono_ns)

    def _refusal(self, order: PaperOrder, quantity: Decimal, price: Decimal | None) -> Code | None:
        instrument = self.book.instruments.get(order.instrument)
        if instrument is None:
            return Code.UNKNOWN_INSTRUMENT
        return refusal_of_terms(order.command, instrument, quantity=quantity, price=price)

    def _cancelled(self, command: CancelOrder) -> None:
        order = self.book.find(command.client_order_id, command.venue_order_id)
        if order is None:
            self._refuse(command, UpdateKind.CANCEL_REJECTED)
        else:
            self._change(order, UpdateKind.CANCELLED, Code.USER)

    def _replaced(self, command: ReplaceOrder) -> None:
        order = self.book.find(command.client_order_id, command.venue_order_id)
        if order is None:
            self._refuse(command, UpdateKind.REPLACE_REJECTED)
            return
        price = order.price if command.price is None else command.price
        refused = self._refusal_of_change(order, command.quantity, price)
        if refused is not None:
            self._change(order, UpdateKind.REPLACE_REJECTED, refused)
            return
        moved = price != order.price or command.quantity > order.quantity
        self._record(
            OrderChanged(
                update=update(
                    order.client_order_id, order.venue_order_id, UpdateKind.REPLACED, None,
                    self._now.wall_ns, cum_qty=order.cum_qty, price=price,
                    quantity=command.quantity,
                )
            )
        )  # fmt: skip
        if moved:
            # A new price or more size goes to the back of the queue, as at venues.
            self._take_and_rest(order)

    def _take_and_rest(self, order: PaperOrder) -> None:
        ended = self._matcher.take(order)
        if not order.is_working:
            return
        if ended is not None:
            self._change(order, UpdateKind.CANCELLED, ended)
        else:
            self._matcher.join(order, self._now.mono_ns)

    def _refusal_of_change(
        self, order: PaperOrder, quantity: Decimal, price: Decimal | None
    ) -> Code | None:
        refused = self._refusal(order, quantity, price)
        if refused is not None:
            return refused
        if quantity <= order.cum_qty:
            return Code.BELOW_FILLED
        instrument = self.book.instruments[order.instrument]
        if price is not None and is_too_small(
            order.command, instrument, quantity=quantity, price=price
        ):
            return Code.MIN_NOTIONAL
        if order.command.reduce_only:
            closable = self.book.closable(order.instrument, order.side)
            if quantity > add(closable, order.quantity):
                return Code.REDUCE_ONLY
        moved = price != order.price
        return self._matcher.refusal_of_price(order, price) if moved else None

    def _all_cancelled(self, command: CancelAllOrders) -> None:
        for order in list(self.book.orders.values()):
            if order.is_working and command.instrument in {"", order.instrument}:
                self._change(order, UpdateKind.CANCELLED, Code.USER)

    def _queried(self, command: QueryOrder) -> None:
        order = self.book.find(command.client_order_id, command.venue_order_id)
        order = order or self.book.history.find(command.client_order_id)
        if order is not None:
            self._out.append(Answer(status_of(order, self._now.wall_ns)))

    def _reconciled(self, request: ReconcileRequest) -> None:
        self._out += [Answer(part) for part in reconcile_parts(request, self.book)]

    # --- what happens ----------------------------------------------------------------------------------

    def _trade(
        self, order: PaperOrder, quantity: Decimal, price: Decimal, liquidity: Liquidity
    ) -> None:
        instrument = self.book.instruments[order.instrument]
        trade_id = self._id()
        fill = Fill(
            session="",
            boot=0,
            sequence=0,
            client_order_id=order.client_order_id,
            venue_order_id=order.venue_order_id,
            instrument=instrument.id,
            side=order.side,
            fill_key=trade_id,
            trade_id=trade_id,
            last_qty=quantity,
            last_px=price,
            cum_qty=add(order.cum_qty, quantity),
            fee=self._rules.fee(instrument, liquidity, price, quantity),
            fee_currency=instrument.currency,
            liquidity=liquidity,
            ts_ns=self._now.wall_ns,
        )
        self._record(OrderTraded(fill=fill))
        self._trim(order.instrument)

    def _end_day(self, day: int) -> None:
        """End what was to last for an earlier day."""
        for order in list(self.book.orders.values()):
            of_a_day = order.command.time_in_force is TimeInForce.DAY
            if of_a_day and order.is_working and order.arrived_ns // DAY_NS < day:
                self._change(order, UpdateKind.EXPIRED, Code.END_OF_DAY)

    def _trim(self, instrument: str) -> None:
        """End reduce-only orders, newest first, until the position covers the rest."""
        while (surplus := self.book.surplus(instrument)) is not None:
            self._change(surplus, UpdateKind.CANCELLED, Code.REDUCE_ONLY)

    def _change(self, order: PaperOrder, kind: UpdateKind, code: Code | None = None) -> None:
        self._record(OrderChanged(update=update_of(order, kind, code, self._now.wall_ns)))

    def _refuse(self, command: CancelOrder | ReplaceOrder, kind: UpdateKind) -> None:
        """Refuse a request for an order that is not open; what is known of it is told."""
        past = self.book.history.find(command.client_order_id)
        wall_ns = self._now.wall_ns
        if past is not None:
            self._out.append(Answer(update_of(past, kind, Code.UNKNOWN_ORDER, wall_ns)))
        else:
            self._answer_unknown(
                command.client_order_id, command.venue_order_id, kind, Code.UNKNOWN_ORDER
            )

    def _answer_unknown(
        self, client_order_id: str, venue_order_id: str, kind: UpdateKind, code: Code
    ) -> None:
        self._out.append(
            Answer(update(client_order_id, venue_order_id, kind, code, self._now.wall_ns))
        )

    def _record(self, record: Record) -> None:
        self.book.apply(record)
        self._out.append(record)

    def _id(self) -> str:
        return f"{self._tag}-{next(self._numbers)}"
