"""What queries find: settlement statements, orders, contracts; filters with the gateway's quirks."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import attrs

from actors.venues.webctp.simulator import tradingdays
from actors.venues.webctp.simulator.envelope import DBL_MAX
from actors.venues.webctp.simulator.fields import Fields
from actors.venues.webctp.simulator.investors import Investor
from actors.venues.webctp.simulator.listings import FUTURES, Listing
from actors.venues.webctp.simulator.orders import Order
from actors.venues.webctp.simulator.rows import query_row

CONTENT_BYTES: Final = 500
"""Of one row of a settlement statement, in GBK."""

OPTIONS: Final = 50
"""product_class."""
CALL: Final = 49
PUT: Final = 50
"""options_type."""

Row = dict[str, object]
OrderFilter = Callable[[Order], bool]
InstrumentFilter = Callable[[Listing], bool]


# --- settlement ---------------------------------------------------------------------------


def statement(investor: Investor, wanted: str) -> Iterator[Row]:
    """The rows of one statement; none for a day without one."""
    days = investor.statements
    day = wanted or (max(days) if days else "")
    found = [written for written in sorted(days) if written.startswith(day)] if day else []
    if not found or len(day) not in (6, 8):
        return
    pieces = _pieces(days[found[-1]].encode("gbk", "replace"))
    for number, piece in enumerate(pieces, start=1):
        yield {
            "trading_day": found[-1],
            "settlement_id": 1,
            "broker_id": investor.broker_id,
            "investor_id": investor.investor_id,
            "sequence_no": number,
            "content": piece.decode("gbk", "ignore"),
            "account_id": investor.investor_id,
            "currency_id": "CNY",
        }


def _pieces(text: bytes) -> Iterator[bytes]:
    for start in range(0, len(text), CONTENT_BYTES):
        yield text[start : start + CONTENT_BYTES]


def confirmation(broker: str, investor: str, here: datetime) -> Row:
    """SETTLEMENT_INFO_CONFIRM without its row fields."""
    return {
        "broker_id": broker,
        "investor_id": investor,
        "confirm_date": here.strftime("%Y%m%d"),
        "confirm_time": here.strftime("%H:%M:%S"),
        "settlement_id": 0,
        "account_id": "",
        "currency_id": "",
    }


# --- orders -------------------------------------------------------------------------------


def order_filter(fields: Fields) -> OrderFilter:
    """The first filter that is given counts alone; `from` and `to` count together only."""
    sys_id, exchange = fields.optional("order_sys_id"), fields.optional("exchange_id")
    start, end = fields.optional("from"), fields.optional("to")
    if sys_id is not None:
        return lambda order: sys_id in ("", order.sys_id)
    if exchange is not None:
        return lambda order: exchange in ("", order.exchange)
    if start is not None and end is not None:
        return lambda order: start <= order.insert_time <= end
    return lambda _: True


def orders(investor: Investor, wanted: OrderFilter) -> Iterator[Row]:
    """The day's orders, oldest first."""
    return (query_row(order) for order in investor.orders.values() if wanted(order))


# --- contracts ----------------------------------------------------------------------------


def instrument_filter(fields: Fields) -> InstrumentFilter:
    """Each filter counts only with all before it; a text that is empty filters nothing."""
    wanted: dict[str, str] = {}
    for name in ("exchange", "instrument", "exchange_inst_id", "product_id"):
        value = fields.optional(name)
        if value is None:
            break
        wanted[name] = value
    return lambda listing: all(
        value in ("", own)
        for value, own in (
            (wanted.get("exchange", ""), listing.exchange),
            (wanted.get("instrument", ""), listing.symbol),
            (wanted.get("exchange_inst_id", ""), listing.symbol),
            (wanted.get("product_id", ""), listing.product),
        )
    )


def instruments(
    listings: Sequence[Listing], wanted: InstrumentFilter, trading_day: date, options: int
) -> Iterator[Row]:
    """The contracts that are listed, and so many options on the first of them."""
    for each in listings:
        if wanted(each):
            yield instrument_row(each, trading_day)
    for number in range(options):
        option, row = _option(listings[0], number, trading_day)
        if wanted(option):
            yield row


def _option(underlying: Listing, number: int, trading_day: date) -> tuple[Listing, Row]:
    """A call or a put; strikes go up from the underlying's price."""
    call = number % 2 == 0
    strike = underlying.reference_price + underlying.tick * (number // 2 + 1) * 100
    symbol = f"{underlying.symbol}-{'C' if call else 'P'}-{strike.normalize():f}"
    option = attrs.evolve(
        underlying, symbol=symbol, product=f"{underlying.product}_o", name=symbol[:20]
    )
    return option, instrument_row(option, trading_day) | {
        "product_class": OPTIONS,
        "options_type": CALL if call else PUT,
        "strike_price": float(strike),
        "underlying_instr_id": underlying.symbol,
        "underlying_multiple": 1.0,
    }


def instrument_row(listing: Listing, trading_day: date) -> Row:
    """QUERY_INSTRUMENT without its row fields."""
    last = listing.expiry(trading_day)
    larger = listing.exchange in ("SHFE", "CFFEX", "INE")
    return {
        "exchange_id": listing.exchange,
        "instrument_name": listing.name,
        "product_class": FUTURES,
        "delivery_year": listing.delivery.year,
        "delivery_month": listing.delivery.month,
        "max_market_order_volume": max(1, listing.volume_max // 5),
        "min_market_order_volume": 1,
        "max_limit_order_volume": listing.volume_max,
        "min_limit_order_volume": 1,
        "volume_multiple": listing.multiple,
        "price_tick": float(listing.tick),
        "create_date": tradingdays.text(listing.delivery - timedelta(days=400)),
        "open_date": tradingdays.text(listing.delivery - timedelta(days=365)),
        "expire_date": tradingdays.text(last),
        "start_deliv_date": tradingdays.text(last),
        "end_deliv_date": tradingdays.text(last + timedelta(days=5)),
        "inst_life_phase": 49,
        "is_trading": 1,
        "position_type": 50,
        "position_date_type": 49 if listing.by_day else 50,
        "long_margin_ratio": float(listing.margin),
        "short_margin_ratio": float(listing.margin),
        "max_margin_side_algorithm": 49 if larger else 48,
        "strike_price": DBL_MAX,
        "options_type": 0,
        "underlying_multiple": 0.0,
        "combination_type": 48,
        "instrument_id": listing.symbol,
        "exchange_inst_id": listing.symbol,
        "product_id": listing.product,
        "underlying_instr_id": "",
    }
