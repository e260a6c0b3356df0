"""One order at the paper venue, and what it still wants."""

from decimal import Decimal

import attrs

from engine.messages.venue import SubmitOrder, VenueOrder
from engine.model.enums import Lifecycle, OrdType, Side, TimeInForce
from engine.model.money import ZERO
from engine.orders.exact import add, average, multiply, subtract

_WORKING = frozenset({Lifecycle.OPEN, Lifecycle.PARTLY_FILLED})
_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


@attrs.define(eq=False)
class PaperOrder:
    """State of one order.

    Attributes:
        command: as it was handed in; `quantity` and `price` are the current ones.
        arrived_ns, updated_ns: wall time of its first and of its last record.
        cost: prices times quantities of its fills.
        queue_ahead: size that trades first at its price; None while the market does not show that
            price. What the market showed is not journaled: after a restart the order is again
            behind everything.
        effective_mono_ns: when it took effect; what was printed before cannot fill it. Zero after
            a restart.
    """

    command: SubmitOrder
    venue_order_id: str
    arrived_ns: int
    updated_ns: int
    quantity: Decimal
    price: Decimal | None
    lifecycle: Lifecycle = Lifecycle.SENT
    cum_qty: Decimal = ZERO
    cost: Decimal = ZERO
    queue_ahead: Decimal | None = None
    effective_mono_ns: int = 0

    @property
    def client_order_id(self) -> str:
        """What the router calls it."""
        return self.command.client_order_id

    @property
    def instrument(self) -> str:
        """What it is for."""
        return self.command.instrument

    @property
    def side(self) -> Side:
        """Its side."""
        return self.command.side

    @property
    def leaves_qty(self) -> Decimal:
        """What it still wants."""
        return subtract(self.quantity, self.cum_qty)

    @property
    def avg_px(self) -> Decimal:
        """Average price of its fills, zero without any."""
        return average(self.cost, self.cum_qty) if self.cum_qty else ZERO

    @property
    def is_working(self) -> bool:
        """Whether it may trade."""
        return self.lifecycle in _WORKING

    @property
    def may_rest(self) -> bool:
        """Whether what does not trade at once stays."""
        command = self.command
        return command.ord_type is OrdType.LIMIT and command.time_in_force not in _AT_ONCE

    def accepts(self, price: Decimal) -> bool:
        """Whether it would trade at `price`; a market order takes any."""
        if self.price is None:
            return True
        return price <= self.price if self.side is Side.BUY else price >= self.price

    def fill(self, quantity: Decimal, price: Decimal) -> None:
        """Count one execution."""
        self.cum_qty = add(self.cum_qty, quantity)
        self.cost = add(self.cost, multiply(quantity, price))
        done = self.cum_qty >= self.quantity
        self.lifecycle = Lifecycle.FILLED if done else Lifecycle.PARTLY_FILLED

    def as_venue_order(self) -> VenueOrder:
        """As the venue's query would answer it."""
        return VenueOrder(
            client_order_id=self.client_order_id,
            venue_order_id=self.venue_order_id,
            instrument=self.instrument,
            side=self.side,
            ord_type=self.command.ord_type,
            time_in_force=self.command.time_in_force,
            quantity=self.quantity,
            price=self.price,
            cum_qty=self.cum_qty,
            avg_px=self.avg_px,
            lifecycle=self.lifecycle,
            ts_ns=self.updated_ns,
        )
