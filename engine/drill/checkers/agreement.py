"""INV-3, INV-5: when all is settled, the journal and the venue tell the same story of orders and money."""

from collections import Counter
from decimal import Decimal

import attrs

from engine.drill.checkers.facts import Known, at_the_end
from engine.drill.checkers.history import History
from engine.drill.checkers.verdict import Checker, Evidence, Findings
from engine.drill.checkers.witness import Seen, Witnessed, witnessed
from engine.model.enums import Certainty, Lifecycle
from engine.model.money import ZERO
from engine.orders import records as r

_OVER = frozenset({Lifecycle.FILLED, Lifecycle.CANCELLED, Lifecycle.EXPIRED})
_NOTHING_OF_IT = frozenset({Lifecycle.REJECTED, Lifecycle.NEVER_ARRIVED})
"""A refusal that was lost and that the venue does not list is found as absence: both mean nothing."""


def _agree(history: History, findings: Findings) -> None:
    ours = at_the_end(history.records or ()).by_id
    theirs = witnessed(history.venue or ()).orders
    for name, known in ours.items():
        if not known.is_ours:
            continue
        seen = theirs.get(name)
        if seen is None:
            findings.expect(
                known.lifecycle is Lifecycle.NEVER_ARRIVED,
                f"{name} is {known.lifecycle} here and unknown to the venue",
            )
            continue
        findings.expect(
            _same_end(known, seen), f"{name}: {_state(known)} here, {_seen(seen)} there"
        )
    for name, seen in theirs.items():
        if not seen.is_external:
            findings.expect(name in ours, f"the venue knows {name}, the journal does not")


def _same_end(known: Known, seen: Seen) -> bool:
    if known.certainty is not Certainty.KNOWN or known.cum_qty != seen.cum_qty:
        return False
    both = {known.lifecycle, seen.lifecycle}
    if seen.was_busted and both <= _OVER:  # with the fill taken back it had been filled, here only
        return True
    if seen.legs and both <= _OVER:  # a leg that was never placed is known to nobody there
        return True
    return len(both) == 1 or (both == _NOTHING_OF_IT and not seen.cum_qty)


def _state(known: Known) -> str:
    return f"{known.lifecycle} {known.certainty} {known.cum_qty}"


def _seen(seen: Seen) -> str:
    return f"{seen.lifecycle} {seen.cum_qty}"


@attrs.define(eq=False)
class _Counted:
    """What the journal counted: how often each fill, and what it adds up to."""

    times: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    fills: dict[tuple[str, str], r.FillRecord] = attrs.field(factory=dict)
    known: set[tuple[str, str]] = attrs.field(factory=set)
    positions: dict[tuple[str, str], Decimal] = attrs.field(factory=dict)
    orders: dict[str, Decimal] = attrs.field(factory=dict)

    def take(self, record: object) -> None:
        if isinstance(record, r.FillRecord):
            key = (record.account, record.fill_key)
            self.times[key] += 1
            self.fills[key] = record
            self._move(record, 1)
        elif isinstance(record, r.BustRecord):
            fill = self.fills.get((record.account, record.fill_key))
            if fill is not None:
                self._move(fill, -1)
        elif isinstance(record, r.CorrectionRecord):
            self._correct(record)
        elif isinstance(record, r.FillVoided):
            self.known.add((record.account, record.fill_key))
        elif isinstance(record, r.PositionAdopted):
            self.positions[record.account, record.instrument] = record.quantity
        elif isinstance(record, r.FillsKnown):
            self.known |= {(record.account, key) for key in record.fill_keys}

    def _correct(self, record: r.CorrectionRecord) -> None:
        fill = self.fills.get((record.account, record.corrects))
        if fill is None:
            return
        self._move(fill, -1)
        key = (record.account, record.fill_key)
        stands = attrs.evolve(fill, last_qty=record.last_qty, last_px=record.last_px)
        self.fills[key] = stands
        self.times[key] = max(self.times[key], 1)
        self._move(stands, 1)

    def _move(self, fill: r.FillRecord, sign: int) -> None:
        place, quantity = (fill.account, fill.instrument), fill.last_qty * sign
        self.positions[place] = self.positions.get(place, ZERO) + quantity * fill.side.sign
        self.orders[fill.client_order_id] = self.orders.get(fill.client_order_id, ZERO) + quantity


def _fills_once(history: History, findings: Findings) -> None:
    counted = _Counted()
    for entry in history.records or ():
        counted.take(entry.record)
    for (account, key), times in counted.times.items():
        findings.expect(times == 1, f"fill {key} of {account} was counted {times} times")
    for known in at_the_end(history.records or ()):
        total = counted.orders.get(known.client_order_id, ZERO)
        findings.expect(
            total == known.cum_qty or not known.is_ours,
            f"{known.client_order_id}: fills of {total}, cumulative {known.cum_qty}",
        )
    if history.venue is not None:
        _against(witnessed(history.venue), counted, history, findings)


def _against(venue: Witnessed, counted: _Counted, history: History, findings: Findings) -> None:
    for account, key in counted.times:
        findings.expect(
            (account, key) in venue.fills, f"fill {key} of {account} never happened at the venue"
        )
    if not history.settled:
        return
    for account, key in sorted(venue.fills.keys() - venue.busted):
        there = (account, key) in counted.times or (account, key) in counted.known
        findings.expect(there, f"fill {key} of {account} was never counted")
    for place, quantity in venue.positions.items():
        here = counted.positions.get(place, ZERO)
        findings.expect(here == quantity, f"{place}: position {here} here, {quantity} there")


INV_3 = Checker(
    "INV-3",
    "at the end each order has one state, and venue and journal agree on it and on its fills",
    needs=frozenset({Evidence.RECORDS, Evidence.VENUE, Evidence.SETTLED}),
    run=_agree,
)
INV_5 = Checker(
    "INV-5",
    "each fill is counted once; position = start + fills = the venue's position",
    needs=frozenset({Evidence.RECORDS}),
    uses=frozenset({Evidence.VENUE, Evidence.SETTLED}),
    run=_fills_once,
)
