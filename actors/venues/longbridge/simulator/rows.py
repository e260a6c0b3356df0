"""How orders and fills are printed: rows of HTTP answers and the body of an order push.

Both official SDKs throw away an answer or a push that lacks any of these keys, so every key is
always there (fact sheet, sections 7 and 8.3).
"""

from decimal import Decimal
from typing import Any

from actors.venues.longbridge.simulator.orders import Execution, Line, Order
from engine.simulator.jsontext import plain
from engine.simulator.moment import NS


def money(value: Decimal | None) -> str:
    """A number, empty for none."""
    return "" if value is None else plain(value)


def seconds(at_ns: int) -> str:
    """Unix seconds as text."""
    return str(at_ns // NS)


def average(order: Order) -> str:
    """Average price of the fills, "0" when there is none."""
    return plain(round(order.average, 8))


def tag_of(order: Order, long_term: str) -> str:
    """The word for an order: `Normal`, or what orders beyond the day are called."""
    return "Normal" if order.terms.time_in_force == "Day" else long_term


def order_row(order: Order, last: Decimal, long_term: str) -> dict[str, Any]:
    """One order of an answer; all texts but two whole numbers."""
    terms = order.terms
    return {
        "order_id": str(order.order_id),
        "status": order.status,
        "stock_name": terms.listing.name_en,
        "quantity": plain(terms.quantity),
        "executed_quantity": plain(order.executed),
        "price": money(order.price),
        "executed_price": average(order),
        "submitted_at": seconds(order.submitted_ns),
        "side": terms.side,
        "symbol": terms.symbol,
        "order_type": terms.order_type,
        "last_done": plain(last),
        "trigger_price": money(terms.trigger_price),
        "msg": order.msg,
        "tag": tag_of(order, long_term),
        "time_in_force": terms.time_in_force,
        "expire_date": terms.expire_date,
        "updated_at": seconds(order.updated_ns),
        "trigger_at": seconds(order.trigger_ns),
        "trailing_amount": money(terms.trailing_amount),
        "trailing_percent": money(terms.trailing_percent),
        "limit_offset": money(terms.limit_offset),
        "trigger_status": order.trigger_status,
        "currency": terms.listing.currency,
        "outside_rth": terms.outside_rth or "UnknownOutsideRth",
        "limit_depth_level": terms.limit_depth_level,
        "trigger_count": terms.trigger_count,
        "monitor_price": money(terms.monitor_price),
        "remark": terms.remark,
    }


def order_detail(order: Order, last: Decimal, long_term: str) -> dict[str, Any]:
    """One order with its history and charges."""
    currency = order.terms.listing.currency
    return {
        **order_row(order, last, long_term),
        "free_status": "None",
        "free_amount": "",
        "free_currency": currency,
        "deductions_status": "NONE",
        "deductions_amount": "",
        "deductions_currency": currency,
        "platform_deducted_status": "NONE",
        "platform_deducted_amount": "",
        "platform_deducted_currency": currency,
        "history": [_line(each) for each in reversed(order.history)],
        "charge_detail": _charges(order, currency),
    }


def _line(line: Line) -> dict[str, str]:
    return {
        "price": plain(line.price),
        "quantity": plain(line.quantity),
        "status": line.status,
        "msg": line.msg,
        "time": seconds(line.at_ns),
    }


def _charges(order: Order, currency: str) -> dict[str, Any]:
    amount = plain(order.fees)
    fees = []
    if order.fees:
        row = {"code": "COMMISSION", "name": "Commission", "amount": amount, "currency": currency}
        fees.append(row)
    return {
        "total_amount": amount,
        "currency": currency,
        "items": [
            {"code": "BROKER_FEES", "name": "Broker Fees", "fees": fees},
            {"code": "THIRD_FEES", "name": "Third-party Fees", "fees": []},
        ],
    }


def execution_row(execution: Execution) -> dict[str, str]:
    """One fill of an answer."""
    return {
        "order_id": str(execution.order_id),
        "trade_id": execution.trade_id,
        "symbol": execution.symbol,
        "side": execution.side,
        "trade_done_at": seconds(execution.at_ns),
        "quantity": plain(execution.quantity),
        "price": plain(execution.price),
    }


def push_data(order: Order, long_term: str) -> dict[str, str]:
    """The data of an order-changed push, all texts."""
    terms = order.terms
    return {
        "side": terms.side,
        "stock_name": terms.listing.name_en,
        "submitted_quantity": plain(terms.quantity),
        "symbol": terms.symbol,
        "order_type": terms.order_type,
        "submitted_price": plain(order.price or Decimal(0)),
        "executed_quantity": plain(order.executed),
        "executed_price": average(order),
        "order_id": str(order.order_id),
        "currency": terms.listing.currency,
        "status": order.status,
        "submitted_at": seconds(order.submitted_ns),
        "updated_at": seconds(order.updated_ns),
        "trigger_price": money(terms.trigger_price),
        "msg": order.msg,
        "tag": tag_of(order, long_term),
        "trigger_status": order.trigger_status,
        "trigger_at": seconds(order.trigger_ns),
        "trailing_amount": money(terms.trailing_amount),
        "trailing_percent": money(terms.trailing_percent),
        "limit_offset": money(terms.limit_offset),
        "account_no": order.account,
        "last_share": money(order.last_share),
        "last_price": money(order.last_price),
        "remark": terms.remark,
    }
