"""What the conformance battery has to know of Longbridge and its simulator."""

from typing import Any

from actors.venues.longbridge import stages
from engine.conformance.declared import Conformance, Fault, FaultName, Ordering, StateTable
from engine.drill.declared import Deed, Drilled, alike
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
        FaultName.REFUSE_ORDER: _arm("reject_order"),
        FaultName.END_DAY: _arm("end_of_day"),
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
    drill=Drilled(
        links=("http", "quote_ws", "trade_ws"),
        places={
            "orders": ("private",),
            "market": ("*/depth", "*/quote"),
            "requests": ("/v1/trade/order",),
            "private": ("trade_ws",),
            "stream": ("quote_ws", "trade_ws"),
            "topic": ("{symbol}/quote", "{symbol}/depth"),
        },
        deeds={
            **alike("duplicate", "delay", "drop", "reject_login"),
            **alike("http_no_answer", "http_lost", "http_reset", "http_reset_before"),
            **alike("http_delay", "http_status", "refuse_connection", "close", "half_close"),
            "expire_login": Deed(kind="close_push", value=5),
            "flood": Deed(kind="duplicate"),
            "stream_reset": Deed(kind="reset"),
            "frame_torn": Deed(kind="torn"),
            "unsubscribe": Deed(kind="unsubscribe", match="quote_ws"),
        },
    ),
    variants={"tcp": {"transport": "tcp"}},
    renewed_within_s=3.0,
)
