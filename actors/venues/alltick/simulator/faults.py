"""What AllTick's simulator does wrong on demand: the kinds of fault and where each has its place."""

from enum import StrEnum
from typing import Final, TypeAlias

from engine.simulator.faults import AnyFault, FaultRegistry


class FaultKind(StrEnum):
    """What can go wrong; the comment says what `match` is tested against and what `value` means."""

    # pushes; match is tested against depth/CODE or trade/CODE
    DROP = "drop"
    DELAY = "delay"  # value: seconds
    DUPLICATE = "duplicate"  # value: how often it is sent, default twice
    MALFORMED = "malformed"  # valid frame, JSON cut in the middle
    OVERSIZED = "oversized"  # value: bytes of padding, default two million
    TORN = "torn"  # half a frame, then the end of the connection
    SEQ_BACK = "seq_back"  # value: how far, default 2; the number was shown before
    SEQ_GAP = "seq_gap"  # value: how far ahead, default 5
    SECONDS = "seconds"  # tick_time in seconds
    STRINGS = "strings"  # seq and tick_time as strings
    UNKNOWN_PUSH = "unknown_push"  # value: cmd_id, default 22997
    ONE_SIDED = (
        "one_sided"  # books; value: the side left, "bids" (default) or "asks"; the other is "0"
    )
    DELISTED = "delisted"  # books; both sides "0"
    EMPTY_SIDE = "empty_side"  # books; value: the side that is an empty list, default "asks"
    CROSSED = "crossed"  # books; sides exchanged
    NO_VOLUME = "no_volume"  # volume is left out
    EMPTY_VOLUME = "empty_volume"  # volume is ""
    NULL_FIELD = "null_field"  # value: the field that is null, default "tick_time"

    # answers to WebSocket requests; match: the command, e.g. "22002"
    REPLY_LOST = "reply_lost"  # carried out, never answered
    REPLY_ERROR = "reply_error"  # value: ret, default 400; not carried out
    REPLY_UNREADABLE = "reply_unreadable"  # answered as if it could not be read; not carried out
    REPLY_LATE = "reply_late"  # carried out; the answer follows the next push

    # HTTP requests; match: the path
    HTTP_RET = "http_ret"  # value: ret, default 605; not processed
    HTTP_STATUS = "http_status"  # value: status, default 503; not processed, no JSON
    HTTP_MALFORMED = "http_malformed"  # the body is cut in the middle
    HTTP_DELAY = "http_delay"  # value: seconds
    HTTP_NO_ANSWER = "http_no_answer"
    HTTP_RESET = "http_reset"

    # new connections; match: "stock_ws" or "other_ws"
    REFUSE_CONNECTION = "refuse_connection"  # value: status of the refusal, 0 = reset; default 503

    # immediate; match: "stock_ws", "other_ws" or the number of a connection
    STALL = "stall"  # silent from here on, without closing; nothing is read or answered either
    MUTE = "mute"  # one way only: the venue goes on to read, nothing goes out
    RESUME = "resume"  # ends stall and mute
    HALF_CLOSE = "half_close"
    CLOSE = "close"  # value: WebSocket close code, default 1001
    RESET = "reset"
    UNSUBSCRIBE = "unsubscribe"  # value: the code that is silently delivered no more


IMMEDIATE: Final = frozenset(
    {
        FaultKind.STALL,
        FaultKind.MUTE,
        FaultKind.RESUME,
        FaultKind.HALF_CLOSE,
        FaultKind.CLOSE,
        FaultKind.RESET,
        FaultKind.UNSUBSCRIBE,
    }
)
PUSH: Final = (
    FaultKind.DROP,
    FaultKind.DELAY,
    FaultKind.DUPLICATE,
    FaultKind.MALFORMED,
    FaultKind.OVERSIZED,
    FaultKind.TORN,
    FaultKind.SEQ_BACK,
    FaultKind.SEQ_GAP,
    FaultKind.SECONDS,
    FaultKind.STRINGS,
    FaultKind.UNKNOWN_PUSH,
    FaultKind.ONE_SIDED,
    FaultKind.DELISTED,
    FaultKind.EMPTY_SIDE,
    FaultKind.CROSSED,
    FaultKind.NO_VOLUME,
    FaultKind.EMPTY_VOLUME,
    FaultKind.NULL_FIELD,
)
BOOK_ONLY: Final = frozenset(
    {FaultKind.ONE_SIDED, FaultKind.DELISTED, FaultKind.EMPTY_SIDE, FaultKind.CROSSED}
)
TRADE_PUSH: Final = tuple(kind for kind in PUSH if kind not in BOOK_ONLY)
REPLY: Final = (
    FaultKind.REPLY_LOST,
    FaultKind.REPLY_ERROR,
    FaultKind.REPLY_UNREADABLE,
    FaultKind.REPLY_LATE,
)
HTTP: Final = (
    FaultKind.HTTP_RET,
    FaultKind.HTTP_STATUS,
    FaultKind.HTTP_MALFORMED,
    FaultKind.HTTP_DELAY,
    FaultKind.HTTP_NO_ANSWER,
    FaultKind.HTTP_RESET,
)

Fault: TypeAlias = AnyFault[FaultKind]


class Faults(FaultRegistry[FaultKind]):
    """The armed faults of one simulator."""

    def __init__(self) -> None:
        super().__init__(FaultKind, IMMEDIATE)

    def take_push(self, kind: str, code: str) -> Fault | None:
        """The fault of one push, where one is due; those that bend books wait for a book."""
        return self.take(PUSH if kind == "depth" else TRADE_PUSH, f"{kind}/{code}")
