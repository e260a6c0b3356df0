"""What T4's simulator does wrong on demand: the kinds of fault and where each has its place."""

from enum import IntEnum, StrEnum
from typing import Final, TypeAlias

from actors.venues.t4.simulator.codes import LoginResult, MarketMode
from engine.simulator.faults import AnyFault, FaultRegistry


class FaultKind(StrEnum):
    """What can go wrong; the comment says what `match` is tested against and what `value` means."""

    # messages pushed; match: "MARKET_ID/depth", "/trade", "/high_low", "/limits", "/settlement",
    # "/snapshot", "/mbo", "/mbo_trade", "ACCOUNT_ID/orders", "ACCOUNT_ID/account"
    DROP = "drop"
    DELAY = "delay"  # value: seconds
    DUPLICATE = "duplicate"  # value: how often it is sent, default twice
    REORDER = "reorder"  # it is sent behind the next one of its subject
    MALFORMED = "malformed"  # a whole frame with broken protobuf in it
    TRUNCATED = "truncated"  # the last byte is missing
    OVERSIZED = "oversized"  # value: bytes of an unknown field, default two million
    TORN = "torn"  # half a frame, then the end of the connection
    TEXT = "text"  # as a text frame
    FRAGMENTED = "fragmented"  # in three frames of one message, which is allowed
    GAP = "gap"  # "MARKET_ID/mbo" alone: one update is counted and never sent
    NO_DETAILS = "no_details"  # "MARKET_ID": a subscription is answered without details
    STALE_DETAILS = "stale_details"  # "MARKET_ID": they carry ten times the true increment

    # requests of clients; match: the name of the message, e.g. "order_submit"
    REQUEST_LOST = "request_lost"
    REQUEST_DELAY = "request_delay"  # value: seconds after which it is processed
    REQUEST_RESET = "request_reset"  # processed, then the connection is reset
    REQUEST_RESET_BEFORE = "request_reset_before"  # not processed, the connection is reset
    REJECT_SUBSCRIPTION = "reject_subscription"  # "MARKET_ID/depth" or "/mbo"; value: mode
    DELAYED_DATA = "delayed_data"  # "MARKET_ID": a new subscription is delayed; value: seconds
    REJECT_LOGIN = "reject_login"  # match: user name or "ws"; value: a login result, default FAILED
    NO_LOGIN_ANSWER = "no_login_answer"  # match: user name
    NO_TOKEN = "no_token"  # noqa: S105 - match: user name; a login without a token
    REFUSE_TOKEN = "refuse_token"  # noqa: S105 - match: user name; value: fail_message
    NO_TOKEN_ANSWER = "no_token_answer"  # noqa: S105 - match: user name

    # orders; match: the market id, of `stale` "ACCOUNT_ID/orders"
    REJECT_RISK = "reject_risk"  # the account's risk check refuses; value: the text
    REJECT_ORDER = "reject_order"  # the exchange refuses; value: the text
    FAIL_ORDER = "fail_order"  # it cannot be processed (SUBMISSION_FAILED); value: the text
    REJECT_REVISE = "reject_revise"  # the exchange refuses a revision; value: the text
    REJECT_PULL = "reject_pull"  # the exchange refuses a pull; value: the text
    NO_ANSWER = "no_answer"  # carried out; no event of what a submission brings about at once
    LATE_FILL = "late_fill"  # half of what was pulled had been filled; value: seconds later
    STALE = "stale"  # behind an order's next event its former one comes once more

    # HTTP requests, matched by their path
    HTTP_STATUS = "http_status"  # value: 401, 429, 500, 503 …; not processed
    HTTP_DELAY = "http_delay"  # value: seconds; processed at once, answered late
    HTTP_NO_ANSWER = "http_no_answer"  # processed, never answered
    HTTP_LOST = "http_lost"  # not processed, never answered
    HTTP_RESET = "http_reset"  # processed, then the connection is reset
    HTTP_RESET_BEFORE = "http_reset_before"  # not processed, the connection is reset
    HTTP_MALFORMED = "http_malformed"  # the body is cut in the middle

    # new connections, whose match is "ws"
    REFUSE_CONNECTION = "refuse_connection"  # value: HTTP status of the refusal, 0 = reset

    # immediate on connections; match: "ws", a user name or the number of a connection
    STALL = "stall"  # silent from here on, without closing; nothing is read either
    MUTE = "mute"  # one way only: the venue goes on to read, nothing goes out
    RESUME = "resume"  # ends stall and mute
    HALF_CLOSE = "half_close"
    CLOSE = "close"  # value: WebSocket close code, default 1001
    RESET = "reset"
    LOGIN_RESULT = "login_result"  # an unsolicited one, then the end; value: default LOGOUT
    LOGGED_IN_ELSEWHERE = "logged_in_elsewhere"  # the same with that result
    BREAK_FRAME = "break_frame"  # one whole frame that is no protobuf
    UNKNOWN_ENVELOPE = "unknown_envelope"  # an envelope with a payload nobody knows
    EMPTY_ENVELOPE = "empty_envelope"
    UNSUBSCRIBE = "unsubscribe"  # value: "MARKET_ID/depth" or "/mbo": silently no more

    # immediate on the venue; match: as said
    MARKET_MODE = "market_mode"  # a market id; value: number or name of a mode
    MARKET_FLAGS = "market_flags"  # a market id; value: the sum of flags
    EXCHANGE_RECONNECT = "exchange_reconnect"  # a market id; snapshots "due to connection"
    SETTLE = "settle"  # a market id; value: REAL price, default the last one
    PRICE_LIMITS = "price_limits"  # a market id; value: half their distance in ticks
    EXPIRE_TOKENS = "expire_tokens"
    BUST = "bust"  # an account's id or number, or a market id: its newest fill is taken back
    ROLLOVER = "rollover"  # an account's id or number: its day is over
    BLOCK_ACCOUNT = "block_account"  # an account's id or number
    UNBLOCK_ACCOUNT = "unblock_account"  # an account's id or number
    RESTART = "restart"  # value: seconds for which nothing listens, as far as a client can tell


