"""What the paper venue says: order updates, a fill as a query shows it, and the parts of an answer."""

from decimal import Decimal
from typing import TypeVar

from engine.messages.venue import (
    PART_ITEMS_MAX,
    Fill,
    OrderUpdate,
    ReconcilePart,
    ReconcileRequest,
    UpdateKind,
    VenueFill,
)
from engine.model.enums import Lifecycle
from engine.paper.book import PaperBook
from engine.paper.codes import Code
from engine.paper.order import PaperOrder

T = TypeVar("T")

_KINDS = {
    Lifecycle.FILLED: UpdateKind.FILLED,
    Lifecycle.CANCELLED: UpdateKind.CANCELLED,
    Lifecycle.EXPIRED: UpdateKind.EXPIRED,
    Lifecycle.REJECTED: UpdateKind.REJECTED,
}


def update(
    client_order_id: str,
    venue_order_id: str,
    kind: UpdateKind,
    code: Code | None,
    ts_ns: int,
    *,
    cum_qty: Decimal | None = None,
    price: Decimal | None = None,
    quantity: Decimal | None = None,
) -> OrderUpdate:
    """News of an order, known or not."""
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=client_order_id,
        venue_order_id=venue_order_id,
        kind=kind,
        cum_qty=cum_qty,
        price=price,
        quantity=quantity,
        code="" if code is None else code.value,
        text="" if code is None else code.text,
        ts_ns=ts_ns,
    )


def update_of(order: PaperOrder, kind: UpdateKind, code: Code | None, ts_ns: int) -> OrderUpdate:
    """News of an order with what is filled and its terms as they are."""
    return update(
        order.client_order_id, order.venue_order_id, kind, code, ts_ns,
        cum_qty=order.cum_qty, price=order.price, quantity=order.quantity,
    )  # fmt: skip


def status_of(order: PaperOrder, ts_ns: int) -> OrderUpdate:
    """The order's state; may be told again and again."""
    return update_of(order, _KINDS.get(order.lifecycle, UpdateKind.ACCEPTED), None, ts_ns)


def reconcile_parts(request: ReconcileRequest, book: PaperBook) -> list[ReconcilePart]:
    """The account since a time, in parts of bounded size.

    Complete unless something since then had to be forgotten. Everything that arrived before the
    request has taken effect, so no order is still on its way.
    """
    since_ns, history = request.since_ns, book.history
    orders = [each.as_venue_order() for each in history.finished_since(since_ns)]
    orders += [each.as_venue_order() for each in book.orders.values() if each.is_working]
    fills = [_venue_fill(fill) for fill in history.fills_since(since_ns)]
    positions, balances = book.account.positions(), book.account.balances()
    longest = max(len(orders), len(fills), len(positions), len(balances))
    count = max(1, -(-longest // PART_ITEMS_MAX))
    return [
        ReconcilePart(
            session="",
            boot=0,
            sequence=0,
            request_id=request.request_id,
            part=part,
            last=part == count - 1,
            complete=history.reaches(since_ns),
            since_ns=since_ns,
            orders=_slice(orders, part),
            fills=_slice(fills, part),
            positions=_slice(positions, part),
            balances=_slice(balances, part),
            error="",
        )
        for part in range(count)
    ]


def _slice(items: list[T], part: int) -> tuple[T, ...]:
    return tuple(items[part * PART_ITEMS_MAX : (part + 1) * PART_ITEMS_MAX])


def _venue_fill(fill: Fill) -> VenueFill:
    return VenueFill(
        client_order_id=fill.client_order_id,
        venue_order_id=fill.venue_order_id,
        instrument=fill.instrument,
        side=fill.side,
        fill_key=fill.fill_key,
        trade_id=fill.trade_id,
        last_qty=fill.last_qty,
        last_px=fill.last_px,
        fee=fill.fee,
        fee_currency=fill.fee_currency,
        liquidity=fill.liquidity,
        ts_ns=fill.ts_ns,
    )
