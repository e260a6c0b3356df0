"""Orders and trades of the venue as the engine's news and answers. Pure.

Everything with a price needs to know how the market's prices are written; what is not known yet cannot
be told, and waits.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from actors.venues.t4.capabilities import CAPABILITIES
from actors.venues.t4.orderimages import Order, Traded
from actors.venues.t4.orderstates import Meaning
from actors.venues.t4.prices import Pricing
from actors.venues.t4.proto import enums_pb2
from actors.venues.t4.symbols import id_of
from engine.messages.venue import (
    Fill,
    FillBust,
    OrderUpdate,
    UpdateKind,
    VenueFill,
    VenueOrder,
)
from engine.model.enums import Liquidity, OrdType, TimeInForce
from engine.model.money import ZERO
from engine.session.fillkeys import FillKeyPart

PricingOf = Callable[[str], Pricing | None]
"""How the prices of a market are written, by its id; None while its details are not known."""

_E = enums_pb2
PRICED: Final = frozenset(
    {_E.PRICE_TYPE_LIMIT, _E.PRICE_TYPE_STOP_LIMIT, _E.PRICE_TYPE_STOP_SAME_LIMIT}
)
"""Order types with a limit."""

ORD_TYPES: Final[Mapping[int, OrdType]] = {
    _E.PRICE_TYPE_MARKET: OrdType.MARKET,
    _E.PRICE_TYPE_LIMIT: OrdType.LIMIT,
    _E.PRICE_TYPE_STOP_MARKET: OrdType.STOP,
    _E.PRICE_TYPE_STOP_LIMIT: OrdType.STOP_LIMIT,
    _E.PRICE_TYPE_STOP_SAME_LIMIT: OrdType.STOP_LIMIT,
    _E.PRICE_TYPE_MARKET_IF_TOUCHED: OrdType.STOP,
}
"""Others are of other programs, and count as limit or market by whether they have a price."""

TIMES_IN_FORCE: Final[Mapping[int, TimeInForce]] = {
    _E.TIME_TYPE_NORMAL: TimeInForce.DAY,
    _E.TIME_TYPE_IMMEDIATE_AND_CANCEL: TimeInForce.IOC,
    _E.TIME_TYPE_GOOD_TILL_CANCELLED: TimeInForce.GTC,
    _E.TIME_TYPE_COMPLETE_VOLUME: TimeInForce.FOK,
}
"""Others end with the day."""

_ANSWERS: Final = {
    Meaning.REVISED: UpdateKind.REPLACED,
    Meaning.REVISION_REFUSED: UpdateKind.REPLACE_REJECTED,
    Meaning.PULLING: UpdateKind.CANCEL_PENDING,
    Meaning.PULL_REFUSED: UpdateKind.CANCEL_REJECTED,
}
"""What answers a request of ours, or shows that the venue is at it."""


def answer_kind(meaning: Meaning) -> UpdateKind | None:
    """The answer to a request in an event, None when there is none in it."""
    return _ANSWERS.get(meaning)


def change_name(change: int) -> str:
    """The venue's word for a change, or its number."""
    value = _E.OrderChange.DESCRIPTOR.values_by_number.get(change)
    return str(change) if value is None else str(value.name).removeprefix("ORDER_CHANGE_")


def limit_price(order: Order, pricing_of: PricingOf) -> Decimal | None:
    """The limit that holds, None where it has none or it cannot be read yet."""
    if order.price_type not in PRICED or not order.limit:
        return None
    pricing = pricing_of(order.market_id)
    return None if pricing is None else pricing.real(order.limit, "limit price")


