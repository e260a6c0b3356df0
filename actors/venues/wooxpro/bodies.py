"""Order commands as the venue wants them written; pure functions from command to JSON members.

Raises LocalProtocolError for what cannot be said to this venue: the caller turns that into "not
sent", which is true, because nothing was written yet.
"""

from decimal import Decimal
from typing import Final

from actors.venues.wooxpro.account import BUY_OPEN, SELL_OPEN, Terms
from engine.errors import LocalProtocolError
from engine.messages.venue import CancelOrder, ReplaceOrder, SubmitOrder
from engine.model.enums import OrdType, TimeInForce
from engine.model.money import plain

Body = dict[str, object]

MODES: Final = {TimeInForce.GTC: 1, TimeInForce.FOK: 2, TimeInForce.IOC: 3}
MAKER_ONLY: Final = 4
TYPES: Final = {OrdType.LIMIT: "limit", OrdType.MARKET: "market"}
CLIENT_ORDER_ID_LENGTH_MAX: Final = 32
CONTRACTS_MAX: Final = 10**12
"""Far above any limit of the venue; a bound for the number that is written out."""


def submit_body(command: SubmitOrder, symbol: str, code: int, terms: Terms) -> Body:
    """Body of submit-order; `code` is the side number, terms go with opening orders only."""
    body: Body = {
        "symbol": _needed(symbol, "symbol"),
        "client_order_id": _client_order_id(command.client_order_id),
        "type": _type(command),
        "side": code,
        "size": contracts(command.quantity),
    }
    if command.ord_type is OrdType.LIMIT:
        body["mode"] = _mode(command)
        body["price"] = _price(command.price)
    if code in (BUY_OPEN, SELL_OPEN):
        body["leverage"] = terms.leverage
        body["open_type"] = terms.open_type
    return body


def cancel_body(command: CancelOrder, symbol: str) -> Body:
    """Body of cancel-order. Without an id the venue would cancel everything on the symbol."""
    return {"symbol": _needed(symbol, "symbol"), **_order_name(command)}


def modify_body(command: ReplaceOrder, symbol: str) -> Body:
    """Body of modify-limit-order; the size is the order's new total (inferred)."""
    body: Body = {"symbol": _needed(symbol, "symbol"), **_order_name(command)}
    if command.price is not None:
        body["price"] = _price(command.price)
    body["size"] = contracts(command.quantity)
    return body


def contracts(quantity: Decimal) -> int:
    """A whole, positive number of contracts."""
    possible = quantity.is_finite() and 0 < quantity <= CONTRACTS_MAX
    if not possible or quantity != quantity.to_integral_value():
        raise LocalProtocolError(f"{quantity} is not a whole number of contracts above zero")
    return int(quantity)


def _order_name(command: CancelOrder | ReplaceOrder) -> Body:
    if command.venue_order_id:
        return {"order_id": command.venue_order_id}
    return {"client_order_id": _client_order_id(command.client_order_id)}


def _client_order_id(value: str) -> str:
    plain_id = value.isascii() and value.isalnum() and len(value) <= CLIENT_ORDER_ID_LENGTH_MAX
    if not plain_id:
        raise LocalProtocolError(
            f"client order id {value!r} is not 1 to {CLIENT_ORDER_ID_LENGTH_MAX} letters and digits"
        )
    return value


def _type(command: SubmitOrder) -> str:
    word = TYPES.get(command.ord_type)
    if word is None:
        raise LocalProtocolError(f"{command.ord_type} orders cannot be sent to this venue")
    return word


def _mode(command: SubmitOrder) -> int:
    if command.post_only:
        if command.time_in_force is not TimeInForce.GTC:
            raise LocalProtocolError(f"post-only cannot be {command.time_in_force}")
        return MAKER_ONLY
    mode = MODES.get(command.time_in_force)
    if mode is None:
        raise LocalProtocolError(f"time in force {command.time_in_force} does not exist here")
    return mode


def _price(price: Decimal | None) -> str:
    if price is None or not price.is_finite() or price <= 0:
        raise LocalProtocolError(f"{price} is no price of a limit order")
    return plain(price)


def _needed(value: str, what: str) -> str:
    if not value:
        raise LocalProtocolError(f"no {what}")
    return value
