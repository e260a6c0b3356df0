"""The paper venue's heart: commands and market data in, order updates and fills out. Pure.

It behaves as a venue: a request takes effect only after its latency, a cancel may lose against a
fill, a repeated client order id is refused. Liquidity rules:

- a taker walks the visible depth level by level, each fill at its level's price;
- a resting order waits behind the size that was visible at its price when it came. It trades when
  a trade prints at its price beyond that queue, in full when a trade prints through its price, and
  at most the visible size when the other side's best crosses it; always at its own price;
- what we took of a level is gone until the market shows that level with another size.

State changes only in `_apply`, which replay of the journal uses too: the messages in `take()` that
are `SubmitOrder`, `OrderUpdate` and `Fill` are its records, in order.
"""

import heapq
from collections.abc import Callable, Iterable
from decimal import Decimal

from engine.messages.market import Book, Quote, Trade
from engine.messages.venue import (
    PART_ITEMS_MAX,
    CancelAllOrders,
    CancelOrder,
    Fill,
    OrderUpdate,
    QueryOrder,
    ReconcilePart,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
    UpdateKind,
    VenueFill,
    VenueOrder,
)
from engine.model.enums import Lifecycle, Liquidity, OrdType, TimeInForce
from engine.model.instrument import Instrument
from engine.model.money import ZERO, decimal_of_float
from engine.paper.account import PaperAccount
from engine.paper.depth import Depth
from engine.paper.order import PaperOrder
from engine.paper.rules import PaperRules

HISTORY_MAX = 20_000
"""Finished orders, and fills, that queries can still see; a venue forgets too."""

Record = SubmitOrder | OrderUpdate | Fill
Request = SubmitOrder | CancelOrder | ReplaceOrder | CancelAllOrders

_ENDINGS = {
    UpdateKind.CANCELLED: Lifecycle.CANCELLED,
    UpdateKind.REJECTED: Lifecycle.REJECTED,
    UpdateKind.EXPIRED: Lifecycle.EXPIRED,
}


