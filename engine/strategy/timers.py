"""Named timers of a strategy on a clock that is handed in."""

import heapq
import math

NS_PER_S = 1_000_000_000
TIMERS_MAX = 1_000
"""A strategy with more has a leak."""

ENTRIES_MAX = 2 * TIMERS_MAX
"""Heap entries, replaced timers included; beyond it the replaced ones are thrown out."""


class Timers:
    """At most one timer of each name; a new one of the same name replaces the old."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, str]] = []
        self._live: dict[str, tuple[int, int | None]] = {}
        self._serial = 0

    def add(self, name: str, now_ns: int, delay_s: float, every_s: float | None) -> None:
        """Arm `name` for `delay_s` from now. Raises ValueError for bad times or too many timers."""
        if not 0 <= delay_s < math.inf or not (every_s is None or 0 < every_s < math.inf):
            raise ValueError("a timer needs a finite delay_s >= 0 and every_s > 0")
        if name not in self._live and len(self._live) >= TIMERS_MAX:
            raise ValueError(f"more than {TIMERS_MAX} timers")
        every_ns = None if every_s is None else max(1, int(every_s * NS_PER_S))
        self._arm(name, now_ns + int(delay_s * NS_PER_S), every_ns)

    def remove(self, name: str) -> None:
        """Forget `name`; harmless when there is none."""
        self._live.pop(name, None)

    def deadline(self) -> int | None:
        """When the next timer is due, None when there is none."""
        while self._heap and not self._is_live(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now_ns: int) -> list[str]:
        """Names that are due, earliest first, each once; repeating ones are armed again."""
        names = []
        while (deadline := self.deadline()) is not None and deadline <= now_ns:
            _, _, name = heapq.heappop(self._heap)
            _, every_ns = self._live.pop(name)
            names.append(name)
            if every_ns is not None:
                # Missed periods are skipped, not made up: a late timer fires once.
                missed = (now_ns - deadline) // every_ns
                self._arm(name, deadline + (missed + 1) * every_ns, every_ns)
        return names

    def _arm(self, name: str, at_ns: int, every_ns: int | None) -> None:
        self._serial += 1
        self._live[name] = (self._serial, every_ns)
        heapq.heappush(self._heap, (at_ns, self._serial, name))
        if len(self._heap) > ENTRIES_MAX:
            self._heap = [entry for entry in self._heap if self._is_live(entry)]
            heapq.heapify(self._heap)

    def _is_live(self, entry: tuple[int, int, str]) -> bool:
        live = self._live.get(entry[2])
        return live is not None and live[0] == entry[1]
