"""What WebCTP's simulator does wrong on demand: the kinds of fault, their places and their values."""

from enum import StrEnum
from typing import Final, TypeAlias

from engine.simulator.faults import AnyFault, FaultRegistry


class FaultKind(StrEnum):
    """What can go wrong; the comment says what `match` is tested against and what `value` means."""

    # messages; match: "trade/LOGIN", "trade/ORDER_TRADED/IF2101", "market_data/MARKET_DATA/IF2101", …
    DROP = "drop"
    DELAY = "delay"  # value: seconds; later ones overtake it
    DUPLICATE = "duplicate"  # value: how often it is sent, default twice
    MALFORMED = "malformed"  # a whole frame of half a text
    TORN = "torn"  # half a frame, then the end of the connection
    OVERSIZED = "oversized"  # value: bytes of padding, default two million
    BINARY = "binary"  # in a BINARY message, or a TEXT one where BINARY is usual

    # requests; match: "trade/insert_order", "market_data/subscribe", …
    LOST = "lost"  # not processed, never answered
    NO_ANSWER = "no_answer"  # processed; its PERFORMED is never sent
    REQUEST_DELAY = "request_delay"  # value: seconds; processed at once, PERFORMED comes late
    REQUEST_RESET = "request_reset"  # processed, then the connection is reset
    RESET_BEFORE = "reset_before"  # not processed, the connection is reset
    PERFORMED = "performed"  # value: -1, -2 or -3, default -3; not processed
    ANSWER_ERROR = "answer_error"  # value: code, default 90; ERROR instead of an answer
    UNRELATED_ERROR = "unrelated_error"  # answered with a gateway error, and not processed

    # orders; match: the contract
    REJECT_ORDER = "reject_order"  # refused by CTP; value: code, default 31
    REJECT_LATE = "reject_late"  # refused by the exchange; value: the reason
    REJECT_CANCEL = "reject_cancel"  # the exchange refuses the next cancellation
    LATE_FILL = "late_fill"  # the next cancelled order is filled all the same; value: seconds later

    # connections and logins; match: the endpoint, "market_data" or "trade"
    REFUSE_CONNECTION = "refuse_connection"  # value: HTTP status of the refusal, 0 = reset
    REJECT_LOGIN = "reject_login"  # value: code, default 3
    REJECT_AUTH = "reject_auth"  # value: code, default 63
    SILENT_CONNECT = "silent_connect"  # the front does not answer the next connect

    # immediate; they strike no connection
    RESTART = "restart"  # value: seconds; the gateway is gone so long, orders are kept
    END_OF_DAY = "end_of_day"  # settlement: orders are gone, positions are yesterday's
    EXTERNAL_ORDER = "external_order"  # value: "rb2101 buy open 1 4300", as from another terminal
    FOREIGN_ORDER = "foreign_order"  # value: contract; of a type that the gateway does not know

    # immediate; match: an endpoint or the number of a connection
    STALL = "stall"  # silent from here on, without closing; nothing is read or answered either
    MUTE = "mute"  # one way only: the gateway goes on to read, nothing goes out
    RESUME = "resume"  # ends stall and mute
    HALF_CLOSE = "half_close"
    CLOSE = "close"  # in order; value: WebSocket close code, default 1001
    RESET = "reset"
    FRONT_DOWN = "front_down"  # value: "REASON" or "REASON:SECONDS", default "4097:1"
    HEARTBEAT_TIMEOUT = "heartbeat_timeout"  # a warning, then DISCONNECTED 8193
    EXPIRE_LOGIN = "expire_login"  # CTP knows the login no more
    UNSUBSCRIBE = "unsubscribe"  # value: the contract that is silently delivered no more


VENUE_FAULTS: Final = frozenset(
    {
        FaultKind.RESTART,
        FaultKind.END_OF_DAY,
        FaultKind.EXTERNAL_ORDER,
        FaultKind.FOREIGN_ORDER,
    }
)
"""Immediate ones that no connection is meant by."""
IMMEDIATE: Final = VENUE_FAULTS | {
    FaultKind.STALL,
    FaultKind.MUTE,
    FaultKind.RESUME,
    FaultKind.HALF_CLOSE,
    FaultKind.CLOSE,
    FaultKind.RESET,
    FaultKind.FRONT_DOWN,
    FaultKind.HEARTBEAT_TIMEOUT,
    FaultKind.EXPIRE_LOGIN,
    FaultKind.UNSUBSCRIBE,
}
MESSAGE: Final = (
    FaultKind.DROP,
    FaultKind.DELAY,
    FaultKind.DUPLICATE,
    FaultKind.MALFORMED,
    FaultKind.TORN,
    FaultKind.OVERSIZED,
    FaultKind.BINARY,
)
REQUEST: Final = (
    FaultKind.LOST,
    FaultKind.NO_ANSWER,
    FaultKind.REQUEST_DELAY,
    FaultKind.REQUEST_RESET,
    FaultKind.RESET_BEFORE,
    FaultKind.PERFORMED,
    FaultKind.ANSWER_ERROR,
    FaultKind.UNRELATED_ERROR,
)
NUMBER_MAX: Final = 15_000_000
"""Largest number that means something: bytes of padding, codes, seconds."""

Fault: TypeAlias = AnyFault[FaultKind]


class Faults(FaultRegistry[FaultKind]):
    """The armed faults of one simulator."""

    def __init__(self) -> None:
        super().__init__(FaultKind, IMMEDIATE)

    def check(self, fault: Fault) -> None:
        """See FaultRegistry."""
        value = fault.value
        if isinstance(value, int | float) and not -NUMBER_MAX <= value <= NUMBER_MAX:
            raise ValueError(f"value must be from -{NUMBER_MAX} to {NUMBER_MAX}")
        if fault.kind is FaultKind.FRONT_DOWN:
            outage(fault)


def outage(fault: Fault) -> tuple[int, float]:
    """Reason and seconds of `front_down`. ValueError for a value that is neither."""
    if fault.value is None:
        return 4097, 1.0
    reason, _, seconds = str(fault.value).partition(":")
    return int(float(reason)), min(float(seconds or 1.0), float(NUMBER_MAX))
