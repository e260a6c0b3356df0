"""T4's messages on the wire, read and written by hand for the tests: no library, no generated classes.

A message is a dictionary of the fields that were there. Field tables are the sheet's, as far as a test
needs them: `number: (name, kind)` with kinds `i` (whole number, signed), `s` (text), `d` (double), `m`
(a message of the named table), `*` before them for repeated ones.
"""

import struct
from functools import lru_cache
from typing import Any

Table = dict[int, tuple[str, str]]

TABLES: dict[str, Table] = {
    "Client": {
        1: ("heartbeat", "mHeartbeat"),
        2: ("login_request", "mLoginRequest"),
        3: ("authentication_token_request", "mRequest"),
        100: ("market_depth_subscribe", "mDepthSubscribe"),
        101: ("market_by_order_subscribe", "mMboSubscribe"),
        200: ("account_subscribe", "mAccountSubscribe"),
    },
    "Server": {
        1: ("heartbeat", "mHeartbeat"),
        2: ("login_response", "mLoginResponse"),
        3: ("authentication_token", "mToken"),
        100: ("market_depth_subscribe_reject", "mReject"),
        101: ("market_by_order_subscribe_reject", "mReject"),
        102: ("market_details", "mDetails"),
        103: ("market_depth", "mDepth"),
        104: ("market_depth_trade", "mTrade"),
        105: ("market_high_low", "mHighLow"),
        106: ("market_price_limits", "mLimits"),
        107: ("market_settlement", "mSettlement"),
        108: ("market_snapshot", "mSnapshot"),
        109: ("market_by_order_snapshot", "mMboSnapshot"),
        110: ("market_by_order_update", "mMboUpdate"),
        111: ("market_by_order_trade", "mMboTrade"),
    },
    "Heartbeat": {1: ("timestamp", "i")},
    "LoginRequest": {
        1: ("api_key", "s"),
        2: ("firm", "s"),
        3: ("username", "s"),
        4: ("password", "s"),
        5: ("app_name", "s"),
        6: ("app_license", "s"),
        10: ("price_format", "i"),
    },
    "LoginResponse": {
        1: ("result", "i"),
        2: ("session_id", "s"),
        3: ("user_id", "s"),
        4: ("firm_id", "s"),
        5: ("roles", "*s"),
        6: ("error_message", "s"),
        7: ("exchanges", "*mExchange"),
        8: ("accounts", "*mAccount"),
        9: ("authentication_token", "mToken"),
        10: ("firm", "s"),
        11: ("username", "s"),
    },
    "Exchange": {1: ("exchange_id", "s"), 2: ("user_id", "s"), 3: ("market_data_type", "i")},
    "Account": {1: ("account_id", "s"), 2: ("account_number", "s"), 3: ("account_name", "s")},
    "Request": {1: ("request_id", "s")},
    "Token": {
        1: ("request_id", "s"),
        2: ("token", "s"),
        3: ("expire_time", "mTime"),
        4: ("fail_message", "s"),
    },
    "Time": {1: ("seconds", "i"), 2: ("nanos", "i")},
    "Price": {1: ("value", "s")},
    "DepthSubscribe": {
        1: ("exchange_id", "s"),
        2: ("contract_id", "s"),
        3: ("market_id", "s"),
        4: ("buffer", "i"),
        5: ("depth_levels", "i"),
    },
    "MboSubscribe": {
        1: ("exchange_id", "s"),
        2: ("contract_id", "s"),
        3: ("market_id", "s"),
        4: ("subscribe", "i"),
    },
    "AccountSubscribe": {
        1: ("subscribe", "i"),
        2: ("subscribe_all_accounts", "i"),
        3: ("account_id", "*s"),
        4: ("upl_mode", "i"),
    },
    "Reject": {1: ("market_id", "s"), 2: ("time", "mTime"), 3: ("mode", "i")},
    "Details": {
        1: ("market_id", "s"),
        2: ("exchange_id", "s"),
        3: ("contract_id", "s"),
        4: ("expiry_date", "i"),
        5: ("contract_type", "i"),
        6: ("decimals", "i"),
        7: ("point_value", "mPrice"),
        8: ("min_price_increment", "mPrice"),
        17: ("legs", "*mLeg"),
        19: ("strategy_type", "i"),
        21: ("real_decimals", "i"),
        22: ("display_decimals", "i"),
        23: ("clearing_decimals", "i"),
        26: ("volume_increment", "i"),
        28: ("disabled", "i"),
    },
    "Leg": {1: ("market_id", "s"), 2: ("group", "i"), 3: ("volume", "i")},
    "Depth": {
        1: ("market_id", "s"),
        2: ("depth_levels", "i"),
        3: ("depth_buffer", "i"),
        4: ("time", "mTime"),
        5: ("delayed", "i"),
        6: ("bids", "*mLine"),
        7: ("offers", "*mLine"),
        8: ("implied_bids", "*mLine"),
        9: ("implied_offers", "*mLine"),
        10: ("mode", "i"),
        11: ("flags", "i"),
        12: ("trade_data", "mTradeData"),
    },
    "Line": {1: ("price", "mPrice"), 2: ("volume", "i"), 3: ("num_orders", "i")},
    "TradeData": {
        1: ("total_traded_volume", "i"),
        2: ("total_trade_count", "i"),
        3: ("last_trade_price", "mPrice"),
        4: ("last_trade_volume", "i"),
        5: ("last_trade_total_volume", "i"),
        10: ("at_bid_or_offer", "i"),
        11: ("time", "mTime"),
    },
    "Trade": {
        1: ("market_id", "s"),
        2: ("time", "mTime"),
        3: ("total_traded_volume", "i"),
        4: ("last_trade_volume", "i"),
        6: ("at_bid_or_offer", "i"),
        7: ("delayed", "i"),
        8: ("order_volumes", "*i"),
        9: ("total_trade_count", "i"),
        10: ("last_trade_price", "mPrice"),
        11: ("mode", "i"),
    },
    "HighLow": {
        1: ("market_id", "s"),
        2: ("open_price", "mPrice"),
        3: ("high_price", "mPrice"),
        4: ("low_price", "mPrice"),
        5: ("trade_date", "i"),
    },
    "Limits": {1: ("market_id", "s"), 2: ("high_price", "mPrice"), 3: ("low_price", "mPrice")},
    "Settlement": {
        1: ("exchange_id", "s"),
        2: ("market_id", "s"),
        4: ("settlement_price", "mPrice"),
    },
    "Snapshot": {
        1: ("market_id", "s"),
        2: ("mode", "i"),
        3: ("due_to_connection", "i"),
        4: ("delayed", "i"),
        5: ("messages", "*mSnapshotMessage"),
    },
    "SnapshotMessage": {
        3: ("market_depth", "mDepth"),
        4: ("market_depth_trade", "mTrade"),
        5: ("market_high_low", "mHighLow"),
        6: ("market_price_limits", "mLimits"),
        7: ("market_settlement", "mSettlement"),
    },
    "MboSnapshot": {
        1: ("market_id", "s"),
        2: ("time", "mTime"),
        3: ("mode", "i"),
        4: ("last_sequence", "i"),
        5: ("orders", "*mMboOrder"),
    },
    "MboOrder": {
        1: ("order_id", "i"),
        2: ("bid_offer", "i"),
        3: ("price", "mPrice"),
        4: ("volume", "i"),
        5: ("priority", "i"),
    },
    "MboUpdate": {
        1: ("market_id", "s"),
        2: ("time", "mTime"),
        3: ("mode", "i"),
        4: ("sequence", "i"),
        5: ("updates", "*mMboChange"),
    },
    "MboChange": {
        1: ("update_type", "i"),
        2: ("order_id", "i"),
        3: ("bid_offer", "i"),
        4: ("price", "mPrice"),
        5: ("volume", "i"),
        6: ("priority", "i"),
    },
    "MboTrade": {
        1: ("market_id", "s"),
        2: ("time", "mTime"),
        3: ("trade_price", "mPrice"),
        4: ("trade_volume", "i"),
        5: ("aggressor_side", "i"),
        6: ("sequence", "i"),
        7: ("orders", "*mMboFill"),
    },
    "MboFill": {1: ("order_id", "i"), 2: ("volume", "i"), 3: ("bid_offer", "i")},
}


