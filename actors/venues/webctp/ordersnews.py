"""What is told of orders: the folded order as the engine's messages."""

from decimal import Decimal
from typing import Final

from actors.venues.webctp.ordersfold import FillSeen, Followed, LegEnd, Standing, standing
from actors.venues.webctp.ordersrows import PriceType
from actors.venues.webctp.symbols import id_of
from engine.messages.venue import (
    CancelOrder,
    Fill,
    OrderUpdate,
    ReplaceOrder,
    SubmitOrder,
    UpdateKind,
    VenueFill,
    VenueOrder,
)
from engine.model.enums import Lifecycle, Liquidity, OrdType, Pending, TimeInForce
from engine.model.money import ZERO
from engine.session.contract import Now

CURRENCY: Final = "CNY"

Command = SubmitOrder | CancelOrder | ReplaceOrder

_PENDING: Final = {
    SubmitOrder: Pending.NEW,
    CancelOrder: Pending.CANCEL,
    ReplaceOrder: Pending.REPLACE,
}
_LIFECYCLES: Final = {
    UpdateKind.FILLED: Lifecycle.FILLED,
    UpdateKind.CANCELLED: Lifecycle.CANCELLED,
    UpdateKind.REJECTED: Lifecycle.REJECTED,
}


def not_sent(command: Command, text: str, code: str, now: Now) -> OrderUpdate:
    """Nothing of this command left this process."""
    known = "" if isinstance(command, SubmitOrder) else command.venue_order_id
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=command.client_order_id,
        venue_order_id=known,
        kind=UpdateKind.NOT_SENT,
        cum_qty=None,
        price=None,
        quantity=None,
        code=code,
        text=text,
        ts_ns=now.wall_ns,
        command=_PENDING[type(command)],
    )


def update_of(
    order: Followed, name: str, kind: UpdateKind, now: Now, *, code: str = "", text: str = ""
) -> OrderUpdate:
    """News of an order; `name` is the venue's id of it."""
    known = kind not in (UpdateKind.NOT_SENT, UpdateKind.UNKNOWN, UpdateKind.REJECTED)
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=order.client_order_id,
        venue_order_id=name,
        kind=kind,
        cum_qty=Decimal(order.filled) if known else None,
        price=None,
        quantity=Decimal(order.quantity) if known and order.client_order_id else None,
        code=code,
        text=text,
        ts_ns=now.wall_ns,
        command=Pending.NEW if kind is UpdateKind.NOT_SENT else None,
    )


def expired(name: str, venue_name: str, cum_qty: int | None, now: Now) -> OrderUpdate:
    """Its trading day is over, and CTP keeps no order longer."""
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=name,
        venue_order_id=venue_name,
        kind=UpdateKind.EXPIRED,
        cum_qty=None if cum_qty is None else Decimal(cum_qty),
        price=None,
        quantity=None,
        code="day_over",
        text="its trading day is over",
        ts_ns=now.wall_ns,
    )


def news_of(order: Followed, name: str, now: Now, *, asked: bool = False) -> list[object]:
    """Fills that were not told, then what the order is now if that is news, or if somebody asked."""
    told: list[object] = [*_fills(order, name)]
    now_is = standing(order)
    if now_is.kind is None:
        return told
    said = (now_is.kind, now_is.cum_qty, now_is.quantity, bool(name))
    if said == order.last and not asked:
        return told
    order.last = said
    return [*told, update_of(order, name, now_is.kind, now, code=now_is.code, text=now_is.text)]


def _fills(order: Followed, name: str) -> list[Fill]:
    told, cum = (
        [],
        sum(fill.quantity for leg in order.legs for fill in leg.fills.values() if fill.told),
    )
    for leg in order.legs:
        for fill in leg.fills.values():
            if fill.told:
                continue
            fill.told = True
            cum += fill.quantity
            told.append(_fill(order, name, fill, cum))
    return told


def _fill(order: Followed, name: str, fill: FillSeen, cum: int) -> Fill:
    return Fill(
        session="",
        boot=0,
        sequence=0,
        client_order_id=order.client_order_id,
        venue_order_id=name,
        instrument=id_of(order.symbol),
        side=order.side,
        fill_key=fill.fill_key,
        trade_id=fill.trade_id,
        last_qty=Decimal(fill.quantity),
        last_px=fill.price,
        cum_qty=Decimal(cum),
        fee=ZERO,
        fee_currency=CURRENCY,
        liquidity=Liquidity.UNKNOWN,
        ts_ns=fill.ts_ns,
        px_estimated=True,
    )


def venue_fills(order: Followed, name: str) -> list[VenueFill]:
    """All its trades, as a query's answer tells them."""
    return [
        VenueFill(
            client_order_id=order.client_order_id,
            venue_order_id=name,
            instrument=id_of(order.symbol),
            side=order.side,
            fill_key=fill.fill_key,
            trade_id=fill.trade_id,
            last_qty=Decimal(fill.quantity),
            last_px=fill.price,
            fee=ZERO,
            fee_currency=CURRENCY,
            liquidity=Liquidity.UNKNOWN,
            ts_ns=fill.ts_ns,
            px_estimated=True,
        )
        for leg in order.legs
        for fill in leg.fills.values()
    ]


def venue_order(order: Followed, name: str, now: Now) -> VenueOrder:
    """The order as a query's answer tells it; its price only where this session has placed it."""
    now_is = standing(order)
    command = order.command
    cum = order.traded
    return VenueOrder(
        client_order_id=order.client_order_id,
        venue_order_id=name,
        instrument=id_of(order.symbol),
        side=order.side,
        ord_type=_ord_type(order),
        time_in_force=TimeInForce.IOC if order.immediate else TimeInForce.DAY,
        quantity=Decimal(order.quantity),
        price=None if command is None else command.price,
        cum_qty=Decimal(cum),
        avg_px=_average(order),
        lifecycle=_lifecycle(order, now_is, cum),
        ts_ns=now.wall_ns,
    )


def _ord_type(order: Followed) -> OrdType:
    if order.command is not None:
        return order.command.ord_type
    return OrdType.LIMIT if order.price_type is PriceType.LIMITED else OrdType.MARKET


def _lifecycle(order: Followed, now_is: Standing, cum: int) -> Lifecycle:
    if not order.over:
        return Lifecycle.PARTLY_FILLED if cum else Lifecycle.OPEN
    if order.curtailed and cum:
        return Lifecycle.CANCELLED  # what was ordered is more than what these legs can fill
    if now_is.kind is not None:
        return _LIFECYCLES.get(now_is.kind, Lifecycle.CANCELLED)
    if cum >= order.quantity:
        return Lifecycle.FILLED
    rejected = not cum and all(leg.end is LegEnd.REJECTED for leg in order.legs)
    return Lifecycle.REJECTED if rejected else Lifecycle.CANCELLED


def _average(order: Followed) -> Decimal:
    fills = [fill for leg in order.legs for fill in leg.fills.values()]
    total = sum(fill.quantity for fill in fills)
    if not total:
        return ZERO
    value = sum((fill.price * fill.quantity for fill in fills), ZERO)
    return (value / total).quantize(Decimal("1e-6")).normalize() + ZERO


def mark_told(order: Followed, name: str) -> None:
    """A reconciliation has told everything of it: nothing of that is told again."""
    for leg in order.legs:
        for fill in leg.fills.values():
            fill.told = True
    now_is = standing(order)
    if now_is.kind is not None:
        order.last = (now_is.kind, now_is.cum_qty, now_is.quantity, bool(name))
