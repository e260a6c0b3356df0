"""Comparing what we know of an account with what the venue answered. Pure: it looks and finds.

What was heard here after the question was asked is left out: the answer cannot know it. What we
only asked for meanwhile leaves nothing out, else an order in doubt that is cancelled again and again
would never be compared. Fills are
counted before orders are compared, orders before positions, so each step sees what the one before
has settled.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain

import attrs

from engine.messages.venue import (
    OrderUpdate,
    ReconcilePart,
    UpdateKind,
    VenueBalance,
    VenueFill,
    VenueOrder,
    VenuePosition,
)
from engine.model.enums import TERMINAL, Certainty, Lifecycle, Origin
from engine.model.money import ZERO, plain
from engine.orders.book import BookOfOrders
from engine.orders.news import answer_of_doubt
from engine.orders.order import Order
from engine.orders.state import Event

_ENDED: dict[Lifecycle, Event] = {
    Lifecycle.FILLED: Event.FILLED,
    Lifecycle.CANCELLED: Event.CANCELLED,
    Lifecycle.REJECTED: Event.REJECTED,
    Lifecycle.DENIED: Event.REJECTED,
    Lifecycle.EXPIRED: Event.EXPIRED,
    Lifecycle.NEVER_ARRIVED: Event.REJECTED,
}


@attrs.frozen(kw_only=True)
class VenueAnswer:
    """All parts of one answer together; `asked_at` is the number of the last record before the question.

    `unproven`: nobody vouches for the positions, so there is nothing to compare ours with.
    """

    orders: tuple[VenueOrder, ...]
    fills: tuple[VenueFill, ...]
    positions: tuple[VenuePosition, ...]
    balances: tuple[VenueBalance, ...]
    complete: bool
    since_ns: int
    asked_at: int
    unproven: bool = False


def is_whole(parts: Iterable[ReconcilePart]) -> bool:
    """Whether there is each part up to the last one; some may have come twice.

    Nothing is made of a size that a part tells of itself: it may be any number.
    """
    numbers = {part.part for part in parts}
    return not numbers or (min(numbers) == 0 and max(numbers) == len(numbers) - 1)


def merged(parts: Iterable[ReconcilePart], *, since_ns: int, asked_at: int) -> VenueAnswer:
    """The whole answer; complete only if every part is and it reaches as far back as asked."""
    parts = sorted(parts, key=lambda part: part.part)
    return VenueAnswer(
        orders=tuple(order for part in parts for order in part.orders),
        fills=tuple(fill for part in parts for fill in part.fills),
        positions=tuple(position for part in parts for position in part.positions),
        balances=tuple(balance for part in parts for balance in part.balances),
        complete=bool(parts) and all(p.complete and p.since_ns <= since_ns for p in parts),
        since_ns=since_ns,
        asked_at=asked_at,
        unproven=any(part.unproven for part in parts),
    )


# --- what can be found -------------------------------------------------------------------------


@attrs.frozen
class OrderDiffers:
    """The venue knows of the order what we do not."""

    order: Order
    found: VenueOrder
    event: Event


@attrs.frozen
class OrderAbsent:
    """An open order of ours that a complete answer does not know."""

    order: Order


@attrs.frozen
class OrderExternal:
    """A working order that is not ours."""

    found: VenueOrder


@attrs.frozen
class FillsDiffer:
    """The venue counts more filled, or less, than its fills add up to here."""

    order: Order
    found: VenueOrder

    @property
    def text(self) -> str:
        """One line for people."""
        ours, theirs = plain(self.order.cum_qty), plain(self.found.cum_qty)
        return f"order {self.order.client_order_id}: filled {ours} here, {theirs} at the venue"


@attrs.frozen
class PositionDiffers:
    """The account's position is another one at the venue."""

    instrument: str
    ours: Decimal
    theirs: Decimal
    avg_px: Decimal

    @property
    def text(self) -> str:
        """One line for people."""
        ours, theirs = plain(self.ours), plain(self.theirs)
        return f"position {self.instrument}: {ours} here, {theirs} at the venue"


@attrs.frozen
class Moved:
    """What was heard of after the question was asked: the answer cannot know it."""

    orders: frozenset[str]
    instruments: frozenset[str]


def moved_since(book: BookOfOrders, account: str, answer: VenueAnswer) -> Moved:
    """Look before the answer is applied, for applying it changes things as well."""
    named = (book.orders.find(account, o.client_order_id, o.venue_order_id) for o in answer.orders)
    candidates = chain((o for o in named if o is not None), book.orders.open_of_account(account))
    positions = book.accounts.of(account).items()
    return Moved(
        frozenset(o.client_order_id for o in candidates if o.touched > answer.asked_at),
        frozenset(name for name, held in positions if held.touched > answer.asked_at),
    )


