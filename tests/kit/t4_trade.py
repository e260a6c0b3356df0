"""Values for tests of T4's trade side: messages as the venue writes them, commands, a desk and a session."""

from decimal import Decimal
from typing import Any

from actors.venues.t4 import wire
from actors.venues.t4.desk import TradeDesk
from actors.venues.t4.private import JointSession, MarketFacts
from actors.venues.t4.proto import (
    account_pb2,
    auth_pb2,
    enums_pb2,
    orderrouting_pb2,
    price_pb2,
    service_pb2,
)
from actors.venues.t4.settings import Settings
from engine.messages.venue import (
    CancelOrder,
    Fill,
    OrderUpdate,
    QueryOrder,
    ReconcilePart,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
)
from engine.model.enums import TimeInForce
from engine.session.contract import Now, SendFrame
from tests.kit import commands

E = enums_pb2
MARKET = "XCME_Eq ES (H24)"
ES = f"{MARKET}.T4"
ACCOUNT = "a-1"
WALL_S = 1_795_225_422  # 2026-11-21, 19:43:42 in Chicago
WALL_NS = WALL_S * 1_000_000_000
SECRETS = {
    "firm": "CTS",
    "username": "stub-user",
    "password": "stub-password",
    "app_name": "Stub",
    "app_license": "stub-license",
    "api_key": "stub-key",
}


def settings(**changes: Any) -> Settings:
    """Settings of loopback places."""
    places = {"http_url": "http://127.0.0.1:1", "ws_url": "ws://127.0.0.1:2/v1"}
    return Settings(**{**places, **changes})


def at(seconds: float) -> Now:
    """A moment so long after the start of a test."""
    after_ns = int(seconds * 1e9)
    return Now(1_000_000_000 + after_ns, WALL_NS + after_ns)


def price(text: str) -> price_pb2.Price:
    """A price."""
    return price_pb2.Price(value=text)


def stamp(seconds: float = 0) -> Any:
    """A time so long after the start of a test."""
    return {"seconds": WALL_S + int(seconds)}


# --- what the venue says -------------------------------------------------------------------------


def image(**changes: Any) -> orderrouting_pb2.OrderUpdate:
    """A full image of a limit order to buy two at 4800 that the exchange has not answered."""
    fields: dict[str, Any] = {
        "unique_id": "u-1",
        "account_id": ACCOUNT,
        "market_id": MARKET,
        "time": stamp(),
        "change": E.ORDER_CHANGE_SUBMISSION_SENT,
        "status": E.ORDER_STATUS_WORKING,
        "response_pending": E.RESPONSE_PENDING_SUBMISSION,
        "buy_sell": E.BUY_SELL_BUY,
        "price_type": E.PRICE_TYPE_LIMIT,
        "time_type": E.TIME_TYPE_NORMAL,
        "new_volume": 2,
        "new_limit_price": price("4800"),
        "working_volume": 2,
        "tag": "p1",
        "sequence_order": 1,
    }
    return orderrouting_pb2.OrderUpdate(**{**fields, **changes})


def accepted_image(**changes: Any) -> orderrouting_pb2.OrderUpdate:
    """The same order, accepted."""
    fields: dict[str, Any] = {
        "change": E.ORDER_CHANGE_SUBMISSION_SUCCESS,
        "response_pending": E.RESPONSE_PENDING_NONE,
        "current_volume": 2,
        "current_limit_price": price("4800"),
        "sequence_order": 2,
    }
    return image(**{**fields, **changes})


def status(**changes: Any) -> orderrouting_pb2.OrderUpdateStatus:
    """The exchange has accepted it."""
    fields: dict[str, Any] = {
        "unique_id": "u-1",
        "account_id": ACCOUNT,
        "market_id": MARKET,
        "time": stamp(1),
        "change": E.ORDER_CHANGE_SUBMISSION_SUCCESS,
        "status": E.ORDER_STATUS_WORKING,
        "sequence_order": 2,
    }
    return orderrouting_pb2.OrderUpdateStatus(**{**fields, **changes})


def trade(**changes: Any) -> orderrouting_pb2.OrderUpdateTrade:
    """One of it was filled."""
    fields: dict[str, Any] = {
        "unique_id": "u-1",
        "account_id": ACCOUNT,
        "market_id": MARKET,
        "time": stamp(2),
        "change": E.ORDER_CHANGE_TRADE,
        "status": E.ORDER_STATUS_WORKING,
        "total_fill_volume": 1,
        "working_volume": 1,
        "volume": 1,
        "price": price("4800"),
        "residual_volume": 1,
        "exchange_trade_id": "x-1",
        "sequence_order": 3,
    }
    return orderrouting_pb2.OrderUpdateTrade(**{**fields, **changes})


