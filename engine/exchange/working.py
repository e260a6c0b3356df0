"""The exchange's own record of an order: mutable, in whole ticks and lots.

Only the exchange's modules see a `WorkingOrder`; everybody else gets the frozen `Order` that
`view` makes of it, with Decimals.
"""

from __future__ import annotations

from typing import Any

import attrs

from engine.exchange.model import (
    ZERO,
    CancelReason,
    ExchangeInstrument,
    NewOrder,
    Order,
    OrderStatus,
    SelfTrade,
    Side,
)


@attrs.define(slots=True, eq=False)
class WorkingOrder:
    """One order while it lives.

    `ahead` is the outside size in front of it at its price (see `ladder`), `resting` whether it
    stands in a queue, `cost` the sum of ticks times lots over its fills. `leaves` is 0 as soon as
    the order is final.
    """

    order_id: int
    terms: NewOrder
    instrument: ExchangeInstrument
    side: Side
    ticks: int | None
    lots: int
    leaves: int
    created_ns: int
    updated_ns: int
    tag: Any
    filled: int = 0
    cost: int = 0
    ahead: int = 0
    resting: bool = False
    status: OrderStatus = OrderStatus.WORKING
    cancel_reason: CancelReason | None = None

    @property
    def account(self) -> str:
        """Whose order it is."""
        return self.terms.account

    @property
    def symbol(self) -> str:
        """The instrument's symbol."""
        return self.terms.symbol

    @property
    def self_trade(self) -> SelfTrade:
        """The rule that applies when this order is the taker."""
        return self.terms.self_trade

    def fill(self, ticks: int, lots: int, now_ns: int) -> None:
        """Book one fill; the status turns final with the last lot."""
        self.filled += lots
        self.leaves -= lots
        self.cost += ticks * lots
        self.updated_ns = now_ns
        if self.leaves == 0:
            self.status = OrderStatus.FILLED

    def close(self, reason: CancelReason, now_ns: int) -> None:
        """Cancel what is left."""
        self.leaves = 0
        self.status = OrderStatus.CANCELLED
        self.cancel_reason = reason
        self.updated_ns = now_ns

    def view(self) -> Order:
        """The order as it stands now, for the outside."""
        instrument, terms, filled = self.instrument, self.terms, self.filled
        average = instrument.price_increment * self.cost / filled if filled else ZERO
        return Order(
            order_id=self.order_id,
            account=terms.account,
            symbol=terms.symbol,
            side=self.side,
            kind=terms.kind,
            time_in_force=terms.time_in_force,
            quantity=instrument.lot * self.lots,
            price=None if self.ticks is None else instrument.price_increment * self.ticks,
            client_order_id=terms.client_order_id,
            reduce_only=terms.reduce_only,
            self_trade=terms.self_trade,
            tag=self.tag,
            status=self.status,
            cumulative=instrument.lot * filled,
            leaves=instrument.lot * self.leaves,
            average_price=average,
            created_ns=self.created_ns,
            updated_ns=self.updated_ns,
            cancel_reason=self.cancel_reason,
        )
