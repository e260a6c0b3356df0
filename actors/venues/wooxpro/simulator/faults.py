"""What WOO X Pro's simulator does wrong on demand: the kinds of fault and where each has its place."""

from enum import StrEnum
from typing import Final, TypeAlias

from engine.simulator.faults import AnyFault, FaultRegistry


class FaultKind(StrEnum):
    """What can go wrong; the comment says what `match` is tested against and what `value` means."""

    # frames pushed to subscribers; match: the topic as subscribed, e.g. "futures/order"
    DROP = "drop"
    DELAY = "delay"  # value: seconds
    DUPLICATE = "duplicate"  # value: how often it is sent, default twice
    MALFORMED = "malformed"  # the frame is cut in the middle: valid frame, broken JSON
    OVERSIZED = "oversized"  # value: bytes of padding, default two million
    TORN = "torn"  # half a frame, then the end of the connection
    GAP = "gap"  # depthIncrease only: one version is never sent
    ACK_AFTER_DATA = "ack_after_data"  # the subscribe ack follows the first data

    # requests; match: the path
    HTTP_STATUS = "http_status"  # value: 429, 500, 503 …; not processed
    HTTP_NOT_FOUND = "http_not_found"  # the venue's 404 flake; not processed
    HTTP_DELAY = "http_delay"  # value: seconds; processed at once, answered late
    HTTP_NO_ANSWER = "http_no_answer"  # processed, never answered
    HTTP_LOST = "http_lost"  # not processed, never answered
    HTTP_RESET = "http_reset"  # processed, then the connection is reset
    HTTP_RESET_BEFORE = "http_reset_before"  # not processed, the connection is reset
    REJECT_ORDER = "reject_order"  # submit-order; value: code of the error table, default 40012

    # connections and logins; match: the endpoint, public or private
    REFUSE_CONNECTION = "refuse_connection"  # value: HTTP status of the refusal, 0 = reset
    REJECT_LOGIN = "reject_login"

    # immediate; match: "public", "private" or the number of a connection
    STALL = "stall"  # silent from here on, without closing; nothing is read or answered either
    MUTE = "mute"  # one way only: the venue goes on to read, nothing goes out
    RESUME = "resume"  # ends stall and mute
    HALF_CLOSE = "half_close"
    CLOSE = "close"  # value: WebSocket close code, default 1001
    RESET = "reset"
    EXPIRE_LOGIN = "expire_login"
    UNSUBSCRIBE = "unsubscribe"  # value: the topic that is silently delivered no more


IMMEDIATE: Final = frozenset(
    {
        FaultKind.STALL,
        FaultKind.MUTE,
        FaultKind.RESUME,
        FaultKind.HALF_CLOSE,
        FaultKind.CLOSE,
        FaultKind.RESET,
        FaultKind.EXPIRE_LOGIN,
        FaultKind.UNSUBSCRIBE,
    }
)
FRAME: Final = (
    FaultKind.DROP,
    FaultKind.DELAY,
    FaultKind.DUPLICATE,
    FaultKind.MALFORMED,
    FaultKind.OVERSIZED,
    FaultKind.TORN,
)
HTTP: Final = (
    FaultKind.HTTP_STATUS,
    FaultKind.HTTP_NOT_FOUND,
    FaultKind.HTTP_DELAY,
    FaultKind.HTTP_NO_ANSWER,
    FaultKind.HTTP_LOST,
    FaultKind.HTTP_RESET,
    FaultKind.HTTP_RESET_BEFORE,
)

Fault: TypeAlias = AnyFault[FaultKind]


class Faults(FaultRegistry[FaultKind]):
    """The armed faults of one simulator."""

    def __init__(self) -> None:
        super().__init__(FaultKind, IMMEDIATE)
