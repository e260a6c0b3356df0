"""Cancels that a person gave are repeated until the orders are over: one command is enough.

A cancel may come to nothing for reasons that pass: the venue's rate limit holds it back beyond its
expiry, the session is away, the venue is busy and says no. What was asked for is kept here, as soft
state: it ends with the router's boot. It is given up when its time is over or when the venue has said
no often enough to mean it; a person is told which orders are still open then.
"""

from collections.abc import Iterable

import attrs

from engine.model.enums import Pending
from engine.orders import records as r
from engine.orders.commands import Commands
from engine.orders.kernel import Kernel
from engine.orders.order import Order
from engine.orders.plausible import TEXT_CHARS_MAX
from engine.risk.rates import NS

WITHIN_S = 600.0
"""How long cancels are repeated: at ten a second for as many orders as an account may have."""

REFUSALS_MAX = 10
"""Refusals by the venue after which it is believed: "too many requests" is one of them as well."""

ROUND_ORDERS_MAX = 200
"""Cancels repeated for one account at a time: more than a venue takes until they expire."""

NAMED_MAX = 10
"""Orders named in an alarm; the number says how many there are."""


@attrs.define(eq=False, kw_only=True)
class _Wish:
    """Somebody wants an order gone."""

    by: str
    reason: str
    until_mono_ns: int
    tries: int = 1
    refusals: int = 0


class Insisting:
    """Repeats cancels; `due` several times a second."""

    def __init__(self, kernel: Kernel, commands: Commands) -> None:
        self._k = kernel
        self._commands = commands
        self._wishes: dict[str, _Wish] = {}
        self._next_mono_ns = 0

    @property
    def count(self) -> int:
        """Orders whose cancel is being repeated."""
        return len(self._wishes)

    def on(self, orders: Iterable[Order], *, by: str, reason: str) -> None:
        """Have the cancel of these orders, which was just sent, repeated until they are over."""
        until_mono_ns = self._k.now.mono_ns + int(WITHIN_S * NS)
        for order in orders:
            wish = _Wish(by=by, reason=reason, until_mono_ns=until_mono_ns)
            self._wishes[order.client_order_id] = wish
        self._next_mono_ns = self._k.now.mono_ns + self._interval_ns()

    def refused(self, order: Order) -> None:
        """The venue said no to a cancel of this order, and it is still open."""
        wish = self._wishes.get(order.client_order_id)
        if wish is not None:
            wish.refusals += 1

    def due(self) -> None:
        """Cancel again what is still open; JournalError when giving up could not be recorded."""
        k = self._k
        if not self._wishes or k.now.mono_ns < self._next_mono_ns:
            return
        self._next_mono_ns = k.now.mono_ns + self._interval_ns()
        together: dict[tuple[str, str], list[Order]] = {}
        for order, wish in self._chosen(self._open()):
            wish.tries += 1
            together.setdefault((wish.by, wish.reason), []).append(order)
        for (by, reason), orders in together.items():
            self._commands.cancel(orders, by=by, reason=reason)
        if not k.journal_failure:
            self._give_up()

    def _interval_ns(self) -> int:
        return int(self._k.settings.cancel_repeat_s * NS)

    def _open(self) -> list[tuple[Order, _Wish]]:
        """What is still wanted; wishes for orders that are over are fulfilled."""
        found = []
        for name, wish in list(self._wishes.items()):
            order = self._k.book.orders.get(name)
            if order is None or order.is_terminal:
                del self._wishes[name]
            else:
                found.append((order, wish))
        return found

    def _chosen(self, wanted: list[tuple[Order, _Wish]]) -> list[tuple[Order, _Wish]]:
        """Those to cancel now: the least tried first, so that none keeps others from their turn."""
        chosen: list[tuple[Order, _Wish]] = []
        counts: dict[str, int] = {}
        for order, wish in sorted(wanted, key=lambda pair: pair[1].tries):
            link = self._k.links.get(order.account)
            if link is None or not link.is_connected or self._is_over(wish):
                continue
            # One cancel for an order in doubt: each further one would put off its verdict.
            if order.pending is Pending.CANCEL:
                continue
            counts[order.account] = counts.get(order.account, 0) + 1
            if counts[order.account] <= ROUND_ORDERS_MAX:
                chosen.append((order, wish))
        return chosen

    def _is_over(self, wish: _Wish) -> bool:
        return wish.refusals >= REFUSALS_MAX or self._k.now.mono_ns >= wish.until_mono_ns

    def _give_up(self) -> None:
        """Tell a person what could not be cancelled, and let it be."""
        k = self._k
        left = [pair for pair in self._open() if self._is_over(pair[1])]
        if not left:
            return
        order, wish = left[0]
        names = ", ".join(each.client_order_id for each, _ in left[:NAMED_MAX])
        why = (
            f"the venue refused {wish.refusals} times ({order.text})"
            if wish.refusals >= REFUSALS_MAX
            else f"still open {WITHIN_S:g} s after the command"
        )
        alarm = r.AlarmRecord(
            kind=r.AlarmKind.NOT_CANCELLED,
            account=order.account,
            subject=order.client_order_id,
            text=f"{len(left)} orders could not be cancelled: {names}; {why}"[:TEXT_CHARS_MAX],
            ts_ns=k.now.wall_ns,
        )
        k.record(alarm)
        for each, _ in left:
            del self._wishes[each.client_order_id]
