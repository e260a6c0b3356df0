"""One order as the router knows it: its terms, its three-part state and what was filled.

Only `book.BookOfOrders` changes it, and only while applying a journal record.
"""

from decimal import Decimal

import attrs

from engine.model.enums import (
    TERMINAL,
    Certainty,
    Contingency,
    Lifecycle,
    Mode,
    OrdType,
    Origin,
    Pending,
    PositionEffect,
    Side,
    TimeInForce,
)
from engine.model.money import ZERO
from engine.orders.exact import average, subtract
from engine.orders.state import Fullness, State


@attrs.define(eq=False, kw_only=True)
class Order:
    """An order's complete state.

    Attributes:
        client_order_id: what the venue knows it by; made up for external orders.
        intent_id: what its strategy knows it by; empty for external orders.
        account: `venue.mode` it was placed on.
        reserve_price: price that its value is reserved at: its limit, or a reference for market orders.
        cum_qty: sum of counted fills; `cost` is the sum of price times quantity of them, exactly.
        venue_cum_qty: largest cumulative quantity the venue itself claimed.
        replace_quantity, replace_price: what a change under way asks for, None without one.
        request_ns: wall time of the last request for it; `updated_ns` of the last record.
        touched: number of the record of its birth or of the last news of it, whichever is later;
            comparisons with a venue go by it. Requests of ours and how a cancel fares are no news.
    """

    client_order_id: str
    intent_id: str
    strategy: str
    account: str
    mode: Mode
    origin: Origin
    instrument: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    reserve_price: Decimal
    note: str
    tick_mono_ns: int
    created_ns: int
    request_ns: int
    updated_ns: int
    lifecycle: Lifecycle = Lifecycle.PLANNED
    pending: Pending | None = Pending.NEW
    certainty: Certainty = Certainty.KNOWN
    venue_order_id: str = ""
    cum_qty: Decimal = ZERO
    cost: Decimal = ZERO
    venue_cum_qty: Decimal = ZERO
    replace_quantity: Decimal | None = None
    replace_price: Decimal | None = None
    code: str = ""
    text: str = ""
    touched: int = 0
    trail: Decimal | None = None
    position_effect: PositionEffect = PositionEffect.AUTO
    contingency: Contingency | None = None
    list_id: str = ""

    @property
    def is_terminal(self) -> bool:
        """Whether its life is over."""
        return self.lifecycle in TERMINAL

    @property
    def is_unanswered(self) -> bool:
        """Whether the venue has not been heard to know it."""
        return self.lifecycle in (Lifecycle.PLANNED, Lifecycle.SENT)

    @property
    def state(self) -> State:
        """The three parts together."""
        return State(self.lifecycle, self.pending, self.certainty)

    @property
    def leaves_qty(self) -> Decimal:
        """What may still be filled by its terms; zero when it is over."""
        return ZERO if self.is_terminal else max(subtract(self.quantity, self.cum_qty), ZERO)

    @property
    def avg_px(self) -> Decimal:
        """Average price of its fills; zero without any."""
        return average(self.cost, self.cum_qty) if self.cum_qty else ZERO

    @property
    def most_quantity(self) -> Decimal:
        """The larger of its quantity and the one a change under way asks for."""
        asked = self.replace_quantity
        return self.quantity if asked is None else max(self.quantity, asked)

    @property
    def is_replacing(self) -> bool:
        """Whether a change is under way, answered or not."""
        return self.replace_quantity is not None or self.replace_price is not None

    def fullness(self, cum_qty: Decimal, quantity: Decimal) -> Fullness:
        """How much of `quantity` the fills `cum_qty` are."""
        if cum_qty <= ZERO:
            return Fullness.NONE
        return Fullness.WHOLE if cum_qty >= quantity else Fullness.PART
