"""What the conformance battery has to know of AllTick and its simulator."""

from actors.venues.alltick import phases
from engine.conformance.declared import Conformance, FaultName, StateTable, arm
from engine.drill.declared import Deed, Drilled, alike
from engine.errors import LocalProtocolError
from engine.messages.market import Book, Quote, Ticker, Trade
from engine.session.contract import Topic

CONFORMANCE = Conformance(
    topics=(
        Topic(Quote, "BTCUSDT.ALLTICK"),
        Topic(Book, "BTCUSDT.ALLTICK"),
        Topic(Trade, "BTCUSDT.ALLTICK"),
        Topic(Ticker, "EURUSD.ALLTICK"),
        Topic(Quote, "AAPL.US.ALLTICK"),
        Topic(Book, "700.HK.ALLTICK"),
        Topic(Trade, "700.HK.ALLTICK"),
    ),
    # Each book replaces the last, so none can be missing a change (T-049); see the unit tests for
    # numbers that go back.
    simulator={
        "symbols": ("BTCUSDT", "EURUSD", "AAPL.US", "700.HK"),
        "quotes_per_s": 40.0,
        "rate_limits": False,
    },
    settings={
        "plan": "professional",
        "token_sharers": 1,
        "heartbeat_interval_s": 1.0,
        "heartbeat_timeout_s": 3.0,
        "request_interval_s": 0.1,
        "ack_timeout_s": 2.0,
        "reconnect_pause_s": 0.1,
        "quiet": {"quote_s": 1.0, "trade_s": 1.5, "book_s": 1.0, "ticker_s": 1.5},
    },
    faults={
        FaultName.LOSE_SUBSCRIPTION: arm("unsubscribe", match="other_ws", value="BTCUSDT"),
        FaultName.UNRELATED_ERROR: arm("reply_unreadable", match="22002"),
        FaultName.BREAK_FRAME: arm("malformed", match="depth/*"),
    },
    tables=(
        StateTable(
            states=phases.Phase,
            inputs=phases.Event,
            transitions=phases.TRANSITIONS,
            step=phases.step,
            error=LocalProtocolError,
        ),
    ),
    drill=Drilled(
        links=("other_http", "other_ws", "stock_http", "stock_ws"),
        places={
            "market": ("depth/*", "trade/*"),
            "stream": ("other_ws", "stock_ws"),
            "topic": ("{symbol}",),
        },
        deeds={
            **alike("refuse_connection", "close", "half_close"),
            "stream_reset": Deed(kind="reset"),
            "flood": Deed(kind="duplicate"),
            "unsubscribe": Deed(kind="unsubscribe", match="*"),
        },
    ),
    renewed_within_s=3.0,
)
