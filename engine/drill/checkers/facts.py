"""Orders as the journal's records tell them: a second, plain fold that shares nothing with the book.

A record says itself what state an order is in after it; this only remembers that. Derived figures
(what may still be filled, positions) are computed by the checkers that need them.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

import attrs

from engine.drill.checkers.history import Entry
from engine.model.enums import TERMINAL, Certainty, Lifecycle, Side
from engine.orders import records as r


@attrs.define(eq=False, kw_only=True)
class Known:
    """One order after the records so far; `planned_at` is the number of its first record."""

    client_order_id: str
    intent_id: str
    strategy: str
    account: str
    instrument: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    reserve_price: Decimal
    planned_at: int
    lifecycle: Lifecycle = Lifecycle.PLANNED
    certainty: Certainty = Certainty.KNOWN
    cum_qty: Decimal = Decimal(0)
    claimed_qty: Decimal = Decimal(0)
    asked_quantity: Decimal | None = None
    asked_price: Decimal | None = None

    @property
    def is_over(self) -> bool:
        """Whether its lifecycle has ended."""
        return self.lifecycle in TERMINAL

    @property
    def is_ours(self) -> bool:
        """Whether the engine placed it."""
        return bool(self.intent_id)


class Orders:
    """All orders by client order id; `take` returns the one that a record is about."""

    def __init__(self) -> None:
        self.by_id: dict[str, Known] = {}

    def take(self, entry: Entry) -> Known | None:
        """Take a record in; the order it changed, None when it is about none (or one never planned)."""
        record = entry.record
        if isinstance(record, r.PlannedOrder):
            known = self.by_id[record.client_order_id] = _planned(record, entry.sequence)
            return known
        if isinstance(record, r.ExternalOrder):
            known = _external(record, entry.sequence)
            if (before := self.by_id.get(known.client_order_id)) is not None:
                known.cum_qty, known.strategy = before.cum_qty, before.strategy
                known.claimed_qty = before.claimed_qty
            self.by_id[known.client_order_id] = known
            return known
        known_id = getattr(record, "client_order_id", None)
        found = self.by_id.get(known_id) if isinstance(known_id, str) else None
        if found is None:
            return None
        if isinstance(record, r.OrderEventRecord):
            _event(found, record)
        elif isinstance(record, r.FillRecord | r.BustRecord):
            found.lifecycle, found.certainty = record.lifecycle, record.certainty
            found.cum_qty = record.cum_qty
            if isinstance(record, r.BustRecord):
                left = max(found.claimed_qty - record.last_qty, record.cum_qty)
                found.claimed_qty = min(found.claimed_qty, left)
        elif isinstance(record, r.CorrectionRecord):
            found.lifecycle, found.certainty = record.lifecycle, record.certainty
            found.cum_qty, found.claimed_qty = record.cum_qty, record.venue_cum_qty
        elif isinstance(record, r.FillVoided):
            found.claimed_qty = record.venue_cum_qty
        elif isinstance(record, r.OrderClaimed):
            found.strategy = record.owner
        elif isinstance(record, r.ReplacePlanned):
            found.asked_quantity, found.asked_price = record.quantity, record.price
        else:
            return None
        return found

    def __iter__(self) -> Iterator[Known]:
        return iter(self.by_id.values())


def at_the_end(entries: Iterable[Entry]) -> Orders:
    """All orders after the last record."""
    orders = Orders()
    for entry in entries:
        orders.take(entry)
    return orders


def _planned(record: r.PlannedOrder, sequence: int) -> Known:
    intent = record.intent
    return Known(
        client_order_id=record.client_order_id,
        intent_id=intent.intent_id,
        strategy=intent.strategy,
        account=record.account,
        instrument=intent.instrument,
        side=intent.side,
        quantity=intent.quantity,
        price=intent.price,
        reserve_price=record.reserve_price,
        planned_at=sequence,
    )


def _external(record: r.ExternalOrder, sequence: int) -> Known:
    return Known(
        client_order_id=record.client_order_id,
        intent_id="",
        strategy="",
        account=record.account,
        instrument=record.instrument,
        side=record.side,
        quantity=record.quantity,
        price=record.price,
        reserve_price=record.reserve_price,
        planned_at=sequence,
        lifecycle=record.lifecycle,
        cum_qty=record.cum_qty,
        claimed_qty=record.cum_qty,
    )


def _event(known: Known, record: r.OrderEventRecord) -> None:
    known.lifecycle, known.certainty = record.lifecycle, record.certainty
    known.claimed_qty = record.venue_cum_qty
    if (record.quantity, record.price) != (known.quantity, known.price):
        known.quantity, known.price = record.quantity, record.price
        known.reserve_price = known.reserve_price if record.price is None else record.price
    if not record.replacing:
        known.asked_quantity = known.asked_price = None
