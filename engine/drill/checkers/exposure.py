"""INV-8: worst-case exposure within the limits at every record, summed anew from the records alone.

An order may still be filled with the most of what its terms say, what a change under way asks for,
and what the venue has claimed. What the engine decides (a plan, a change) must fit; what happens to
it from outside (strangers' orders, fills beyond an order, positions found, other terms imposed,
tighter limits) may leave it above a limit, but then nothing that it decides may add to that.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from engine.drill.checkers.facts import Known, Orders
from engine.drill.checkers.history import Entry, History
from engine.drill.checkers.verdict import Checker, Evidence, Findings
from engine.model.enums import Side
from engine.model.instrument import venue_of
from engine.model.money import ZERO
from engine.orders import records as r

Place = tuple[str, str]
"""(owner, instrument); owners are accounts, and strategies as `strategy:<name>`."""


class _Held(NamedTuple):
    """What one order may still come to."""

    instrument: str
    currency: str
    buy: Decimal
    sell: Decimal
    value: Decimal
    is_open: bool


class _Books:
    """Positions and reservations by owner."""

    def __init__(self) -> None:
        self.terms: dict[str, tuple[Decimal, str]] = {}
        self.positions: dict[Place, Decimal] = defaultdict(Decimal)
        self.buys: dict[Place, Decimal] = defaultdict(Decimal)
        self.sells: dict[Place, Decimal] = defaultdict(Decimal)
        self.values: dict[Place, Decimal] = defaultdict(Decimal)
        self.open_orders: dict[str, int] = defaultdict(int)
        self.open_at: dict[Place, int] = defaultdict(int)
        self._held: dict[str, tuple[tuple[str, ...], _Held]] = {}

    def reserve(self, known: Known) -> None:
        """Replace what the order held before."""
        name, owners = known.client_order_id, owners_of(known.account, known.strategy)
        held = self._reservation(known)
        former, before = self._held.get(name, ((), held))
        for owner in former:
            self._count(owner, before, -1)
        for owner in owners:
            self._count(owner, held, 1)
        self._held[name] = owners, held

    def _reservation(self, known: Known) -> _Held:
        multiplier, currency = self.terms.get(known.instrument, (Decimal(1), ""))
        most = known.claimed_qty
        if not known.is_over:
            most = max(most, known.quantity, known.asked_quantity or ZERO)
        rest = max(most - known.cum_qty, ZERO)
        price = max(abs(known.reserve_price), abs(known.asked_price or ZERO))
        buy, sell = (rest, ZERO) if known.side is Side.BUY else (ZERO, rest)
        value = price * rest * multiplier
        return _Held(known.instrument, currency, buy, sell, value, not known.is_over)

    def _count(self, owner: str, held: _Held, sign: int) -> None:
        place = (owner, held.instrument)
        self.buys[place] += held.buy * sign
        self.sells[place] += held.sell * sign
        self.values[owner, held.currency] += held.value * sign
        self.open_orders[owner] += sign * held.is_open
        self.open_at[place] += sign * held.is_open

    def worst(self, place: Place) -> Decimal:
        """The largest position, long or short, that the place may come to."""
        position = self.positions[place]
        return max(position + self.buys[place], self.sells[place] - position)


class _Sections:
    """The limits in force, read from the journal's own text."""

    def __init__(self) -> None:
        self._sections: Mapping[str, Any] = {}
        self._found: dict[tuple[str, str, str], Any] = {}

    def take(self, text: str) -> None:
        self._sections = json.loads(text)
        self._found.clear()

    def of(self, owner: str, instrument: str, name: str) -> Any:
        """The limit `name` that holds for an owner in an instrument, None for none."""
        key = (owner, instrument, name)
        if key not in self._found:
            self._found[key] = self._look_up(owner, instrument, name)
        return self._found[key]

    def _look_up(self, owner: str, instrument: str, name: str) -> Any:
        if owner.startswith(_STRATEGY):
            own = self._sections.get("strategies", {}).get(owner.removeprefix(_STRATEGY)) or {}
            return own.get(name)
        said = [
            self._sections.get("instruments", {}).get(instrument) or {},
            self._sections.get("accounts", {}).get(owner) or {},
            self._sections.get("venues", {}).get(venue_of(instrument)) or {},
            self._sections.get("defaults") or {},
        ]
        values = [each[name] for each in said if each.get(name) is not None]
        if not values:
            return None
        if isinstance(values[0], Mapping):
            return {key: value for each in reversed(values) for key, value in each.items()}
        return values[0]


_STRATEGY = "strategy:"
_IMPOSED = (
    r.ExternalOrder,
    r.PositionAdopted,
    r.LimitsVersion,
    r.InstrumentRecord,
    r.BustRecord,
    r.CorrectionRecord,
    r.OrderClaimed,
    r.PositionClaimed,
)
_IMPOSED_VERDICTS = frozenset({"late", "zombie", "overfill"})
_DECIDED = (r.PlannedOrder, r.ReplacePlanned)


