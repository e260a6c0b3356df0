"""What Longbridge's simulator does wrong on demand: the kinds of fault, their places and their values."""

from enum import StrEnum
from typing import Final, TypeAlias

from engine.simulator.faults import AnyFault, FaultRegistry


class FaultKind(StrEnum):
    """What can go wrong; the comment says what `match` is tested against and what `value` means."""

    # pushes; match: "SYMBOL/quote", "SYMBOL/depth", "SYMBOL/brokers", "SYMBOL/trade", "private"
    DROP = "drop"
    DELAY = "delay"  # value: seconds; later ones overtake it
    DUPLICATE = "duplicate"  # value: how often it is sent, default twice
    REORDER = "reorder"  # it follows the next push of the same match
    MALFORMED = "malformed"  # a valid packet whose body is no message
    TRUNCATED = "truncated"  # the packet's last byte is missing
    TORN = "torn"  # half a packet, then the end of the connection
    TEXT = "text"  # WebSocket: the packet in a text message; TCP: as it is
    OVERSIZED = "oversized"  # value: bytes of padding in an unknown field, default two million

    # answers of the gateways; match: "quote/COMMAND" or "trade/COMMAND", e.g. "quote/11"
    ANSWER_ERROR = "answer_error"  # value: "STATUS:CODE" or a code (status 7), default "7:301602"
    ANSWER_DELAY = "answer_delay"  # value: seconds; processed at once, answered late
    ANSWER_LOST = "answer_lost"  # processed, never answered
    ANSWER_TWICE = "answer_twice"
    ANSWER_MALFORMED = "answer_malformed"  # status 0 and a body that is no message
    ANSWER_UNKNOWN = "answer_unknown"  # to a request id that nobody used, then the real answer
    ANSWER_GZIP = "answer_gzip"  # compressed whatever its size

    # requests over HTTP; match: the path
    HTTP_STATUS = "http_status"  # value: 429, 500, 503 …; not processed
    HTTP_DELAY = "http_delay"  # value: seconds; processed at once, answered late
    HTTP_NO_ANSWER = "http_no_answer"  # processed, never answered
    HTTP_LOST = "http_lost"  # not processed, never answered
    HTTP_RESET = "http_reset"  # processed, then the connection is reset
    HTTP_RESET_BEFORE = "http_reset_before"  # not processed, the connection is reset
    HTTP_PLAIN = "http_plain"  # value: status, default 429; no envelope, not processed
    HTTP_CODE = (
        "http_code"  # value: code of the table, default 500000; in the envelope, not processed
    )

    # orders; match: the symbol
    REJECT_ORDER = "reject_order"  # the next submit is refused; value: code, default 602907
    REJECT_LATE = "reject_late"  # the next order is accepted and then rejected; value: the reason
    LATE_FILL = "late_fill"  # the next cancelled order is filled after all; value: seconds later

    # connections and logins; match: the endpoint, e.g. "quote_ws"
    REFUSE_CONNECTION = "refuse_connection"  # value: HTTP status of the refusal, 0 = reset
    REJECT_LOGIN = "reject_login"  # value: "STATUS:CODE", default "5:401"
    REFUSE_RESUME = "refuse_resume"  # value: the same

    # immediate; match: an account, a market
    EXPIRE_ACCESS = "expire_access"  # the account's access tokens are told 401003 from here on
    REVIVE_ACCESS = "revive_access"  # all of them are good again
    END_OF_DAY = "end_of_day"  # the market's Day orders expire
    RESTART = "restart"  # value: seconds; nothing answers so long, logins are lost, orders are kept

    # immediate; match: an endpoint or the number of a connection
    STALL = "stall"  # silent from here on, without closing; nothing is read or answered either
    MUTE = "mute"  # one way only: the venue goes on to read, nothing goes out
    RESUME = "resume"  # ends stall and mute
    HALF_CLOSE = "half_close"
    CLOSE = "close"  # in order; value: WebSocket close code, default 1001
    RESET = "reset"
    CLOSE_PUSH = "close_push"  # value: code 0 to 6, default 1; then the connection is closed
    CLOSE_PUSH_ONLY = "close_push_only"  # the same, and the connection stays
    EXPIRE_SESSION = "expire_session"  # what is open stays open but cannot be resumed
    UNSUBSCRIBE = "unsubscribe"  # value: "SYMBOL", "SYMBOL/trade" or "private": silently no more
    UNKNOWN_PUSH = "unknown_push"  # a push of command 250
    UNKNOWN_TYPE = "unknown_type"  # a packet of type 9
    SERVER_HEARTBEAT = "server_heartbeat"  # a heartbeat request packet, on WebSocket too
    PONG = "pong"  # WebSocket: a pong nobody asked for


