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
        instrument: id of the instrument.
        side: buy or sell.
        ord_type: market, limit, stop …
        quantity: how much was asked for in all, in the instrument's unit.
        price: the limit; None where the type has none.
        time_in_force: how long it may stand.
        post_only: whether it must not take from the book.
        reduce_only: whether it may only make the position smaller.
        note: the text that the strategy gave it.
        client_order_id: what the venue knows it by; empty until the router has journaled it.
        venue_order_id: the venue's own name for it; empty until the venue has told it.
        lifecycle: where it is in its life.
        pending: the request under way, if any.
        certainty: `unknown` while nobody can say what the venue did with it.
        cum_qty: how much of it has traded.
        avg_px: average price of that; 0 before the first fill.
        code: why it was denied or rejected: a denial code of `docs/risk.md`, or the venue's own.
        text: the same for people, with both numbers or in the venue's words.
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
        instrument: id of the instrument.
        side: buy or sell.
        last_qty: how much was traded by it, in the instrument's unit; positive.
        last_px: at what price.
        fee: what it cost; negative for a rebate.
        fee_currency: in what; empty when the venue does not say.
        liquidity: whether it added (`maker`) or took (`taker`) liquidity.
        trade_id: the venue's name for it, the same whenever the execution is told.
        ts_ns: time of the venue, UTC nanoseconds.
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
    """The strategy's own position in one instrument, counted from its own fills.

    Attributes:
        instrument: id of the instrument.
        quantity: positive when long, negative when short, in the instrument's unit.
        avg_px: average price of what is held; 0 when flat.
        realised_pnl: profit of all that was closed, before fees, in `currency`.
        fees: what was paid in `currency` (negative for rebates); fees in others are not in it.
        currency: the instrument's; empty before it ever traded.
    """

    instrument: str
    quantity: Decimal = ZERO
    avg_px: Decimal = ZERO
    realised_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    currency: str = ""
