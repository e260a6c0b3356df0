"""New orders on their way to the venue, and the cancels that wait for them.

Cancels have a rate budget of their own and would overtake an order that still waits for its turn: the
venue would know no such order, and the order would stay. So the order is withdrawn if it still waits
here, and the cancel follows it if it is under way already; not longer than a venue takes to answer.
"""

from typing import Final

import attrs

from engine.messages.venue import CancelOrder, SubmitOrder
from engine.session.contract import Now

HELD_S_MAX: Final = 1.0
"""A cancel waits no longer: an answer so late may not come at all, and the order may be working."""
HELD_MAX: Final = 256
"""Cancels held at once; three times what the driver lets wait and be under way. Beyond it they go."""


@attrs.frozen
class _OnItsWay:
    call_id: int
    instrument: str


@attrs.frozen
class _Held:
    cancel: CancelOrder
    due_ns: int


class Submitting:
    """Orders whose submit call has not ended and that the venue has not shown yet."""

    def __init__(self) -> None:
        self._orders: dict[str, _OnItsWay] = {}
        self._held: dict[str, _Held] = {}

    def begin(self, command: SubmitOrder, call_id: int) -> None:
        """This call carries the order."""
        self._orders[command.client_order_id] = _OnItsWay(call_id, command.instrument)

    def has(self, client_order_id: str) -> bool:
        """Whether the order is on its way."""
        return client_order_id in self._orders

    def calls(self, instrument: str) -> list[int]:
        """The calls of all orders on their way; of one instrument when it is named."""
        orders = self._orders.values()
        return [o.call_id for o in orders if instrument in ("", o.instrument)]

    def hold(self, command: CancelOrder, now: Now) -> int | None:
        """Keep the cancel until its order has arrived: the order's call; None when it need not wait.

        It waits half of what is left of its own time, so that it can still be sent in the other half.
        """
        order = self._orders.get(command.client_order_id)
        if order is None or command.venue_order_id:
            return None
        known = self._held.get(command.client_order_id)
        if known is None and len(self._held) >= HELD_MAX:
            return None
        due_ns = now.mono_ns + int(HELD_S_MAX * 1e9)
        if command.expires_mono_ns:
            due_ns = min(due_ns, (now.mono_ns + command.expires_mono_ns) // 2)
        if known is not None:
            due_ns = min(due_ns, known.due_ns)
        self._held[command.client_order_id] = _Held(command, due_ns)
        return order.call_id

    def over(self, client_order_id: str) -> CancelOrder | None:
        """The order's call ended or the venue has shown it; the cancel that waited for that."""
        self._orders.pop(client_order_id, None)
        held = self._held.pop(client_order_id, None)
        return None if held is None else held.cancel

    def deadline(self) -> int | None:
        """When the next cancel has waited long enough."""
        return min((held.due_ns for held in self._held.values()), default=None)

    def take(self, now: Now) -> list[CancelOrder]:
        """The cancels that have; nothing more waits for their orders."""
        due = [name for name, held in self._held.items() if now.mono_ns >= held.due_ns]
        return [cancel for name in due if (cancel := self.over(name)) is not None]
