"""A venue's own dead-man timer: set while orders are open, renewed in time, switched off at the end.

The venue cancels everything of an instrument when its timer runs out, whatever has become of us: the
only help when this whole host is gone. A timer is renewed three times in its length, so that one lost
renewal is no cancel; it is not renewed while the router is gone. Pure.
"""

from collections.abc import Iterable
from typing import Final

import attrs

RENEWALS: Final = 3
"""In the length of the timer; two of them may get lost."""

ARMED_MAX: Final = 1_000
"""Timers kept where the venue names no smaller number."""


@attrs.frozen
class Arm:
    """Set the timers of these instruments; 0 s switches them off."""

    instruments: tuple[str, ...]
    timeout_s: int


class DeadMan:
    """Knows which timers run.

    Args:
        timeout_s: their length; 0 sets none.
        armed_max: as many can be renewed in time; what is beyond gets none.
    """

    def __init__(self, timeout_s: int, armed_max: int = ARMED_MAX) -> None:
        self.timeout_s = timeout_s
        self.armed_max = armed_max
        self._armed: dict[str, int] = {}
        self.left_out: tuple[str, ...] = ()
        """Instruments that were wanted when last looked at and are too many."""

    @property
    def armed(self) -> tuple[str, ...]:
        """Instruments whose timer runs, as far as we know."""
        return tuple(self._armed)

    def look(self, mono_ns: int, wanted: Iterable[str], *, attended: bool) -> list[Arm]:
        """What to set now: first what is to be switched off, for it cancels what it should not.

        Args:
            mono_ns: now.
            wanted: instruments with open orders.
            attended: whether a router looks after them; without one the timers run out.
        """
        length_ns = int(self.timeout_s * 1e9)
        if not length_ns:
            return []
        wanted = set(wanted)
        self._armed = {i: at for i, at in self._armed.items() if mono_ns - at < length_ns}
        if not attended:
            return []
        idle = tuple(i for i in self._armed if i not in wanted)
        for instrument in idle:
            del self._armed[instrument]
        kept = self._chosen(wanted)
        due = tuple(
            i for i in kept if mono_ns - self._armed.get(i, -length_ns) >= length_ns // RENEWALS
        )
        self._armed.update(dict.fromkeys(due, mono_ns))
        arms = [Arm(due, self.timeout_s)] if due else []
        return [Arm(idle, 0), *arms] if idle else arms

    def _chosen(self, wanted: set[str]) -> list[str]:
        """Those that get a timer: one that runs is not given up for another."""
        new = sorted(wanted.difference(self._armed))
        room = max(0, self.armed_max - len(self._armed))
        self.left_out = tuple(new[room:])
        return sorted([*self._armed, *new[:room]])

    def disarm(self) -> list[Arm]:
        """Switch everything off: an orderly stop leaves orders where they are."""
        running, self._armed = self.armed, {}
        return [Arm(running, 0)] if running else []
