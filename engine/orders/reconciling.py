"""Coming to agreement with a venue: ask for everything, compare, apply, and only then trade.

A gating comparison follows each log-in and each hole in a session's numbers: orders wait until it is
done. In between the account is compared at intervals without stopping anything. What cannot be
explained must be found twice, because answers of a venue are not of one moment; then orders are
blocked until it is gone or a person accepts the venue's word.
"""

from collections.abc import Callable, Iterator

from engine.messages.venue import (
    Fill,
    ReconcileDone,
    ReconcilePart,
    ReconcileRequest,
    SessionRole,
    VenueFill,
)
from engine.model.enums import Certainty, VenueStateWord
from engine.model.money import ZERO
from engine.orders import records as r
from engine.orders.cash import balances_told, tied
from engine.orders.claiming import claim_if_configured
from engine.orders.cumulative import is_behind
from engine.orders.kernel import Kernel
from engine.orders.link import CONFLICTS_MAX, PARTS_MAX, Link, Run, Watch
from engine.orders.news import accepted_fill, external_order, order_event
from engine.orders.order import Order
from engine.orders.reconcile import (
    FillsDiffer,
    Moved,
    OrderAbsent,
    OrderDiffers,
    OrderExternal,
    OrderFinding,
    VenueAnswer,
    compare_fills,
    compare_orders,
    compare_positions,
    is_whole,
    merged,
    moved_since,
    new_fills,
    update_of,
)
from engine.orders.state import Event, Verdict
from engine.risk.rates import NS

OVERLAP_NS = 300 * NS
"""Each question reaches back this far behind the last agreement: clocks differ, answers lag."""

FIRST_CONTACT_NS = 24 * 3600 * NS
"""How far back the first question on an account reaches."""

SUSPICION_RETRY_S = 1.0
"""A difference seen once is looked at again after this time."""

ABSENCES_NEEDED = 2
"""Complete answers after the horizon that must not know an order before it never arrived."""

REASON_CHARS_MAX = 500
"""Of a message to session and strategies; the journal has the whole list."""

TakeFill = Callable[[Link, Fill | VenueFill, r.Source], bool]
FollowUp = Callable[[Order, Event, Verdict], None]


