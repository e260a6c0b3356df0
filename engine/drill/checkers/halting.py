"""INV-9: once a halt is in the journal, nothing new is planned in its scope, and so nothing is sent."""

from engine.drill.checkers.facts import Known, Orders
from engine.drill.checkers.history import Entry, History
from engine.drill.checkers.verdict import Checker, Evidence, Findings
from engine.drill.checkers.witness import witnessed
from engine.model.enums import TradingStateWord
from engine.model.instrument import venue_of
from engine.orders import records as r

_STOPPED = frozenset({TradingStateWord.HALTED, TradingStateWord.KILLED})


def _nothing_new(history: History, findings: Findings) -> None:
    stopped: dict[str, int] = {}
    after_stop: dict[str, int] = {}
    orders = Orders()
    for entry in history.records or ():
        record = entry.record
        if isinstance(record, r.TradingStateChanged):
            if record.level in _STOPPED:
                stopped.setdefault(record.scope, entry.sequence)
            else:
                stopped.pop(record.scope, None)
        known = orders.take(entry)
        if known is None or not isinstance(record, r.PlannedOrder | r.ReplacePlanned):
            continue
        scope = _scope_of(entry, known, stopped)
        findings.expect(
            not scope,
            f"record {entry.sequence} plans {known.client_order_id} while {scope} is stopped",
        )
        if scope and isinstance(record, r.PlannedOrder):
            after_stop[known.client_order_id] = entry.sequence
    for event in witnessed(history.venue or ()).received:
        name = event.client_order_id
        findings.expect(
            name not in after_stop,
            f"{name} reached the venue and was planned after a halt, synced at "
            f"{history.synced_ns(after_stop.get(name, 0))}",
        )


def _scope_of(entry: Entry, known: Known, stopped: dict[str, int]) -> str:
    """The stopped scope that covers a plan; empty when none does."""
    scopes = (
        "engine",
        f"venue:{venue_of(known.instrument)}",
        f"account:{known.account}",
        f"strategy:{known.strategy}",
    )
    return next((s for s in scopes if stopped.get(s, entry.sequence) < entry.sequence), "")


INV_9 = Checker(
    "INV-9",
    "after halted or killed was journaled no new order of its scope reaches the venue",
    needs=frozenset({Evidence.RECORDS}),
    uses=frozenset({Evidence.VENUE}),
    run=_nothing_new,
)
