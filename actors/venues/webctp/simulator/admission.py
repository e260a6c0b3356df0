"""What CTP and the exchanges refuse of an order, and what they make of its price; pure."""

import math
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from actors.venues.webctp.simulator import codes
from actors.venues.webctp.simulator.investors import Investor
from actors.venues.webctp.simulator.listings import EXCHANGES, MARKET_PRICED, Listing
from actors.venues.webctp.simulator.orders import Order
from actors.venues.webctp.simulator.positions import SHORT_OF, Pool
from actors.venues.webctp.simulator.symbols import SymbolState
from actors.venues.webctp.simulator.tickets import Ticket

PRICE_MAX: Final = 1e12
"""A larger price is none."""
NOISE: Final = Decimal("1e-6")
"""What binary fractions may add to a price; CTP's own fields are doubles."""


def ref_problem(ticket: Ticket, last: int) -> int:
    """Why CTP refuses the order's ref: digits only, and more than the last one."""
    if not (ticket.ref.isascii() and ticket.ref.isdigit()):
        return 15
    return 0 if int(ticket.ref) > last else 22


def problem(ticket: Ticket, listing: Listing | None) -> int:
    """Why CTP refuses the order's own fields."""
    if not ticket.exchange:
        return 147
    if ticket.exchange not in EXCHANGES:
        return 148
    if listing is None:
        return 16
    if ticket.exchange != listing.exchange:
        return 150
    if ticket.volume <= 0:
        return 15
    if not math.isfinite(ticket.price) or abs(ticket.price) > PRICE_MAX:
        return 95
    if ticket.price_type == codes.LIMITED:
        return 0 if ticket.price > 0 else 95
    return 0 if listing.exchange in MARKET_PRICED else 80


def position_problem(investor: Investor, listing: Listing, ticket: Ticket, pool: Pool) -> int:
    """Why CTP refuses to close so much."""
    holding = investor.positions.closed_by(listing, ticket.direction)
    return SHORT_OF[pool] if ticket.volume > holding.closable(pool) else 0


def deletion_problem(order: Order | None) -> int:
    """Why CTP refuses a cancellation."""
    if order is None:
        return 25
    if not order.open:
        return 26
    return 24 if order.deleting else 0


def limit_price(ticket: Ticket, state: SymbolState) -> Decimal | None:
    """The price an order has at its exchange, None at the market; CZCE truncates to the tick."""
    if ticket.price_type == codes.MARKET:
        return None
    if ticket.price_type == codes.LAST:
        return state.last
    price, tick = Decimal(repr(ticket.price)), state.listing.tick
    nearest = (price / tick).to_integral_value(ROUND_HALF_UP) * tick
    if abs(nearest - price) < NOISE:
        return nearest
    if state.listing.exchange == "CZCE":
        return (price / tick).to_integral_value(ROUND_FLOOR) * tick
    return price


def charged_price(ticket: Ticket, state: SymbolState) -> Decimal:
    """What an order's margin and fee are counted at."""
    return limit_price(ticket, state) or state.last


def exchange_problem(order: Order, state: SymbolState) -> str:
    """Why the exchange refuses the order, in its words; empty when it takes it."""
    listing = order.listing
    if order.volume > listing.volume_max:
        return "报单量超过最大限制"
    if order.price is None:
        return ""
    if order.price % listing.tick:
        return "报单价格不是最小变动价位的整数倍"
    if order.price > state.upper_limit:
        return "报单价格超过涨停板"
    if order.price < state.lower_limit:
        return "报单价格低于跌停板"
    return ""


def statement_text(investor: Investor, day: str, balance: Decimal) -> str:
    """A settlement statement."""
    lines = [
        "交易结算单(逐日盯市)  Settlement Statement(MTM)",
        f"客户号 Client ID: {investor.investor_id}    日期 Date: {day}",
        f"期初结存 Balance b/f: {investor.pre_balance:.2f}",
        f"平仓盈亏 Realized P/L: {investor.close_profit:.2f}",
        f"手续费 Commission: {investor.commission:.2f}",
        f"期末结存 Balance c/f: {balance:.2f}",
        "持仓汇总 Positions:",
        *(
            f"  {each.listing.symbol} {('买', '卖')[direction]} {each.held(Pool.ANY)}"
            for direction, each in investor.positions
            if each.lots
        ),
        "本结算单一式两份 请及时核对 " * 30,
    ]
    return "\r\n".join(lines) + "\r\n"
