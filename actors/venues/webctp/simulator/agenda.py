"""What is to happen later: answers of the front, orders on their way to an exchange; pure, time handed in."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Final, TypeAlias

from engine.simulator.moment import Moment

DEEDS_MAX: Final = 100_000
"""Deeds that may wait at once; beyond it one happens at once."""
BATCH_MAX: Final = 256
"""Deeds between two looks at the clients."""
FAR: Final = 1 << 62

Deed: TypeAlias = Callable[[Moment], None]


class Agenda:
    """Deeds by the time at which they are due; at equal times in the order in which they were put down."""

    def __init__(self) -> None:
        self._deeds: list[tuple[int, int, Deed]] = []
        self._numbers = count()

    def after(self, delay_ns: int, now: Moment, deed: Deed) -> None:
        """Do something so much later, at once when that is no time at all."""
        if delay_ns <= 0 or len(self._deeds) >= DEEDS_MAX:
            deed(now)
            return
        heapq.heappush(self._deeds, (now.mono_ns + delay_ns, next(self._numbers), deed))

    def next_deadline_ns(self) -> int:
        """Monotonic time of the next deed; far in the future when there is none."""
        return self._deeds[0][0] if self._deeds else FAR

    def advance(self, now: Moment) -> None:
        """Do what is due, at most a batch."""
        for _ in range(BATCH_MAX):
            if not self._deeds or self._deeds[0][0] > now.mono_ns:
                return
            _, _, deed = heapq.heappop(self._deeds)
            deed(now)