DESK_FAULTS: Final = frozenset(
    {
        FaultKind.BUST,
        FaultKind.ROLLOVER,
        FaultKind.BLOCK_ACCOUNT,
        FaultKind.UNBLOCK_ACCOUNT,
    }
)
"""Immediate ones on accounts and their orders."""
VENUE_FAULTS: Final = DESK_FAULTS | frozenset(
    {
        FaultKind.MARKET_MODE,
        FaultKind.MARKET_FLAGS,
        FaultKind.EXCHANGE_RECONNECT,
        FaultKind.SETTLE,
        FaultKind.PRICE_LIMITS,
        FaultKind.EXPIRE_TOKENS,
        FaultKind.RESTART,
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
    FaultKind.LOGIN_RESULT,
    FaultKind.LOGGED_IN_ELSEWHERE,
    FaultKind.BREAK_FRAME,
    FaultKind.UNKNOWN_ENVELOPE,
    FaultKind.EMPTY_ENVELOPE,
    FaultKind.UNSUBSCRIBE,
}
PUSH: Final = (
    FaultKind.DROP,
    FaultKind.DELAY,
    FaultKind.DUPLICATE,
    FaultKind.REORDER,
    FaultKind.MALFORMED,
    FaultKind.TRUNCATED,
    FaultKind.OVERSIZED,
    FaultKind.TORN,
    FaultKind.TEXT,
    FaultKind.FRAGMENTED,
    FaultKind.GAP,
)
REQUEST: Final = (
    FaultKind.REQUEST_LOST,
    FaultKind.REQUEST_DELAY,
    FaultKind.REQUEST_RESET,
    FaultKind.REQUEST_RESET_BEFORE,
)
HTTP: Final = (
    FaultKind.HTTP_STATUS,
    FaultKind.HTTP_DELAY,
    FaultKind.HTTP_NO_ANSWER,
    FaultKind.HTTP_LOST,
    FaultKind.HTTP_RESET,
    FaultKind.HTTP_RESET_BEFORE,
    FaultKind.HTTP_MALFORMED,
)
_NAMED: Final[dict[FaultKind, type[IntEnum]]] = {
    FaultKind.REJECT_LOGIN: LoginResult,
    FaultKind.LOGIN_RESULT: LoginResult,
    FaultKind.REJECT_SUBSCRIPTION: MarketMode,
    FaultKind.MARKET_MODE: MarketMode,
}
"""Kinds whose value is a number or a name of an enumeration."""

Fault: TypeAlias = AnyFault[FaultKind]


class Faults(FaultRegistry[FaultKind]):
    """The armed faults of one simulator."""

    def __init__(self) -> None:
        super().__init__(FaultKind, IMMEDIATE)

    def check(self, fault: Fault) -> None:
        """See FaultRegistry."""
        if fault.kind in _NAMED:
            enumerated(fault, 0)


def enumerated(fault: Fault, default: int) -> int:
    """The value of a fault whose kind takes a number or a name; ValueError for neither."""
    value = fault.value
    if value is None:
        return default
    kinds = _NAMED[fault.kind]
    if isinstance(value, str) and not value.lstrip("-").isdigit():
        try:
            return kinds[value.upper()]
        except KeyError:
            raise ValueError(f"value must be one of {', '.join(kinds.__members__)}") from None
    return kinds(int(value))
