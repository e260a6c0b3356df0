"""INV-6: strategies hear the end of each of their orders, in numbers without holes, never too early."""

from collections import defaultdict
from decimal import Decimal
from functools import partial

from engine.drill.checkers.facts import Orders
from engine.drill.checkers.history import History, StrategyEvent, StrategyWord
from engine.drill.checkers.verdict import Checker, Evidence, Findings
from engine.model.enums import TERMINAL, Lifecycle
from engine.orders import records as r

States = dict[str, list[tuple[int, Lifecycle, Decimal]]]
"""By intent: number of the record, and the state it led to."""


def _told(history: History, findings: Findings) -> None:
    by_strategy: dict[str, list[StrategyEvent]] = defaultdict(list)
    for event in history.strategies or ():
        by_strategy[event.strategy].append(event)
    states = _states(history)
    for events in by_strategy.values():
        _numbers(events, findings)
        _not_too_early(history, events, states, findings)
    if history.settled:
        _ends(states, by_strategy, findings)


def _numbers(events: list[StrategyEvent], findings: Findings) -> None:
    """Within a boot numbers go up by one; a resync says where they go on; a repeat steps back."""
    last, boot = 0, 0
    for event in events:
        if event.boot != boot:
            last, boot = 0, event.boot
            is_first = True
        if event.word is StrategyWord.RESYNC:
            last, is_first = event.number, False
        elif event.word is StrategyWord.REPORT and event.number:
            follows = event.number <= last + 1 or (is_first and last == 0)
            findings.expect(
                follows, f"{event.strategy} got report {event.number} after report {last}"
            )
            last, is_first = max(last, event.number), False


def _states(history: History) -> States:
    """Every state that an order ever had, by the record that led to it."""
    orders, states = Orders(), defaultdict(list)
    for entry in history.records or ():
        if isinstance(entry.record, r.DeniedOrder):
            name = entry.record.intent.intent_id
            states[name].append((entry.sequence, Lifecycle.DENIED, Decimal(0)))
        elif (known := orders.take(entry)) is not None and known.is_ours:
            states[known.intent_id].append((entry.sequence, known.lifecycle, known.cum_qty))
    return states


def _not_too_early(
    history: History, events: list[StrategyEvent], states: States, findings: Findings
) -> None:
    for event in events:
        if event.word is not StrategyWord.REPORT or event.lifecycle is None or not event.number:
            continue
        causes = [
            sequence
            for sequence, lifecycle, cum_qty in states.get(event.intent_id, ())
            if lifecycle is event.lifecycle and event.cum_qty in (None, cum_qty)
        ]
        findings.expect(causes, partial(_baseless, event))
        if causes and history.sync_points is not None:
            synced_ns = history.synced_ns(causes[0])
            findings.expect(
                synced_ns is not None and synced_ns <= event.mono_ns,
                partial(_hasty, event, synced_ns),
            )


def _baseless(event: StrategyEvent) -> str:
    return f"{event.strategy} was told {event.lifecycle} of {event.intent_id}, which no record says"


def _hasty(event: StrategyEvent, synced_ns: int | None) -> str:
    return (
        f"{event.strategy} was told {event.lifecycle} of {event.intent_id} at {event.mono_ns}, "
        f"its record was synced at {synced_ns}"
    )


def _ends(states: States, by_strategy: dict[str, list[StrategyEvent]], findings: Findings) -> None:
    heard = {
        event.intent_id
        for events in by_strategy.values()
        for event in events
        if event.word in (StrategyWord.REPORT, StrategyWord.DENIED) and event.lifecycle in TERMINAL
    }
    for intent_id, known in states.items():
        strategy = intent_id.rpartition(":")[0].rpartition(":")[0]
        if strategy in by_strategy and known[-1][1] in TERMINAL:
            findings.expect(
                intent_id in heard, f"{strategy} never heard that {intent_id} is {known[-1][1]}"
            )


INV_6 = Checker(
    "INV-6",
    "terminal reports are seen, report numbers have no holes, no report precedes its record",
    needs=frozenset({Evidence.RECORDS, Evidence.STRATEGIES}),
    uses=frozenset({Evidence.SYNC_POINTS, Evidence.SETTLED}),
    run=_told,
)
