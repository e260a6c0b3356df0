"""How orders, trades, refusals and accounts are printed."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from actors.venues.webctp.simulator.investors import Investor, Marks
from actors.venues.webctp.simulator.orders import Execution, Order
from actors.venues.webctp.simulator.tickets import Deletion, Ticket

Row = dict[str, object]


def order_row(order: Order, status: int, traded: int) -> Row:
    """ORDER_INSERTED and ORDER_DELETED: no price, no original volume, no memo."""
    return {
        **_common(order),
        "req_id": order.request_id,
        "order_status": int(status),
        "volume_traded": traded,
        "volume_total": order.volume - traded,
    }


def query_row(order: Order) -> Row:
    """QUERY_ORDER without its row fields."""
    return {
        **_common(order),
        "request_id": order.request_id,
        "order_status": int(order.status),
        "volume_traded": order.traded,
        "volume_total": order.volume - order.traded,
        "order_memo": order.memo,
    }


def _common(order: Order) -> Row:
    return {
        "broker_id": order.broker_id,
        "investor_id": order.investor_id,
        "user_id": order.user_id,
        "exchange_id": order.exchange,
        "ref": order.ref,
        "order_local_id": order.local_id,
        "order_sys_id": order.sys_id,
        "sequence_no": order.sequence_no,
        "instrument_id": order.instrument,
        "insert_date": order.insert_date,
        "insert_time": order.insert_time,
        "active_time": "",
        "suspend_time": "",
        "update_time": order.update_time,
        "cancel_time": order.cancel_time,
        "order_submit_status": int(order.submit),
        "status_msg": order.status_msg,
        "direction": order.direction,
        "offset": order.offset,
        "price_type": order.price_type,
        "hedge": order.hedge,
        "time_condition": order.time_condition,
    }


def accepted(order: Order) -> Row:
    """The `err` of order pushes: the gateway prints it from values that it never set."""
    return {
        "code": 0,
        "msg": f"ACCEPTED: {order.instrument} in  with ref '{order.ref}' {order.number & 7}\x7f?@",
    }


def trade_row(order: Order, execution: Execution) -> Row:
    """ORDER_TRADED: no price, no contract, no time."""
    return {
        "broker_id": order.broker_id,
        "investor_id": order.investor_id,
        "user_id": order.user_id,
        "ref": order.ref,
        "exchange_id": order.exchange,
        "trade_id": execution.trade_id,
        "order_sys_id": order.sys_id,
        "order_local_id": order.local_id,
        "broker_order_seq": order.number,
        "settlement_id": 1,
        "volume": execution.volume,
        "direction": order.direction,
        "offset": order.offset,
        "hedge": order.hedge,
    }


def insert_error_row(ticket: Ticket, broker: str, investor: str, req_id: int) -> Row:
    """ORDER_INSERT_RETURN_ERROR; ORDER_INSERT_ERROR has the row fields besides."""
    return {
        "account_id": "",
        "user_id": "",
        "investor_id": investor,
        "broker_id": broker,
        "client_id": "",
        "currency_id": "",
        "exchange_id": ticket.exchange,
        "gtd_date": "",
        "instrument_id": ticket.instrument,
        "is_auto_suspend": 0,
        "is_swap_order": 0,
        "limit_price": ticket.price,
        "stop_price": 0.0,
        "volume_total_original": ticket.volume,
        "min_volume": 0,
        "order_memo": ticket.memo,
        "order_ref": ticket.ref,
        "request_id": req_id,
        "session_req_seq": 0,
        "direction": ticket.direction,
        "offset": ticket.offset,
        "price_type": ticket.price_type,
        "hedge": 0,
        "time_condition": ticket.time_condition,
    }


def delete_error_row(deletion: Deletion, broker: str, investor: str) -> Row:
    """What ORDER_DELETE_ERROR and ORDER_DELETE_RETURN_ERROR have in common."""
    return {
        "broker_id": broker,
        "investor_id": investor,
        "order_action_ref": deletion.delete_ref,
        "order_ref": "",
        "request_id": deletion.req_id,
        "front_id": 0,
        "session_id": 0,
        "exchange_id": deletion.exchange,
        "order_sys_id": deletion.order_sys_id,
        "action_flag": DELETE,
        "limit_price": 0.0,
        "volume_change": 0,
        "user_id": investor,
        "invest_unit_id": "",
        "mac_address": "",
        "instrument_id": deletion.instrument,
        "ip_address": "",
        "order_memo": "",
        "session_req_seq": 0,
    }


DELETE: Final = 48
"""action_flag."""
REJECTED: Final = 99
"""order_action_status."""


def delete_return_row(row: Row, order: Order | None, here: datetime, text: str) -> Row:
    """ORDER_DELETE_RETURN_ERROR."""
    return row | {
        "action_date": here.strftime("%Y%m%d"),
        "action_time": here.strftime("%H:%M:%S"),
        "trader_id": "",
        "install_id": 1,
        "order_local_id": order.local_id if order is not None else "",
        "action_local_id": "",
        "participant_id": "",
        "client_id": "",
        "business_unit": "",
        "order_action_status": REJECTED,
        "status_msg": text,
        "branch_id": "",
    }


_NO_MONEY: Final = (
    *("pre_mortgage", "pre_credit", "pre_deposit", "interest_base", "interest", "deposit"),
    *("withdraw", "frozen_cash", "cash_in", "credit", "mortgage", "delivery_margin"),
    *("exchange_delivery_margin", "reserve_balance", "pre_fund_mortgage_in"),
    *("pre_fund_mortgage_out", "fund_mortgage_in", "fund_mortgage_out"),
    *("fund_mortgage_available", "mortgageable_fund", "spec_product_margin"),
    *("spec_product_frozen_margin", "spec_product_commission", "spec_product_frozen_commission"),
    *("spec_product_position_profit", "spec_product_close_profit"),
    *("spec_product_position_profit_by_alg", "spec_product_exchange_margin"),
    *("frozen_swap", "remain_swap", "option_value"),
)
WITHDRAWABLE: Final = Decimal("0.8")
"""Share of the available money that may be taken out, as one sample of a live front has it."""


def account_row(investor: Investor, marks: Marks, day: str, *, by_last: bool) -> Row:
    """TRADING_ACCOUNT without its row fields; `balance` and `reserve` are not sent."""
    frozen_margin, frozen_fee = investor.frozen()
    margin = investor.margin(marks, by_last=by_last)
    available = investor.available(marks, by_last=by_last)
    money: dict[str, Any] = {
        "pre_balance": investor.pre_balance,
        "pre_margin": investor.pre_margin,
        "frozen_margin": frozen_margin,
        "frozen_commission": frozen_fee,
        "current_margin": margin,
        "exchange_margin": margin,
        "commission": investor.commission,
        "close_profit": investor.close_profit,
        "position_profit": investor.position_profit(marks),
        "available": available,
        "withdraw_quota": max(Decimal(0), available * WITHDRAWABLE),
    }
    return {
        "broker_id": investor.broker_id,
        "account_id": investor.investor_id,
        **dict.fromkeys(_NO_MONEY, 0.0),
        **{name: float(amount) for name, amount in money.items()},
        "trading_day": day,
        "settlement_id": 1,
        "currency_id": "CNY",
        "biz_type": 0,
    }
