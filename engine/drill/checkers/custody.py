"""INV-1, INV-2, INV-4: what was promised is written down, and what arrived was written down before."""

from collections import Counter

from engine.drill.checkers.history import Entry, History, StrategyWord, VenueEvent
from engine.drill.checkers.verdict import Checker, Evidence, Findings
from engine.drill.checkers.witness import witnessed
from engine.orders import records as r


def intent_of(record: object) -> str:
    """The intent that a record answers; empty when it answers none."""
    if isinstance(record, r.PlannedOrder | r.DeniedOrder | r.ReplacePlanned | r.DeniedReplace):
        return record.intent.intent_id
    return record.intent_id if isinstance(record, r.CancelPlanned) else ""


def _confirmed_once(history: History, findings: Findings) -> None:
    answered = Counter(intent_of(entry.record) for entry in history.records or ())
    del answered[""]
    for intent_id, times in answered.items():
        findings.expect(times == 1, f"intent {intent_id} is in the journal {times} times")
    for event in history.strategies or ():
        if event.word is StrategyWord.CONFIRMED:
            is_there = event.intent_id in answered
            findings.expect(is_there, f"{event.intent_id} was confirmed and is not in the journal")


def _planned_before(history: History, findings: Findings) -> None:
    planned = {
        entry.record.client_order_id: entry
        for entry in history.records or ()
        if isinstance(entry.record, r.PlannedOrder)
    }
    for event in witnessed(history.venue or ()).received:
        entry = planned.get(event.client_order_id)
        if entry is None:
            findings.violated(f"the venue saw {event.client_order_id}, which nobody planned")
            continue
        _same_order(entry, event, findings)
        if history.sync_points is None:
            continue
        synced_ns = history.synced_ns(entry.sequence)
        findings.expect(
            synced_ns is not None and synced_ns <= event.mono_ns,
            f"{event.client_order_id} was at the venue at {event.mono_ns}, its record synced at {synced_ns}",
        )


def _same_order(entry: Entry, event: VenueEvent, findings: Findings) -> None:
    """SEC-23: the venue got what was written down, as far as it noted what it got."""
    record = entry.record
    if not isinstance(record, r.PlannedOrder):
        return
    wish = record.intent
    told = (event.side, event.quantity, event.price)
    meant = (wish.side, wish.quantity, wish.price)
    same = all(
        # Of a leg the quantity is a part, and a price may stand for what the venue has no order type for.
        got is None or got == wanted or (event.leg and (wanted is None or got is event.quantity))
        for got, wanted in zip(told, meant, strict=True)
    )
    same &= event.instrument in ("", wish.instrument)
    findings.expect(same, f"{event.client_order_id} arrived as {told}, planned as {meant}")


def _ids_once(history: History, findings: Findings) -> None:
    ids: dict[str, str] = {}
    intents: dict[str, str] = {}
    for entry in history.records or ():
        record = entry.record
        if not isinstance(record, r.PlannedOrder):
            continue
        name, intent_id = record.client_order_id, record.intent.intent_id
        other = intents.setdefault(intent_id, name)
        findings.expect(other == name, f"intent {intent_id} led to {other} and {name}")
        first = ids.setdefault(name, intent_id)
        findings.expect(first == intent_id, f"id {name} was given to {first} and {intent_id}")
    received = Counter(event.client_order_id for event in witnessed(history.venue or ()).received)
    for name, times in received.items():
        again = times > 1 and name not in history.declared_resends
        findings.expect(not again, f"{name} reached the venue {times} times")


INV_1 = Checker(
    "INV-1",
    "every intent confirmed to a strategy is in the journal, once",
    needs=frozenset({Evidence.RECORDS}),
    uses=frozenset({Evidence.STRATEGIES}),
    run=_confirmed_once,
)
INV_2 = Checker(
    "INV-2",
    "every order the venue saw was planned and synced before its first byte",
    needs=frozenset({Evidence.RECORDS, Evidence.VENUE}),
    uses=frozenset({Evidence.SYNC_POINTS}),
    run=_planned_before,
)
INV_4 = Checker(
    "INV-4",
    "no client order id reaches the venue twice, no intent leads to two of them",
    needs=frozenset({Evidence.RECORDS}),
    uses=frozenset({Evidence.VENUE}),
    run=_ids_once,
)
