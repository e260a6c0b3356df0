"""Orders that depend on each other, as the venue has them natively: OCO and AutoOCO with absolute prices.

OCO: live orders of one market, each with its own volume; when one trades, the rest is cancelled. AutoOCO:
an entry, and exits on the other side that the venue holds without volume until the entry trades, and
then activates for what was traded. Each order carries its own client order id in its tag and is one
order for the engine; what the venue has activated of an exit is told as its quantity.
"""

from collections.abc import Sequence
from typing import Final

from actors.venues.t4.orderbodies import CannotSay, Terms, market_in, order_part, submit_message
from actors.venues.t4.proto import enums_pb2, orderrouting_pb2
from engine.messages.venue import SubmitOrder
from engine.model.enums import OrdType, TimeInForce

LINKED_MAX: Final = 10
"""Orders of one link; the engine's lists are shorter."""

OCO: Final = "oco"
BRACKET: Final = "bracket"
LINKS: Final = {OCO: enums_pb2.ORDER_LINK_OCO, BRACKET: enums_pb2.ORDER_LINK_AUTO_OCO_P}
"""Contingency → the venue's link. With AUTO_OCO (2) exits would carry distances to the entry's fill."""

_EXITS: Final = (OrdType.LIMIT, OrdType.STOP, OrdType.STOP_LIMIT)
_RESTING: Final = (TimeInForce.DAY, TimeInForce.GTC)


def linked_message(
    contingency: str, orders: Sequence[SubmitOrder], account_id: str, terms: Terms
) -> orderrouting_pb2.OrderSubmit:
    """One submission of linked orders.

    Raises:
        CannotSay: orders that cannot be linked so.
    """
    link = LINKS.get(contingency)
    if link is None:
        raise CannotSay("unsupported", f"the venue has no link {contingency!r}")
    if not 2 <= len(orders) <= LINKED_MAX:
        raise CannotSay("local", f"2 to {LINKED_MAX} orders can be linked, not {len(orders)}")
    market_id = market_in(orders[0].instrument)
    if any(order.instrument != orders[0].instrument for order in orders):
        raise CannotSay("unsupported", "linked orders must be of one market")
    if len({order.client_order_id for order in orders}) != len(orders):
        raise CannotSay("local", "two linked orders have one id")
    if contingency == BRACKET:
        _check_bracket(orders)
    elif any(order.time_in_force not in _RESTING for order in orders):
        raise CannotSay("unsupported", "orders that do not rest cannot be linked")
    parts = [
        order_part(order, terms, held=contingency == BRACKET and place > 0)
        for place, order in enumerate(orders)
    ]
    return submit_message(account_id, market_id, parts, link)


def _check_bracket(orders: Sequence[SubmitOrder]) -> None:
    """Of exits the venue takes one to gain and one to stop; their volume is what the entry trades."""
    entry, *exits = orders
    for order in exits:
        if order.side is entry.side:
            raise CannotSay("local", "an exit must be on the other side of its entry")
        if order.quantity != entry.quantity:
            raise CannotSay("unsupported", "an exit has the quantity of its entry")
        if order.ord_type not in _EXITS:
            raise CannotSay("unsupported", f"an exit cannot be a {order.ord_type} order")
    gains = sum(order.ord_type is OrdType.LIMIT for order in exits)
    if gains > 1 or len(exits) - gains > 1:
        raise CannotSay("unsupported", "a bracket has one exit to gain and one to stop at most")
