"""Misbehaviour on demand: a list of armed faults, asked at every place where the venue could err.

Two sorts. *Armed* faults wait for their occasion (a frame of a topic, a request to a route, a new
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


def _nobody(_: Fault) -> int:
    return 0