OrderFinding = OrderDiffers | OrderAbsent | OrderExternal


def new_fills(book: BookOfOrders, account: str, answer: VenueAnswer) -> Iterator[VenueFill]:
    """Fills of the answer that may not be counted yet, oldest first."""
    for fill in sorted(answer.fills, key=lambda each: each.ts_ns):
        if fill.ts_ns >= answer.since_ns or book.fill_keys.is_known(account, fill.fill_key):
            yield fill


def compare_orders(
    book: BookOfOrders, account: str, answer: VenueAnswer, moved: Moved, settled: frozenset[str]
) -> list[OrderFinding]:
    """Differences in orders, in the order of the answer, absent ones last.

    `settled` are orders in doubt whose last request can have no effect any more.
    """
    findings: list[OrderFinding] = []
    seen: set[str] = set()
    for found in answer.orders:
        order = book.orders.find(account, found.client_order_id, found.venue_order_id)
        if order is None:
            if found.lifecycle not in TERMINAL:
                findings.append(OrderExternal(found))
            continue
        seen.add(order.client_order_id)
        if order.client_order_id in moved.orders:
            continue
        if _is_larger(order, found):
            findings.append(OrderExternal(found))
            continue
        event = _event_for(order, found, settled=order.client_order_id in settled)
        if event is not None:
            findings.append(OrderDiffers(order, found, event))
    if answer.complete:
        findings += [
            OrderAbsent(order)
            for order in book.orders.open_of_account(account)
            if order.client_order_id not in seen
            and order.client_order_id not in moved.orders
            and answer.since_ns <= order.created_ns
        ]
    return findings


def _is_larger(order: Order, found: VenueOrder) -> bool:
    """Whether a stranger's order that only its fills had shown goes on working with more."""
    works_on = order.is_terminal and found.lifecycle not in TERMINAL
    return works_on and order.origin is Origin.EXTERNAL and found.quantity > order.quantity


def _event_for(order: Order, found: VenueOrder, *, settled: bool) -> Event | None:
    if found.lifecycle in TERMINAL:
        return None if order.is_terminal else _ENDED[found.lifecycle]
    if order.is_terminal:
        return Event.FOUND_OPEN
    if order.certainty is Certainty.UNKNOWN:
        return answer_of_doubt(order, found.quantity, found.price, settled=settled)
    if order.is_unanswered:
        return Event.FOUND_OPEN
    # Some venues tell no price of their orders: that is no other price.
    changed = found.quantity != order.quantity or found.price not in (None, order.price)
    return Event.REPLACED if changed and not order.is_replacing else None


def compare_fills(
    book: BookOfOrders, account: str, answer: VenueAnswer, moved: Moved
) -> list[FillsDiffer]:
    """Orders whose counted fills do not add up to what the venue says was filled."""
    findings = []
    for found in answer.orders:
        order = book.orders.find(account, found.client_order_id, found.venue_order_id)
        if order is None or order.client_order_id in moved.orders:
            continue
        if found.cum_qty != order.cum_qty:
            findings.append(FillsDiffer(order, found))
    return findings


def compare_positions(
    book: BookOfOrders, account: str, answer: VenueAnswer, unsettled: frozenset[str]
) -> list[PositionDiffers]:
    """Differences in positions, but not of instruments that are `unsettled`."""
    theirs = {position.instrument: position for position in answer.positions}
    ours = book.accounts.of(account)
    names = sorted(theirs.keys() | ours.keys()) if answer.complete else sorted(theirs)
    findings = []
    for name in names:
        own, other = ours.get(name), theirs.get(name)
        held = ZERO if own is None else own.quantity
        told = ZERO if other is None else other.quantity
        if held != told and name not in unsettled:
            avg_px = ZERO if other is None else other.avg_px
            findings.append(PositionDiffers(name, held, told, avg_px))
    return findings


def update_of(found: VenueOrder) -> OrderUpdate:
    """The answer about one order as if the session had told it."""
    return OrderUpdate(
        session="",
        boot=0,
        sequence=0,
        client_order_id=found.client_order_id,
        venue_order_id=found.venue_order_id,
        kind=UpdateKind.ACCEPTED,
        cum_qty=found.cum_qty,
        price=found.price,
        quantity=found.quantity,
        code="",
        text="",
        ts_ns=found.ts_ns,
    )
