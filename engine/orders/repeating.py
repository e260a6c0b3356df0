"""Cancels that the router wants by itself, asked for again and again: none is sent in vain or too often.

Whoever watches (lives of orders, orphans, flattening) names at each look what should be gone. What
cannot be cancelled now is passed over without a record: an order whose session is away, one whose
cancel is under way, and one that was tried less than `cancel_repeat_s` ago. A look soon after the
session has logged in therefore finds all of it due.
"""

from collections.abc import Iterable

from engine.model.enums import Pending
from engine.orders.commands import Commands
from engine.orders.kernel import Kernel
from engine.orders.order import Order
from engine.risk.rates import NS


class Repeating:
    """Cancels what is due; shared by all who repeat, so that they do not double each other's cancels."""

    def __init__(self, kernel: Kernel, commands: Commands) -> None:
        self._k = kernel
        self._commands = commands
        self._tried_mono_ns: dict[str, int] = {}

    def cancel(self, orders: Iterable[Order], *, by: str, reason: str) -> None:
        """Cancel those of the orders that are due."""
        self._forget()
        due = [order for order in orders if self._is_due(order)]
        if due:
            now_ns = self._k.now.mono_ns
            self._tried_mono_ns.update((order.client_order_id, now_ns) for order in due)
            self._commands.cancel(due, by=by, reason=reason)

    def _is_due(self, order: Order) -> bool:
        link = self._k.links.get(order.account)
        if link is None or not link.is_connected:
            return False
        # One cancel for an order in doubt: each further one would put off its verdict.
        if order.is_terminal or order.pending is Pending.CANCEL:
            return False
        return order.client_order_id not in self._tried_mono_ns

    def _forget(self) -> None:
        """Oldest first, as they were noted; what is left is what one interval can hold."""
        since_ns = self._k.now.mono_ns - int(self._k.settings.cancel_repeat_s * NS)
        for name, tried_ns in list(self._tried_mono_ns.items()):
            if tried_ns > since_ns:
                return
            del self._tried_mono_ns[name]