def update_of(order: Order, kind: UpdateKind, pricing_of: PricingOf) -> OrderUpdate:
    """News of an order with the terms that hold."""
    refused = kind in (
        UpdateKind.REJECTED,
        UpdateKind.REPLACE_REJECTED,
        UpdateKind.CANCEL_REJECTED,
    )
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=order.tag,
        venue_order_id=order.unique_id,
        kind=kind,
        cum_qty=Decimal(order.filled),
        price=limit_price(order, pricing_of),
        quantity=Decimal(order.volume) if order.volume else None,
        code=change_name(order.change) if refused else "",
        text=order.detail if refused or order.ended else "",
        ts_ns=order.updated_ns,
    )


def order_of(order: Order, pricing_of: PricingOf) -> VenueOrder:
    """As a reconciliation tells it."""
    price = limit_price(order, pricing_of)
    return VenueOrder(
        client_order_id=order.tag,
        venue_order_id=order.unique_id,
        instrument=id_of(order.market_id),
        side=order.side,
        ord_type=_ord_type(order, price),
        time_in_force=TIMES_IN_FORCE.get(order.time_type, TimeInForce.DAY),
        quantity=Decimal(order.whole),
        price=price,
        cum_qty=Decimal(order.filled),
        avg_px=average_price(order, pricing_of),
        lifecycle=order.lifecycle,
        ts_ns=order.updated_ns,
    )


def _ord_type(order: Order, price: Decimal | None) -> OrdType:
    """A stop that follows the market has a distance to it."""
    if order.trail and order.price_type == _E.PRICE_TYPE_STOP_MARKET:
        return OrdType.TRAILING_STOP
    fallback = OrdType.MARKET if price is None else OrdType.LIMIT
    return ORD_TYPES.get(order.price_type, fallback)


def average_price(order: Order, pricing_of: PricingOf) -> Decimal:
    """Of the trades that are known; 0 without any."""
    pricing, counted = pricing_of(order.market_id), order.counted
    if pricing is None or not counted:
        return ZERO
    paid = sum(
        (pricing.real(trade.price, "price") * trade.volume for trade in order.trades.values()),
        ZERO,
    )
    return (paid / counted).quantize(Decimal("1e-9")).normalize() + ZERO


# --- trades --------------------------------------------------------------------------------------


def fill_key(order: Order, trade: Traded) -> str:
    """The key that is declared, from the venue's own words."""
    return CAPABILITIES.fill_key.key(
        {
            FillKeyPart.ORDER_ID: order.unique_id,
            FillKeyPart.SEQUENCE: str(trade.sequence),
        }
    )


def fill_of(order: Order, trade: Traded, pricing: Pricing, currency: str) -> Fill:
    """A trade as news. Fees are told per account and position only: see the README."""
    total = None if trade.total is None else Decimal(trade.total)
    fields = _fill_fields(order, trade, pricing, currency)
    return Fill(session="", boot=0, sequence=0, cum_qty=total, **fields)


def venue_fill_of(order: Order, trade: Traded, pricing: Pricing, currency: str) -> VenueFill:
    """A trade as a reconciliation tells it."""
    return VenueFill(**_fill_fields(order, trade, pricing, currency))


def _fill_fields(order: Order, trade: Traded, pricing: Pricing, currency: str) -> dict[str, Any]:
    return {
        "client_order_id": order.tag,
        "venue_order_id": order.unique_id,
        "instrument": id_of(order.market_id),
        "side": order.side,
        "fill_key": fill_key(order, trade),
        "trade_id": trade.trade_id or str(trade.sequence),
        "last_qty": Decimal(trade.volume),
        "last_px": pricing.real(trade.price, "price"),
        "fee": ZERO,
        "fee_currency": currency,
        "liquidity": Liquidity.UNKNOWN,
        "ts_ns": trade.ts_ns,
    }


def bust_of(order: Order, trade: Traded, ts_ns: int) -> FillBust:
    """A trade that was taken back."""
    return FillBust(
        session="",
        boot=0,
        sequence=0,
        client_order_id=order.tag,
        venue_order_id=order.unique_id,
        fill_key=fill_key(order, trade),
        last_qty=Decimal(trade.volume),
        text=order.detail,
        ts_ns=ts_ns,
    )
