"""How many in a second: sliding windows, pure, time handed in."""

from collections import deque
from typing import Final

from engine.simulator.moment import NS

WAITING_MAX: Final = 10_000
"""Places of one window; a client that sends more is let through, for nobody looks that far ahead."""


class Pace:
    """At most so many events in any second; 0 for no limit."""

    def __init__(self, per_s: int) -> None:
        self._per_s = per_s
        self._times: deque[int] = deque(maxlen=min(per_s, WAITING_MAX) or 1)

    def allows(self, now_ns: int) -> bool:
        """Whether one more may happen now; if so it has."""
        if self._full(now_ns):
            return False
        self._times.append(now_ns)
        return True

    def wait_ns(self, now_ns: int) -> int:
        """How long one more has to wait; it takes that place."""
        if not self._per_s:
            return 0
        at_ns = max(now_ns, self._times[0] + NS) if self._full(now_ns) else now_ns
        at_ns = max(at_ns, self._times[-1] if self._times else 0)
        self._times.append(at_ns)
        return at_ns - now_ns

    def _full(self, now_ns: int) -> bool:
        return (
            bool(self._per_s)
            and len(self._times) == self._times.maxlen
            and self._times[0] + NS > now_ns
        )