def owners_of(account: str, strategy: str) -> tuple[str, ...]:
    """Whose sums an order of this account and strategy counts in."""
    return (account, _STRATEGY + strategy) if strategy else (account,)


class _Watch:
    """Goes through the records and compares after each."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.orders = Orders()
        self.books = _Books()
        self.limits = _Sections()

    def take(self, entry: Entry) -> None:
        record = entry.record
        places = self._places(record)
        before = {place: self._excess(place) for place in places}
        is_imposed = self._is_imposed(record)
        self._apply(entry)
        for place in places or self._places(record):
            allowed = before.get(place, ZERO)
            excess = self._excess(place)
            self.findings.expect(
                is_imposed or excess <= max(allowed, ZERO),
                partial(self._exceeded, entry.sequence, place, excess),
            )
        if isinstance(record, _DECIDED):
            self._sums(entry)

    def _exceeded(self, sequence: int, place: Place, excess: Decimal) -> str:
        return (
            f"record {sequence}: {place[0]} may come to {self.books.worst(place)} "
            f"{place[1]}, {excess} above its limit"
        )

    def _places(self, record: object) -> list[Place]:
        if isinstance(record, r.PlannedOrder):
            instrument = record.intent.instrument
            owners = owners_of(record.account, record.intent.strategy)
            return [(owner, instrument) for owner in owners]
        known = self.orders.by_id.get(str(getattr(record, "client_order_id", "")))
        if known is None:
            return []
        return [(o, known.instrument) for o in owners_of(known.account, known.strategy)]

    def _excess(self, place: Place) -> Decimal:
        most = self.limits.of(*place, "max_position")
        return ZERO if most is None else max(self.books.worst(place) - Decimal(str(most)), ZERO)

    def _is_imposed(self, record: object) -> bool:
        if isinstance(record, _IMPOSED) or getattr(record, "verdict", "") in _IMPOSED_VERDICTS:
            return True
        known = self.orders.by_id.get(str(getattr(record, "client_order_id", "")))
        if known is None:
            return False
        if not known.is_ours:
            return True
        if not isinstance(record, r.OrderEventRecord):
            return False
        most = max(known.quantity, known.asked_quantity or ZERO)
        return record.quantity > most or record.venue_cum_qty > most

    def _apply(self, entry: Entry) -> None:
        record, books = entry.record, self.books
        if isinstance(record, r.LimitsVersion):
            self.limits.take(record.text)
        elif isinstance(record, r.InstrumentRecord):
            definition = record.definition
            books.terms[definition.id] = (definition.multiplier, definition.currency)
            for each in self.orders:
                if each.instrument == definition.id:
                    books.reserve(each)
        elif isinstance(record, r.PositionAdopted):
            books.positions[record.account, record.instrument] = record.quantity
        elif isinstance(record, r.PositionClaimed):
            books.positions[_STRATEGY + record.owner, record.instrument] += record.quantity
        known = self.orders.take(entry)
        if known is None:
            return
        books.reserve(known)
        if isinstance(record, r.FillRecord | r.BustRecord):
            sign = known.side.sign if isinstance(record, r.FillRecord) else -known.side.sign
            self._move(known, record.last_qty * sign)
        elif isinstance(record, r.CorrectionRecord):
            self._move(known, (record.last_qty - record.was_qty) * known.side.sign)

    def _move(self, known: Known, quantity: Decimal) -> None:
        for owner in owners_of(known.account, known.strategy):
            self.books.positions[owner, known.instrument] += quantity

    def _sums(self, entry: Entry) -> None:
        """Limits on value and number of open orders, where the engine decided something."""
        record, books = entry.record, self.books
        for place in self._places(record):
            owner, instrument = place
            _, currency = books.terms.get(instrument, (Decimal(1), ""))
            money = self.limits.of(*place, "max_open_notional")
            value = books.values[owner, currency]
            self.findings.expect(
                money is None or value <= Decimal(str(money.get(currency, 0))),
                f"record {entry.sequence}: {owner} has open orders of {value} {currency}",
            )
            if isinstance(record, r.ReplacePlanned):
                continue
            for most, number in (
                (self.limits.of(*place, "max_open_orders"), books.open_orders[owner]),
                (
                    self.limits.of(*place, "max_open_orders_per_instrument"),
                    books.open_at[owner, instrument],
                ),
            ):
                self.findings.expect(
                    most is None or number <= most,
                    f"record {entry.sequence}: {owner} has {number} open orders, {most} allowed",
                )


def _within_limits(history: History, findings: Findings) -> None:
    watch = _Watch(findings)
    for entry in history.records or ():
        watch.take(entry)


INV_8 = Checker(
    "INV-8",
    "at no record does worst-case exposure exceed the limits by a decision of the engine",
    needs=frozenset({Evidence.RECORDS}),
    run=_within_limits,
)