class PaperVenue:
    """One simulated account at one venue."""

    def __init__(self, rules: PaperRules) -> None:
        self.rules = rules
        self.account = PaperAccount(rules.cash)
        self._instruments: dict[str, Instrument] = {}
        self._depths: dict[str, Depth] = {}
        self._orders: dict[str, PaperOrder] = {}
        self._working: dict[str, dict[str, PaperOrder]] = {}
        self._finished: dict[str, PaperOrder] = {}
        self._fills: list[Fill] = []
        self._late: list[Fill] = []
        self._scheduled: list[tuple[int, int, Request]] = []
        self._serial = 0
        self._trades = 0
        self._arrivals = 0
        self._out: list[object] = []
        self._wall_ns = 0

    # --- market ------------------------------------------------------------------------------------

    def define(self, instrument: Instrument) -> None:
        """Know an instrument; its fills from the journal are counted from here on."""
        first = instrument.id not in self._instruments
        self._instruments[instrument.id] = instrument
        self._depths.setdefault(instrument.id, Depth())
        if first:
            waiting, self._late = self._late, []
            for fill in waiting:
                self._count(fill)

    def on_book(self, book: Book, wall_ns: int) -> None:
        """The visible depth of an instrument."""
        self._wall_ns = wall_ns
        if depth := self._depths.get(book.instrument):
            depth.on_book(book)
            self._match_resting(book.instrument, depth)

    def on_quote(self, quote: Quote, wall_ns: int) -> None:
        """A new best bid or offer."""
        self._wall_ns = wall_ns
        if depth := self._depths.get(quote.instrument):
            depth.on_quote(quote)
            self._match_resting(quote.instrument, depth)

    def on_trade(self, trade: Trade, wall_ns: int) -> None:
        """A trade of others: it uses up queues and fills what it reaches."""
        self._wall_ns = wall_ns
        working = self._working.get(trade.instrument)
        if not working:
            return
        price, size = decimal_of_float(trade.price), decimal_of_float(trade.size)
        for order in list(working.values()):
            if trade.aggressor == order.side.sign or order.price is None:
                continue
            if (order.price - price) * order.side.sign > 0:
                self._fill(order, order.leaves_qty, order.price, Liquidity.MAKER)
            elif order.price == price:
                beyond = size - order.queue_ahead
                order.queue_ahead = max(ZERO, order.queue_ahead - size)
                if beyond > 0:
                    self._fill(order, min(beyond, order.leaves_qty), price, Liquidity.MAKER)

    def blind(self, instrument: str) -> None:
        """The market of an instrument cannot be seen: nothing fills until it can."""
        if depth := self._depths.get(instrument):
            depth.clear()

    # --- commands ------------------------------------------------------------------------------------

    def submit(self, command: SubmitOrder, mono_ns: int, wall_ns: int) -> None:
        """A new order arrives; what becomes of it shows after its latency."""
        self._wall_ns = wall_ns
        if command.client_order_id in self._orders or command.client_order_id in self._finished:
            self._update(command.client_order_id, "", UpdateKind.REJECTED, "DUPLICATE_ID")
            return
        self._emit(command)
        self._schedule(command, command.client_order_id, mono_ns)

    def cancel(self, command: CancelOrder, mono_ns: int, wall_ns: int) -> None:
        """A cancel arrives; it may come too late."""
        self._wall_ns = wall_ns
        self._schedule(command, command.client_order_id + "c", mono_ns)

    def replace(self, command: ReplaceOrder, mono_ns: int, wall_ns: int) -> None:
        """A change arrives."""
        self._wall_ns = wall_ns
        self._schedule(command, command.client_order_id + "r", mono_ns)

    def cancel_all(self, command: CancelAllOrders, mono_ns: int, wall_ns: int) -> None:
        """Cancel everything, of one instrument or (empty) of all."""
        self._wall_ns = wall_ns
        self._schedule(command, "all", mono_ns)

    def query(self, command: QueryOrder, wall_ns: int) -> None:
        """Answer with the order's state; nothing for an unknown order."""
        self._wall_ns = wall_ns
        order = self._orders.get(command.client_order_id) or self._finished.get(
            command.client_order_id
        )
        if order is not None and order.lifecycle is not Lifecycle.SENT:
            self._out.append(_status(order, wall_ns))

    def reconcile(self, request: ReconcileRequest) -> list[ReconcilePart]:
        """Everything since a time, in parts; always complete, for nothing is hidden here."""
        orders = [
            order.as_venue_order()
            for order in (*self._finished.values(), *self._orders.values())
            if order.lifecycle is not Lifecycle.SENT
            and (order.is_working or order.arrived_ns >= request.since_ns)
        ]
        fills = [_venue_fill(fill) for fill in self._fills if fill.ts_ns >= request.since_ns]
        return _parts(request, orders, fills, self.account)

    def deadline(self) -> int | None:
        """Monotonic ns at which the next request takes effect."""
        return self._scheduled[0][0] if self._scheduled else None

    def due(self, mono_ns: int, wall_ns: int) -> None:
        """Let requests take effect whose latency is over."""
        self._wall_ns = wall_ns
        while self._scheduled and self._scheduled[0][0] <= mono_ns:
            self._take_effect(heapq.heappop(self._scheduled)[2])

    def take(self) -> list[object]:
        """What happened since the last call: records in order, and answers to queries."""
        out, self._out = self._out, []
        return out

    # --- recovery --------------------------------------------------------------------------------------

    def replay(self, records: Iterable[Record]) -> None:
        """Rebuild the state from the journal."""
        for record in records:
            self._apply(record)

    def resume(self, mono_ns: int) -> None:
        """After replay: requests that were on their way when the process died arrive now."""
        for order in self._orders.values():
            if order.lifecycle is Lifecycle.SENT:
                self._schedule(order.command, order.client_order_id, mono_ns)

    @property
    def working_instruments(self) -> frozenset[str]:
        """Instruments with open orders: their market data is needed."""
        return frozenset(name for name, orders in self._working.items() if orders)

    # --- requests take effect ----------------------------------------------------------------------------

    def _schedule(self, request: Request, key: str, mono_ns: int) -> None:
        self._serial += 1
        at_ns = mono_ns + self.rules.delay_ns(key)
        heapq.heappush(self._scheduled, (at_ns, self._serial, request))

    def _take_effect(self, request: Request) -> None:
        handlers: dict[type, Callable[..., None]] = {
            SubmitOrder: self._arrive,
            CancelOrder: self._cancel_now,
            ReplaceOrder: self._replace_now,
            CancelAllOrders: self._cancel_all_now,
        }
        handlers[type(request)](request)

    def _arrive(self, command: SubmitOrder) -> None:
        order = self._orders[command.client_order_id]
        if refused := self._refusal(order):
            self._update_of(order, UpdateKind.REJECTED, refused)
            return
        depth = self._depths[command.instrument]
        self._update_of(order, UpdateKind.ACCEPTED)
        self._take_liquidity(order, depth)
        if not order.leaves_qty:
            return
        if order.price is None:
            self._update_of(order, UpdateKind.CANCELLED, "NO_LIQUIDITY")
        elif command.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
            self._update_of(order, UpdateKind.CANCELLED, command.time_in_force.value.upper())
        else:
            order.queue_ahead = depth.shown(order.side, order.price)

    def _refusal(self, order: PaperOrder) -> str:
        """Why the venue does not take this order, empty when it does."""
        command = order.command
        instrument = self._instruments.get(command.instrument)
        if instrument is None:
            return "UNKNOWN_INSTRUMENT"
        if command.ord_type not in {OrdType.MARKET, OrdType.LIMIT}:
            return "UNSUPPORTED_ORDER_TYPE"
        if (
            command.quantity < instrument.min_quantity
            or command.quantity % instrument.quantity_increment
        ):
            return "INVALID_QUANTITY"
        if command.price is not None and (
            command.price <= 0 or command.price % instrument.price_increment
        ):
            return "INVALID_PRICE"
        return self._market_refusal(order)

    def _market_refusal(self, order: PaperOrder) -> str:
        """Why the market as it stands forbids this order."""
        command, depth = order.command, self._depths[order.command.instrument]
        best = depth.best(order.side.opposite)
        crosses = best is not None and order.accepts(best)
        if order.price is None and best is None:
            return "NO_MARKET"
        if command.reduce_only and not self._reduces(command):
            return "REDUCE_ONLY"
        if command.post_only and crosses:
            return "POST_ONLY_WOULD_CROSS"
        if command.time_in_force is TimeInForce.FOK and self._reachable(order) < order.quantity:
            return "FOK"
        if crosses and self._meets_own_order(order):
            return "SELF_MATCH"
        return ""

    def _reduces(self, command: SubmitOrder) -> bool:
        held = self.account.position(command.instrument).quantity
        return held * command.side.sign < 0 and command.quantity <= abs(held)

    def _reachable(self, order: PaperOrder) -> Decimal:
        levels = self._depths[order.command.instrument].levels(order.side.opposite)
        return sum((size for price, size in levels if order.accepts(price)), ZERO)

    def _meets_own_order(self, order: PaperOrder) -> bool:
        working = self._working.get(order.command.instrument, {})
        return any(
            other.side is not order.side and other.price is not None and order.accepts(other.price)
            for other in working.values()
        )

    def _cancel_now(self, command: CancelOrder) -> None:
        order = self._orders.get(command.client_order_id)
        if order is not None and order.is_working:
            self._update_of(order, UpdateKind.CANCELLED, "USER")
            return
        self._update(
            command.client_order_id,
            command.venue_order_id,
            UpdateKind.CANCEL_REJECTED,
            "UNKNOWN_ORDER",
        )

    def _replace_now(self, command: ReplaceOrder) -> None:
        order = self._orders.get(command.client_order_id)
        if order is None or not order.is_working or command.quantity <= order.cum_qty:
            code = "UNKNOWN_ORDER" if order is None or not order.is_working else "INVALID_QUANTITY"
            self._update(
                command.client_order_id, command.venue_order_id, UpdateKind.REPLACE_REJECTED, code
            )
            return
        moved = command.price != order.price or command.quantity > order.quantity
        self._emit(
            _update_message(
                order.client_order_id, order.venue_order_id, UpdateKind.REPLACED, "", self._wall_ns,
                price=command.price, quantity=command.quantity,
            )
        )  # fmt: skip
        depth = self._depths[order.command.instrument]
        if moved and order.price is not None:
            # A new price or more size goes to the back of the queue, as at venues.
            self._take_liquidity(order, depth)
            order.queue_ahead = depth.shown(order.side, order.price)

    def _cancel_all_now(self, command: CancelAllOrders) -> None:
        for order in list(self._orders.values()):
            if order.is_working and command.instrument in {"", order.command.instrument}:
                self._update_of(order, UpdateKind.CANCELLED, "USER")

    # --- matching ----------------------------------------------------------------------------------------

    def _take_liquidity(self, order: PaperOrder, depth: Depth) -> None:
        """Walk the visible depth as far as the order accepts."""
        other = order.side.opposite
        for price, size in list(depth.levels(other)):
            if not order.leaves_qty or not order.accepts(price):
                return
            quantity = min(size, order.leaves_qty)
            depth.take(other, price, quantity)
            self._fill(order, quantity, price, Liquidity.TAKER)

    def _match_resting(self, instrument: str, depth: Depth) -> None:
        """Fill what the other side's visible orders cross; shorten queues that became shorter."""
        working = self._working.get(instrument)
        if not working:
            return
        for order in list(working.values()):
            if order.price is None:
                continue
            order.queue_ahead = min(order.queue_ahead, depth.shown(order.side, order.price))
            other = order.side.opposite
            for price, size in list(depth.levels(other)):
                if not order.leaves_qty or not order.accepts(price):
                    break
                quantity = min(size, order.leaves_qty)
                depth.take(other, price, quantity)
                self._fill(order, quantity, order.price, Liquidity.MAKER)

    def _fill(
        self, order: PaperOrder, quantity: Decimal, price: Decimal, liquidity: Liquidity
    ) -> None:
        instrument = self._instruments[order.command.instrument]
        trade_id = f"P{self._trades + 1}"
        self._emit(
            Fill(
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
                cum_qty=order.cum_qty + quantity,
                fee=self.rules.fee(instrument, liquidity, instrument.notional(price, quantity)),
                fee_currency=instrument.currency,
                liquidity=liquidity,
                ts_ns=self._wall_ns,
            )
        )

    # --- records -----------------------------------------------------------------------------------------

    def _update_of(self, order: PaperOrder, kind: UpdateKind, code: str = "") -> None:
        self._emit(
            _update_message(
                order.client_order_id, order.venue_order_id, kind, code, self._wall_ns,
                cum_qty=order.cum_qty,
            )
        )  # fmt: skip

    def _update(
        self, client_order_id: str, venue_order_id: str, kind: UpdateKind, code: str
    ) -> None:
        """News that changes no order here."""
        self._out.append(
            _update_message(client_order_id, venue_order_id, kind, code, self._wall_ns)
        )

    def _emit(self, record: Record) -> None:
        self._apply(record)
        self._out.append(record)

    def _apply(self, record: Record) -> None:
        if isinstance(record, SubmitOrder):
            self._add_order(record)
        elif isinstance(record, Fill):
            self._apply_fill(record)
        else:
            self._apply_update(record)

    def _add_order(self, command: SubmitOrder) -> None:
        self._arrivals += 1
        self._orders[command.client_order_id] = PaperOrder(
            command=command,
            venue_order_id=f"O{self._arrivals}",
            arrived_ns=self._wall_ns,
            quantity=command.quantity,
            price=command.price,
        )

    def _apply_fill(self, fill: Fill) -> None:
        self._trades += 1
        self._fills.append(fill)
        del self._fills[:-HISTORY_MAX]
        self._count(fill)
        order = self._orders.get(fill.client_order_id)
        if order is not None:
            order.fill(fill.last_qty, fill.last_px)
            if order.lifecycle is Lifecycle.FILLED:
                self._finish(order)

    def _count(self, fill: Fill) -> None:
        """Count a fill in the account, or keep it until its instrument is defined (after replay)."""
        instrument = self._instruments.get(fill.instrument)
        if instrument is None:
            self._late.append(fill)
        else:
            self.account.apply(fill, instrument)

    def _apply_update(self, update: OrderUpdate) -> None:
        order = self._orders.get(update.client_order_id)
        if order is None:
            return
        order.arrived_ns = order.arrived_ns or update.ts_ns
        if update.kind is UpdateKind.ACCEPTED:
            order.lifecycle = Lifecycle.OPEN
            self._working.setdefault(order.command.instrument, {})[order.client_order_id] = order
        elif update.kind is UpdateKind.REPLACED:
            order.price = update.price
            order.quantity = order.quantity if update.quantity is None else update.quantity
        elif update.kind in _ENDINGS:
            order.lifecycle = _ENDINGS[update.kind]
            self._finish(order)

    def _finish(self, order: PaperOrder) -> None:
        del self._orders[order.client_order_id]
        self._working.get(order.command.instrument, {}).pop(order.client_order_id, None)
        self._finished[order.client_order_id] = order
        while len(self._finished) > HISTORY_MAX:
            del self._finished[next(iter(self._finished))]


