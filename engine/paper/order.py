"""One order at the paper venue, and what it still wants."""

from decimal import Decimal

import attrs

from engine.messages.venue import SubmitOrder, VenueOrder
from engine.model.enums import Lifecycle, Side
from engine.model.money import ZERO


@attrs.define(eq=False)
class PaperOrder:
    """State of one order; `queue_ahead` is the size that trades first at its price."""

    command: SubmitOrder
    venue_order_id: str
    arrived_ns: int
    quantity: Decimal
    price: Decimal | None
    lifecycle: Lifecycle = Lifecycle.SENT
    cum_qty: Decimal = ZERO
    avg_px: Decimal = ZERO
    queue_ahead: Decimal = ZERO

    @property
    def client_order_id(self) -> str:
        """What the router calls it."""
        return self.command.client_order_id

    @property
    def side(self) -> Side:
        """Its side."""
        return self.command.side

    @property
    def leaves_qty(self) -> Decimal:
        """What it still wants."""
        return self.quantity - self.cum_qty

    @property
    def is_working(self) -> bool:
        """Whether it rests in the book."""
        return self.lifecycle in {Lifecycle.OPEN, Lifecycle.PARTLY_FILLED}

    def accepts(self, price: Decimal) -> bool:
        """Whether it would trade at `price`; a market order takes any."""
        return self.price is None or (self.price - price) * self.side.sign >= 0

    def fill(self, quantity: Decimal, price: Decimal) -> None:
        """Count one execution."""
        total = self.cum_qty + quantity
        self.avg_px = (self.avg_px * self.cum_qty + price * quantity) / total
        self.cum_qty = total
        done = self.cum_qty >= self.quantity
        self.lifecycle = Lifecycle.FILLED if done else Lifecycle.PARTLY_FILLED

    def as_venue_order(self) -> VenueOrder:
        """As the venue's query would answer it."""
        return VenueOrder(
            client_order_id=self.client_order_id,
            venue_order_id=self.venue_order_id,
            instrument=self.command.instrument,
            side=self.side,
            ord_type=self.command.ord_type,
            time_in_force=self.command.time_in_force,
            quantity=self.quantity,
            price=self.price,
            cum_qty=self.cum_qty,
            avg_px=self.avg_px,
            lifecycle=self.lifecycle,
            ts_ns=self.arrived_ns,
        )
