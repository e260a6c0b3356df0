"""Commands of a router to a session, all of one boot and in time unless a test says otherwise."""

from decimal import Decimal
from typing import Any

from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    QueryOrder,
    ReconcileDone,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
)
from engine.model.enums import Mode, OrdType, Side, TimeInForce

BOOT, ROUTER = 7, 9
NOW = 1_000


def submit(**changes: Any) -> SubmitOrder:
    """A `SubmitOrder`."""
    given = {
        "session_boot": BOOT,
        "router_boot": ROUTER,
        "expires_mono_ns": NOW + 1,
        "mode": Mode.LIVE,
        "client_order_id": "c-1",
        "instrument": "A.V",
        "side": Side.BUY,
        "ord_type": OrdType.LIMIT,
        "quantity": Decimal(1),
        "price": Decimal(1),
        "stop_price": None,
        "time_in_force": TimeInForce.GTC,
        "post_only": False,
        "reduce_only": False,
        "position_quantity": Decimal(0),
        "tick_mono_ns": 0,
        "intent_mono_ns": 0,
        "routed_mono_ns": 0,
    }
    return SubmitOrder(**given | changes)


def replace(**changes: Any) -> ReplaceOrder:
    """A `ReplaceOrder`."""
    given = {
        "session_boot": BOOT,
        "router_boot": ROUTER,
        "expires_mono_ns": NOW + 1,
        "mode": Mode.LIVE,
        "client_order_id": "c-1",
        "venue_order_id": "v",
        "instrument": "A.V",
        "quantity": Decimal(1),
        "price": None,
    }
    return ReplaceOrder(**given | changes)


def cancel(**changes: Any) -> CancelOrder:
    """A `CancelOrder`."""
    given = {
        "session_boot": BOOT,
        "router_boot": ROUTER,
        "expires_mono_ns": NOW + 1,
        "client_order_id": "c-1",
        "venue_order_id": "v",
        "instrument": "A.V",
    }
    return CancelOrder(**given | changes)


def query(**changes: Any) -> QueryOrder:
    """A `QueryOrder`."""
    given = {
        "session_boot": BOOT,
        "router_boot": ROUTER,
        "client_order_id": "c-1",
        "venue_order_id": "v",
        "instrument": "A.V",
    }
    return QueryOrder(**given | changes)


def cancel_all(**changes: Any) -> CancelAllOrders:
    """A `CancelAllOrders`."""
    return CancelAllOrders(
        **{"session_boot": BOOT, "router_boot": ROUTER, "instrument": ""} | changes
    )


def request(number: int = 1, **changes: Any) -> ReconcileRequest:
    """A `ReconcileRequest`."""
    given = {"session_boot": BOOT, "router_boot": ROUTER, "since_ns": 0, "instruments": ()}
    return ReconcileRequest(request_id=number, **given | changes)


def done(number: int = 1, *, ok: bool = True, **changes: Any) -> ReconcileDone:
    """A `ReconcileDone`."""
    given = {"session_boot": BOOT, "router_boot": ROUTER, "reason": "" if ok else "differs"}
    return ReconcileDone(request_id=number, ok=ok, **given | changes)
