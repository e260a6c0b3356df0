"""Order commands as the venue wants them written; pure functions from command to message.

Raises `CannotSay` for what cannot be said to this venue or what it would refuse for certain: the caller
turns that into "not sent", which is true, because nothing was written yet. Nothing is ever rounded.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import attrs

from actors.venues.t4.orderimages import Order
from actors.venues.t4.orders import is_client_order_id
from actors.venues.t4.prices import Pricing
from actors.venues.t4.proto import enums_pb2, orderrouting_pb2, price_pb2
from actors.venues.t4.symbols import market_of
from actors.venues.t4.wire import VOLUME_MAX
from engine.errors import LocalProtocolError
from engine.messages.venue import ReplaceOrder, SubmitOrder
from engine.model.enums import OrdType, Side, TimeInForce

PULLS_MAX: Final = 100
"""Orders named by one message; nobody publishes a limit."""
MANUAL: Final = False
"""`manual_order_indicator`: no order of an engine was placed by a person (CME rule 536)."""

_E = enums_pb2
_SIDES: Final = {Side.BUY: _E.BUY_SELL_BUY, Side.SELL: _E.BUY_SELL_SELL}
_TIMES: Final = {
    TimeInForce.DAY: _E.TIME_TYPE_NORMAL,
    TimeInForce.IOC: _E.TIME_TYPE_IMMEDIATE_AND_CANCEL,
    TimeInForce.GTC: _E.TIME_TYPE_GOOD_TILL_CANCELLED,
    TimeInForce.FOK: _E.TIME_TYPE_COMPLETE_VOLUME,
}
PRICE_TYPES: Final[Mapping[OrdType, int]] = {
    OrdType.MARKET: _E.PRICE_TYPE_MARKET,
    OrdType.LIMIT: _E.PRICE_TYPE_LIMIT,
    OrdType.STOP: _E.PRICE_TYPE_STOP_MARKET,
    OrdType.STOP_LIMIT: _E.PRICE_TYPE_STOP_LIMIT,
    OrdType.TRAILING_STOP: _E.PRICE_TYPE_STOP_MARKET,
}
_LIMITED: Final = (OrdType.LIMIT, OrdType.STOP_LIMIT)
_STOPPED: Final = (OrdType.STOP, OrdType.STOP_LIMIT)
_AT_ONCE: Final = (TimeInForce.IOC, TimeInForce.FOK)
_STOP_TYPES: Final = (_E.PRICE_TYPE_STOP_MARKET, _E.PRICE_TYPE_STOP_SAME_LIMIT)
_LIMIT_TYPES: Final = (_E.PRICE_TYPE_LIMIT, _E.PRICE_TYPE_STOP_LIMIT)


class CannotSay(LocalProtocolError):
    """This order cannot be said to the venue; `code` names the rule for reports."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@attrs.frozen(kw_only=True)
class Terms:
    """What a market asks of an order's numbers, as far as its details are known.

    Attributes:
        pricing: how its prices are written.
        tick: smallest step, None while it is not known.
        lot: contracts of a step of volume.
        is_spread: whether it is made of legs.
    """

    pricing: Pricing
    tick: Decimal | None = None
    lot: int = 1
    is_spread: bool = False


def market_in(instrument: str) -> str:
    """The market of an instrument. Raises CannotSay where it is none of this venue's."""
    market_id = market_of(instrument)
    if not market_id:
        raise CannotSay("local", f"{instrument} is no instrument of this venue")
    return market_id


def submit_message(
    account_id: str,
    market_id: str,
    orders: Sequence[orderrouting_pb2.OrderSubmit.Order],
    link: int = _E.ORDER_LINK_NONE,
) -> orderrouting_pb2.OrderSubmit:
    """One submission: orders of one market, linked or not."""
    return orderrouting_pb2.OrderSubmit(
        account_id=account_id,
        market_id=market_id,
        order_link=link,  # type: ignore[arg-type]  # enums travel as their numbers
        manual_order_indicator=MANUAL,
        orders=orders,
    )


