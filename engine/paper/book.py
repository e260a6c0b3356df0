"""State of the paper venue: instruments, open orders, the account and its past. A fold over records.

Nothing else changes them, so replaying a journal gives the state that was. (What the market shows,
and the place of orders in its queues, is not state: it is looked at again after a restart.)
"""

from decimal import Decimal

from engine.errors import InvariantViolation
from engine.messages.venue import Fill, OrderUpdate, UpdateKind
from engine.model.enums import Lifecycle, Side
from engine.model.instrument import Instrument
from engine.model.money import ZERO
from engine.orders.exact import add, subtract
from engine.paper.account import PaperAccount
from engine.paper.history import History
from engine.paper.order import PaperOrder
from engine.paper.records import (
    InstrumentDefined,
    OrderArrived,
    OrderChanged,
    OrderTraded,
    Record,
)

STATE_VERSION = 1
"""Raise it when applying a record leads to another state than before; see `engine.orders.freezing`."""

_ENDINGS = {
    UpdateKind.CANCELLED: Lifecycle.CANCELLED,
    UpdateKind.EXPIRED: Lifecycle.EXPIRED,
    UpdateKind.REJECTED: Lifecycle.REJECTED,
}


class PaperBook:
    """One account at one paper venue."""

    def __init__(self) -> None:
        self.instruments: dict[str, Instrument] = {}
        self.account = PaperAccount()
        self.history = History()
        self.orders: dict[str, PaperOrder] = {}
        self.fills = 0
        self._working: dict[str, dict[str, PaperOrder]] = {}

    # --- reading ---------------------------------------------------------------------------------

    def working(self, instrument: str) -> list[PaperOrder]:
        """Orders that may trade, in the order of their time at their price."""
        return list(self._working.get(instrument, {}).values())

    def is_quiet(self, instrument: str) -> bool:
        """Whether no order of ours could trade."""
        return not self._working.get(instrument)

    def working_instruments(self) -> frozenset[str]:
        """Instruments with orders that may trade: their market data is needed."""
        return frozenset(name for name, orders in self._working.items() if orders)

    def find(self, client_order_id: str, venue_order_id: str) -> PaperOrder | None:
        """An order that may trade, by either name; one on its way here is not known yet."""
        order = self.orders.get(client_order_id)
        if order is None and venue_order_id:
            named = (o for o in self.orders.values() if o.venue_order_id == venue_order_id)
            order = next(named, None)
        return order if order is not None and order.is_working else None

    def closable(self, instrument: str, side: Side) -> Decimal:
        """What a new reduce-only order of this side could close; negative when too much is promised."""
        held = self.account.quantity(instrument)
        held = held.copy_negate() if side is Side.BUY else held
        promised = ZERO
        for order in self._working.get(instrument, {}).values():
            if order.command.reduce_only and order.side is side:
                promised = add(promised, order.leaves_qty)
        return subtract(held, promised)

    def surplus(self, instrument: str) -> PaperOrder | None:
        """The newest reduce-only order that promises more than the position holds."""
        reducing = [o for o in self.working(instrument) if o.command.reduce_only]
        if not reducing:
            return None
        short = {side for side in Side if self.closable(instrument, side) < 0}
        return next((order for order in reversed(reducing) if order.side in short), None)

    # --- changing --------------------------------------------------------------------------------

    def apply(self, record: Record) -> None:
        """Change the state by one record.

        Raises:
            InvariantViolation: the record does not follow from the state.
        """
        match record:
            case InstrumentDefined():
                self.instruments[record.definition.id] = record.definition
            case OrderArrived():
                self._arrive(record)
            case OrderTraded():
                self._trade(record.fill)
            case OrderChanged():
                self._change(record.update)

    def _arrive(self, record: OrderArrived) -> None:
        command = record.command
        self.history.use(command.client_order_id)
        self.orders[command.client_order_id] = PaperOrder(
            command=command,
            venue_order_id=record.venue_order_id,
            arrived_ns=record.ts_ns,
            updated_ns=record.ts_ns,
            quantity=command.quantity,
            price=command.price,
        )

    def _trade(self, fill: Fill) -> None:
        order, instrument = (
            self.orders.get(fill.client_order_id),
            self.instruments.get(fill.instrument),
        )
        if order is None or instrument is None:
            raise InvariantViolation(
                f"fill {fill.fill_key} is of no order or instrument that is known"
            )
        self.fills += 1
        self.history.add(fill)
        self.account.apply(fill, instrument)
        order.updated_ns = max(order.updated_ns, fill.ts_ns)
        order.fill(fill.last_qty, fill.last_px)
        if order.lifecycle is Lifecycle.FILLED:
            self._finish(order)

    def _change(self, update: OrderUpdate) -> None:
        order = self.orders.get(update.client_order_id)
        if order is None:
            return  # a refused request for an order that is not open
        order.updated_ns = max(order.updated_ns, update.ts_ns)
        if update.kind is UpdateKind.ACCEPTED:
            order.lifecycle = Lifecycle.OPEN
            self._queue(order)
        elif update.kind is UpdateKind.REPLACED:
            self._replace(order, update.price, update.quantity or order.quantity)
        elif update.kind in _ENDINGS:
            order.lifecycle = _ENDINGS[update.kind]
            self._finish(order)

    def _replace(self, order: PaperOrder, price: Decimal | None, quantity: Decimal) -> None:
        loses_place = price != order.price or quantity > order.quantity
        order.price, order.quantity = price, quantity
        if loses_place:
            self._queue(order)

    def _queue(self, order: PaperOrder) -> None:
        """Put the order behind all others."""
        working = self._working.setdefault(order.instrument, {})
        working.pop(order.client_order_id, None)
        working[order.client_order_id] = order

    def _finish(self, order: PaperOrder) -> None:
        del self.orders[order.client_order_id]
        self._working.get(order.instrument, {}).pop(order.client_order_id, None)
        self.history.finish(order)
