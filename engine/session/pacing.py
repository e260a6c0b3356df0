"""Keeping within a venue's rate limits, with a part of each limit kept free for cancels.

A venue that is asked too often answers with refusals or a ban, at the worst moment: when many
orders must be cancelled at once. So orders and queries may use only part of each limit, and cancels
all of it, and look-ups of single orders only half of what others may. Exact sliding windows rather than token buckets: venues state their limits as so many
requests in so much time, and a bucket of that size lets twice as many through around its refill.
Pure: time comes in, a delay comes out; the driver waits and asks again.
"""

import math
from collections import deque
from collections.abc import Iterable

from engine.errors import InvariantViolation
from engine.session.contract import CallKind

CANCEL_SHARE = 0.2
"""Part of each limit that only cancels may use: enough to pull orders while strategies flood."""

LOOKUP_SHARE = 0.5
"""Part of what is left that look-ups of single orders may use: a reconciliation need not wait."""

LIMIT_COUNT_MAX = 100_000
"""A pacer remembers as many send times as its largest count; no venue allows as much per window."""


class Pacer:
    """Sliding-window limits over one budget of a venue; one request counts against all of them.

    `limits` are (count, window in seconds): at most so many requests in any window of that length,
    a request leaving the window exactly that long after it was permitted. `reserve_for_cancels` is
    the share of each count that only cancels may use, rounded up, but never all of it.
    """

    def __init__(
        self, limits: Iterable[tuple[int, float]], *, reserve_for_cancels: float = CANCEL_SHARE
    ) -> None:
        given = tuple(limits)
        if not 0 <= reserve_for_cancels < 1:
            raise InvariantViolation(f"share for cancels {reserve_for_cancels} is not in [0, 1)")
        for count, window_s in given:
            if not 1 <= count <= LIMIT_COUNT_MAX or not 0 < window_s < math.inf:
                raise InvariantViolation(f"impossible rate limit {count} per {window_s} s")
        self._limits = tuple(
            (count, _others(count, reserve_for_cancels), window_s) for count, window_s in given
        )
        self._sent: deque[float] = deque(maxlen=max((count for count, _ in given), default=0))
        self._blocked_until = -math.inf
        self._now = -math.inf

    def permit(self, now: float, kind: CallKind) -> float:
        """0.0: send it now, it has been counted. Else the seconds to wait before asking again.

        Nothing is counted or reserved for one who has to wait; who asks first then goes first, so
        let cancels ask first. `now` is in seconds of a monotonic clock; a step back counts as none.
        """
        delay_s = self.delay(now, kind)
        if delay_s == 0.0:
            self._sent.append(self._now)
        return delay_s

    def delay(self, now: float, kind: CallKind) -> float:
        """What `permit` would answer, without counting anything."""
        self._now = now = max(now, self._now)
        free_at = self._blocked_until
        for count, others, window_s in self._limits:
            allowed = _allowed(kind, count, others)
            if len(self._sent) >= allowed:
                free_at = max(free_at, self._sent[-allowed] + window_s)
        return max(0.0, free_at - now)

    def block(self, now: float, for_s: float) -> None:
        """The venue said to stay away: permit nothing, cancels included, for so many seconds."""
        self._now = now = max(now, self._now)
        self._blocked_until = max(self._blocked_until, now + for_s)

    def used(self, now: float) -> float:
        """The fullest limit as a share from 0 to 1, for gauges."""
        shares = (
            sum(1 for at in self._sent if at + window_s > now) / count
            for count, _, window_s in self._limits
        )
        return min(1.0, max(shares, default=0.0))


def _allowed(kind: CallKind, count: int, others: int) -> int:
    if kind is CallKind.CANCEL:
        return count
    return max(1, int(others * LOOKUP_SHARE)) if kind is CallKind.LOOKUP else others


def _others(count: int, reserve_for_cancels: float) -> int:
    return max(1, count - math.ceil(count * reserve_for_cancels))
