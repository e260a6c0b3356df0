"""INV-8 from the journal alone: worst-case exposure and limits recomputed without the router's code.

Nothing of the book, of exposure or of limits is used: orders, positions and limits are read from the
records as they are written. Exposure may only go up by a planned order or change, and then to no more
than the limits in force at that record.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Any

import attrs

from engine.model.enums import Side
from engine.orders import records as r

ENDED = frozenset({"denied", "filled", "cancelled", "rejected", "expired", "never_arrived"})
ZERO = Decimal(0)


@attrs.define
class Known:
    """An order as its records tell it."""

    account: str
    strategy: str
    instrument: str
    side: Side
    quantity: Decimal
    price: Decimal
    cum: Decimal = ZERO
    claimed: Decimal = ZERO
    ended: bool = False
    asked_quantity: Decimal | None = None
    asked_price: Decimal | None = None

    @property
    def rest(self) -> Decimal:
        most = self.claimed
        if not self.ended:
            most = max(self.quantity, self.asked_quantity or ZERO, self.claimed)
        return max(most - self.cum, ZERO)

    @property
    def worst(self) -> Decimal:
        return max(abs(self.price), abs(self.asked_price or ZERO))


Sums = dict[tuple[str, ...], Decimal]


class Auditor:
    """Reads records one by one; `faults` are where exposure went above the limits in force."""

    def __init__(self) -> None:
        self.orders: dict[str, Known] = {}
        self.positions: Counter[tuple[str, str, str]] = Counter()
        self.multipliers: dict[str, Decimal] = {}
        self.risk: Mapping[str, Any] = {}
        self.before: Sums = {}
        self.faults: list[str] = []
        self.checked = 0

    def read(self, bodies: Iterable[bytes]) -> "Auditor":
        for number, body in enumerate(bodies):
            record = r.from_bytes(body)
            with localcontext() as exact:
                exact.prec = 100
                self.take(record)
                self.compare(number, record)
        return self

    def take(self, record: Any) -> None:
        """What a record says happened."""
        if isinstance(record, r.LimitsVersion):
            self.risk = json.loads(record.text)
        elif isinstance(record, r.InstrumentRecord):
            self.multipliers[record.definition.id] = record.definition.multiplier
        elif isinstance(record, r.PlannedOrder):
            wish = record.intent
            self.orders[record.client_order_id] = Known(
                account=record.account,
                strategy=wish.strategy,
                instrument=wish.instrument,
                side=wish.side,
                quantity=wish.quantity,
                price=record.reserve_price,
            )
        elif isinstance(record, r.ReplacePlanned):
            order = self.orders[record.client_order_id]
            order.asked_quantity, order.asked_price = record.quantity, record.price
        elif isinstance(record, r.OrderEventRecord):
            self.event(record)
        elif isinstance(record, r.FillRecord):
            self.fill(record)

    def event(self, record: r.OrderEventRecord) -> None:
        order = self.orders[record.client_order_id]
        order.ended = record.lifecycle in ENDED
        order.quantity, order.claimed = record.quantity, record.venue_cum_qty
        order.price = order.price if record.price is None else record.price
        if not record.replacing:
            order.asked_quantity = order.asked_price = None

    def fill(self, record: r.FillRecord) -> None:
        order = self.orders[record.client_order_id]
        order.cum, order.ended = record.cum_qty, record.lifecycle in ENDED
        signed = record.last_qty * (1 if record.side is Side.BUY else -1)
        self.positions["account", order.account, order.instrument] += signed  # type: ignore[assignment]
        self.positions["strategy", order.strategy, order.instrument] += signed  # type: ignore[assignment]

    def worst(self) -> Sums:
        """Every sum at worst, by (what, kind, owner, subject)."""
        reach: dict[tuple[str, str, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
        sums: Sums = defaultdict(lambda: ZERO)
        for order in self.orders.values():
            for kind, owner in (("account", order.account), ("strategy", order.strategy)):
                reach[kind, owner, order.instrument][order.side is Side.SELL] += order.rest
                value = order.rest * order.worst * self.multipliers[order.instrument]
                sums["max_open_notional", kind, owner, "USDT"] += value
                sums["max_open_orders", kind, owner, ""] += not order.ended
        for key in {*reach, *self.positions}:
            held, (buys, sells) = self.positions[key], reach[key]
            sums["long", *key] = held + buys
            sums["short", *key] = sells - held
        return dict(sums)

    def limit(self, key: tuple[str, ...]) -> Decimal | None:
        """The limit in force on a sum: of the chain for accounts, of its own section for a strategy."""
        what, kind, owner, subject = key
        name = "max_position" if what in ("long", "short") else what
        venue = owner.partition(".")[0]
        chain = (
            self.risk["instruments"].get(subject),
            self.risk["accounts"].get(owner),
            self.risk["venues"].get(venue),
            self.risk["defaults"],
        )
        if kind == "strategy":
            chain = (self.risk["strategies"].get(owner),)
        for section in chain:
            said = None if section is None else section[name]
            if isinstance(said, dict):
                said = said.get(subject)
            if said is not None:
                return Decimal(str(said))
        return None

    def compare(self, number: int, record: object) -> None:
        """No sum may be above its limit and above what it was before the record."""
        now = self.worst()
        for key, value in now.items():
            most = self.limit(key)
            if most is not None and value > max(most, self.before.get(key, ZERO)):
                self.faults.append(
                    f"record {number} {type(record).__name__}: {key} {value} > {most}"
                )
        self.before = now
        self.checked += 1
