"""What a WebCTP gateway says, for tests of the client; written apart from the simulator's own."""

import json
from typing import Any

from actors.venues.webctp.codes import Endpoint
from actors.venues.webctp.credentials import Credentials
from actors.venues.webctp.gateway import Gateway
from actors.venues.webctp.settings import Settings
from engine.session.contract import Now, SendFrame

WALL_S = 1_609_725_000
"""2021-01-04 09:50:00 in China."""
SECRETS = {
    "broker_id": "9999",
    "user_id": "100001",
    "password": "open-sesame",
    "app_id": "simnow_client_test",
    "auth_code": "SIMULATED-AUTH-1",
}
FRONT = "127.0.0.1:41213"
SETTINGS = Settings(md_front=FRONT, td_front=FRONT, any_hour=True)
DBL_MAX = 1.7976931348623157e308
READY = (
    '{"err":null,"info":{"ctp_api_version":"v6.7.11_20250617 16:22:00.10369",'
    '"server_version":"0.0.1"},"msg":"ready"}'
)
OK = {"code": 0, "msg": "CTP:正确"}


def at(seconds: float = 0.0) -> Now:
    """A moment of the test."""
    since_ns = round(seconds * 1e9)
    return Now(1_000_000_000 + since_ns, WALL_S * 1_000_000_000 + since_ns)


def said(code: int, info: Any = None, err: Any = None) -> str:
    """A protocol message as the gateway writes it: compact, keys in order."""
    envelope = {"err": err, "info": info, "msg": code}
    return json.dumps(envelope, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def performed(req_id: int, code: int = 0, text: str | None = None) -> str:
    """An acknowledgement; the trade socket's have a text."""
    info: dict[str, object] = {"req_id": req_id}
    if text is not None:
        info["msg"] = text
    return said(0, info, {"code": code})


def complaint(text: str, word: str = "error") -> str:
    """What the gateway itself refuses."""
    return json.dumps({"err": {"msg": text}, "info": None, "msg": word})


def row(code: int, req_id: int, err: Any = None, *, is_last: bool = True, **fields: Any) -> str:
    """A row of an answer."""
    return said(code, {**fields, "req_id": req_id, "is_last": is_last}, err)


def login_row(code: int, req_id: int, day: str = "20210104", session_id: int = 7) -> str:
    """A LOGIN that was taken."""
    fields = {"trading_day": day, "front_id": 1, "session_id": session_id, "max_order_ref": "1"}
    return row(code, req_id, OK, **fields, shfe_time="09:50:00", ffex_time="")


def market_data(symbol: str, **fields: Any) -> str:
    """A snapshot; levels two to five do not exist."""
    info: dict[str, Any] = {
        "instrument_id": symbol,
        "exchange_id": "",
        "trading_day": "20210104",
        "action_day": "20210104",
        "update_time": "09:50:00",
        "update_millisec": 0,
        "last_price": 5230.8,
        "volume": 311,
        "bp1": 5231.4,
        "bv1": 2,
        "ap1": 5231.6,
        "av1": 1,
        "settlement_price": DBL_MAX,
    }
    for place in range(2, 6):
        info |= {f"bp{place}": DBL_MAX, f"bv{place}": 0, f"ap{place}": DBL_MAX, f"av{place}": 0}
    return said(10, info | fields)


def frames(effects: Any) -> list[Any]:
    """What was sent, as JSON."""
    return [json.loads(effect.data) for effect in effects if isinstance(effect, SendFrame)]


def ops(effects: Any) -> list[str]:
    """The operations that were sent."""
    return [frame["op"] for frame in frames(effects)]


def gateway(endpoint: Endpoint, settings: Settings = SETTINGS) -> Gateway:
    """A fresh one."""
    return Gateway(settings, endpoint, Credentials.of(SECRETS, endpoint))


def trade_up(made: Gateway, seconds: float = 0.0) -> list[object]:
    """Bring a trade gateway into service; all that happened."""
    out = list(made.opened(at(seconds)))
    for text in (
        READY,
        performed(1, text=""),
        performed(2, text=""),
        performed(0, text=""),
        said(4),
        performed(3, text=""),
        row(7, 3, OK, app_id="simnow_client_test"),
        performed(4, text=""),
        login_row(8, 4),
    ):
        out += made.received(text, at(seconds))
    rested = seconds + 1.2
    out += made.due(at(rested))
    out += made.received(performed(5, text=""), at(rested))
    out += made.received(row(11, 5, OK, confirm_date="20210104"), at(rested))
    return out


def market_up(made: Gateway, seconds: float = 0.0) -> list[object]:
    """Bring a market data gateway into service; all that happened."""
    out = list(made.opened(at(seconds)))
    for text in (READY, performed(0), said(2), performed(1), login_row(5, 1)):
        out += made.received(text, at(seconds))
    return out
