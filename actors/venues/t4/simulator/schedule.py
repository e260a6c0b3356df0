"""Steps that are taken later: at a time, or as soon as what runs now is done; pure."""

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Final, TypeAlias

from engine.errors import InvariantViolation
from engine.simulator.moment import Moment

Step: TypeAlias = Callable[[Moment], None]
FAR_NS: Final = 1 << 62
STEPS_AT_ONCE_MAX: Final = 1_000_000
"""Of one request or market event; more is a circle."""


class Schedule:
    """Steps by time, and those that wait for nothing but their turn."""

    def __init__(self) -> None:
        self._timed: list[tuple[int, int, Step]] = []
        self._numbers = count()
        self._next: deque[Step] = deque()
        self._running = False

    def soon(self, step: Step) -> None:
        """When what runs now is done."""
        self._next.append(step)

    def later(self, step: Step, delay_ns: int, now: Moment) -> None:
        """After a delay; without one, in its turn."""
        if delay_ns <= 0:
            self.soon(step)
        else:
            heapq.heappush(self._timed, (now.mono_ns + delay_ns, next(self._numbers), step))

    def next_deadline_ns(self) -> int:
        """Monotonic time of the next step."""
        return self._timed[0][0] if self._timed else FAR_NS

    def take_due(self, now: Moment) -> None:
        """Steps whose time has come wait for their turn from here on."""
        while self._timed and self._timed[0][0] <= now.mono_ns:
            self.soon(heapq.heappop(self._timed)[2])

    def run(self, now: Moment) -> bool:
        """Take all steps whose turn it is; False when that is being done already."""
        if self._running:
            return False
        self._running = True
        try:
            for _ in range(STEPS_AT_ONCE_MAX):
                if not self._next:
                    return True
                self._next.popleft()(now)
            raise InvariantViolation("the desk's steps do not end")
        finally:
            self._running = False
