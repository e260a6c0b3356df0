"""What the conformance battery has to know of WOO X Pro and its simulator."""

from actors.venues.wooxpro import phases, stages
from engine.conformance.declared import Conformance, FaultName, Ordering, StateTable, arm
from engine.drill.declared import Deed, Drilled, alike
from engine.errors import LocalProtocolError, RemoteProtocolError
from engine.messages.market import Book, Quote, Ticker, Trade
from engine.session.contract import Topic

BTC = "BTCUSDT.WOOXPRO"

CONFORMANCE = Conformance(
    topics=tuple(Topic(kind, BTC) for kind in (Quote, Trade, Book, Ticker)),
    book=Topic(Book, BTC),
    orders=Ordering(
        instrument=BTC,
        resting={"quantity": "3", "price": "100"},
        filling={"quantity": "1", "ord_type": "market"},
    ),
    simulator={
        "symbols": ("BTCUSDT",),
        "quotes_per_s": 40.0,
        "rate_limits": False,
        "ticker_interval_ms": 100,
    },
    settings={
        "book_feed": "increase",
        "frame_interval_s": 0.05,
        "ping_interval_s": 1.5,
        "order_timeout_s": 1.5,
        "login_probe_interval_s": 1.0,
        "quiet": {"quote_s": 1.0},
    },
    faults={
        FaultName.LOSE_SUBSCRIPTION: arm(
            "unsubscribe", match="public", value="futures/bookticker:BTCUSDT"
        ),
        FaultName.SKIP_CHANGE: arm("gap", match="futures/depthIncrease*"),
        FaultName.EXPIRE_LOGIN: arm("expire_login", match="private"),
        FaultName.BREAK_FRAME: arm("malformed", match="futures/bookticker*"),
        FaultName.REFUSE_ORDER: arm("reject_order", value=40016),
    },
    tables=(
        StateTable(
            states=stages.Stage,
            inputs=stages.Input,
            transitions=stages.TRANSITIONS,
            step=stages.step,
            error=RemoteProtocolError,
        ),
        StateTable(
            states=phases.Phase,
            inputs=phases.Event,
            transitions=phases.TRANSITIONS,
            step=phases.step,
            error=LocalProtocolError,
        ),
    ),
    drill=Drilled(
        links=("http", "private_ws", "public_ws"),
        places={
            "orders": ("*order*",),
            "books": ("*epth*",),
            "market": ("*epth*", "*ticker*"),
            "requests": ("*submit*order*",),
            "private": ("private",),
            "stream": ("public", "private"),
            "topic": ("futures/bookticker:{symbol}", "futures/depthIncrease20:{symbol}"),
        },
        deeds={
            **alike("duplicate", "delay", "drop", "gap", "reject_login", "expire_login"),
            **alike("http_no_answer", "http_lost", "http_reset", "http_reset_before"),
            **alike("http_delay", "http_status", "refuse_connection", "close", "half_close"),
            "flood": Deed(kind="duplicate"),
            "stream_reset": Deed(kind="reset"),
            "frame_torn": Deed(kind="torn"),
            "unsubscribe": Deed(kind="unsubscribe", match="public"),
        },
    ),
    renewed_within_s=3.0,
)
