"""What happens because time passes: answers that do not come, sessions that fall silent, doubts.

Called often and cheaply; every look is at what waits, never at all orders.
"""

import heapq

from engine.errors import JournalError
from engine.model.enums import Certainty, Pending, VenueStateWord
from engine.orders import records as r
from engine.orders.commands import Commands
from engine.orders.kernel import Deadline, Kernel
from engine.orders.killing import Killing
from engine.orders.link import Link
from engine.orders.order import Order
from engine.orders.reconciling import Reconciler
from engine.orders.state import Event
from engine.orders.venues import ROUTER, VenueDesk
from engine.risk.rates import NS

PROBE_INTERVAL_NS = NS
"""Between two attempts to write a journal that was full."""

_AWAITED = {
    Event.UNKNOWN: frozenset({Pending.NEW, Pending.CANCEL}),
    Event.CANCEL_UNKNOWN: frozenset({Pending.CANCEL}),
    Event.REPLACE_UNKNOWN: frozenset({Pending.REPLACE}),
}
"""Requests that a deadline is about; a cancel may have taken the place of an unanswered order's."""


class Watchman:
    """Looks at the clock."""

    __slots__ = ("_commands", "_k", "_killing", "_probe_mono_ns", "_reconciler", "_venues")

    def __init__(
        self,
        kernel: Kernel,
        commands: Commands,
        reconciler: Reconciler,
        venues: VenueDesk,
        killing: Killing,
    ) -> None:
        self._k = kernel
        self._commands = commands
        self._reconciler = reconciler
        self._venues = venues
        self._killing = killing
        self._probe_mono_ns = 0

    def due(self) -> None:
        """Do what is due now; JournalError when that could not be recorded."""
        k = self._k
        self._killing.due()
        if k.journal_failure and not self._probe():
            for link in k.links.values():
                if link.is_connected:
                    self._look_at_killed(link)
            return
        for link in k.links.values():
            self._look_at(link)
        while k.deadlines and k.deadlines[0].mono_ns <= k.now.mono_ns:
            deadline = heapq.heappop(k.deadlines)
            try:
                self._expired(deadline)
            except JournalError:  # it must come again
                heapq.heappush(k.deadlines, deadline)
                raise

    def _probe(self) -> bool:
        """Try the journal again; what was not heard while it was full is asked for."""
        k = self._k
        if k.now.mono_ns < self._probe_mono_ns:
            return False
        self._probe_mono_ns = k.now.mono_ns + PROBE_INTERVAL_NS
        alarm = r.AlarmRecord(
            kind=r.AlarmKind.JOURNAL,
            account="",
            subject="",
            text=f"written again after: {k.journal_failure}",
            ts_ns=k.now.wall_ns,
        )
        if not k.probe(alarm):
            return False
        self._killing.settle()
        k.broadcast_trading_state()
        for link in k.links.values():
            self._reconciler.start(link, gating=True)
        return True

    def _look_at(self, link: Link) -> None:
        k, now_ns = self._k, self._k.now.mono_ns
        if link.boot and not link.is_silent:
            silence_ns = now_ns - link.heard_mono_ns
            if silence_ns > k.settings.session_silence_s_max * NS:
                self._venues.silence(link)
        if not link.is_connected:
            return
        self._look_at_run(link)
        self._look_at_doubts(link)
        self._look_at_killed(link)

    def _look_at_run(self, link: Link) -> None:
        k, now_ns = self._k, self._k.now.mono_ns
        if link.run is not None:
            if now_ns - link.run.asked_mono_ns > k.settings.reconcile_timeout_s * NS:
                self._reconciler.fail(link, "no answer in time")
            return
        if link.retry_mono_ns:
            if now_ns >= link.retry_mono_ns:
                self._reconciler.start(link, gating=link.retry_gating)
            return
        patience_s = link.settings.capabilities.answer_within_s
        owing = link.owed_mono_ns and now_ns - link.owed_mono_ns > patience_s * NS
        if owing:
            link.owed_mono_ns = now_ns
        interval_s = k.settings.reconcile_interval_s
        overdue = now_ns - link.agreed_mono_ns > interval_s * NS
        if link.state is VenueStateWord.READY and (owing or overdue):
            self._reconciler.start(link, gating=False)

    def _look_at_doubts(self, link: Link) -> None:
        k = self._k
        unknown = list(k.book.orders.unknown_of_account(link.account))
        if not unknown and not link.doubts:
            return
        known = link.doubts.keys() - {order.client_order_id for order in unknown}
        for client_order_id in known:
            del link.doubts[client_order_id]
        for order in unknown:
            watch = self._reconciler.doubt(link, order)
            if k.now.mono_ns < watch.next_query_mono_ns:
                continue
            watch.next_query_mono_ns = k.now.mono_ns + int(k.settings.query_interval_s * NS)
            asked = self._commands.query(order)
            if not asked or self._reconciler.is_settled(link, order.client_order_id, k.now.mono_ns):
                self._reconciler.start(link, gating=False)

    def _look_at_killed(self, link: Link) -> None:
        """Cancel again what is still open although the kill switch wants it gone."""
        k = self._k
        if not k.switch or k.now.mono_ns < link.killed_mono_ns:
            return
        doomed = [
            order
            for order in k.book.orders.open_of_account(link.account)
            if k.is_killed(order) and _is_idle(order)
        ]
        if doomed:
            link.killed_mono_ns = k.now.mono_ns + int(k.settings.cancel_repeat_s * NS)
            self._commands.cancel(doomed, by=ROUTER, reason="killed")

    def _expired(self, deadline: Deadline) -> None:
        """A request was not answered in time: what became of it is unknown."""
        order = self._k.book.orders.get(deadline.client_order_id)
        if order is None or order.is_terminal or order.certainty is Certainty.UNKNOWN:
            return
        if deadline.event is Event.UNKNOWN:
            if not order.is_unanswered:
                return
        elif order.request_ns != deadline.request_ns:
            return
        if order.pending in _AWAITED[deadline.event]:
            self._venues.happen(order, deadline.event, "no answer in time")


def _is_idle(order: Order) -> bool:
    """Whether no cancel is under way that might still work."""
    return order.pending is not Pending.CANCEL or order.certainty is Certainty.UNKNOWN
