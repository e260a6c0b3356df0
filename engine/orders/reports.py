"""Reports to strategies: how one is made, and their numbering, without holes, kept until seen.

Reports come out of applying journal records, so replaying the journal numbers them as they were
numbered before, and none exists without its record. What a strategy has acknowledged is dropped;
beyond the bound the oldest are dropped too, and the strategy lives from its snapshot then.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice

from engine.errors import InvariantViolation
from engine.messages.orders import ExecutionReport, PositionReport, SubmitIntent
from engine.model.enums import Certainty, ExecType, Lifecycle, Liquidity, Origin
from engine.model.money import ZERO
from engine.orders.exact import shown
from engine.orders.ledger import Position
from engine.orders.order import Order
from engine.orders.records import CorrectionRecord, FillRecord
from engine.orders.state import Event
from engine.watermark import Watermark

REPORTS_MAX = 10_000
"""Unseen reports kept per strategy, about 10 MB; a dead strategy gets a snapshot anyway."""

RESEND_MAX = 500
"""Reports sent again at once; half of what a socket queues, so that a resend cannot fill it."""

EXEC_TYPES: Mapping[Event, ExecType] = {
    Event.SENT: ExecType.PENDING_NEW,
    Event.NOT_SENT: ExecType.REJECTED,
    Event.UNKNOWN: ExecType.UNKNOWN,
    Event.ACCEPTED: ExecType.NEW,
    Event.FOUND_OPEN: ExecType.NEW,
    Event.REJECTED: ExecType.REJECTED,
    Event.CANCELLED: ExecType.CANCELLED,
    Event.EXPIRED: ExecType.EXPIRED,
    Event.NEVER_ARRIVED: ExecType.RESOLVED,
    Event.TRADE: ExecType.TRADE,
    Event.TRADE_LAST: ExecType.TRADE,
    Event.TRADE_OVER: ExecType.TRADE,
    Event.FILLED: ExecType.STATUS,
    Event.BUST: ExecType.TRADE_BUSTED,
    Event.CORRECTED: ExecType.TRADE_CORRECTED,
    Event.CANCEL_PLANNED: ExecType.PENDING_CANCEL,
    Event.CANCEL_PENDING: ExecType.PENDING_CANCEL,
    Event.CANCEL_REJECTED: ExecType.CANCEL_REJECTED,
    Event.CANCEL_UNKNOWN: ExecType.UNKNOWN,
    Event.REPLACE_PLANNED: ExecType.PENDING_REPLACE,
    Event.REPLACED: ExecType.REPLACED,
    Event.REPLACE_REJECTED: ExecType.REPLACE_REJECTED,
    Event.REPLACE_UNKNOWN: ExecType.UNKNOWN,
}
"""What kind of report an event is told by."""

_RESOLVING = frozenset({Event.ACCEPTED, Event.FOUND_OPEN})


def exec_type_of(event: Event, *, was_unknown: bool) -> ExecType:
    """The kind of report: news that end a doubt without ending the order are `resolved`."""
    return ExecType.RESOLVED if was_unknown and event in _RESOLVING else EXEC_TYPES[event]


def report_of(
    order: Order,
    exec_type: ExecType,
    *,
    number: int,
    ts_ns: int,
    fill: FillRecord | CorrectionRecord | None = None,
    trade_id: str = "",
    code: str | None = None,
    text: str | None = None,
) -> ExecutionReport:
    """The order's complete state, with what just happened to it.

    `fill` is the execution it tells of, `trade_id` that of one which was taken back.
    """
    return ExecutionReport(
        number=number,
        strategy=order.strategy,
        exec_type=exec_type,
        intent_id=order.intent_id,
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id,
        instrument=order.instrument,
        side=order.side,
        ord_type=order.ord_type,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        origin=order.origin,
        lifecycle=order.lifecycle,
        pending=order.pending,
        certainty=order.certainty,
        quantity=order.quantity,
        price=order.price,
        cum_qty=order.cum_qty,
        leaves_qty=order.leaves_qty,
        avg_px=order.avg_px,
        last_qty=ZERO if fill is None else fill.last_qty,
        last_px=ZERO if fill is None else fill.last_px,
        trade_id=trade_id if fill is None else fill.trade_id,
        fee=ZERO if fill is None else fill.fee,
        fee_currency="" if fill is None else fill.fee_currency,
        liquidity=Liquidity.UNKNOWN if fill is None else fill.liquidity,
        code=order.code if code is None else code,
        text=order.text if text is None else text,
        note=order.note,
        ts_ns=ts_ns,
        px_estimated=fill is not None and fill.px_estimated,
    )


def denial_of(
    intent: SubmitIntent, code: str, text: str, *, number: int, ts_ns: int
) -> ExecutionReport:
    """The report of an order that was never placed."""
    return ExecutionReport(
        number=number,
        strategy=intent.strategy,
        exec_type=ExecType.DENIED,
        intent_id=intent.intent_id,
        client_order_id="",
        venue_order_id="",
        instrument=intent.instrument,
        side=intent.side,
        ord_type=intent.ord_type,
        time_in_force=intent.time_in_force,
        post_only=intent.post_only,
        reduce_only=intent.reduce_only,
        origin=Origin.OURS,
        lifecycle=Lifecycle.DENIED,
        pending=None,
        certainty=Certainty.KNOWN,
        quantity=intent.quantity,
        price=intent.price,
        cum_qty=ZERO,
        leaves_qty=ZERO,
        avg_px=ZERO,
        last_qty=ZERO,
        last_px=ZERO,
        trade_id="",
        fee=ZERO,
        fee_currency="",
        liquidity=Liquidity.UNKNOWN,
        code=code,
        text=text,
        note=intent.note,
        ts_ns=ts_ns,
    )


def position_report(strategy: str, instrument: str, position: Position) -> PositionReport:
    """A strategy's position; amounts are rounded as `exact.shown` says, fees in other currencies left out."""
    return PositionReport(
        strategy=strategy,
        instrument=instrument,
        quantity=position.quantity,
        avg_px=position.avg_px,
        realised_pnl=shown(position.realised_pnl),
        fees=shown(position.fees.get(position.currency, Decimal(0))),
        currency=position.currency,
    )


