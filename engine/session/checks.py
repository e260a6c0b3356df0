"""Orders whose fate is open, and when to ask the venue about them.

An order with unknown outcome, a cancel that was acknowledged but not confirmed by a push, a push that
contradicts itself: each is asked for after a while, with growing pauses, until news of its end comes
or the tries are used up. After that the router's own queries and reconciliation are the answer.
"""

from typing import Final

import attrs

from engine.session.contract import Now

CHECKS_MAX: Final = 1_000
"""Orders watched at once; beyond it the oldest are left to the router's reconciliation."""
TRIES_MAX: Final = 4
PAUSE_S: Final = 1.0
"""First pause between two tries; doubles."""


@attrs.define
class Check:
    """One order to be asked for; `until_end` when only its end is an answer."""

    symbol: str
    client_order_id: str
    venue_order_id: str
    until_end: bool
    due_ns: int
    tries: int = 0


class Checks:
    """All orders to be asked for, by client order id (or venue order id where there is none)."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def add(self, check: Check) -> None:
        """Ask for this order when it is due, or sooner if that was planned already.

        Once asking has begun its pauses hold: doubts that repeat themselves must not keep the venue
        busy with one order.
        """
        key = check.client_order_id or check.venue_order_id
        known = self._checks.get(key)
        if known is not None:
            check.due_ns = known.due_ns if known.tries else min(known.due_ns, check.due_ns)
            check.tries = known.tries
            check.until_end = check.until_end or known.until_end
            check.venue_order_id = check.venue_order_id or known.venue_order_id
        elif len(self._checks) >= CHECKS_MAX:
            del self._checks[next(iter(self._checks))]
        self._checks[key] = check

    def shown(self, client_order_id: str, venue_order_id: str) -> None:
        """The venue has shown the order working: that answers whether it arrived."""
        check = self._checks.get(client_order_id or venue_order_id)
        if check is not None and not check.until_end:
            self.ended(client_order_id, venue_order_id)

    def ended(self, client_order_id: str, venue_order_id: str) -> None:
        """The order's end is known: nothing to ask any more."""
        self._checks.pop(client_order_id or venue_order_id, None)

    def deadline(self) -> int | None:
        """When the next one is due."""
        return min((check.due_ns for check in self._checks.values()), default=None)

    def take(self, now: Now) -> Check | None:
        """The one that is due longest, if any; planned again, or forgotten after its last try."""
        check = min(self._checks.values(), key=lambda each: each.due_ns, default=None)
        if check is None or now.mono_ns < check.due_ns:
            return None
        check.tries += 1
        check.due_ns = now.mono_ns + int(PAUSE_S * 2**check.tries * 1e9)
        if check.tries >= TRIES_MAX:
            self.ended(check.client_order_id, check.venue_order_id)
        return check
