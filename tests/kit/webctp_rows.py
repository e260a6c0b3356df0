"""Rows of orders and trades as WebCTP's gateway writes them, with fields to be changed."""

import json
from typing import Any

KEY = f"{1:12d}"


def order_info(**changes: Any) -> dict[str, Any]:
    """ORDER_INSERTED: an order for five lots that rests."""
    return {
        "broker_id": "9999",
        "investor_id": "100001",
        "exchange_id": "SHFE",
        "ref": "100001000010",
        "order_local_id": KEY,
        "order_sys_id": f"{100128:12d}",
        "instrument_id": "rb2105",
        "order_status": 3,
        "order_submit_status": 3,
        "volume_traded": 0,
        "volume_total": 5,
        "status_msg": "",
        "direction": 0,
        "offset": 0,
        "price_type": 0,
        "hedge": 0,
        "time_condition": 1,
        "insert_time": "09:50:01",
        "update_time": "",
        "req_id": 9,
    } | changes


def trade_info(**changes: Any) -> dict[str, Any]:
    """ORDER_TRADED: all of it."""
    return {
        "broker_id": "9999",
        "investor_id": "100001",
        "exchange_id": "SHFE",
        "ref": "100001000010",
        "order_local_id": KEY,
        "order_sys_id": f"{100128:12d}",
        "trade_id": f"{1:12d}",
        "volume": 5,
        "direction": 0,
        "offset": 0,
        "hedge": 0,
        "broker_order_seq": 1,
        "settlement_id": 1,
    } | changes


def frame(code: int, info: Any, err: Any = None) -> str:
    """A message of the gateway."""
    return json.dumps({"err": err, "info": info, "msg": code}, ensure_ascii=False)
