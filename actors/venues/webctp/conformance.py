"""What the conformance battery has to know of WebCTP and its simulator."""

from actors.venues.webctp import phases, stages
from engine.conformance.declared import Conformance, FaultName, Ordering, StateTable, arm
from engine.drill.declared import Deed, Drilled, alike
from engine.errors import LocalProtocolError
from engine.messages.market import Book, Quote, Ticker, Trade
from engine.session.contract import Topic

INDEX = "IF2101.WEBCTP"
STEEL = "rb2101.WEBCTP"

CONFORMANCE = Conformance(
    topics=tuple(Topic(kind, INDEX) for kind in (Quote, Trade, Book, Ticker)),
    orders=Ordering(
        # Steel bars: an order may have 500 lots, and closing tells today's lots from older ones.
        instrument=STEEL,
        # Within the daily band around 4380, and far from the market.
        resting={"quantity": "2", "price": "4200", "time_in_force": "day"},
        filling={"quantity": "1", "price": "4550", "time_in_force": "ioc"},
    ),
    simulator={
        "symbols": ("IF2101", "rb2101"),
        "quotes_per_s": 40.0,
        "snapshot_ms": 25.0,
        "rate_limits": False,
    },
    settings={
        "ping_interval_s": 1.0,
        "silence_limit_s": 2.0,
        "greeting_timeout_s": 2.0,
        "turn_timeout_s": 1.0,
        "front_timeout_s": 2.0,
        "login_timeout_s": 2.0,
        "login_pause_s": 0.1,
        "query_interval_s": 0.05,
        "query_timeout_s": 2.0,
        "quiet_s": 0.5,
    },
    faults={
        FaultName.LOSE_SUBSCRIPTION: arm("unsubscribe", match="market_data", value="IF2101"),
        FaultName.EXPIRE_LOGIN: arm("front_down", match="trade"),
        FaultName.UNRELATED_ERROR: arm("unrelated_error", match="market_data/subscribe"),
        # Not enough money: the counter's own refusal, with both of its messages.
        FaultName.REFUSE_ORDER: arm("reject_order", match="rb2101", value=31),
        FaultName.END_DAY: arm("end_of_day"),
        FaultName.BREAK_FRAME: arm("malformed", match="market_data/MARKET_DATA*"),
    },
    tables=(
        StateTable(
            states=stages.Stage,
            inputs=stages.Input,
            transitions=stages.MARKET_TRANSITIONS,
            step=stages.market_step,
            error=LocalProtocolError,
        ),
        StateTable(
            states=stages.Stage,
            inputs=stages.Input,
            transitions=stages.TRADE_TRANSITIONS,
            step=stages.trade_step,
            error=LocalProtocolError,
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
        links=("port",),
        places={
            "orders": ("trade/ORDER_*",),
            "market": ("market_data/MARKET_DATA*",),
            "requests": ("trade/insert_order",),
            "private": ("trade",),
            "stream": ("market_data", "trade"),
            "topic": ("{symbol}",),
        },
        deeds={
            **alike("duplicate", "delay", "drop", "reject_login", "expire_login"),
            **alike("refuse_connection", "close", "half_close"),
            "http_no_answer": Deed(kind="no_answer"),
            "http_lost": Deed(kind="lost"),
            "http_reset": Deed(kind="request_reset"),
            "http_reset_before": Deed(kind="reset_before"),
            "http_delay": Deed(kind="request_delay"),
            "flood": Deed(kind="duplicate"),
            "stream_reset": Deed(kind="reset"),
            "frame_torn": Deed(kind="torn"),
            "unsubscribe": Deed(kind="unsubscribe", match="market_data"),
        },
    ),
    # The market data front does not look at the password, the real one neither.
    data_proves=False,
    renewed_within_s=3.0,
)
