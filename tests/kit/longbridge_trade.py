"""Values for tests of Longbridge's trade side: rows and pushes as the venue writes them, commands, answers."""

import json
from decimal import Decimal
from typing import Any

from actors.venues.longbridge.commands import Control, Trade
from actors.venues.longbridge.packets import Kind, Packet, decode, encode
from actors.venues.longbridge.private import TradeProtocol
from actors.venues.longbridge.proto import control_pb2, trade_pb2
from actors.venues.longbridge.settings import Settings
from engine.messages.venue import CancelOrder, OrderUpdate, QueryOrder, ReplaceOrder, SubmitOrder
from engine.model.enums import Mode, TimeInForce
from engine.session.contract import HttpCall, HttpResponse, Now, SendFrame
from tests.kit import commands

TENCENT = "700.HK.LONGBRIDGE"
APPLE = "AAPL.US.LONGBRIDGE"
WALL_S = 1_795_225_422
WALL_NS = WALL_S * 1_000_000_000
SECRETS = {"app_key": "stub-key", "app_secret": "stub-secret", "access_token": "stub-token"}


def settings(**changes: Any) -> Settings:
    """Settings of loopback places."""
    places = {
        "http_url": "http://127.0.0.1:1",
        "quote_ws_url": "ws://127.0.0.1:2",
        "trade_ws_url": "ws://127.0.0.1:3",
    }
    return Settings(**{**places, **changes})


def at(seconds: float) -> Now:
    """A moment so long after the start of a test."""
    after_ns = int(seconds * 1e9)
    return Now(1_000_000_000 + after_ns, WALL_NS + after_ns)


def answer(data: object = None, *, code: int = 0, status: int = 200, **more: Any) -> HttpResponse:
    """The venue's envelope."""
    body = {"code": code, "message": "success" if code == 0 else "no", "data": data, **more}
    return HttpResponse(status, {"x-trace-id": "t-1"}, json.dumps(body).encode())


def calls(effects: Any) -> list[HttpCall]:
    """The HTTP calls among effects."""
    return [effect for effect in effects if isinstance(effect, HttpCall)]


def updates(effects: Any) -> list[OrderUpdate]:
    """The updates among effects."""
    return [effect for effect in effects if isinstance(effect, OrderUpdate)]


def names(effects: Any) -> list[tuple[str, str]]:
    """Method and path with query of the calls among effects."""
    return [(call.method, call.path) for call in calls(effects)]


def response(frame: SendFrame, body: bytes, *, status: int = 0) -> bytes:
    """The gateway's answer to a request of ours."""
    assert isinstance(frame.data, bytes)
    asked = decode(frame.data)
    packet = Packet(
        kind=Kind.RESPONSE,
        command=asked.command,
        request_id=asked.request_id,
        status=status,
        body=body,
    )
    return encode(packet)


def frames(effects: Any) -> list[SendFrame]:
    """The frames among effects."""
    return [effect for effect in effects if isinstance(effect, SendFrame)]


def connected(protocol: TradeProtocol, second: float = 0) -> list[object]:
    """Bring a session from nothing to the point where the order topic is granted."""
    (call,) = calls(protocol.prepare(at(second)))
    granted = {"otp": "otp-1", "limit": 10, "online": 0}
    protocol.answered(call.call_id, answer(granted), at(second))
    (login,) = frames(protocol.opened(at(second)))
    proof = control_pb2.AuthResponse(session_id="s", expires=(WALL_S + 3_600) * 1_000)
    effects = protocol.received(response(login, proof.SerializeToString()), at(second))
    (topic,) = frames(effects)
    assert decode(topic.data).command == Trade.SUB
    granted_topics = trade_pb2.SubResponse(success=["private"], current=["private"])
    body = granted_topics.SerializeToString()
    return list(protocol.received(response(topic, body), at(second)))


def trade_session(**changes: Any) -> TradeProtocol:
    """Logged in, the order topic granted."""
    protocol = TradeProtocol(settings(**changes), SECRETS)
    connected(protocol)
    return protocol


