"""What the conformance battery has to know of T4 and its simulator."""

from actors.venues.t4 import stages
from engine.conformance.declared import Conformance, FaultName, Ordering, StateTable, arm
from engine.drill.declared import Deed, Drilled, alike
from engine.errors import RemoteProtocolError
from engine.messages.market import Book, Quote, Ticker, Trade
from engine.session.contract import Topic

MARKET = "XCME_Eq ES (H24)"
ES = f"{MARKET}.T4"

CONFORMANCE = Conformance(
    topics=tuple(Topic(kind, ES) for kind in (Quote, Trade, Book, Ticker)),
    book=Topic(Book, ES),
    orders=Ordering(
        instrument=ES,
        resting={"quantity": "1", "price": "4700", "time_in_force": "day"},
        filling={"quantity": "1", "ord_type": "market", "time_in_force": "day"},
    ),
    simulator={
        "markets": (MARKET,),
        "quotes_per_s": 40.0,
        "sessions_per_user": 8,
        "heartbeat_s": 0.5,
        "smart_ms": 20.0,
    },
    settings={
        "contracts": ("CME_Eq/ES",),
        "book_source": "market_by_order",
        "heartbeat_interval_s": 1.0,
        "silence_limit_s": 2.0,
        "login_timeout_s": 2.0,
        "snapshot_timeout_s": 1.0,
        "query_timeout_s": 1.0,
        "requests_per_s": 50,
        "order_timeout_s": 1.0,
        "account_timeout_s": 1.0,
        "quiet_s": 1.0,
    },
    faults={
        FaultName.LOSE_SUBSCRIPTION: arm("unsubscribe", match="ws", value=f"{MARKET}/depth"),
        FaultName.SKIP_CHANGE: arm("gap", match=f"{MARKET}/mbo"),
        FaultName.REFUSE_ORDER: arm("reject_order", match="*", value="refused on demand"),
        FaultName.END_DAY: arm("rollover", match="*"),
        FaultName.EXPIRE_LOGIN: arm("login_result", match="ws"),
        FaultName.BREAK_FRAME: arm("break_frame", match="ws"),
    },
    tables=(
        StateTable(
            states=stages.Stage,
            inputs=stages.Input,
            transitions=stages.TRANSITIONS,
            step=stages.step,
            error=RemoteProtocolError,
        ),
    ),
    drill=Drilled(
        links=("http", "ws"),
        places={
            "orders": ("*/orders",),
            "books": ("*/mbo",),
            "market": ("*/depth", "*/trade"),
            "requests": ("order_submit",),
            "private": ("ws",),
            "stream": ("ws",),
            "topic": ("{symbol}/depth",),
        },
        deeds={
            **alike("duplicate", "delay", "drop", "gap", "reject_login"),
            **alike("refuse_connection", "close", "half_close"),
            # Orders go over the stream: what strikes a request elsewhere strikes a message here.
            "http_lost": Deed(kind="request_lost"),
            "http_reset": Deed(kind="request_reset"),
            "http_reset_before": Deed(kind="request_reset_before"),
            "http_delay": Deed(kind="request_delay"),
            "http_no_answer": Deed(kind="no_answer", match="*"),
            "expire_login": Deed(kind="login_result"),
            "flood": Deed(kind="duplicate"),
            "stream_reset": Deed(kind="reset"),
            "frame_torn": Deed(kind="torn"),
            "unsubscribe": Deed(kind="unsubscribe", match="ws"),
        },
    ),
    variants={
        "key": {
            "login": "api_key",
            "depth_buffer": "smart",
            "book_source": "depth",
        }
    },
    renewed_within_s=3.0,
)
