"""Reading what a client wants of an order: the bodies of submit and replace, checked without an account.

What a type needs and where it exists is the fact sheet's (sections 8.1, 8.2, 10.1). Prices are
checked against the market's tick table, quantities against the board lot.
"""

from datetime import date
from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.longbridge.simulator import codes
from actors.venues.longbridge.simulator.codes import Refusal
from actors.venues.longbridge.simulator.fields import Fields, wrong
from actors.venues.longbridge.simulator.listings import MAX_QUANTITY, Listing, tick_at

PRICED: Final = frozenset({"LO", "ELO", "ALO", "ODD", "LIT", "SLO"})
"""Types with a price of their own."""
TOUCHED: Final = frozenset({"LIT", "MIT"})
TRAILING_BY_AMOUNT: Final = frozenset({"TSLPAMT", "TSMAMT"})
TRAILING_BY_PERCENT: Final = frozenset({"TSLPPCT", "TSMPCT"})
TRAILING_LIMIT: Final = frozenset({"TSLPAMT", "TSLPPCT"})
CONDITIONAL: Final = TOUCHED | TRAILING_BY_AMOUNT | TRAILING_BY_PERCENT
HK_ONLY: Final = frozenset({"ELO", "AO", "ALO", "ODD", "SLO"})
ORDER_TYPES: Final = PRICED | CONDITIONAL | {"MO", "AO"}
REPLACEABLE: Final = (PRICED | CONDITIONAL) - {"SLO"}
"""Market orders fill at once and the sheet says that SLO cannot be replaced."""
SIDES: Final = ("Buy", "Sell")
TIMES: Final = ("Day", "GTC", "GTD")
OUTSIDE: Final = ("RTH_ONLY", "ANY_TIME", "OVERNIGHT", "OPTION_PRE_MARKET")
REMARK_MAX: Final = 255
REPLACE_REMARK_MAX: Final = 64
DEPTH_LEVELS: Final = 5
TRIGGERS_MAX: Final = 3


@attrs.frozen(kw_only=True)
class Ticket:
    """The terms of one order; what a type does not use is None, 0 or empty."""

    listing: Listing
    order_type: str
    side: str
    quantity: Decimal
    time_in_force: str
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    limit_offset: Decimal | None = None
    trailing_amount: Decimal | None = None
    trailing_percent: Decimal | None = None
    expire_date: str = ""
    outside_rth: str = ""
    limit_depth_level: int = 0
    trigger_count: int = 0
    monitor_price: Decimal | None = None
    remark: str = ""

    @property
    def symbol(self) -> str:
        """What is traded."""
        return self.listing.symbol

    @property
    def buys(self) -> bool:
        """Whether it is the buying side."""
        return self.side == "Buy"

    @property
    def conditional(self) -> bool:
        """Whether it waits for a price before it works."""
        return self.order_type in CONDITIONAL


def read_ticket(fields: Fields, listing: Listing, today: date, *, paper: bool) -> Ticket:
    """The order a submit body asks for.

    Raises:
        Refusal: 602001 for parameters, 602035 for a price off the tick table, 602901 for the lot.
    """
    order_type = fields.choice("order_type", ORDER_TYPES)
    if order_type in HK_ONLY and listing.market != "HK":
        raise wrong("order_type", "is not supported in this market")
    ticket = Ticket(
        listing=listing,
        order_type=order_type,
        side=fields.choice("side", SIDES),
        quantity=read_quantity(fields, "submitted_quantity", listing, order_type),
        time_in_force=read_time(fields, paper=paper),
        price=_price(fields, "submitted_price", listing) if order_type in PRICED else None,
        expire_date=read_expiry(fields, today),
        outside_rth=_outside(fields, listing, paper=paper),
        remark=fields.text("remark", REMARK_MAX),
    )
    ticket = read_condition(fields, ticket)
    return check_complete(ticket)


def read_replace(fields: Fields, ticket: Ticket) -> Ticket:
    """The terms an order is to have after a replace body; absent prices stay as they are.

    Raises:
        Refusal: 602012 where the type cannot be changed, else as `read_ticket`.
    """
    if ticket.order_type not in REPLACEABLE:
        raise Refusal(codes.REPLACE_UNSUPPORTED)
    price = _price(fields, "price", ticket.listing) if ticket.order_type in PRICED else None
    changed = attrs.evolve(
        ticket,
        quantity=read_quantity(fields, "quantity", ticket.listing, ticket.order_type),
        price=ticket.price if price is None else price,
        remark=fields.text("remark", REPLACE_REMARK_MAX) or ticket.remark,
    )
    return check_complete(read_condition(fields, changed))