def last_trade(**changes: Any) -> orderrouting_pb2.OrderUpdateTrade:
    """And the other one."""
    fields: dict[str, Any] = {
        "change": E.ORDER_CHANGE_TRADE_COMPLETED,
        "status": E.ORDER_STATUS_FINISHED,
        "total_fill_volume": 2,
        "working_volume": 0,
        "exchange_trade_id": "x-2",
        "sequence_order": 4,
    }
    return trade(**{**fields, **changes})


def traded_in_image(**changes: Any) -> orderrouting_pb2.OrderUpdate.Trade:
    """A trade as a full image repeats it."""
    fields: dict[str, Any] = {
        "sequence_order": 3,
        "volume": 1,
        "price": price("4800"),
        "time": stamp(2),
        "exchange_trade_id": "x-1",
    }
    return orderrouting_pb2.OrderUpdate.Trade(**{**fields, **changes})


def failed(**changes: Any) -> orderrouting_pb2.OrderUpdateFailed:
    """A pull that could not be carried out."""
    fields: dict[str, Any] = {
        "unique_id": "u-1",
        "account_id": ACCOUNT,
        "market_id": MARKET,
        "time": stamp(3),
        "change": E.ORDER_CHANGE_PULL_FAILED,
        "status": E.ORDER_STATUS_WORKING,
        "status_detail": "too late",
        "sequence_order": 5,
    }
    return orderrouting_pb2.OrderUpdateFailed(**{**fields, **changes})


_NAMES = {
    orderrouting_pb2.OrderUpdate: "order_update",
    orderrouting_pb2.OrderUpdateStatus: "order_update_status",
    orderrouting_pb2.OrderUpdateTrade: "order_update_trade",
    orderrouting_pb2.OrderUpdateTradeLeg: "order_update_trade_leg",
    orderrouting_pb2.OrderUpdateFailed: "order_update_failed",
}


def multi(*events: Any, **changes: Any) -> orderrouting_pb2.OrderUpdateMulti:
    """Events of one market in one message."""
    updates = [
        orderrouting_pb2.OrderUpdateMultiMessage(**{_NAMES[type(each)]: each}) for each in events
    ]
    fields: dict[str, Any] = {"market_id": MARKET, "account_id": ACCOUNT, "updates": updates}
    return orderrouting_pb2.OrderUpdateMulti(**{**fields, **changes})


def position(**changes: Any) -> account_pb2.AccountPosition:
    """Two bought, none sold."""
    fields: dict[str, Any] = {
        "account_id": ACCOUNT,
        "exchange_id": "CME_Eq",
        "contract_id": "ES",
        "market_id": MARKET,
        "buys": 2,
        "average_open_price": price("4799.5"),
    }
    return account_pb2.AccountPosition(**{**fields, **changes})


def money(**changes: Any) -> account_pb2.AccountUpdate:
    """A hundred thousand, ten of it tied up."""
    fields: dict[str, Any] = {
        "account_id": ACCOUNT,
        "status": E.ACCOUNT_STATUS_OK,
        "balance": 100_000.0,
        "margin": 10_000.0,
    }
    return account_pb2.AccountUpdate(**{**fields, **changes})


_PARTS = {
    account_pb2.AccountPosition: "account_position",
    account_pb2.AccountUpdate: "account_update",
    account_pb2.AccountDetails: "account_details",
    orderrouting_pb2.OrderUpdateMulti: "order_update_multi",
}


def snapshot(*parts: Any, **changes: Any) -> account_pb2.AccountSnapshot:
    """Everything of the account."""
    messages = [account_pb2.AccountSnapshotMessage(**{_PARTS[type(each)]: each}) for each in parts]
    fields: dict[str, Any] = {
        "account_id": ACCOUNT,
        "status": E.ACCOUNT_STATUS_OK,
        "messages": messages,
    }
    return account_pb2.AccountSnapshot(**{**fields, **changes})


def login(*account_ids: str) -> auth_pb2.LoginResponse:
    """A login that lists these accounts."""
    listed = [
        auth_pb2.LoginResponse.Account(account_id=name, account_number=f"N{name}")
        for name in account_ids or (ACCOUNT,)
    ]
    return auth_pb2.LoginResponse(session_id="s", accounts=listed)


