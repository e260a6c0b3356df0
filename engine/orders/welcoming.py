"""Which reports a strategy has heard, and what it is told when it comes (back).

Three know what a strategy has handled, and the highest number counts: the journal, this router from
the strategy's acknowledgements, and the state that the strategy saved, which came to disk together
with the number of the last report in it. A new boot hears what came after that; what an earlier boot
may have got all the same is marked by `told_before`. The snapshot goes in few messages, so that also
thousands of orders fit what a socket queues.
"""

from collections.abc import Iterable, Iterator

from engine.messages.orders import (
    ExecutionReport,
    SnapshotEnd,
    SnapshotPart,
    StrategyHello,
    StrategyWelcome,
    VenueState,
)
from engine.model.enums import ExecType
from engine.orders import records as r
from engine.orders.kernel import STRATEGY_PREFIX, Kernel
from engine.orders.plausible import REPORT_NUMBER_MAX
from engine.orders.reports import position_report, report_of
from engine.orders.settings import StrategyRights

SNAPSHOT_FINISHED_MAX = 50
"""Finished orders in a snapshot: enough to recognise what ended while a strategy was away."""

PART_BYTES_MAX = 128 * 1024
"""Of one part of a snapshot, half of what the bus carries: about a hundred orders."""

_CHAR_BYTES_MAX = 4
_FIGURES_BYTES_MAX = 1_000
"""All of a report but its texts."""


