"""Handlers of what an account has and may do: cash, holdings, margins, the most it can buy."""

from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from actors.venues.longbridge.simulator.bound import ZERO
from actors.venues.longbridge.simulator.fields import wrong
from actors.venues.longbridge.simulator.ledger import (
    CASH,
    FORCED_FACTOR,
    INITIAL_FACTOR,
    MAINTENANCE_FACTOR,
    Flow,
    Holding,
    cents,
    convert,
)
from actors.venues.longbridge.simulator.listings import BY_SYMBOL, Listing, tick_bands
from actors.venues.longbridge.simulator.rest import Call, Route
from actors.venues.longbridge.simulator.rows import seconds
from actors.venues.longbridge.simulator.tickets import ORDER_TYPES, SIDES
from actors.venues.longbridge.simulator.trading import ID_MAX, TIME_S_MAX
from engine.simulator.jsontext import plain
from engine.simulator.moment import NS

CURRENCIES: Final = ("HKD", "USD", "CNH")
CHANNEL: Final = "lb"
FLOWS_SIZE: Final = 50
FLOWS_SIZE_MAX: Final = 10_000
_CEILING: Final = Decimal(999_999_999)


def balance(call: Call) -> dict[str, Any]:
    """GET /v1/asset/account: one row, in the asked currency or in HKD."""
    currency = call.fields.choice("currency", CURRENCIES, "HKD")
    ledger, bound = call.ledger, call.ledger.bound.totals()
    prices = call.desk.prices.all_last()
    total = sum((convert(amount, name, currency) for name, amount in ledger.cash.items()), ZERO)
    exposure = ledger.exposure(prices, currency)
    power = ledger.buying_power(bound, prices, currency)
    financing = convert(ledger.financing, "HKD", currency)
    row = {
        "total_cash": _money(total),
        "max_finance_amount": _money(financing),
        "remaining_finance_amount": _money(min(financing, max(power, ZERO))),
        "risk_level": "0",
        "margin_call": "0",
        "currency": currency,
        "net_assets": _money(ledger.net_assets(prices, currency)),
        "init_margin": _money(exposure * INITIAL_FACTOR),
        "maintenance_margin": _money(exposure * MAINTENANCE_FACTOR),
        "buy_power": _money(power),
        "cash_infos": [
            {
                "withdraw_cash": _money(max(amount - bound.cash_in(name), ZERO)),
                "available_cash": _money(amount - bound.cash_in(name)),
                "frozen_cash": _money(bound.cash_in(name)),
                "settling_cash": "0",
                "currency": name,
            }
            for name, amount in sorted(ledger.cash.items())
        ],
        "frozen_transaction_fees": [
            {"currency": name, "frozen_transaction_fee": "0"} for name in sorted(ledger.cash)
        ],
    }
    return {"list": [row]}


def _money(amount: Decimal) -> str:
    return plain(cents(amount))


def cash_flow(call: Call) -> dict[str, Any]:
    """GET /v1/asset/cashflow, newest first."""
    fields = call.fields
    start_s, end_s = (fields.integer(name, 0, TIME_S_MAX) for name in ("start_time", "end_time"))
    if start_s is None or end_s is None:
        raise wrong("start_time" if start_s is None else "end_time", "is required")
    kind, symbol = fields.integer("business_type", 1, 3), fields.text("symbol")
    page = fields.integer("page", 1, FLOWS_SIZE_MAX, 1) or 1
    size = fields.integer("size", 1, FLOWS_SIZE_MAX, FLOWS_SIZE) or FLOWS_SIZE
    found = [
        flow
        for flow in reversed(call.ledger.flows)
        if start_s * NS <= flow.at_ns < (end_s + 1) * NS
        and kind in (None, CASH)
        and symbol in ("", flow.symbol)
    ]
    return {"list": [_flow_row(flow) for flow in found[(page - 1) * size : page * size]]}


def _flow_row(flow: Flow) -> dict[str, Any]:
    return {
        "transaction_flow_name": flow.name,
        "direction": flow.direction,
        "business_type": CASH,
        "balance": plain(flow.amount),
        "currency": flow.currency,
        "business_time": seconds(flow.at_ns),
        "symbol": flow.symbol,
        "description": flow.text,
    }


def funds(_: Call) -> dict[str, Any]:
    """GET /v1/asset/fund: nobody here has any."""
    return {"list": []}


