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


@attrs.frozen
class Arm:
    """Set the timers of these instruments; 0 s switches them off."""

    instruments: tuple[str, ...]
    timeout_s: int


class DeadMan:
    """Knows which timers run.

    Args:
        timeout_s: their length; 0 sets none.
    """

    def __init__(self, timeout_s: int) -> None:
        self.timeout_s = timeout_s
        self._armed: dict[str, int] = {}

    @property
    def armed(self) -> tuple[str, ...]:
        """Instruments whose timer runs, as far as we know."""
        return tuple(self._armed)

    def look(self, mono_ns: int, wanted: Iterable[str], *, attended: bool) -> list[Arm]:
        """What to set now.

        Args:
            mono_ns: now.
            wanted: instruments with open orders.
            attended: whether a router looks after them; without one the timers run out.
        """
        length_ns = int(self.timeout_s * 1e9)
        if not length_ns:
            return []
        wanted = sorted(wanted)
        self._armed = {i: at for i, at in self._armed.items() if mono_ns - at < length_ns}
        if not attended:
            return []
        idle = tuple(i for i in self._armed if i not in wanted)
        due = tuple(
            i for i in wanted if mono_ns - self._armed.get(i, -length_ns) >= length_ns // RENEWALS
        )
        for instrument in idle:
            del self._armed[instrument]
        self._armed.update(dict.fromkeys(due, mono_ns))
        arms = [Arm(due, self.timeout_s)] if due else []
        return [*arms, Arm(idle, 0)] if idle else arms

    def disarm(self) -> list[Arm]:
        """Switch everything off: an orderly stop leaves orders where they are."""
        running, self._armed = self.armed, {}
        return [Arm(running, 0)] if running else []