def read_quantity(fields: Fields, name: str, listing: Listing, order_type: str) -> Decimal:
    """A quantity that the type may have: whole lots, or less than one for ODD."""
    quantity = fields.quantity(name)
    if quantity > MAX_QUANTITY:
        raise wrong(name, "is too large")
    if order_type == "ODD":
        if quantity % 1 or quantity >= listing.lot:
            raise Refusal(codes.LOT, f"odd lots of {listing.symbol} are below {listing.lot}")
    elif quantity % listing.lot:
        raise Refusal(codes.LOT, f"the lot size of {listing.symbol} is {listing.lot}")
    return quantity


def read_time(fields: Fields, *, paper: bool) -> str:
    """Time in force; the paper account knows the day only."""
    time_in_force = fields.choice("time_in_force", TIMES)
    if paper and time_in_force != "Day":
        raise Refusal(codes.PARAMETER, "time in force not support")
    return time_in_force


def read_expiry(fields: Fields, today: date) -> str:
    """The last day of a GTD order, empty for others."""
    text = fields.text("expire_date")
    if fields.text("time_in_force") != "GTD":
        return ""
    try:
        last = date.fromisoformat(text)
    except ValueError as error:
        raise wrong("expire_date") from error
    if last < today:
        raise wrong("expire_date", "is in the past")
    return last.isoformat()


def _outside(fields: Fields, listing: Listing, *, paper: bool) -> str:
    wanted = fields.choice("outside_rth", OUTSIDE, "")
    if listing.market != "US":
        return ""
    if paper and wanted not in ("", "RTH_ONLY"):
        raise wrong("outside_rth", "is not supported for a paper account")
    return wanted or "RTH_ONLY"


def _price(fields: Fields, name: str, listing: Listing) -> Decimal | None:
    """A price on the tick table, None when absent."""
    price = fields.positive(name)
    if price is not None and price % tick_at(listing.market, price):
        raise Refusal(codes.TICK)
    return price


def read_condition(fields: Fields, ticket: Ticket) -> Ticket:
    """The same terms with what the body says about triggers; the type decides what is read."""
    kind, listing = ticket.order_type, ticket.listing
    if kind not in CONDITIONAL:
        return ticket
    found: dict[str, Any] = {}
    if kind in TOUCHED:
        found["trigger_price"] = _price(fields, "trigger_price", listing)
    if kind in TRAILING_BY_AMOUNT:
        found["trailing_amount"] = fields.positive("trailing_amount")
    if kind in TRAILING_BY_PERCENT:
        found["trailing_percent"] = fields.positive("trailing_percent")
    if kind in TRAILING_LIMIT:
        found["limit_offset"] = fields.number("limit_offset")
        found["limit_depth_level"] = fields.integer(
            "limit_depth_level", -DEPTH_LEVELS, DEPTH_LEVELS
        )
    if kind not in TOUCHED:
        found["monitor_price"] = _price(fields, "monitor_price", listing)
    found["trigger_count"] = fields.integer("trigger_count", 0, TRIGGERS_MAX)
    return attrs.evolve(
        ticket, **{name: value for name, value in found.items() if value is not None}
    )


def check_complete(ticket: Ticket) -> Ticket:
    """The same terms, Refusal when the type needs more."""
    kind = ticket.order_type
    needs = {
        "submitted_price": kind in PRICED and ticket.price is None,
        "trigger_price": kind in TOUCHED and ticket.trigger_price is None,
        "trailing_amount": kind in TRAILING_BY_AMOUNT and ticket.trailing_amount is None,
        "trailing_percent": kind in TRAILING_BY_PERCENT and ticket.trailing_percent is None,
        "limit_offset": (
            kind in TRAILING_LIMIT and not ticket.limit_depth_level and ticket.limit_offset is None
        ),
    }
    for name, missing in needs.items():
        if missing:
            raise wrong(name, "is required")
    return ticket