class Welcoming:
    """Greets strategies, and keeps account of what they have heard."""

    __slots__ = ("_k",)

    def __init__(self, kernel: Kernel) -> None:
        self._k = kernel

    def start(self) -> None:
        """The router begins: whatever the journal reports may have been told to anybody."""
        for name, delivery in self._k.deliveries.items():
            figures = self._k.book.figures.get(name)
            if figures is not None:
                delivery.told = figures.reports.last
                delivery.acknowledged = figures.reports.seen

    # --- a strategy comes ----------------------------------------------------------------------

    def begin(self, message: StrategyHello) -> None:
        """Let the boot that says hello serve from here on, after the reports that it need not hear."""
        k, name = self._k, message.strategy
        reports, delivery = k.book.figures_of(name).reports, k.deliveries[name]
        seen, is_new = self._seen_by(message), k.book.intents.boot_of(name) != message.boot
        # More than there ever was: the journal lost its end. If nothing was numbered anew since,
        # counting goes on after it; else what is new must be heard, whatever its numbers.
        is_ahead = seen > reports.last and delivery.told == reports.last
        if not is_ahead:
            seen = max(min(seen, delivery.told), delivery.acknowledged)
        if is_new or is_ahead:
            record = r.StrategyBoot(
                strategy=name,
                boot=message.boot,
                report_seen=seen,
                ts_ns=k.now.wall_ns,
            )
            k.record(record)
        if is_new:
            delivery.told_before = delivery.told
        delivery.acknowledge(seen)

    def _seen_by(self, message: StrategyHello) -> int:
        """What it has handled of this journal's reports; numbers of another one mean nothing here."""
        if message.journal != self._k.book.boot.salt:
            return 0
        if not 0 <= message.report_seen <= REPORT_NUMBER_MAX:
            self._k.counters["absurd_report_number"] += 1
            return 0
        return message.report_seen

    def welcome(self, name: str, boot: int, rights: StrategyRights) -> None:
        """Tell a strategy all there is: orders and positions, venues, and reports it has not heard."""
        k, destination = self._k, STRATEGY_PREFIX + name
        orders = [
            *k.book.orders.finished_of_strategy(name, SNAPSHOT_FINISHED_MAX),
            *k.book.orders.open_of_strategy(name),
        ]
        positions = k.book.strategies.of(name)
        state, _ = k.state_of(name)
        welcome = StrategyWelcome(
            strategy=name,
            boot=boot,
            router_boot=k.book.boot.router_boot,
            mode=rights.mode,
            trading_state=state,
            orders=len(orders),
            positions=len(positions),
            journal=k.book.boot.salt,
        )
        k.send(destination, welcome)
        reports = (report_of(o, ExecType.STATUS, number=0, ts_ns=o.updated_ns) for o in orders)
        for part in parts_of(reports):
            k.send(destination, SnapshotPart(strategy=name, orders=part))
        for instrument, position in positions.items():
            k.send(destination, position_report(name, instrument, position))
        self._end_snapshot(name, rights)

    def _end_snapshot(self, name: str, rights: StrategyRights) -> None:
        k, delivery = self._k, self._k.deliveries[name]
        base = self._serve(name, delivery.acknowledged)
        end = SnapshotEnd(strategy=name, report_number=base, told_before=delivery.told_before)
        k.send(STRATEGY_PREFIX + name, end)
        self._tell_venues(name, rights)
        self._send_reports(name)

    def _serve(self, name: str, after: int) -> int:
        """Begin (again) with the first report after `after` that is still there; what it comes after."""
        reports = self._k.book.figures_of(name).reports
        base = min(max(after, reports.base), reports.last)
        self._k.deliveries[name].serve(base, reports.last)
        return base

    def _tell_venues(self, name: str, rights: StrategyRights) -> None:
        for link in self._k.links.values():
            if link.settings.mode is rights.mode:
                state = VenueState(venue=link.venue, state=link.state, reason=link.reason)
                self._k.send(STRATEGY_PREFIX + name, state)

    def _send_reports(self, name: str) -> None:
        k, delivery = self._k, self._k.deliveries[name]
        for report in k.book.figures_of(name).reports.after(delivery.through):
            k.send(STRATEGY_PREFIX + name, report)
            delivery.hand_over(report.number)
        if delivery.is_current:
            for instrument, position in k.book.strategies.of(name).items():
                k.send(STRATEGY_PREFIX + name, position_report(name, instrument, position))

    # --- a strategy has heard --------------------------------------------------------------------

    def seen(self, name: str, through: int, rights: StrategyRights) -> None:
        """The strategy has handled all reports up to `through`; what was lost is sent again."""
        k, delivery = self._k, self._k.deliveries[name]
        if not 0 <= through <= delivery.told:
            k.counters["absurd_report_number"] += 1
            return
        delivery.acknowledge(through)
        if not delivery.is_served:  # the router is new, the strategy is not
            self._serve(name, through)
            self._tell_venues(name, rights)
            k.broadcast_trading_state()
            self._send_reports(name)
        elif delivery.lags(through):
            self._send_reports(name)

    def record_seen(self, *, at_once: bool) -> None:
        """Record what was acknowledged, at most once a second for each strategy unless `at_once`.

        Raises:
            JournalError: it was not written, and is due again.
        """
        k = self._k
        for name, delivery in k.deliveries.items():
            if not delivery.acknowledged:
                continue
            reports = k.book.figures_of(name).reports
            if at_once and delivery.acknowledged > reports.seen:
                self._record(name, delivery.acknowledged)
            elif delivery.is_due(reports.seen, k.now.mono_ns):
                self._record(name, delivery.acknowledged)
                delivery.recorded_mono_ns = k.now.mono_ns

    def _record(self, name: str, through: int) -> None:
        self._k.record(
            r.ReportSeenRecord(strategy=name, through=through, ts_ns=self._k.now.wall_ns)
        )


def parts_of(reports: Iterable[ExecutionReport]) -> Iterator[tuple[ExecutionReport, ...]]:
    """The same reports in pieces that surely fit a message; none for none."""
    part: list[ExecutionReport] = []
    room = PART_BYTES_MAX
    for report in reports:
        size = _bytes_max(report)
        if part and size > room:
            yield tuple(part)
            part, room = [], PART_BYTES_MAX
        part.append(report)
        room -= size
    if part:
        yield tuple(part)


def _bytes_max(report: ExecutionReport) -> int:
    """More than it takes up, without encoding it."""
    chars = (
        len(report.strategy)
        + len(report.intent_id)
        + len(report.client_order_id)
        + len(report.venue_order_id)
        + len(report.instrument)
        + len(report.code)
        + len(report.text)
        + len(report.note)
    )
    return _FIGURES_BYTES_MAX + _CHAR_BYTES_MAX * chars