class Reports:
    """The reports of one strategy."""

    __slots__ = ("_kept", "dropped", "kept_most", "last", "seen")

    def __init__(self) -> None:
        self._kept: deque[ExecutionReport] = deque()
        self.kept_most = Watermark(REPORTS_MAX + 1)
        self.last = 0
        """Number of the newest report."""
        self.seen = 0
        """Number through which the strategy has handled all."""
        self.dropped = 0
        """Reports that fell out of the bound unseen."""

    def add(self, report: ExecutionReport, reports_max: int = REPORTS_MAX) -> None:
        """Keep a report, which must carry the next number, and at most `reports_max` in all.

        The bound comes with each report: it is no part of the state, so a snapshot does not bring it
        back.
        """
        if report.number != self.last + 1:
            raise InvariantViolation(f"report {report.number} cannot follow {self.last}")
        self.last = report.number
        self._kept.append(report)
        self.kept_most.note(len(self._kept))
        while len(self._kept) > reports_max:
            self._kept.popleft()
            self.dropped += 1

    def see(self, through: int) -> None:
        """The strategy has handled everything up to `through`, possibly more than we remember."""
        self.last = max(self.last, through)
        self.seen = max(self.seen, through)
        while self._kept and self._kept[0].number <= self.seen:
            self._kept.popleft()

    @property
    def base(self) -> int:
        """The number after which `after` can give all reports."""
        return self._kept[0].number - 1 if self._kept else self.last

    def figures(self) -> tuple[int, int, int, int]:
        """Last, seen, base and dropped: all but the reports themselves, for comparison."""
        return self.last, self.seen, self.base, self.dropped

    def after(self, number: int) -> Iterator[ExecutionReport]:
        """Kept reports above `number`, oldest first, at most `RESEND_MAX`."""
        first = self._kept[0].number if self._kept else 0
        start = max(0, number + 1 - first)
        return islice(self._kept, start, start + RESEND_MAX)

    def find(self, number: int) -> ExecutionReport | None:
        """One kept report."""
        found = next(self.after(number - 1), None)
        return found if found is not None and found.number == number else None
