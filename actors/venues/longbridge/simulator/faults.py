"""Misbehaviour on demand: a list of armed faults, asked at every place where the venue could err.

Two sorts. *Armed* faults wait for their occasion (a push, an answer, a request to a route, a new
connection, a login) and are used up by it, `count` times. *Immediate* faults act once on the open
connections they match; the server that owns the connections carries them out. Tests in the same
process call this object; others use `POST /simulator/faults` (see `admin.py`).
"""

from collections.abc import Callable
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

import attrs

ARMED_MAX: Final = 256
"""More armed faults than any scenario needs; a runaway script is told so."""
UNLIMITED: Final = -1


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


@attrs.define(kw_only=True)
class Fault:
    """One armed fault.

    Attributes:
        number: to disarm it.
        match: shell pattern for its occasion.
        count: occasions left; -1 for no end.
        value: meaning depends on the kind.
        used: occasions so far.
    """

    number: int
    kind: FaultKind
    match: str = "*"
    count: int = 1
    value: float | str | None = None
    used: int = 0

    def number_value(self, default: float) -> float:
        """`value` as a number, or the default where none was given."""
        return float(self.value) if isinstance(self.value, int | float) else default

    def error_value(self, status: int, code: int) -> tuple[int, int]:
        """`value` as status and code: "STATUS:CODE", a bare code, or the defaults."""
        if self.value is None:
            return status, code
        first, found, second = str(self.value).partition(":")
        return (int(first), int(second)) if found else (status, int(float(first)))


class Faults:
    """The armed faults of one simulator.

    `immediate` is set by the owner of the connections; it carries an immediate fault out and
    returns the number of connections it hit.
    """

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._numbers = 0
        self.immediate: Callable[[Fault], int] = _nobody

    def arm(
        self,
        kind: FaultKind | str,
        *,
        match: str = "*",
        count: int = 1,
        value: float | str | None = None,
    ) -> Fault:
        """Arm a fault, or carry an immediate one out now.

        Raises:
            ValueError: for an unknown kind, a count of 0, too many armed faults, or a value that the
                kind can make nothing of.
        """
        if not count or len(self._armed) >= ARMED_MAX:
            raise ValueError("count must not be 0" if not count else "too many armed faults")
        self._numbers += 1
        fault = Fault(
            number=self._numbers, kind=FaultKind(kind), match=match, count=count, value=value
        )
        _check(fault)
        if fault.kind in IMMEDIATE:
            fault.used = self.immediate(fault)
            fault.count = 0
        else:
            self._armed.append(fault)
        return fault

    def disarm(self, number: int) -> bool:
        """Remove one fault; False when it is not armed (any more)."""
        before = len(self._armed)
        self._armed = [fault for fault in self._armed if fault.number != number]
        return len(self._armed) < before

    def clear(self) -> None:
        """Behave again (connections that are stalled stay so until resumed)."""
        self._armed.clear()

    def armed(self) -> list[Fault]:
        """What is armed now."""
        return list(self._armed)

    def __bool__(self) -> bool:
        """Whether anything is armed; the quick way past every question."""
        return bool(self._armed)

    def take(self, kinds: tuple[FaultKind, ...], subject: str) -> Fault | None:
        """The first armed fault of these kinds whose pattern fits, with one occasion used up."""
        for fault in self._armed:
            if fault.kind in kinds and fnmatchcase(subject, fault.match):
                fault.used += 1
                if fault.count > 0:
                    fault.count -= 1
                    if not fault.count:
                        self._armed.remove(fault)
                return fault
        return None


def _check(fault: Fault) -> None:
    """Refuse a value now that would be an error at its occasion."""
    value = fault.value
    if isinstance(value, int | float) and not 0 <= value <= VALUE_MAX:
        raise ValueError(f"value must be from 0 to {VALUE_MAX}")
    if fault.kind in ERRORS:
        status, code = fault.error_value(0, 0)
        if not (0 <= status <= STATUS_MAX and 0 <= code <= VALUE_MAX):
            raise ValueError('value must be "STATUS:CODE" or a code')
    if fault.kind in CLOSE_PUSHES and not 0 <= fault.number_value(0) <= CLOSE_CODE_MAX:
        raise ValueError(f"value must be a code from 0 to {CLOSE_CODE_MAX}")


def _nobody(_: Fault) -> int:
    return 0
