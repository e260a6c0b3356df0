"""Handlers of the keyed requests: what an account holds, orders, fills, money flows.

Time parameters are seconds, except those of transaction-history (ms), as at the venue.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final

from actors.venues.wooxpro.simulator import errors, fields, holdings
from actors.venues.wooxpro.simulator.errors import Refusal
from actors.venues.wooxpro.simulator.orders import order_row
from actors.venues.wooxpro.simulator.positions import Flow, Position, TradeRow, money
from actors.venues.wooxpro.simulator.rest import Call, Route
from actors.venues.wooxpro.simulator.topics import CURRENCIES
from actors.venues.wooxpro.simulator.triggers import TRAILING, Waiting, trigger_row
from engine.exchange.model import Order
from engine.simulator.jsontext import plain

ROWS_MAX: Final = 200
OPEN_ROWS_MAX: Final = 100
DAY_S: Final = 86_400
HISTORY_DAYS: Final = 7
HISTORY_DAYS_MAX: Final = 90


def assets_detail(call: Call) -> list[dict[str, Any]]:
    """GET /contract/private/assets-detail."""
    admission = call.venue.private.admission
    return [holdings.asset_row(call.account, admission, each) for each in CURRENCIES]


def _symbol(call: Call) -> str:
    """The symbol asked for, "" for all; 40034 when it is not listed."""
    symbol = fields.text(call.fields, "symbol")
    if symbol:
        call.venue.private.admission.contract(symbol)
    return symbol


def _positions(call: Call) -> list[Position]:
    """With a symbol always its rows, zeros when flat; without one only what is held."""
    symbol, account = _symbol(call), call.account
    if not symbol:
        return list(account.positions.values())
    return call.venue.private.holdings.all_rows_of(account, symbol, call.now_ms)


def position(call: Call) -> list[dict[str, Any]]:
    """GET /contract/private/position."""
    printer = call.venue.private.holdings
    return [printer.row(call.account, each, call.now_ms) for each in _positions(call)]


def position_v2(call: Call) -> list[dict[str, Any]]:
    """GET /contract/private/position-v2."""
    printer = call.venue.private.holdings
    return [printer.row_v2(call.account, each, call.now_ms) for each in _positions(call)]


def position_risk(call: Call) -> list[dict[str, Any]]:
    """GET /contract/private/position-risk."""
    printer = call.venue.private.holdings
    return [printer.risk_row(call.account, each) for each in _positions(call)]


# --- orders -------------------------------------------------------------------------------


def order(call: Call) -> dict[str, Any]:
    """GET /contract/private/order; 40037 when the id is not known."""
    symbol = fields.required(call.fields, "symbol")
    call.venue.private.admission.contract(symbol)
    order_id = fields.order_id(call.fields)
    if order_id is None:
        raise Refusal(errors.INVALID_REQUEST, "order_id is required")
    found = call.venue.exchange.order(call.account.name, order_id=order_id)
    if found is not None and found.symbol == symbol:
        return order_row(found)
    waiting = call.venue.triggers.find(call.account.name, order_id, "")
    if waiting is not None and waiting.symbol == symbol:
        return trigger_row(waiting)
    raise Refusal(errors.ORDER_ID_NOT_FOUND)


def get_open_orders(call: Call) -> list[dict[str, Any]]:
    """GET /contract/private/get-open-orders."""
    symbol = _symbol(call)
    kind = fields.text(call.fields, "type")
    wanted = fields.choice(
        call.fields, "order_state", ("all", "partially_filled"), "all", errors.INVALID_REQUEST
    )
    limit = min(fields.integer(call.fields, "limit", default=OPEN_ROWS_MAX), OPEN_ROWS_MAX)
    if kind == "trailing":
        waiting = call.venue.triggers.waiting(call.account.name, symbol)
        return [trigger_row(each) for each in waiting if each.kind == TRAILING][:limit]
    rows = [
        order_row(each)
        for each in call.venue.exchange.open_orders(call.account.name, symbol or None)
        if (not kind or each.tag.type == kind) and (wanted == "all" or each.cumulative)
    ]
    return rows[:limit]


def order_history(call: Call) -> list[dict[str, Any]]:
    """GET /contract/private/order-history: finished orders, newest first."""
    symbol = fields.required(call.fields, "symbol")
    call.venue.private.admission.contract(symbol)
    start_ms, end_ms = _span_ms(call)
    order_id, client_id = fields.order_id(call.fields), fields.text(call.fields, "client_order_id")

    def wanted(each: Order) -> bool:
        return (
            start_ms <= each.created_ns // 1_000_000 <= end_ms
            and (order_id is None or each.order_id == order_id)
            and (not client_id or each.client_order_id == client_id)
        )

    history = call.venue.exchange.order_history(call.account.name, symbol)
    return [order_row(each) for each in _first(history, wanted)]


def _span_ms(call: Call) -> tuple[int, int]:
    """The asked time span in ms: seconds on the wire, seven days by default, ninety at most."""
    now_s = call.now_ms // 1_000 + 1
    end_s = fields.integer(call.fields, "end_time", default=now_s, code=errors.TIMESTAMP_INVALID)
    start_s = fields.integer(
        call.fields,
        "start_time",
        default=max(0, end_s - HISTORY_DAYS * DAY_S),
        code=errors.TIMESTAMP_INVALID,
    )
    if not 0 <= end_s - start_s <= HISTORY_DAYS_MAX * DAY_S:
        raise Refusal(errors.TIMESTAMP_INVALID)
    return start_s * 1_000, end_s * 1_000 + 999


def _first(rows: Iterable[Any], wanted: Callable[[Any], bool], limit: int = ROWS_MAX) -> list[Any]:
    return list(islice(filter(wanted, rows), limit))


def current_plan_order(call: Call) -> list[dict[str, Any]]:
    """GET /contract/private/current-plan-order."""
    symbol, plan_type = _symbol(call), fields.text(call.fields, "plan_type")
    kind = fields.text(call.fields, "type")
    limit = min(fields.integer(call.fields, "limit", default=OPEN_ROWS_MAX), OPEN_ROWS_MAX)

    def wanted(each: Waiting) -> bool:
        row_type = "market" if each.executive_price is None else "limit"
        exits = each.kind in ("take_profit", "stop_loss")
        fits = exits if plan_type == "profit_loss" else not exits or not plan_type
        return fits and each.kind != TRAILING and kind in ("", row_type)

    waiting = call.venue.triggers.waiting(call.account.name, symbol)
    return [trigger_row(each) for each in _first(waiting, wanted, limit)]


# --- fills and money ----------------------------------------------------------------------


def trades(call: Call) -> list[dict[str, Any]]:
    """GET /contract/private/trades: newest first."""
    symbol = _symbol(call)
    start_ms, end_ms = _span_ms(call)
    order_id, client_id = fields.order_id(call.fields), fields.text(call.fields, "client_order_id")

    def wanted(each: TradeRow) -> bool:
        return (
            start_ms <= each.created_ms <= end_ms
            and symbol in ("", each.symbol)
            and (order_id is None or each.order_id == order_id)
            and client_id in ("", each.client_order_id)
        )

    return [_trade(each) for each in _first(reversed(call.account.trades), wanted)]


def _trade(row: TradeRow) -> dict[str, Any]:
    return {
        "order_id": str(row.order_id),
        "trade_id": str(row.trade_id),
        "symbol": row.symbol,
        "side": row.side,
        "price": format(row.price, "f"),
        "vol": plain(row.volume),
        "exec_type": "Maker" if row.maker else "Taker",
        "profit": row.realised > 0,
        "realised_profit": plain(money(row.realised)),
        "paid_fees": plain(row.fee),
        "account": "futures",
        "create_time": row.created_ms,
    }


def transaction_history(call: Call) -> list[dict[str, Any]]:
    """GET /contract/private/transaction-history: newest first; times in ms."""
    symbol = _symbol(call)
    kind = fields.number_choice(call.fields, "flow_type", range(6), 0, errors.INVALID_REQUEST)
    start_ms = fields.integer(call.fields, "start_time", default=0, code=errors.TIMESTAMP_INVALID)
    end_ms = fields.integer(
        call.fields, "end_time", default=call.now_ms, code=errors.TIMESTAMP_INVALID
    )
    size = min(fields.integer(call.fields, "page_size", default=100), ROWS_MAX)

    def wanted(each: Flow) -> bool:
        return (
            start_ms <= each.at_ms <= end_ms
            and symbol in ("", each.symbol)
            and kind in (0, each.kind)
        )

    return [
        {
            "time": str(each.at_ms),
            "type": each.name,
            "amount": plain(each.amount),
            "asset": each.currency,
            "symbol": each.symbol,
            "tran_id": str(each.number),
            "flow_type": each.kind,
        }
        for each in _first(reversed(call.account.flows), wanted, size)
    ]


def trade_fee_rate(call: Call) -> dict[str, Any]:
    """GET /contract/private/trade-fee-rate."""
    contract = call.venue.private.admission.contract(fields.required(call.fields, "symbol"))
    return {
        "symbol": contract.symbol,
        "taker_fee_rate": plain(contract.taker_fee_rate),
        "maker_fee_rate": plain(contract.maker_fee_rate),
    }


def get_position_mode(call: Call) -> dict[str, Any]:
    """GET /contract/private/get-position-mode."""
    return {"position_mode": call.account.mode}


ROUTES: Final = (
    Route("GET", "/contract/private/assets-detail", "keyed", assets_detail),
    Route("GET", "/contract/private/position", "keyed", position),
    Route("GET", "/contract/private/position-v2", "keyed", position_v2),
    Route("GET", "/contract/private/position-risk", "keyed", position_risk),
    Route("GET", "/contract/private/order", "keyed", order),
    Route("GET", "/contract/private/get-open-orders", "keyed", get_open_orders),
    Route("GET", "/contract/private/order-history", "keyed", order_history),
    Route("GET", "/contract/private/current-plan-order", "keyed", current_plan_order),
    Route("GET", "/contract/private/trades", "keyed", trades),
    Route("GET", "/contract/private/transaction-history", "keyed", transaction_history),
    Route("GET", "/contract/private/trade-fee-rate", "keyed", trade_fee_rate),
    Route("GET", "/contract/private/get-position-mode", "keyed", get_position_mode),
)
