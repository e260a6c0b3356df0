"""What the conformance battery has to know of Longbridge and its simulator."""

from typing import Any

from actors.venues.longbridge import stages
from engine.conformance.declared import Conformance, Fault, FaultName, Ordering, StateTable
from engine.errors import LocalProtocolError
from engine.messages.market import Book, Quote, Ticker, Trade
from engine.session.contract import Topic

TENCENT = "700.HK.LONGBRIDGE"


def _arm(kind: str, **terms: Any) -> Fault:
    return lambda running: running.venue.faults.arm(kind, **terms)


def _expire_login(running: Any) -> None:
    """The trade gateway says that the session is over, whatever it is reached by."""
    for endpoint in ("trade_ws", "trade_tcp"):
        running.venue.faults.arm("close_push", match=endpoint, value=5)


CONFORMANCE = Conformance(
    topics=tuple(Topic(kind, TENCENT) for kind in (Quote, Trade, Book, Ticker)),
    orders=Ordering(
        instrument=TENCENT,
        resting={"quantity": "100", "price": "300", "time_in_force": "day"},
        filling={"quantity": "100", "ord_type": "market", "time_in_force": "day"},
    ),
    simulator={
        "symbols": ("700.HK",),
        "quotes_per_s": 40.0,
        "rate_limits": False,
        "depth_interval_ms": 20,
    },
    settings={
        "heartbeat_interval_s": 1.0,
        "silence_limit_s": 2.0,
        "login_timeout_s": 2.0,
        "request_timeout_s": 1.0,
        "requests_per_s": 50,
        "order_timeout_s": 1.0,
        "quiet": {"depth_s": 0.5},
    },
    faults={
        FaultName.LOSE_SUBSCRIPTION: _arm("unsubscribe", match="quote_ws", value="700.HK/depth"),
        FaultName.EXPIRE_LOGIN: _expire_login,
        FaultName.BREAK_FRAME: _arm("malformed", match="700.HK/*"),
    },
    tables=(
        StateTable(
            states=stages.Stage,
            inputs=stages.Input,
            transitions=stages.TRANSITIONS,
            step=stages.step,
            error=LocalProtocolError,
        ),
    ),
    variants={"tcp": {"transport": "tcp"}},
    renewed_within_s=3.0,
)
