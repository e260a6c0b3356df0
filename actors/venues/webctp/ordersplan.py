"""What an order command becomes at the gateway, and which cannot be said to it.

`LIMITED` with `ONE_DAY` or `IMMEDIATE` is all that is used: a market order is a limit beyond the market
with `IMMEDIATE`, because no exchange but three takes market orders, each in its own way. `LAST` prices an
order at the last trade, which none of the engine's order types means. Nothing is rounded. Pure.
"""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from actors.venues.webctp.legs import CannotSplit
from actors.venues.webctp.ordersfold import Followed, Leg
from actors.venues.webctp.orderspolicy import OrderPolicy
from actors.venues.webctp.ordersrows import LOTS_MAX, PriceType
from actors.venues.webctp.products import Product
from actors.venues.webctp.wire import DELETE_REF, checked_memo, checked_ref
from engine.messages.venue import SubmitOrder
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.money import plain

IMMEDIATE: Final = 0
ONE_DAY: Final = 1

_DIRECTIONS: Final = {Side.BUY: 0, Side.SELL: 1}
_TIMES: Final = {TimeInForce.DAY: ONE_DAY, TimeInForce.IOC: IMMEDIATE}


class CannotSay(CannotSplit):
    """The order cannot be said to the gateway at all."""


def time_condition(command: SubmitOrder) -> int:
    """How long it works. A market order never rests, whatever it says.

    Raises:
        CannotSay: for what the gateway cannot express.
    """
    if command.ord_type not in (OrdType.LIMIT, OrdType.MARKET):
        raise CannotSay(f"no {command.ord_type} orders at this venue", "ord_type")
    if command.post_only:
        raise CannotSay("no post-only orders at this venue", "post_only")
    found = _TIMES.get(command.time_in_force)
    if found is None:
        raise CannotSay(f"no {command.time_in_force} orders at this venue", "time_in_force")
    return IMMEDIATE if command.ord_type is OrdType.MARKET else found


def lots_of(command: SubmitOrder) -> int:
    """The quantity in lots. Raises CannotSay."""
    quantity = command.quantity
    if quantity != int(quantity) or not 0 < quantity <= LOTS_MAX:
        raise CannotSay(f"{plain(quantity)} is no number of lots", "quantity")
    return int(quantity)


def limit_of(command: SubmitOrder, product: Product, policy: OrderPolicy) -> Decimal:
    """The limit at which it goes out; that of a market order is made from the reference price.

    Raises:
        CannotSay: it has no price or one off the tick, or there is no reference.
    """
    tick = product.price_tick
    if command.ord_type is OrdType.MARKET:
        reference = command.reference_price
        if reference is None or reference <= 0:
            raise CannotSay("no reference price to make a market order's limit from", "reference")
        away = reference * policy.market_distance
        if command.side is Side.BUY:
            return _on_grid(reference + away, tick, ROUND_CEILING)
        return max(tick, _on_grid(reference - away, tick, ROUND_FLOOR))
    price = command.price
    if price is None:
        raise CannotSay("a limit order without a limit", "price")
    if price % tick:
        raise CannotSay(f"{plain(price)} is no multiple of the tick {plain(tick)}", "tick")
    return price


def _on_grid(value: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return (value / tick).quantize(Decimal(1), rounding=rounding) * tick


def insert_data(order: Followed, leg: Leg, limit: Decimal) -> Mapping[str, object]:
    """The fields of `insert_order` for one leg."""
    return {
        "instrument": order.symbol,
        "exchange": order.exchange,
        "ref": checked_ref(leg.ref),
        "price": _number(limit),
        "direction": _DIRECTIONS[order.side],
        "offset": int(leg.offset),
        "volume": leg.quantity,
        "price_type": int(PriceType.LIMITED),
        "time_condition": IMMEDIATE if order.immediate else ONE_DAY,
        "memo": checked_memo(order.client_order_id),
    }


def delete_data(order: Followed, leg: Leg) -> Mapping[str, object]:
    """The fields of `delete_order`; the exchange's id goes back with its blanks."""
    return {
        "exchange": order.exchange,
        "instrument": order.symbol,
        "delete_ref": DELETE_REF,
        "order_sys_id": leg.order_sys_id,
    }


def _number(value: Decimal) -> float | int:
    """As JSON takes it; up to 15 digits a float says exactly what the decimal does."""
    return int(value) if value == int(value) else float(value)
