"""Values for tests of WOO X Pro's client side: frames as the venue writes them, commands, answers."""

import json
from decimal import Decimal
from typing import Any

from actors.venues.wooxpro.private import PrivateProtocol
from actors.venues.wooxpro.settings import Settings
from engine.messages.venue import CancelOrder, ReplaceOrder, SubmitOrder
from engine.model.enums import Mode
from engine.session.contract import HttpCall, HttpResponse, Now, SendFrame
from tests.kit import commands

BTC = "BTCUSDT.WOOXPRO"
WALL_NS = 1_701_566_021_000_000_000
SECRETS = {"api_key": "k" * 40, "api_secret": "s" * 64, "memo": "memo-of-the-key"}


def settings(**changes: Any) -> Settings:
    """Settings that name all three places."""
    places = {
        "http_url": "http://127.0.0.1:1",
        "public_ws_url": "ws://127.0.0.1:2",
        "private_ws_url": "ws://127.0.0.1:3",
    }
    return Settings(**{**places, **changes})


def trade_session(**changes: Any) -> PrivateProtocol:
    """Logged in, mode known."""
    protocol = PrivateProtocol(settings(**changes), SECRETS)
    protocol.opened(at(0))
    effects = protocol.received('{"action":"access","success":true}', at(0))
    (frame,) = [effect for effect in effects if isinstance(effect, SendFrame)]
    for topic in json.loads(frame.data)["args"]:
        granted = {"action": "subscribe", "group": topic, "success": True}
        protocol.received(json.dumps(granted), at(0))
    protocol._account.learn_mode("one_way")
    return protocol


def at(seconds: float) -> Now:
    """A moment so long after the start of a test."""
    after_ns = int(seconds * 1e9)
    return Now(1_000_000_000 + after_ns, WALL_NS + after_ns)


def answer(data: object = None, *, code: int = 1000, status: int = 200) -> HttpResponse:
    """The venue's envelope."""
    body = {"code": code, "message": "Ok" if code == 1000 else "no", "data": data, "trace": "t"}
    return HttpResponse(status, {}, json.dumps(body).encode())


def details(*symbols: str) -> dict[str, object]:
    """The instrument list with these symbols."""
    return {"symbols": [detail(symbol) for symbol in symbols]}


def detail(symbol: str, **changes: object) -> dict[str, object]:
    """One row of the instrument list."""
    row: dict[str, object] = {
        "symbol": symbol,
        "product_type": 1,
        "base_currency": symbol.removesuffix("USDT"),
        "quote_currency": "USDT",
        "contract_size": "0.001",
        "price_precision": "0.1",
        "vol_precision": "1",
        "max_volume": "500000",
        "market_max_volume": "400000",
        "min_volume": "1",
        "status": "Trading",
    }
    return {**row, **changes}


OURS: dict[str, Any] = {
    "session_boot": 1,
    "router_boot": 1,
    "client_order_id": "p1",
    "instrument": BTC,
}
IN_TIME: dict[str, Any] = {**OURS, "expires_mono_ns": 0}
"""What all commands have in common; without a gate nobody looks at their expiry."""


def submit(**changes: Any) -> SubmitOrder:
    """A limit order."""
    given: dict[str, Any] = {
        **IN_TIME,
        "mode": Mode.PAPER,
        "quantity": Decimal(3),
        "price": Decimal("9000.5"),
    }
    return commands.submit(**given | changes)


def cancel(**changes: Any) -> CancelOrder:
    """A cancel of that order."""
    given: dict[str, Any] = {
        **IN_TIME,
        "venue_order_id": "",
    }
    return commands.cancel(**given | changes)


def replace(**changes: Any) -> ReplaceOrder:
    """A change of that order."""
    given: dict[str, Any] = {
        **IN_TIME,
        "mode": Mode.PAPER,
        "venue_order_id": "",
        "quantity": Decimal(3),
        "price": Decimal("9000.5"),
    }
    return commands.replace(**given | changes)


def order_row(**changes: object) -> dict[str, object]:
    """An order as REST shows it."""
    row: dict[str, object] = {
        "order_id": "31",
        "client_order_id": "p1",
        "price": "9000.5",
        "size": "3",
        "symbol": "BTCUSDT",
        "state": 2,
        "side": 1,
        "type": "limit",
        "deal_avg_price": "0",
        "deal_size": "0",
        "create_time": 1_701_566_021_000,
        "update_time": 1_701_566_021_001,
    }
    return {**row, **changes}


def order_push(action: int = 2, **changes: object) -> str:
    """A push that shows that order."""
    row = {**order_row(), "last_trade": None, **changes}
    return json.dumps({"group": "futures/order", "data": [{"action": action, "order": row}]})


def trade_row(number: int, **changes: object) -> dict[str, object]:
    """A trade as REST shows it."""
    row: dict[str, object] = {
        "order_id": "31",
        "trade_id": str(number),
        "symbol": "BTCUSDT",
        "side": 1,
        "price": "9000.5",
        "vol": "1",
        "exec_type": "Taker",
        "paid_fees": "0.0054",
        "create_time": 1_701_566_021_000 + number,
    }
    return {**row, **changes}


def calls(effects: Any) -> list[HttpCall]:
    """The HTTP calls among effects."""
    return [effect for effect in effects if isinstance(effect, HttpCall)]
