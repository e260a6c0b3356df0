"""What a strategy sees of its orders and positions: live objects that the host keeps current."""

from decimal import Decimal

import attrs

from engine.model.enums import (
    TERMINAL,
    Certainty,
    Lifecycle,
    Liquidity,
    OrdType,
    Pending,
    Side,
    TimeInForce,
)
from engine.model.money import ZERO


@attrs.define(eq=False)
class Order:
    """One order of the strategy. The host updates it before each callback; do not change it.

    Attributes:
        intent_id: its name for its whole life.
        client_order_id: what the venue knows it by; empty until the router has journaled it.
        lifecycle: where it is in its life.
        pending: the request under way, if any.
        certainty: `unknown` while nobody can say what the venue did with it.
        code: why it was denied or rejected.
        cancel_requested: a cancel was asked for and has not been refused.
    """

    intent_id: str
    instrument: str
    side: Side
    ord_type: OrdType
    quantity: Decimal
    price: Decimal | None
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    note: str = ""
    client_order_id: str = ""
    venue_order_id: str = ""
    lifecycle: Lifecycle = Lifecycle.PLANNED
    pending: Pending | None = Pending.NEW
    certainty: Certainty = Certainty.KNOWN
    cum_qty: Decimal = ZERO
    avg_px: Decimal = ZERO
    code: str = ""
    text: str = ""
    cancel_requested: bool = False

    @property
    def leaves_qty(self) -> Decimal:
        """What may still be filled; zero when the order is over."""
        return ZERO if self.is_terminal else self.quantity - self.cum_qty

    @property
    def is_terminal(self) -> bool:
        """Whether its life is over."""
        return self.lifecycle in TERMINAL

    @property
    def is_open(self) -> bool:
        """Whether it may still trade (also while it is on its way or unknown)."""
        return self.lifecycle not in TERMINAL


@attrs.frozen(kw_only=True)
class FillEvent:
    """One execution of one of the strategy's orders.

    Attributes:
        trade_id: the venue's name for it, the same whenever the execution is told.
        possible_duplicate: the process before this one may have been told of it, and have acted on it;
            a state that it saved has it not in it yet.
        px_estimated: the venue tells no prices of fills, `last_px` is an estimate.
    """

    instrument: str
    side: Side
    last_qty: Decimal
    last_px: Decimal
    fee: Decimal
    fee_currency: str
    liquidity: Liquidity
    trade_id: str
    ts_ns: int
    possible_duplicate: bool = False
    px_estimated: bool = False


@attrs.frozen(kw_only=True)
class Position:
    """The strategy's own position in one instrument: signed quantity, in the instrument's unit."""

    instrument: str
    quantity: Decimal = ZERO
    avg_px: Decimal = ZERO
    realised_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    currency: str = ""