def order_part(
    command: SubmitOrder, terms: Terms, *, held: bool = False
) -> orderrouting_pb2.OrderSubmit.Order:
    """One order of a submission. `held`: it waits without volume until its bracket's entry trades."""
    if command.post_only or command.reduce_only:
        raise CannotSay("unsupported", "the venue has neither post-only nor reduce-only orders")
    if terms.is_spread:
        raise CannotSay("unsupported", "trades of spreads are positions in their legs: see README")
    if command.time_in_force not in _TIMES:
        raise CannotSay("unsupported", f"time in force {command.time_in_force} does not exist here")
    if command.ord_type not in (*_LIMITED, OrdType.MARKET) and command.time_in_force in _AT_ONCE:
        raise CannotSay(
            "unsupported", f"a {command.ord_type} order cannot be {command.time_in_force}"
        )
    time = TimeInForce.GTC if held else command.time_in_force
    volume = _volume(command.quantity, terms)
    order = orderrouting_pb2.OrderSubmit.Order(
        buy_sell=_SIDES[command.side],
        price_type=_price_type(command.ord_type),
        time_type=_TIMES[time],
        volume=0 if held else volume,
        tag=_tag(command.client_order_id),
    )
    if command.ord_type in _LIMITED:
        order.limit_price.CopyFrom(price_part(command.price, "price", terms))
    if command.ord_type in _STOPPED:
        order.stop_price.CopyFrom(price_part(command.stop_price, "stop price", terms))
    if command.ord_type is OrdType.TRAILING_STOP:
        order.trail_distance.CopyFrom(_distance(command.trail, terms))
        if command.stop_price is not None:
            order.stop_price.CopyFrom(price_part(command.stop_price, "stop price", terms))
    if held:
        order.activation_type = _E.ACTIVATION_TYPE_HOLD
    return order


def revise_message(
    command: ReplaceOrder, order: Order, terms: Terms
) -> orderrouting_pb2.OrderRevise:
    """A change: total volume and price, only what differs from the terms that hold.

    What changes nothing is said all the same, with the volume: only the venue can answer it.
    """
    if order.ended:
        raise CannotSay("not_replaceable", f"the order is {order.standing}")
    volume = _volume(command.quantity, terms)
    revision = orderrouting_pb2.OrderRevise.Revise(unique_id=order.unique_id)
    price = command.price
    if price is not None and order.price_type in _LIMIT_TYPES:
        part = price_part(price, "price", terms)
        if not order.limit or terms.pricing.real(order.limit, "limit price") != price:
            revision.limit_price.CopyFrom(part)
    elif price is not None and order.price_type in _STOP_TYPES:
        part = price_part(price, "stop price", terms)
        if not order.stop or terms.pricing.real(order.stop, "stop price") != price:
            revision.stop_price.CopyFrom(part)
    elif price is not None:
        raise CannotSay("not_replaceable", "the order has no price that could be changed")
    if volume != order.volume or not (
        revision.HasField("limit_price") or revision.HasField("stop_price")
    ):
        revision.volume = volume
    return orderrouting_pb2.OrderRevise(
        account_id=order.account_id,
        market_id=order.market_id,
        manual_order_indicator=MANUAL,
        revisions=[revision],
    )


def pull_message(
    account_id: str, market_id: str, unique_ids: Sequence[str]
) -> orderrouting_pb2.OrderPull:
    """A cancel of these orders of one market. The venue drops one without a market silently."""
    if not (account_id and market_id and unique_ids and all(unique_ids)):
        raise CannotSay("local", "a cancel needs account, market and the venue's id of the order")
    return orderrouting_pb2.OrderPull(
        account_id=account_id,
        market_id=market_id,
        manual_order_indicator=MANUAL,
        pulls=[orderrouting_pb2.OrderPull.Pull(unique_id=name) for name in unique_ids],
    )


def price_part(price: Decimal | None, what: str, terms: Terms) -> price_pb2.Price:
    """A price; negative ones exist."""
    if price is None or not price.is_finite():
        raise CannotSay("local", f"{price} is no {what}")
    if terms.tick is not None and price % terms.tick:
        raise CannotSay("price_tick", f"{what} {price} is off the tick of {terms.tick}")
    return _written(price, terms)


def _distance(trail: Decimal | None, terms: Terms) -> price_pb2.Price:
    if trail is None or not trail.is_finite() or trail <= 0:
        raise CannotSay("local", f"{trail} is no distance for a trailing stop")
    return price_part(trail, "trail", terms)


def _written(price: Decimal, terms: Terms) -> price_pb2.Price:
    pricing = terms.pricing
    if pricing.digits == pricing.real_digits:
        return price_pb2.Price(value=format(price.normalize() + 0, "f"))
    try:
        return pricing.message(price)
    except ValueError as error:
        raise CannotSay("price_tick", str(error)) from None


def _volume(quantity: Decimal, terms: Terms) -> int:
    possible = quantity.is_finite() and 0 < quantity <= VOLUME_MAX
    if not possible or quantity != quantity.to_integral_value():
        raise CannotSay("quantity", f"{quantity} is not a whole number of contracts above zero")
    if quantity % max(terms.lot, 1):
        raise CannotSay("lot_size", f"{quantity} is not a multiple of {terms.lot}")
    return int(quantity)


def _price_type(ord_type: OrdType) -> enums_pb2.PriceType:
    found = PRICE_TYPES.get(ord_type)
    if found is None:
        raise CannotSay("unsupported", f"order type {ord_type} does not exist here")
    return found  # type: ignore[return-value]  # enums travel as their numbers


def _tag(client_order_id: str) -> str:
    if not is_client_order_id(client_order_id):
        raise CannotSay("local", f"client order id {client_order_id!r} is not letters and digits")
    return client_order_id
