"""Intents that no strategy made: orders by hand, and orders that close positions. Pure.

Their ids begin with `operator:`, so they can be mistaken for no strategy's own; the boot in them is the
router's, which is no strategy's, so they take no part in a strategy's numbering.
"""

from decimal import Decimal

from engine.messages.orders import SubmitIntent
from engine.model.enums import OrdType, PositionEffect, Side, TimeInForce
from engine.orders.kernel import Kernel
from engine.orders.plausible import TEXT_CHARS_MAX
from engine.orders.settings import OPERATOR_OWNER


def request_intent_id(request_id: str) -> str:
    """The intent of the order that a request asks for: the same when it is repeated."""
    return f"{OPERATOR_OWNER}:{request_id}"


def numbered_intent_id(kernel: Kernel) -> str:
    """An id of its own for the next order; the journal's records count."""
    return f"{OPERATOR_OWNER}:{kernel.book.boot.router_boot:x}:{kernel.book.applied}"


def intent_by_hand(
    kernel: Kernel,
    *,
    intent_id: str,
    owner: str,
    instrument: str,
    side: Side,
    ord_type: OrdType,
    quantity: Decimal,
    price: Decimal | None,
    time_in_force: TimeInForce,
    reduce_only: bool,
    note: str,
    stop_price: Decimal | None = None,
    trail: Decimal | None = None,
    position_effect: PositionEffect = PositionEffect.AUTO,
    post_only: bool = False,
) -> SubmitIntent:
    """A wish made now, from no market data."""
    return SubmitIntent(
        intent_id=intent_id,
        strategy=owner,
        boot=kernel.book.boot.router_boot,
        counter=kernel.book.applied,
        instrument=instrument,
        side=side,
        ord_type=ord_type,
        quantity=quantity,
        price=price,
        stop_price=stop_price,
        time_in_force=time_in_force,
        post_only=post_only,
        reduce_only=reduce_only,
        created_mono_ns=kernel.now.mono_ns,
        data_mono_ns=0,
        note=note[:TEXT_CHARS_MAX],
        trail=trail,
        position_effect=position_effect,
    )