def order_row(**changes: Any) -> dict[str, Any]:
    """An order as the lists show it."""
    row: dict[str, Any] = {
        "order_id": "701276261045858304",
        "status": "NewStatus",
        "stock_name": "TENCENT",
        "quantity": "200",
        "executed_quantity": "0",
        "price": "320.6",
        "executed_price": "0",
        "submitted_at": str(WALL_S),
        "side": "Buy",
        "symbol": "700.HK",
        "order_type": "LO",
        "last_done": "320.4",
        "trigger_price": "",
        "msg": "",
        "tag": "Normal",
        "time_in_force": "Day",
        "expire_date": "",
        "updated_at": str(WALL_S),
        "trigger_at": "0",
        "trailing_amount": "",
        "trailing_percent": "",
        "limit_offset": "",
        "trigger_status": "NOT_USED",
        "currency": "HKD",
        "outside_rth": "UnknownOutsideRth",
        "limit_depth_level": 0,
        "trigger_count": 0,
        "monitor_price": "",
        "remark": "p1",
    }
    return {**row, **changes}


def push_data(**changes: Any) -> dict[str, Any]:
    """The data of an order push."""
    data: dict[str, Any] = {
        "side": "Buy",
        "stock_name": "TENCENT",
        "submitted_quantity": "200",
        "symbol": "700.HK",
        "order_type": "LO",
        "submitted_price": "320.6",
        "executed_quantity": "0",
        "executed_price": "0",
        "order_id": "701276261045858304",
        "currency": "HKD",
        "status": "NewStatus",
        "submitted_at": str(WALL_S),
        "updated_at": str(WALL_S),
        "trigger_price": "",
        "msg": "",
        "tag": "Normal",
        "trigger_status": "NOT_USED",
        "trigger_at": "0",
        "trailing_amount": "",
        "trailing_percent": "",
        "limit_offset": "",
        "account_no": "HK123",
        "last_share": "",
        "last_price": "",
        "remark": "p1",
    }
    return {**data, **changes}


def notification(message: Any, *, topic: str = "private", content_type: int = 1) -> bytes:
    """The gateway's push packet with this message in it."""
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    made = trade_pb2.Notification(topic=topic, dispatch_type=1, data=data)
    made.content_type = content_type  # type: ignore[assignment]
    body = made.SerializeToString()
    return encode(Packet(kind=Kind.PUSH, command=Trade.NOTIFY, body=body))


def order_push(**changes: Any) -> bytes:
    """The packet of an order push."""
    return notification({"event": "order_changed_lb", "data": push_data(**changes)})


def close_push(code: int, reason: str = "bye") -> bytes:
    """The packet with which the gateway closes."""
    body = control_pb2.Close(code=code, reason=reason).SerializeToString()  # type: ignore[arg-type]
    return encode(Packet(kind=Kind.PUSH, command=Control.CLOSE, body=body))


def execution_row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A trade of the order."""
    row: dict[str, Any] = {
        "order_id": "701276261045858304",
        "trade_id": f"701276261045858304-{number}",
        "symbol": "700.HK",
        "trade_done_at": str(WALL_S + number),
        "quantity": "100",
        "price": "320.6",
    }
    return {**row, **changes}


def trades(*rows: dict[str, Any], **more: Any) -> HttpResponse:
    """A list of executions."""
    return answer({"trades": list(rows), **more})


def orders(*rows: dict[str, Any], **more: Any) -> HttpResponse:
    """A list of orders."""
    return answer({"orders": list(rows), **more})


OURS: dict[str, Any] = {
    "session_boot": 1,
    "router_boot": 1,
    "client_order_id": "p1",
    "instrument": TENCENT,
}
IN_TIME: dict[str, Any] = {**OURS, "expires_mono_ns": 0}
"""What all commands have in common; without a gate nobody looks at their expiry."""


def submit(**changes: Any) -> SubmitOrder:
    """A limit order for two lots."""
    given: dict[str, Any] = {
        **IN_TIME,
        "mode": Mode.PAPER,
        "quantity": Decimal(200),
        "price": Decimal("320.6"),
        "time_in_force": TimeInForce.DAY,
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
        "venue_order_id": "701276261045858304",
        "quantity": Decimal(300),
        "price": Decimal(320),
    }
    return commands.replace(**given | changes)


def query(**changes: Any) -> QueryOrder:
    """A question for that order."""
    given: dict[str, Any] = {
        **OURS,
        "venue_order_id": "",
    }
    return commands.query(**given | changes)
