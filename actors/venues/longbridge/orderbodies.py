"""Order commands as the venue wants them written; pure functions from command to JSON members.

Raises `CannotSay` for what cannot be said to this venue or what it would refuse for certain: the caller
turns that into "not sent", which is true, because nothing was written yet. Nothing is ever rounded.
"""

from decimal import Decimal
from typing import Final

import attrs

from actors.venues.longbridge.capabilities import REMARK_LENGTH_MAX
from actors.venues.longbridge.records import Seen
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.symbols import market_of, symbol_at_venue
from actors.venues.longbridge.ticks import Band, on_grid, tick_of
from engine.errors import LocalProtocolError
from engine.messages.venue import ReplaceOrder, SubmitOrder
from engine.model.enums import OrdType, Side, TimeInForce

Body = dict[str, object]

QUANTITY_MAX: Final = 10**12
"""Far above any limit of the venue; a bound for the number that is written out."""
NOT_REPLACEABLE: Final = "SLO"
"""Special limit orders, of other programs: the venue takes no change of them."""

MARKETS: Final = ("HK", "US")
"""The markets for which the venue documents order types."""

_SIDES: Final = {Side.BUY: "Buy", Side.SELL: "Sell"}
_TIMES: Final = {TimeInForce.DAY: "Day", TimeInForce.GTC: "GTC"}
_TRIGGERED: Final = {OrdType.STOP: "MIT", OrdType.STOP_LIMIT: "LIT"}
_PRICED: Final = (OrdType.LIMIT, OrdType.STOP_LIMIT)


class CannotSay(LocalProtocolError):
    """This order cannot be said to the venue; `code` names the rule for reports."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@attrs.frozen(kw_only=True)
class Terms:
    """What the market asks of an order's numbers.

    Attributes:
        lot: shares of a board lot, None where it is not known here.
        bands: the tick table.
    """

    lot: Decimal | None
    bands: tuple[Band, ...]


def submit_body(command: SubmitOrder, settings: Settings, terms: Terms) -> Body:
    """Body of a new order (8.1)."""
    symbol = _symbol(command.instrument)
    if command.post_only or command.reduce_only:
        raise CannotSay("unsupported", "the venue has neither post-only nor reduce-only orders")
    order_type = _order_type(command, symbol, settings, terms)
    body: Body = {
        "symbol": symbol,
        "order_type": order_type,
        "side": _SIDES[command.side],
        "submitted_quantity": _number(command.quantity),
        "time_in_force": _time_in_force(command, settings),
    }
    if command.ord_type in _PRICED:
        body["submitted_price"] = _price(command.price, "price", terms)
    if command.ord_type in _TRIGGERED:
        body["trigger_price"] = _price(command.stop_price, "stop price", terms)
    if market_of(symbol) == "US":
        body["outside_rth"] = _outside_rth(command, settings)
    body["remark"] = _remark(command.client_order_id)
    return body


def replace_body(
    command: ReplaceOrder, venue_order_id: str, seen: Seen | None, terms: Terms
) -> Body:
    """Body of a change (8.2): the quantity is the new total; what is not to change is said again.

    The remark goes along, for nobody says whether a change without one leaves it.
    """
    _symbol(command.instrument)
    if seen is not None and seen.order_type == NOT_REPLACEABLE:
        raise CannotSay("not_replaceable", "special limit orders cannot be changed")
    if seen is not None and not seen.status.replaceable:
        raise CannotSay("not_replaceable", f"the order is {seen.status}: it takes no change now")
    _check_quantity(command.quantity)
    _check_lot(command.quantity, terms, odd=seen is not None and seen.order_type == "ODD")
    body: Body = {"order_id": venue_order_id, "quantity": _number(command.quantity)}
    if command.price is not None:
        body["price"] = _price(command.price, "price", terms)
    if seen is not None and seen.trigger_price is not None:
        body["trigger_price"] = _number(seen.trigger_price)
    body["remark"] = _remark(command.client_order_id)
    return body


def _symbol(instrument: str) -> str:
    symbol = symbol_at_venue(instrument)
    if not symbol:
        raise CannotSay("local", f"{instrument} is no instrument of this venue")
    if market_of(symbol) not in MARKETS:
        raise CannotSay("unsupported", f"orders can be placed in {', '.join(MARKETS)} only")
    return symbol


def _order_type(command: SubmitOrder, symbol: str, settings: Settings, terms: Terms) -> str:
    """The venue's word; an odd quantity of Hong Kong shares has one of its own."""
    _check_quantity(command.quantity)
    hong_kong = market_of(symbol) == "HK"
    odd = terms.lot is not None and bool(command.quantity % terms.lot)
    if odd and hong_kong and settings.odd_lots == "odd" and command.ord_type is OrdType.LIMIT:
        _check_lot(command.quantity, terms, odd=True)
        return "ODD"
    _check_lot(command.quantity, terms, odd=False)
    if command.ord_type in _TRIGGERED:
        return _TRIGGERED[command.ord_type]
    if command.ord_type is OrdType.MARKET:
        return "MO"
    return settings.hk_limit_order_type if hong_kong else "LO"


def _check_quantity(quantity: Decimal) -> None:
    possible = quantity.is_finite() and 0 < quantity <= QUANTITY_MAX
    if not possible or quantity != quantity.to_integral_value():
        raise CannotSay("quantity", f"{quantity} is not a whole number of shares above zero")


def _check_lot(quantity: Decimal, terms: Terms, *, odd: bool) -> None:
    if terms.lot is None:
        return
    if odd and quantity >= terms.lot:
        raise CannotSay(
            "lot_size", f"an odd-lot order of {quantity} is not below the lot of {terms.lot}"
        )
    if not odd and quantity % terms.lot:
        raise CannotSay(
            "lot_size", f"{quantity} is not a multiple of the lot of {terms.lot} (see odd_lots)"
        )


def _time_in_force(command: SubmitOrder, settings: Settings) -> str:
    """The venue knows market orders for the day only; what does not trade at once ends with it."""
    word = _TIMES.get(command.time_in_force)
    if word is None:
        raise CannotSay("unsupported", f"time in force {command.time_in_force} does not exist here")
    if command.ord_type is OrdType.MARKET:
        return "Day"
    if settings.paper_account and word != "Day":
        raise CannotSay("unsupported", "a paper account takes orders for the day only")
    return word


def _outside_rth(command: SubmitOrder, settings: Settings) -> str:
    """Orders that trade at any price keep to the regular session; so does a paper account."""
    if settings.paper_account or command.ord_type not in _PRICED:
        return "RTH_ONLY"
    return settings.outside_rth


def _price(price: Decimal | None, what: str, terms: Terms) -> str:
    if price is None or not price.is_finite() or price <= 0:
        raise CannotSay("local", f"{price} is no {what}")
    if not on_grid(terms.bands, price):
        tick = tick_of(terms.bands, price)
        raise CannotSay("price_tick", f"{what} {price} is off the tick of {tick} at that price")
    return _number(price)


def _remark(client_order_id: str) -> str:
    fits = client_order_id.isascii() and client_order_id.isalnum()
    if not fits or len(client_order_id) > REMARK_LENGTH_MAX:
        raise CannotSay(
            "local",
            f"client order id {client_order_id!r} is not 1 to {REMARK_LENGTH_MAX} letters and digits",
        )
    return client_order_id


def _number(value: Decimal) -> str:
    """Plain digits without zeros at the end, as the venue's own client writes them."""
    return format(value.normalize(), "f")