def _update_message(
    client_order_id: str,
    venue_order_id: str,
    kind: UpdateKind,
    code: str,
    ts_ns: int,
    *,
    cum_qty: Decimal | None = None,
    price: Decimal | None = None,
    quantity: Decimal | None = None,
) -> OrderUpdate:
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=client_order_id,
        venue_order_id=venue_order_id,
        kind=kind,
        cum_qty=cum_qty,
        price=price,
        quantity=quantity,
        code=code,
        text=_TEXTS.get(code, ""),
        ts_ns=ts_ns,
    )


_TEXTS = {
    "DUPLICATE_ID": "the client order id was used before",
    "UNKNOWN_INSTRUMENT": "the paper venue has no definition of the instrument",
    "UNSUPPORTED_ORDER_TYPE": "the paper venue takes market and limit orders",
    "INVALID_QUANTITY": "below the minimum, off the lot, or not above what is filled",
    "INVALID_PRICE": "not positive or off the tick",
    "NO_MARKET": "no price of the other side is visible",
    "NO_LIQUIDITY": "the visible depth is used up",
    "REDUCE_ONLY": "it would not only reduce the position",
    "POST_ONLY_WOULD_CROSS": "it would trade at once",
    "SELF_MATCH": "it would trade against an own order",
    "FOK": "the visible depth does not fill it whole",
    "IOC": "the rest did not trade at once",
    "UNKNOWN_ORDER": "no such open order",
}