def stocks(call: Call) -> dict[str, Any]:
    """GET /v1/asset/stock."""
    wanted = set(filter(None, call.fields.all("symbol")))
    rows = [
        _holding_row(call, holding)
        for holding in call.ledger.holdings.values()
        if holding.quantity and (not wanted or holding.symbol in wanted)
    ]
    return {"list": [{"account_channel": CHANNEL, "stock_info": rows}]}


def _holding_row(call: Call, holding: Holding) -> dict[str, str]:
    listing = BY_SYMBOL[holding.symbol]
    offered = call.ledger.bound.totals().shares_of(holding.symbol)
    held = holding.quantity
    return {
        "symbol": holding.symbol,
        "symbol_name": listing.name_en,
        "quantity": plain(held),
        "available_quantity": plain(max(held - offered, ZERO) if held > 0 else held),
        "currency": listing.currency,
        "cost_price": plain(round(holding.cost, 6)),
        "market": listing.market,
        "init_quantity": plain(holding.opening),
    }


# --- margins and limits -------------------------------------------------------------------


def margin_ratio(call: Call) -> dict[str, Any]:
    """GET /v1/risk/margin-ratio: the same for every security here."""
    call.listing()
    return {
        "im_factor": plain(INITIAL_FACTOR),
        "mm_factor": plain(MAINTENANCE_FACTOR),
        "fm_factor": plain(FORCED_FACTOR),
    }


def buy_limit(call: Call) -> dict[str, Any]:
    """GET /v1/trade/estimate/buy_limit: whole lots that cash, and cash with financing, would buy.

    For a sell, what is held and free, and what could be sold short besides.
    """
    fields, listing = call.fields, call.listing()
    fields.choice("order_type", ORDER_TYPES)
    side = fields.choice("side", SIDES)
    fields.choice("currency", (*CURRENCIES, "CNY", "SGD"), "")
    price = fields.positive("price") or _facing(call, listing, side)
    changed = fields.integer("order_id", 1, ID_MAX)
    bound = call.ledger.bound.totals(without=changed or 0)
    prices = call.desk.prices.all_last()
    power = call.ledger.buying_power(bound, prices, listing.currency)
    if side == "Buy":
        own = power - convert(call.ledger.financing, "HKD", listing.currency)
        cost = call.ledger.cost(price, Decimal(1))
        return _quantities(listing, own / cost, power / cost)
    held = call.ledger.holding(listing.symbol).quantity
    free = max(held - bound.shares_of(listing.symbol), ZERO)
    short = power / (price * INITIAL_FACTOR) if listing.market == "US" else ZERO
    return _quantities(listing, free, free + short if call.desk.settings.shorting else free)


def _quantities(listing: Listing, cash: Decimal, margin: Decimal) -> dict[str, Any]:
    return {
        "cash_max_qty": _lots(listing, cash),
        "margin_max_qty": _lots(listing, margin),
    }


def _lots(listing: Listing, quantity: Decimal) -> str:
    lots = (max(quantity, ZERO) / listing.lot).to_integral_value(ROUND_FLOOR)
    return plain(lots * listing.lot)


def _facing(call: Call, listing: Listing, side: str) -> Decimal:
    facing = call.desk.prices.facing(listing.symbol, buys=side == "Buy")
    return call.desk.prices.last(listing.symbol) if facing is None else facing


def order_info(call: Call) -> dict[str, Any]:
    """GET /v1/orders/info: lots and the tick table."""
    listing = call.listing()
    lot = str(listing.lot)
    return {
        "name": listing.name_en,
        "last_done": plain(call.desk.prices.last(listing.symbol)),
        "lot_size": lot,
        "buy_lot_size": lot,
        "sell_lot_size": lot,
        "bid_sizes": [
            {
                "str_proceed": plain(start),
                "end_proceed": plain(_CEILING if below is None else below),
                "bid_size": plain(tick),
            }
            for start, below, tick in tick_bands(listing.market)
        ],
        "channel_infos": [{"account_channel": CHANNEL}],
    }


ROUTES: Final = (
    Route("GET", "/v1/asset/account", balance),
    Route("GET", "/v1/asset/cashflow", cash_flow),
    Route("GET", "/v1/asset/fund", funds),
    Route("GET", "/v1/asset/stock", stocks),
    Route("GET", "/v1/risk/margin-ratio", margin_ratio),
    Route("GET", "/v1/trade/estimate/buy_limit", buy_limit),
    Route("GET", "/v1/orders/info", order_info),
)
