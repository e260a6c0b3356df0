"""How long to wait before the next attempt to connect: exponential, with jitter, bounded both ways.

Sessions lose their connections as a matter of course; that costs no restart, only this wait. The
jitter spreads sessions that lost the same venue at the same moment. Pure: the driver draws the
random number and counts the attempts.
"""

import math

import attrs

from engine.errors import InvariantViolation

DELAY_FLOOR_S = 0.1
"""No two attempts are closer than this, whatever the draw: a venue may take less for an attack."""


@attrs.frozen(kw_only=True)
class Backoff:
    """Waits drawn evenly between a floor and a ceiling; the ceiling grows from first to max.

    `floor_s` is below the first ceiling, so even the first attempts after a common loss are spread.
    """

    first_s: float = 0.5
    max_s: float = 30.0
    factor: float = 2.0
    floor_s: float = DELAY_FLOOR_S

    def __attrs_post_init__(self) -> None:
        if (
            not all(map(math.isfinite, (self.max_s, self.factor)))
            or not 0 < self.floor_s <= self.first_s <= self.max_s
            or self.factor < 1
        ):
            raise InvariantViolation(f"impossible back-off {self!r}")

    def ceiling_s(self, attempt: int) -> float:
        """The longest wait after `attempt` failures in a row (0 for the first)."""
        if self.factor == 1:
            return self.first_s
        # Compared as logarithms: the power itself would overflow after many attempts.
        steps_to_max = math.log(self.max_s / self.first_s) / math.log(self.factor)
        if attempt >= steps_to_max:
            return self.max_s
        return min(self.first_s * self.factor**attempt, self.max_s)

    def next_delay(self, attempt: int, jitter: float, *, retry_after_s: float = 0.0) -> float:
        """Seconds to wait before the next attempt; `jitter` is a random number in [0, 1).

        `attempt` counts the failures in a row before this one. When the server said how long to stay
        away, the wait is never shorter than that, and at most the first ceiling longer: those whom
        it sent away together should not come back together.
        """
        if attempt < 0 or not 0 <= jitter < 1 or not 0 <= retry_after_s < math.inf:
            raise InvariantViolation(
                f"back-off asked with attempt {attempt}, jitter {jitter}, retry after {retry_after_s} s"
            )
        drawn_s = self.floor_s + jitter * (self.ceiling_s(attempt) - self.floor_s)
        if retry_after_s > 0:
            return max(drawn_s, retry_after_s + jitter * self.first_s)
        return drawn_s
