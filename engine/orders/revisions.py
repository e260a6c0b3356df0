"""The desk for busts and corrections that a session tells.

Each is keyed by its trade, may come twice, and may come before the fill itself: then the fill will
never be counted, or is counted as it stands now. What cannot be matched is asked for.
"""

from engine.messages.venue import Fill, FillBust, FillCorrection
from engine.orders import records as r
from engine.orders.kernel import Kernel
from engine.orders.ledger import FillContent
from engine.orders.link import Link
from engine.orders.news import bust_record
from engine.orders.order import Order
from engine.orders.reconciling import Reconciler
from engine.orders.revising import correction_record, fee_of, reason_of, voided
from engine.orders.state import Event, Verdict
from engine.orders.venues import VenueDesk


class RevisionDesk:
    """Takes fills back and changes them, by the venue's word."""

    def __init__(self, kernel: Kernel, venues: VenueDesk, reconciler: Reconciler) -> None:
        self._k = kernel
        self._venues = venues
        self._reconciler = reconciler

    def bust(self, message: FillBust, peer: str) -> None:
        """A fill is void."""
        link = self._venues.link_of(message, peer)
        if link is None:
            return
        if not self._k.book.fill_keys.is_known(link.account, message.fill_key):
            self._void(link, message, message.fill_key)
            return
        found = self._counted(link, message.fill_key)
        if found is None:
            return
        order, counted = found
        fee, fee_currency = fee_of(self._k.book.fills, link.account, message.fill_key)
        record = bust_record(
            order,
            counted,
            fill_key=message.fill_key,
            fee=fee,
            fee_currency=fee_currency,
            reason=reason_of(message),
            ts_ns=self._k.now.wall_ns,
        )
        self._k.record(record)
        self._checked(link, order, Event.BUST, Verdict.MOVE)

    def correction(self, message: FillCorrection, peer: str) -> None:
        """A fill is another one than was told."""
        link = self._venues.link_of(message, peer)
        if link is None:
            return
        if not self._k.book.fill_keys.is_known(link.account, message.corrects):
            self._correct_ahead(link, message)
            return
        found = self._counted(link, message.corrects)
        if found is None:
            return
        order, counted = found
        if (order.side, order.instrument) != (message.side, message.instrument):
            text = f"{message.side} {message.instrument} corrects a fill of another order"
            self._venues.alarm_once(link, r.AlarmKind.FILL_CONFLICT, message.corrects, text)
            self._reconciler.start(link, gating=False)
            return
        same = (counted.last_qty, counted.last_px) == (message.last_qty, message.last_px)
        if same and message.corrects == message.fill_key:
            self._k.counters["repeated_correction"] += 1
            return
        paid = fee_of(self._k.book.fills, link.account, message.corrects)
        record = correction_record(order, counted, message, paid=paid, ts_ns=self._k.now.wall_ns)
        self._k.record(record)
        self._checked(link, order, record.event, record.verdict)

    def _counted(self, link: Link, fill_key: str) -> tuple[Order, FillContent] | None:
        """The order and content of a counted fill; None when there is nothing (more) to revise."""
        book = self._k.book
        counted = book.fill_keys.find(link.account, fill_key)
        if counted is None:
            # Taken back already; or from before the first contact, and then only positions show it.
            self._k.counters["repeated_revision"] += 1
            self._reconciler.start(link, gating=False)
            return None
        order = book.orders.get(counted.client_order_id)
        if order is None:
            text = f"fill {fill_key} of {counted.client_order_id}, which is no longer in memory"
            self._venues.alarm_once(link, r.AlarmKind.UNEXPLAINED, fill_key, f"revised: {text}")
            self._reconciler.start(link, gating=False)
            return None
        return order, counted

    def _void(self, link: Link, message: FillBust, fill_key: str) -> None:
        book = self._k.book
        order = book.orders.find(link.account, message.client_order_id, message.venue_order_id)
        record = voided(
            link.account,
            order,
            fill_key,
            message.last_qty,
            reason=reason_of(message),
            ts_ns=self._k.now.wall_ns,
        )
        self._k.record(record)
        self._reconciler.start(link, gating=False)

    def _correct_ahead(self, link: Link, message: FillCorrection) -> None:
        """The correction came before its fill: it tells all that the fill would have told."""
        if message.corrects != message.fill_key:
            record = voided(
                link.account,
                None,
                message.corrects,
                None,
                reason=reason_of(message),
                ts_ns=self._k.now.wall_ns,
            )
            self._k.record(record)
        fill = Fill(
            session=message.session,
            boot=message.boot,
            sequence=message.sequence,
            client_order_id=message.client_order_id,
            venue_order_id=message.venue_order_id,
            instrument=message.instrument,
            side=message.side,
            fill_key=message.fill_key,
            trade_id=message.trade_id,
            last_qty=message.last_qty,
            last_px=message.last_px,
            cum_qty=message.cum_qty,
            fee=message.fee,
            fee_currency=message.fee_currency,
            liquidity=message.liquidity,
            ts_ns=message.ts_ns,
            px_estimated=message.px_estimated,
        )
        self._venues.take_fill(link, fill, r.Source.STREAM)

    def _checked(self, link: Link, order: Order, event: Event, verdict: Verdict) -> None:
        """What the revision calls for; and the venue's sums must agree with it."""
        self._venues.follow_up(order, event, verdict)
        self._reconciler.start(link, gating=False)
