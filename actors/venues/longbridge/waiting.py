"""Cancels that wait because the venue is between two states of their order.

The venue takes cancels of orders that are new or partly filled; one that comes while the order is still
on its way to the exchange, or being changed, is refused. So it waits for the push that shows the next
state, not longer than such a state lasts, and then goes whatever is shown.
"""

from typing import Final

import attrs

from engine.messages.venue import CancelOrder
from engine.session.contract import Now

WAIT_S_MAX: Final = 1.0
"""Longest wait: the venue's states between two others last some hundred milliseconds."""
WAITING_MAX: Final = 256
"""Cancels that wait at once; beyond it they go."""


@attrs.frozen
class _Waiting:
    cancel: CancelOrder
    due_ns: int


class WaitingCancels:
    """Cancels of orders between two states, by our id or the venue's."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}

    def hold(self, command: CancelOrder, now: Now) -> bool:
        """Keep it, half of what is left of its time at most; False when there is no room."""
        key = command.client_order_id or command.venue_order_id
        known = self._waiting.get(key)
        if known is None and len(self._waiting) >= WAITING_MAX:
            return False
        due_ns = now.mono_ns + int(WAIT_S_MAX * 1e9)
        if command.expires_mono_ns:
            due_ns = min(due_ns, (now.mono_ns + command.expires_mono_ns) // 2)
        if known is not None:
            due_ns = min(due_ns, known.due_ns)
        self._waiting[key] = _Waiting(command, due_ns)
        return True

    def release(self, client_order_id: str, venue_order_id: str) -> CancelOrder | None:
        """The order is in a state in which it can be cancelled, or over: what waited for that."""
        for key in (client_order_id, venue_order_id):
            if key and (held := self._waiting.pop(key, None)) is not None:
                return held.cancel
        return None

    def deadline(self) -> int | None:
        """When the next one has waited long enough."""
        return min((held.due_ns for held in self._waiting.values()), default=None)

    def take(self, now: Now) -> list[CancelOrder]:
        """Those that have."""
        due = [key for key, held in self._waiting.items() if now.mono_ns >= held.due_ns]
        return [self._waiting.pop(key).cancel for key in due]
