"""Time and chance of a simulation: one queue of events, one generator, one trace of what happened."""

import hashlib
import heapq
from collections.abc import Callable
from random import Random
from typing import Any

from engine.session.contract import Now

NS = 1_000_000_000
MS = 1_000_000

START_MONO_NS = 1_000 * NS
START_WALL_NS = 1_700_000_000 * NS

EVENTS_MAX = 400_000
"""Of one run; more is a loop."""

Action = Callable[..., Any]


class Runaway(Exception):
    """The simulation does not come to its end: something answers itself for ever."""


class World:
    """Everything that nodes share; they get time and chance from nowhere else."""

    def __init__(self, seed: int, tell: Callable[[str], object] | None = None) -> None:
        self.seed = seed
        self.random = Random(seed)  # noqa: S311 - no secret: it must be repeatable
        self.mono_ns = START_MONO_NS
        self.wall_shift_ns = START_WALL_NS - START_MONO_NS
        self.events = 0
        self._queue: list[tuple[int, int, Action, tuple[Any, ...]]] = []
        self._number = 0
        self._digest = hashlib.blake2b(digest_size=16)
        self._tell = tell

    @property
    def now(self) -> Now:
        """The router's and the sessions' moment."""
        return Now(self.mono_ns, self.mono_ns + self.wall_shift_ns)

    @property
    def venue_wall_ns(self) -> int:
        """The venue's own clock, which is right."""
        return self.mono_ns + START_WALL_NS - START_MONO_NS

    def mono(self) -> int:
        """The monotonic clock, as a function."""
        return self.mono_ns

    # --- events ----------------------------------------------------------------------------------

    def after(self, delay_ns: int, action: Action, *arguments: Any) -> None:
        """Let something happen later; what is due at the same time happens in the order of asking."""
        self._number += 1
        due_ns = self.mono_ns + max(0, delay_ns)
        heapq.heappush(self._queue, (due_ns, self._number, action, arguments))

    def run_until(self, mono_ns: int, is_over: Callable[[], bool] | None = None) -> bool:
        """Let time pass; whether `is_over` became true before it was up."""
        while self._queue and self._queue[0][0] <= mono_ns:
            due_ns, _, action, arguments = heapq.heappop(self._queue)
            self.mono_ns = max(self.mono_ns, due_ns)
            self.events += 1
            if self.events > EVENTS_MAX:
                raise Runaway(f"{EVENTS_MAX} events, at {self.elapsed_s():.3f} s")
            action(*arguments)
            if is_over is not None and is_over():
                return True
        self.mono_ns = max(self.mono_ns, mono_ns)
        return False

    def elapsed_s(self) -> float:
        """Since the beginning."""
        return (self.mono_ns - START_MONO_NS) / NS

    # --- chance ----------------------------------------------------------------------------------

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens now."""
        return self.random.random() < probability

    def delay_ns(self, low_ms: float, high_ms: float) -> int:
        """A time between the two."""
        return int(self.random.uniform(low_ms, high_ms) * MS)

    # --- trace -----------------------------------------------------------------------------------

    @property
    def is_traced(self) -> bool:
        """Whether somebody reads along, so that long lines are worth making."""
        return self._tell is not None

    def mark(self, what: bytes) -> None:
        """Add something to the run's fingerprint."""
        self._digest.update(b"%d " % self.mono_ns + what)

    def note(self, who: str, what: str) -> None:
        """Say something to whoever reads along."""
        if self._tell is not None:
            self._tell(f"{self.elapsed_s():10.6f} {who:<16} {what}")

    def fingerprint(self) -> str:
        """Of everything marked so far."""
        return self._digest.hexdigest()
