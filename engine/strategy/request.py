"""What a strategy's verbs hand to the desk behind them: checked wishes for orders."""

from decimal import Decimal
from typing import NamedTuple

from engine.model.enums import OrdType, PositionEffect, Side, TimeInForce
from engine.strategy.order import Order

Number = Decimal | float | int | str


class Bracket(NamedTuple):
    """The three orders of a bracket.

    Attributes:
        entry: opens the position.
        take_profit: the limit order that closes it with a profit.
        stop_loss: the stop that closes it with a loss.
    """

    entry: Order
    take_profit: Order
    stop_loss: Order


class SubmitRequest:
    """A checked wish for an order, on its way to the desk."""

    __slots__ = (
        "instrument",
        "note",
        "ord_type",
        "position_effect",
        "post_only",
        "price",
        "quantity",
        "reduce_only",
        "side",
        "stop_price",
        "time_in_force",
        "trail",
    )

    def __init__(
        self,
        *,
        instrument: str,
        side: Side,
        ord_type: OrdType,
        quantity: Decimal,
        price: Decimal | None,
        stop_price: Decimal | None,
        time_in_force: TimeInForce,
        post_only: bool,
        reduce_only: bool,
        note: str,
        trail: Decimal | None = None,
        position_effect: PositionEffect = PositionEffect.AUTO,
    ) -> None:
        self.instrument = instrument
        self.side = side
        self.ord_type = ord_type
        self.quantity = quantity
        self.price = price
        self.stop_price = stop_price
        self.time_in_force = time_in_force
        self.post_only = post_only
        self.reduce_only = reduce_only
        self.note = note
        self.trail = trail
        self.position_effect = position_effect


def ord_type_of(price: Number | None, stop_price: Number | None, trail: Number | None) -> OrdType:
    """The type of order that these prices make."""
    if trail is not None:
        return OrdType.TRAILING_STOP
    if stop_price is not None:
        return OrdType.STOP if price is None else OrdType.STOP_LIMIT
    return OrdType.MARKET if price is None else OrdType.LIMIT