def _status(order: PaperOrder, ts_ns: int) -> OrderUpdate:
    """The order's state as an update that may be repeated."""
    kinds = {ending: kind for kind, ending in _ENDINGS.items()}
    kind = kinds.get(order.lifecycle, UpdateKind.ACCEPTED)
    if order.lifecycle is Lifecycle.FILLED:
        kind = UpdateKind.FILLED
    return _update_message(
        order.client_order_id, order.venue_order_id, kind, "", ts_ns,
        cum_qty=order.cum_qty, price=order.price, quantity=order.quantity,
    )  # fmt: skip


def _venue_fill(fill: Fill) -> VenueFill:
    return VenueFill(
        client_order_id=fill.client_order_id,
        venue_order_id=fill.venue_order_id,
        instrument=fill.instrument,
        side=fill.side,
        fill_key=fill.fill_key,
        trade_id=fill.trade_id,
        last_qty=fill.last_qty,
        last_px=fill.last_px,
        fee=fill.fee,
        fee_currency=fill.fee_currency,
        liquidity=fill.liquidity,
        ts_ns=fill.ts_ns,
    )


def _parts(
    request: ReconcileRequest,
    orders: list[VenueOrder],
    fills: list[VenueFill],
    account: PaperAccount,
) -> list[ReconcilePart]:
    """The answer cut into messages of bounded size; the first carries positions and balances."""
    count = max(1, -(-max(len(orders), len(fills)) // PART_ITEMS_MAX))
    parts = []
    for part in range(count):
        window = slice(part * PART_ITEMS_MAX, (part + 1) * PART_ITEMS_MAX)
        parts.append(
            ReconcilePart(
                session="",
                boot=0,
                sequence=0,
                request_id=request.request_id,
                part=part,
                last=part == count - 1,
                complete=True,
                since_ns=request.since_ns,
                orders=tuple(orders[window]),
                fills=tuple(fills[window]),
                positions=account.positions() if part == 0 else (),
                balances=account.balances() if part == 0 else (),
                error="",
            )
        )
    return parts