# --- writing --------------------------------------------------------------------------------


def varint(number: int) -> bytes:
    """A base 128 varint; negative numbers take ten bytes."""
    left, out = number & (1 << 64) - 1, bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


def encode(table: str, message: dict[str, Any]) -> bytes:
    """The bytes of a message; fields by rising number."""
    out = b""
    for number, (name, kind) in sorted(TABLES[table].items()):
        if name not in message:
            continue
        values = message[name] if kind.startswith("*") else [message[name]]
        for value in values:
            out += _field(number, kind.lstrip("*"), value)
    return out


def _field(number: int, kind: str, value: Any) -> bytes:
    if kind == "i":
        return varint(number << 3) + varint(int(value))
    if kind == "d":
        return varint(number << 3 | 1) + struct.pack("<d", value)
    data = value.encode() if kind == "s" else encode(kind[1:], value)
    return varint(number << 3 | 2) + varint(len(data)) + data


# --- reading --------------------------------------------------------------------------------


def fields(data: bytes) -> list[tuple[int, int, Any]]:
    """(number, wire type, value) of all fields; ValueError for what is no message."""
    found: list[tuple[int, int, Any]] = []
    at, end = 0, len(data)
    while at < end:
        key = data[at]
        at += 1
        if key > 0x7F:
            key, at = _varint(data, at - 1)
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
            found.append((key >> 3, wire, value))
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if at + size > end:
            raise ValueError("a field ends beyond the message")
        found.append((key >> 3, wire, data[at : at + size]))
        at += size
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data):
            raise ValueError("a number ends beyond the message")
        value |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
        shift += 7


def decode(table: str, data: bytes) -> dict[str, Any]:
    """The known fields of a message; a price is its text."""
    found: dict[str, Any] = {}
    known = TABLES[table]
    for number, wire, value in fields(data):
        if number not in known:
            continue
        name, kind = known[number]
        single = kind.lstrip("*")
        packed = single == "i" and wire == 2
        for each in _packed(value) if packed else (_read(single, value),):
            if kind[0] == "*":
                found.setdefault(name, []).append(each)
            else:
                found[name] = each
    return found


def _packed(value: bytes) -> list[int]:
    read, at = [], 0
    while at < len(value):
        number, at = _varint(value, at)
        read.append(_signed(number))
    return read


def _read(kind: str, value: Any) -> Any:
    if kind == "i":
        return _signed(value)
    if kind == "mPrice":
        return _price(value)
    if kind == "s":
        return value.decode()
    if kind == "d":
        return struct.unpack("<d", value)[0]
    return decode(kind[1:], value)


@lru_cache(maxsize=4096)
def _price(data: bytes) -> str:
    """The text of a price; a book has the same few thousand all day."""
    text: str = decode("Price", data).get("value", "")
    return text


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


def payload(data: bytes) -> tuple[str, dict[str, Any]]:
    """Name and body of the server's envelope; an unknown payload is ("", {})."""
    message = decode("Server", data)
    return next(iter(message.items()), ("", {}))
