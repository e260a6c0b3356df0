"""Orders as they begin: from the record that planned them, or that found them at the venue."""

from engine.model.enums import Origin
from engine.orders.exact import multiply
from engine.orders.order import Order
from engine.orders.records import ExternalOrder, PlannedOrder


def planned_order(record: PlannedOrder, touched: int) -> Order:
    """An order of ours, about to be sent; `touched` is the number of its record."""
    intent = record.intent
    return Order(
        client_order_id=record.client_order_id,
        intent_id=intent.intent_id,
        strategy=intent.strategy,
        account=record.account,
        mode=record.mode,
        origin=Origin.OURS,
        instrument=intent.instrument,
        side=intent.side,
        ord_type=intent.ord_type,
        time_in_force=intent.time_in_force,
        post_only=intent.post_only,
        reduce_only=intent.reduce_only,
        quantity=intent.quantity,
        price=intent.price,
        stop_price=intent.stop_price,
        reserve_price=record.reserve_price,
        note=intent.note,
        tick_mono_ns=intent.data_mono_ns,
        created_ns=record.ts_ns,
        request_ns=record.ts_ns,
        updated_ns=record.ts_ns,
        touched=touched,
        trail=intent.trail,
        position_effect=intent.position_effect,
        contingency=record.contingency,
        list_id=record.list_id,
    )


def external_order(record: ExternalOrder, touched: int) -> Order:
    """A stranger's order; nobody's request is under way for it."""
    return Order(
        client_order_id=record.client_order_id,
        intent_id="",
        strategy="",
        account=record.account,
        mode=record.mode,
        origin=Origin.EXTERNAL,
        instrument=record.instrument,
        side=record.side,
        ord_type=record.ord_type,
        time_in_force=record.time_in_force,
        post_only=False,
        reduce_only=False,
        quantity=record.quantity,
        price=record.price,
        stop_price=None,
        reserve_price=record.reserve_price,
        note="",
        tick_mono_ns=0,
        created_ns=record.ts_ns,
        request_ns=record.ts_ns,
        updated_ns=record.ts_ns,
        lifecycle=record.lifecycle,
        pending=None,
        venue_order_id=record.venue_order_id,
        cum_qty=record.cum_qty,
        cost=multiply(record.cum_qty, record.avg_px),
        venue_cum_qty=record.cum_qty,
        touched=touched,
    )