class Reconciler:
    """Runs comparisons; `take_fill` and `follow_up` are the venue desk's, the third the kill switch's."""

    take_fill: TakeFill
    follow_up: FollowUp
    on_unexplained: Callable[[Link, str], None]
    on_unproven: Callable[[Link, str], None]

    def __init__(self, kernel: Kernel) -> None:
        self._k = kernel

    def horizon_ns(self, link: Link) -> int:
        """How long after its last request an order may still turn up at the venue."""
        answer_ns = int(link.settings.capabilities.answer_within_s * NS) + 2 * link.delay_ns_max
        return max(int(self._k.settings.horizon_s_min * NS), answer_ns)

    def is_settled(self, link: Link, client_order_id: str, mono_ns: int) -> bool:
        """Whether by `mono_ns` the last request for an order in doubt could have no effect any more."""
        watch = link.doubts.get(client_order_id)
        return watch is not None and mono_ns - watch.since_mono_ns >= self.horizon_ns(link)

    # --- asking --------------------------------------------------------------------------------

    def start(self, link: Link, *, gating: bool) -> None:
        """Ask for everything, unless that is under way; `gating` stops orders until it is done."""
        k = self._k
        if not link.is_connected:
            return
        if gating:
            reason = "; ".join(link.blocked) or "comparing with the venue"
            k.set_venue_state(link, VenueStateWord.RECONCILING, reason)
        if link.run is not None:
            # What made us ask may be newer than the answer that is on its way.
            link.run.gating, link.run.again = link.run.gating or gating, link.run.again or gating
            return
        if not gating and self._is_too_soon(link):
            return
        gating, link.retry_gating = gating or link.retry_gating, False
        link.requests, link.retry_mono_ns = link.requests + 1, 0
        run = Run(
            request_id=(k.book.boot.number << 32) + link.requests,
            asked_mono_ns=k.now.mono_ns,
            asked_ns=k.now.wall_ns,
            asked_at=k.book.applied,
            since_ns=self._since_ns(link),
            gating=gating,
            tied=tied(k.book, link.account),
        )
        link.run = run
        request = ReconcileRequest(
            session_boot=link.boot,
            router_boot=k.book.boot.router_boot,
            request_id=run.request_id,
            since_ns=run.since_ns,
            instruments=self._instruments(link),
        )
        k.send(link.session, request)

    def _is_too_soon(self, link: Link) -> bool:
        """News that make us ask may come in floods; the venue's patience is bounded.

        What an answer itself makes us ask waits for the verdict on it: a session takes a verdict for
        the newest question only.
        """
        now_ns, interval_ns = self._k.now.mono_ns, int(self._k.settings.query_interval_s * NS)
        soonest_ns = link.background_mono_ns + interval_ns
        if now_ns >= soonest_ns and not link.is_concluding:
            link.background_mono_ns = now_ns
            return False
        link.retry_mono_ns = link.retry_mono_ns or max(soonest_ns, now_ns)
        return True

    def _since_ns(self, link: Link) -> int:
        book = self._k.book
        first = self._k.now.wall_ns - FIRST_CONTACT_NS
        agreed = max(link.agreed_ns, book.reconciled_ns.get(link.account, first))
        # Absence is evidence only for what the answer reaches back to.
        oldest = min(
            (o.created_ns for o in book.orders.open_of_account(link.account)), default=agreed
        )
        return max(0, min(agreed, oldest) - OVERLAP_NS)

    def _instruments(self, link: Link) -> tuple[str, ...]:
        k = self._k
        rights = k.settings.strategies.values()
        wanted = {
            name
            for each in rights
            if each.mode is link.settings.mode
            for name in each.instruments
            if k.link_of(name, each.mode) is link
        }
        wanted |= {order.instrument for order in k.book.orders.open_of_account(link.account)}
        wanted |= {name for name, held in k.book.accounts.of(link.account).items() if held.quantity}
        return tuple(sorted(wanted))

    # --- the answer ----------------------------------------------------------------------------

    def part(self, link: Link, message: ReconcilePart) -> None:
        """Take one part of an answer; the last one brings the comparison."""
        run = link.run
        if run is None or message.request_id != run.request_id:
            self._k.counters["stray_reconcile_part"] += 1
            return
        if message.error:
            self.fail(link, message.error)
            return
        run.parts.append(message)
        link.parts_most.note(len(run.parts))
        if len(run.parts) > PARTS_MAX:
            self.fail(link, f"more than {PARTS_MAX} parts")
        elif message.last and not is_whole(run.parts):
            self.fail(link, "a part of the answer is missing")
        elif message.last:
            self._complete(link, run)

    def distrust(self, link: Link, message: ReconcilePart, fault: str) -> None:
        """A part that cannot be true: the whole answer is worth nothing."""
        if link.run is not None and message.request_id == link.run.request_id:
            self.fail(link, fault)

    def fail(self, link: Link, reason: str) -> None:
        """The venue could not be asked: try again later; orders keep waiting if they did."""
        run, link.run = link.run, None
        k = self._k
        k.counters["reconcile_failed"] += 1
        self._retry(link, k.settings.query_interval_s, gating=run is not None and run.gating)
        if run is not None and run.gating:
            k.set_venue_state(link, VenueStateWord.RECONCILING, f"comparison failed: {reason}")

    def postpone(self, link: Link) -> None:
        """Give up what is under way and ask again later; orders wait on if they do now."""
        gating = link.state is VenueStateWord.RECONCILING
        link.run = None
        self._retry(link, self._k.settings.query_interval_s, gating=gating)

    def _retry(self, link: Link, after_s: float, *, gating: bool) -> None:
        link.retry_mono_ns = self._k.now.mono_ns + int(after_s * NS)
        link.retry_gating = gating

    def _complete(self, link: Link, run: Run) -> None:
        link.run, link.is_concluding = None, True
        try:
            found, unexplained = self._compare(link, run)
            self._prove(link, run)
        finally:
            link.is_concluding = False
        self._conclude(link, run, found, tuple(sorted(unexplained)))

    def _compare(self, link: Link, run: Run) -> tuple[int, list[str]]:
        """Apply the answer: how much was found, and what nobody can explain."""
        k = self._k
        answer = merged(run.parts, since_ns=run.since_ns, asked_at=run.asked_at)
        link.answer = answer
        moved = moved_since(self._k.book, link.account, answer)
        if moved.instruments and self._is_first_contact(link):
            # What moves cannot be adopted, and what is not adopted now never will be.
            return 0, [f"the account moved during question {run.request_id}"]
        settled = frozenset(
            name for name in link.doubts if self.is_settled(link, name, run.asked_mono_ns)
        )
        found = self._count_fills(link, run, answer) + self._count_sums(link, answer, moved)
        unexplained: list[str] = []
        for finding in compare_orders(self._k.book, link.account, answer, moved, settled):
            found += 1
            unexplained += self._settle(link, run, finding)
        unexplained += self._compare_sums(link, answer, moved)
        told = balances_told(k.book, link.account, answer, run.tied, k.now.wall_ns)
        if told is not None:
            k.record(told)
        return found, unexplained

    def _prove(self, link: Link, run: Run) -> None:
        """What a person has not confirmed stops what could add to it; told once for each reason."""
        k = self._k
        text = next((part.unproven for part in reversed(run.parts) if part.unproven), "")
        text = text[:REASON_CHARS_MAX]
        if k.book.unproven.get(link.account, "") == text:
            return
        if text:
            self.on_unproven(link, text)  # first: an end between the two must not open the venue
        k.record(r.PositionsUnproven(account=link.account, text=text, ts_ns=k.now.wall_ns))

    def _count_fills(self, link: Link, run: Run, answer: VenueAnswer) -> int:
        k, found = self._k, 0
        if self._is_first_contact(link):
            self._know(link, answer)
        for fill in new_fills(k.book, link.account, answer):
            if not self.take_fill(link, fill, r.Source.RECONCILE):
                continue
            found += 1
            if not run.gating:  # the session was there all the time and should have told
                alarm = r.AlarmRecord(
                    kind=r.AlarmKind.MISSING_FILL,
                    account=link.account,
                    subject=fill.fill_key,
                    text=f"{fill.side} {fill.last_qty} {fill.instrument} at {fill.last_px}",
                    ts_ns=k.now.wall_ns,
                )
                k.record(alarm)
        return found

    def _count_sums(self, link: Link, answer: VenueAnswer, moved: Moved) -> int:
        """Where trades have no ids, the venue's sum is the fill; how many orders were behind it."""
        k, counted = self._k, 0
        if not link.settings.capabilities.fill_key.is_cumulative:
            return counted
        for told in answer.orders:
            order = k.book.orders.find(link.account, told.client_order_id, told.venue_order_id)
            if order is None or not is_behind(order, told, moved):
                continue
            source = r.Source.RECONCILE
            record = accepted_fill(order, told, ts_ns=k.now.wall_ns, source=source)
            if record is not None:
                k.record(record)
                self.follow_up(order, record.event, record.verdict)
                counted += 1
        return counted

    def _is_first_contact(self, link: Link) -> bool:
        return link.account not in self._k.book.reconciled_ns

    def _know(self, link: Link, answer: VenueAnswer) -> None:
        """What strangers traded before we came is in the positions found, not to be counted."""
        orders = self._k.book.orders
        old = [
            fill.fill_key
            for fill in answer.fills
            if orders.find(link.account, fill.client_order_id, fill.venue_order_id) is None
        ]
        for start in range(0, len(old), r.TARGETS_MAX):
            keys = tuple(old[start : start + r.TARGETS_MAX])
            record = r.FillsKnown(account=link.account, fill_keys=keys, ts_ns=self._k.now.wall_ns)
            self._k.record(record)

    def _settle(self, link: Link, run: Run, finding: OrderFinding) -> Iterator[str]:
        """Apply what one finding says; yields what it leaves unexplained."""
        if isinstance(finding, OrderDiffers):
            self._news(finding)
        elif isinstance(finding, OrderExternal):
            record = external_order(
                finding.found,
                account=link.account,
                mode=link.settings.mode,
                ts_ns=self._k.now.wall_ns,
            )
            self._k.record(record)
            found = self._k.book.orders.get(record.client_order_id)
            claim_if_configured(self._k, link, found)
        elif finding.order.certainty is Certainty.UNKNOWN:
            self._absent(link, run, finding)
        elif link.role is SessionRole.PAPER:
            self._end(finding.order, Event.CANCELLED, r.Source.RECONCILE, "paper venue forgot it")
        elif not finding.order.is_unanswered:  # else it may be on its way, or will be in doubt
            order = finding.order
            yield f"order {order.client_order_id}: {order.lifecycle} here, unknown to the venue"

    def _news(self, finding: OrderDiffers) -> None:
        record = order_event(
            finding.order,
            finding.event,
            source=r.Source.RECONCILE,
            ts_ns=self._k.now.wall_ns,
            update=update_of(finding.found),
        )
        if record is not None:
            self._k.record(record)
            self.follow_up(finding.order, record.event, record.verdict)

    def _absent(self, link: Link, run: Run, finding: OrderAbsent) -> None:
        """Absence counts as evidence only after the horizon, and only twice."""
        order = finding.order
        if not self.is_settled(link, order.client_order_id, run.asked_mono_ns):
            return
        watch = self.doubt(link, order)
        watch.absences += 1
        if watch.absences >= ABSENCES_NEEDED:
            text = (
                f"absent from {watch.absences} complete answers, the last asked at {run.asked_ns}"
            )
            self._end(order, Event.NEVER_ARRIVED, r.Source.RECONCILE, text)
        else:
            run.to_confirm = True

    def _end(self, order: Order, event: Event, source: r.Source, text: str) -> None:
        record = order_event(order, event, source=source, ts_ns=self._k.now.wall_ns, text=text)
        if record is not None:
            self._k.record(record)

    def _compare_sums(self, link: Link, answer: VenueAnswer, moved: Moved) -> list[str]:
        k = self._k
        fills = compare_fills(k.book, link.account, answer, moved)
        unsettled = moved.instruments.union(each.order.instrument for each in fills)
        positions = compare_positions(k.book, link.account, answer, unsettled)
        if self._is_first_contact(link):
            for each in positions:
                self._adopt(link, each.instrument, "router", "found at first contact")
        if answer.unproven or self._is_first_contact(link):
            positions = []
        texts = [each.text for each in fills] + [each.text for each in positions]
        if link.role is SessionRole.PAPER:
            self._shrug(link, texts)
            return []
        return texts

    def _shrug(self, link: Link, texts: list[str]) -> None:
        """A paper venue's word does not count against ours; a difference is a fault to look into."""
        for text in texts:
            if text in link.conflicts or len(link.conflicts) >= CONFLICTS_MAX:
                continue
            link.conflicts.add(text)
            alarm = r.AlarmRecord(
                kind=r.AlarmKind.UNEXPLAINED,
                account=link.account,
                subject="",
                text=text,
                ts_ns=self._k.now.wall_ns,
            )
            self._k.record(alarm)

    def _adopt(self, link: Link, instrument: str, by: str, reason: str) -> None:
        answer = link.answer
        held = {} if answer is None else {each.instrument: each for each in answer.positions}
        record = r.PositionAdopted(
            account=link.account,
            instrument=instrument,
            quantity=held[instrument].quantity if instrument in held else ZERO,
            avg_px=held[instrument].avg_px if instrument in held else ZERO,
            by=by,
            reason=reason,
            ts_ns=self._k.now.wall_ns,
        )
        self._k.record(record)

    # --- the conclusion ------------------------------------------------------------------------

    def _conclude(self, link: Link, run: Run, found: int, unexplained: tuple[str, ...]) -> None:
        k = self._k
        confirmed = tuple(text for text in unexplained if text in link.suspected)
        link.suspected = frozenset(unexplained)
        newly_blocked = bool(set(confirmed) - set(link.blocked))
        if run.gating or found or newly_blocked:
            record = r.ReconcileResult(
                account=link.account,
                request_id=run.request_id,
                ok=not unexplained,
                findings=found,
                unexplained=confirmed if newly_blocked else (),
                asked_ns=run.asked_ns,
                ts_ns=k.now.wall_ns,
            )
            k.record(record)
        if run.again:
            self.start(link, gating=True)
        elif not unexplained:
            self._agree(link, run)
            if run.to_confirm:
                self._confirm_soon(link)
        elif confirmed:
            self._block(link, run, confirmed)
            if newly_blocked:
                self.on_unexplained(link, "; ".join(confirmed)[:REASON_CHARS_MAX])
        else:
            self._retry(link, SUSPICION_RETRY_S, gating=run.gating)

    def _confirm_soon(self, link: Link) -> None:
        """An absence is confirmed without the wait that holds back floods, or doubts outlast INV-7."""
        k = self._k
        interval_ns = int(k.settings.query_interval_s * NS)
        link.background_mono_ns = k.now.mono_ns + int(SUSPICION_RETRY_S * NS) - interval_ns
        self._retry(link, SUSPICION_RETRY_S, gating=link.retry_gating)

    def _agree(self, link: Link, run: Run) -> None:
        k = self._k
        link.agreed_mono_ns, link.agreed_ns = k.now.mono_ns, run.asked_ns
        link.owed = {i for i in link.owed if _owes(k.book.orders.get(i))}
        link.owed_mono_ns = k.now.mono_ns if link.owed else 0
        if run.gating or link.blocked:
            link.blocked = ()
            self._done(link, run, ok=True, reason="")
            closed = link.told is VenueStateWord.CLOSED
            state = VenueStateWord.CLOSED if closed else VenueStateWord.READY
            k.set_venue_state(link, state, "")

    def _block(self, link: Link, run: Run, confirmed: tuple[str, ...]) -> None:
        k = self._k
        link.blocked = confirmed
        reason = "; ".join(confirmed)[:REASON_CHARS_MAX]
        self._done(link, run, ok=False, reason=reason)
        k.set_venue_state(link, VenueStateWord.RECONCILING, f"blocked: {reason}")
        self._retry(link, k.settings.reconcile_interval_s, gating=True)

    def _done(self, link: Link, run: Run, *, ok: bool, reason: str) -> None:
        done = ReconcileDone(
            session_boot=link.boot,
            router_boot=self._k.book.boot.router_boot,
            request_id=run.request_id,
            ok=ok,
            reason=reason,
        )
        self._k.send(link.session, done)

    # --- a person's word -----------------------------------------------------------------------

    def acceptable(self, link: Link) -> list[str]:
        """What `accept` would settle now, in words."""
        k, answer = self._k, link.answer
        if answer is None or not link.blocked:
            return []
        moved = moved_since(k.book, link.account, answer)
        fills = compare_fills(k.book, link.account, answer, moved)
        orders = compare_orders(k.book, link.account, answer, moved, frozenset())
        absent = [f.order for f in orders if isinstance(f, OrderAbsent)]
        positions = compare_positions(k.book, link.account, answer, moved.instruments)
        return [
            *(f"{each.text}: count the venue's" for each in fills),
            *(f"order {o.client_order_id}: call it cancelled" for o in absent if _is_sure(o)),
            *(f"{each.text}: take the venue's" for each in positions),
        ]

    def accept(self, link: Link, *, by: str, reason: str) -> int:
        """Take the venue's last answer for the truth; how many differences that settled."""
        k, answer = self._k, link.answer
        if answer is None or not link.blocked:
            return 0
        moved = moved_since(k.book, link.account, answer)
        fills = compare_fills(k.book, link.account, answer, moved)
        for each in fills:
            self._accept_fills(each)
        absent = [
            f
            for f in compare_orders(k.book, link.account, answer, moved, frozenset())
            if isinstance(f, OrderAbsent)
        ]
        for finding in absent:
            if _is_sure(finding.order):
                self._end(finding.order, Event.CANCELLED, r.Source.OPERATOR, reason)
        positions = compare_positions(k.book, link.account, answer, moved.instruments)
        for difference in positions:
            self._adopt(link, difference.instrument, by, reason)
        link.blocked, link.suspected = (), frozenset()
        self.start(link, gating=True)
        return len(fills) + len(absent) + len(positions)

    def _accept_fills(self, difference: FillsDiffer) -> None:
        """Count what the venue says was filled more as one fill at the price that explains it."""
        order, found = difference.order, difference.found
        record = accepted_fill(order, found, ts_ns=self._k.now.wall_ns)
        if record is not None:
            self._k.record(record)

    def doubt(self, link: Link, order: Order) -> Watch:
        """Since when the order is asked about."""
        watch = link.doubts.get(order.client_order_id)
        if watch is None:
            now_ns = self._k.now.mono_ns
            watch = link.doubts[order.client_order_id] = Watch(now_ns, now_ns)
        return watch


def _owes(order: Order | None) -> bool:
    return order is not None and order.venue_cum_qty > order.cum_qty


def _is_sure(order: Order) -> bool:
    return order.certainty is Certainty.KNOWN
