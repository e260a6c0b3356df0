"""When a child that keeps dying is given up: restart intensity as a pure function.

The rule is OTP's: more than so many restarts within so much time and restarting is no cure. Unlike
there, each restart waits a little longer than the one before while they come in a row, so that a
child which dies at once does not burn its budget and the host's processor in a second. The
supervisor keeps the restart times and hands in the time; nothing here reads a clock.
"""

import math
from collections.abc import Sequence

import attrs

from engine.errors import InvariantViolation

_BACKOFF_FACTOR = 2.0


@attrs.frozen(kw_only=True)
class RestartPolicy:
    """At most `intensity` restarts in any `period_s` seconds; back-off from first to max, doubling."""

    intensity: int
    period_s: float
    backoff_first_s: float = 0.1
    backoff_max_s: float = 5.0

    def __attrs_post_init__(self) -> None:
        numbers = (self.period_s, self.backoff_first_s, self.backoff_max_s)
        if (
            not all(map(math.isfinite, numbers))
            or self.intensity < 0
            or self.period_s <= 0
            or not 0 <= self.backoff_first_s <= self.backoff_max_s
        ):
            raise InvariantViolation(f"impossible restart policy {self!r}")


@attrs.frozen
class Restart:
    """Start it again, `after_s` seconds from now."""

    after_s: float


@attrs.frozen
class GiveUp:
    """Leave it: it was restarted `restarts` times within the period already."""

    restarts: int


def recent(history: Sequence[float], now: float, policy: RestartPolicy) -> tuple[float, ...]:
    """The restarts that still count at `now`; older ones need not be kept.

    A restart counts for less than `period_s` seconds: one exactly that old no longer does.
    """
    return tuple(at for at in history if now - at < policy.period_s)


def decide(history: Sequence[float], now: float, policy: RestartPolicy) -> Restart | GiveUp:
    """What to do about a child that has just died, given when it was restarted before.

    `history` and `now` are seconds of one monotonic clock. The one restart that is being asked for
    counts as well: with an intensity of 5, the sixth within the period is refused. The wait doubles
    with each restart that still counts and is `backoff_first_s` again when none does.
    """
    restarts = len(recent(history, now, policy))
    if restarts >= policy.intensity:
        return GiveUp(restarts)
    return Restart(_backoff_s(restarts, policy))


def _backoff_s(restarts: int, policy: RestartPolicy) -> float:
    after_s = policy.backoff_first_s
    for _ in range(restarts):  # at most `intensity` turns, and no power that could overflow
        after_s = min(after_s * _BACKOFF_FACTOR, policy.backoff_max_s)
    return after_s
