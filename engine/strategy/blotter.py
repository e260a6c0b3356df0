"""A strategy's orders as the router's reports describe them: open ones, and lately finished. Pure.

Reports are numbered without holes. One that comes again is dropped, and so is one that comes before
its predecessor: the router sends again from the first that was not seen, so nothing is skipped. What
it cannot send again (it keeps a bounded number) it tells by a snapshot that ends at a later number.
"""

from collections import OrderedDict

from engine.messages.orders import ExecutionReport, SubmitIntent
from engine.model.enums import Certainty, ExecType, Pending
from engine.strategy.order import FillEvent, Order

FINISHED_ORDERS_MAX = 1_000
"""Finished orders that are kept so that late fills still find their object."""


class Blotter:
    """The orders of one strategy.

    Attributes:
        seen: number of the last report that was taken; all before it were.
        misses_reports: a later report came first: what is between must be asked for.
        told_before: number through which reports may have been told to an earlier process.
    """

    def __init__(self, seen: int = 0) -> None:
        self.seen = seen
        self.misses_reports = False
        self.told_before = 0
        self._fresh = True
        self._open: dict[str, Order] = {}
        self._finished: OrderedDict[str, Order] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, intent: SubmitIntent) -> Order:
        """The object of a new order."""
        order = self._open[intent.intent_id] = _order_of(intent)
        return order

    def open_of(self, instrument: str) -> list[Order]:
        """Orders that may still trade, oldest first, of one instrument or (empty) of all.

        One that was over and came back counts from its return.
        """
        return [
            order
            for order in self._open.values()
            if not instrument or order.instrument == instrument
        ]

    def journaled(self, intent_id: str, client_order_id: str) -> None:
        """The router has given the order its name."""
        order = self._open.get(intent_id)
        if order is not None and client_order_id:
            order.client_order_id = client_order_id

    def count_anew(self) -> None:
        """Reports are numbered by another journal from here on: the next snapshot says from where."""
        self.seen = 0
        self._fresh = True

    def snapshot_ends(self, number: int, told_before: int) -> None:
        """The orders as they are were told; numbered reports go on after `number`."""
        # A fresh process starts there. One that was only reconnected goes on after what it has seen,
        # unless the router has forgotten what comes next.
        if self._fresh:
            self.seen, self.told_before = number, told_before
        self.seen = max(self.seen, number)
        self._fresh = False
        self.misses_reports = False

    def take(self, report: ExecutionReport) -> Order | None:
        """Bring the order up to date; None when the report is not the next one."""
        if report.number:
            if report.number != self.seen + 1:
                self.misses_reports |= report.number > self.seen
                return None
            self.seen = report.number
            self.misses_reports = False
        order = self._find(report)
        was_over = order.is_terminal
        was_in_doubt = order.certainty is Certainty.UNKNOWN
        _copy(report, order)
        if was_over and order.is_open:
            self._revive(order)
        if report.pending is Pending.CANCEL:
            order.cancel_requested = True
        elif report.certainty is Certainty.KNOWN and (
            was_in_doubt or report.exec_type is ExecType.CANCEL_REJECTED
        ):
            # While nobody knows the order, a repeated cancel finds nothing and only puts off the
            # router's verdict, which waits for the last request to have had its time.
            order.cancel_requested = False
        if order.is_terminal:
            self._retire(order)
        return order

    def _find(self, report: ExecutionReport) -> Order:
        """The order a report is about; orders of earlier boots are adopted as they appear."""
        order = self._open.get(report.intent_id) or self._finished.get(report.intent_id)
        if order is None:
            order = self._open[report.intent_id] = _order_of(report)
        return order

    @property
    def finished(self) -> int:
        """How many finished orders are remembered; they go only when more come."""
        return len(self._finished)

    def _revive(self, order: Order) -> None:
        """An order thought to be over trades on after all: verbs reach it again, its cancel is void."""
        self._finished.pop(order.intent_id, None)
        self._open[order.intent_id] = order
        order.cancel_requested = False

    def _retire(self, order: Order) -> None:
        self._open.pop(order.intent_id, None)
        self._finished[order.intent_id] = order
        while len(self._finished) > FINISHED_ORDERS_MAX:
            self._finished.popitem(last=False)


def fill_of(report: ExecutionReport, *, possible_duplicate: bool = False) -> FillEvent:
    """The execution that a `trade` report tells."""
    return FillEvent(
        instrument=report.instrument,
        side=report.side,
        last_qty=report.last_qty,
        last_px=report.last_px,
        fee=report.fee,
        fee_currency=report.fee_currency,
        liquidity=report.liquidity,
        trade_id=report.trade_id,
        ts_ns=report.ts_ns,
        possible_duplicate=possible_duplicate,
        px_estimated=report.px_estimated,
    )


def _order_of(source: SubmitIntent | ExecutionReport) -> Order:
    return Order(
        intent_id=source.intent_id,
        instrument=source.instrument,
        side=source.side,
        ord_type=source.ord_type,
        quantity=source.quantity,
        price=source.price,
        time_in_force=source.time_in_force,
        post_only=source.post_only,
        reduce_only=source.reduce_only,
        note=source.note,
    )


def _copy(report: ExecutionReport, order: Order) -> None:
    order.client_order_id = report.client_order_id
    order.venue_order_id = report.venue_order_id
    order.lifecycle = report.lifecycle
    order.pending = report.pending
    order.certainty = report.certainty
    order.quantity = report.quantity
    order.price = report.price
    order.cum_qty = report.cum_qty
    order.avg_px = report.avg_px
    order.code = report.code
    order.text = report.text