# --- commands ------------------------------------------------------------------------------------


OURS: dict[str, Any] = {
    "session_boot": 1,
    "router_boot": 1,
    "client_order_id": "p1",
    "instrument": ES,
}
IN_TIME: dict[str, Any] = {**OURS, "expires_mono_ns": 0}
"""What all commands have in common; without a gate nobody looks at their expiry."""


def submit(**changes: Any) -> SubmitOrder:
    """A limit order to buy two."""
    given: dict[str, Any] = {
        **IN_TIME,
        "quantity": Decimal(2),
        "price": Decimal(4800),
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
        "venue_order_id": "",
        "quantity": Decimal(3),
        "price": Decimal("4799.25"),
    }
    return commands.replace(**given | changes)


def query(**changes: Any) -> QueryOrder:
    """A question for that order."""
    given: dict[str, Any] = {
        **OURS,
        "venue_order_id": "",
    }
    return commands.query(**given | changes)


def request(**changes: Any) -> ReconcileRequest:
    """A reconciliation over the last minutes."""
    fields: dict[str, Any] = {
        "session_boot": 1,
        "router_boot": 1,
        "request_id": 1,
        "since_ns": at(-600).wall_ns,
        "instruments": (ES,),
    }
    return ReconcileRequest(**{**fields, **changes})


# --- a desk --------------------------------------------------------------------------------------


def updates(effects: Any) -> list[OrderUpdate]:
    """The updates among effects."""
    return [effect for effect in effects if isinstance(effect, OrderUpdate)]


def kinds(effects: Any) -> list[str]:
    """Their kinds."""
    return [update.kind.value for update in updates(effects)]


def fills(effects: Any) -> list[Fill]:
    """The fills among effects."""
    return [effect for effect in effects if isinstance(effect, Fill)]


def parts(effects: Any) -> list[ReconcilePart]:
    """The parts of an answer among effects."""
    return [effect for effect in effects if isinstance(effect, ReconcilePart)]


def frames(effects: Any) -> list[SendFrame]:
    """The frames among effects."""
    return [effect for effect in effects if isinstance(effect, SendFrame)]


def sent(effects: Any) -> list[tuple[str, Any]]:
    """What is sent: kind and payload of each frame."""
    found = []
    for frame in frames(effects):
        assert isinstance(frame.data, bytes)
        envelope = service_pb2.ClientMessage.FromString(frame.data)
        kind = envelope.WhichOneof("payload")
        assert kind is not None
        found.append((kind, getattr(envelope, kind)))
    return found


def new_desk(**changes: Any) -> TradeDesk:
    """A desk without a connection."""
    chosen = settings(**changes)
    return TradeDesk(chosen, wire.frame, MarketFacts(chosen, None))


def show(desk: TradeDesk, *content: Any, second: float = 0) -> list[object]:
    """The venue grants what was asked last, and shows the account."""
    granted = account_pb2.AccountSubscribeResponse(success=True)
    effects = desk.heard("account_subscribe_response", granted, at(second))
    return [*effects, *desk.heard("account_snapshot", snapshot(*content), at(second))]


def tell(desk: TradeDesk, *events: Any, second: float = 1) -> list[object]:
    """Events of orders in one message."""
    return desk.heard("order_update_multi", multi(*events), at(second))


def open_desk(*content: Any, **changes: Any) -> TradeDesk:
    """A desk that is in service; `content` is in the account."""
    desk = new_desk(**changes)
    desk.logged_in(login(), at(0))
    show(desk, *content)
    return desk


def working_desk(**changes: Any) -> TradeDesk:
    """With the order of `submit` accepted."""
    desk = open_desk(**changes)
    desk.submit(submit(), at(0))
    tell(desk, image(), status())
    return desk


def from_server(kind: str, message: Any) -> bytes:
    """The bytes of a `ServerMessage`."""
    envelope = service_pb2.ServerMessage(**{kind: message})
    data: bytes = envelope.SerializeToString(deterministic=True)
    return data


def joint_session(**changes: Any) -> JointSession:
    """Connected, logged in, the account shown."""
    protocol = JointSession(settings(**changes), SECRETS)
    protocol.opened(at(0))
    protocol.received(from_server("login_response", login()), at(0))
    granted = account_pb2.AccountSubscribeResponse(success=True)
    protocol.received(from_server("account_subscribe_response", granted), at(0))
    protocol.received(from_server("account_snapshot", snapshot()), at(0))
    return protocol