IMMEDIATE: Final = frozenset(
    {
        FaultKind.EXPIRE_ACCESS,
        FaultKind.REVIVE_ACCESS,
        FaultKind.END_OF_DAY,
        FaultKind.RESTART,
        FaultKind.STALL,
        FaultKind.MUTE,
        FaultKind.RESUME,
        FaultKind.HALF_CLOSE,
        FaultKind.CLOSE,
        FaultKind.RESET,
        FaultKind.CLOSE_PUSH,
        FaultKind.CLOSE_PUSH_ONLY,
        FaultKind.EXPIRE_SESSION,
        FaultKind.UNSUBSCRIBE,
        FaultKind.UNKNOWN_PUSH,
        FaultKind.UNKNOWN_TYPE,
        FaultKind.SERVER_HEARTBEAT,
        FaultKind.PONG,
    }
)
VENUE_FAULTS: Final = frozenset(
    {
        FaultKind.EXPIRE_ACCESS,
        FaultKind.REVIVE_ACCESS,
        FaultKind.END_OF_DAY,
        FaultKind.RESTART,
    }
)
"""Immediate ones that no connection is meant by."""
ERRORS: Final = (FaultKind.ANSWER_ERROR, FaultKind.REJECT_LOGIN, FaultKind.REFUSE_RESUME)
"""Their value is a status and a code."""
CLOSE_PUSHES: Final = (FaultKind.CLOSE_PUSH, FaultKind.CLOSE_PUSH_ONLY)
VALUE_MAX: Final = 15_000_000
"""Largest number that means something: bytes of a packet, which cannot have many more."""
STATUS_MAX: Final = 255
CLOSE_CODE_MAX: Final = 6
PUSH: Final = (
    FaultKind.DROP,
    FaultKind.DELAY,
    FaultKind.DUPLICATE,
    FaultKind.REORDER,
    FaultKind.MALFORMED,
    FaultKind.TRUNCATED,
    FaultKind.TORN,
    FaultKind.TEXT,
    FaultKind.OVERSIZED,
)
ANSWER: Final = (
    FaultKind.ANSWER_ERROR,
    FaultKind.ANSWER_DELAY,
    FaultKind.ANSWER_LOST,
    FaultKind.ANSWER_TWICE,
    FaultKind.ANSWER_MALFORMED,
    FaultKind.ANSWER_UNKNOWN,
    FaultKind.ANSWER_GZIP,
)
HTTP: Final = (
    FaultKind.HTTP_STATUS,
    FaultKind.HTTP_PLAIN,
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

    def check(self, fault: Fault) -> None:
        """See FaultRegistry."""
        value = fault.value
        if isinstance(value, int | float) and not 0 <= value <= VALUE_MAX:
            raise ValueError(f"value must be from 0 to {VALUE_MAX}")
        if fault.kind in ERRORS:
            status, code = error_value(fault, 0, 0)
            if not (0 <= status <= STATUS_MAX and 0 <= code <= VALUE_MAX):
                raise ValueError('value must be "STATUS:CODE" or a code')
        if fault.kind in CLOSE_PUSHES and not 0 <= fault.number_value(0) <= CLOSE_CODE_MAX:
            raise ValueError(f"value must be a code from 0 to {CLOSE_CODE_MAX}")


def error_value(fault: Fault, status: int, code: int) -> tuple[int, int]:
    """A fault's value as status and code: "STATUS:CODE", a bare code, or the defaults."""
    if fault.value is None:
        return status, code
    first, found, second = str(fault.value).partition(":")
    return (int(first), int(second)) if found else (status, int(float(first)))
