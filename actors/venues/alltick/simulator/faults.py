"""Misbehaviour on demand: a list of armed faults, asked at every place where the venue could err.

Two sorts. *Armed* faults wait for their occasion (a push, an answer, a request, a new connection) and
are used up by it, `count` times. *Immediate* faults act once on the open connections they match; the
server that owns the connections carries them out. Tests in the same process call this object; others
use `POST /simulator/faults` (see `admin.py`).
"""

from collections.abc import Callable
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

import attrs

ARMED_MAX: Final = 256
"""More armed faults than any scenario needs; a runaway script is told so."""


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

    def text_value(self, default: str) -> str:
        """`value` as text, or the default where none was given."""
        return self.value if isinstance(self.value, str) and self.value else default


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
            ValueError: for an unknown kind, a count of 0, or too many armed faults.
        """
        if not count or len(self._armed) >= ARMED_MAX:
            raise ValueError("count must not be 0" if not count else "too many armed faults")
        self._numbers += 1
        fault = Fault(
            number=self._numbers, kind=FaultKind(kind), match=match, count=count, value=value
        )
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

    def take_push(self, kind: str, code: str) -> Fault | None:
        """The fault of one push, where one is due; those that bend books wait for a book."""
        return self.take(PUSH if kind == "depth" else TRADE_PUSH, f"{kind}/{code}")


def _nobody(_: Fault) -> int:
    return 0
