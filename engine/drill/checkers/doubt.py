"""INV-7: nothing stays unknown while the venue could be asked."""

from collections.abc import Iterator

from engine.drill.checkers.facts import Orders
from engine.drill.checkers.history import History
from engine.drill.checkers.verdict import Checker, Evidence, Findings
from engine.model.enums import Certainty

NS = 1_000_000_000


def _ends_in_time(history: History, findings: Findings) -> None:
    bounds = history.bounds
    most_ns = int((bounds.horizon_s + 2 * bounds.query_interval_s) * NS)
    for name, account, begin_ns, end_ns in _doubts(history):
        longest = max(
            (
                min(end_ns, history.end_mono_ns if w.end_ns is None else w.end_ns)
                - max(begin_ns, w.begin_ns)
                for w in history.reachable or ()
                if w.account == account
            ),
            default=0,
        )
        findings.expect(
            longest <= most_ns,
            f"{name} was unknown for {longest / NS:.1f} s while the venue was reachable",
        )


def _doubts(history: History) -> Iterator[tuple[str, str, int, int]]:
    """(order, account, from, to) of each time that an order was unknown."""
    orders, since = Orders(), dict[str, int]()
    for entry in history.records or ():
        known = orders.take(entry)
        at_ns = history.synced_ns(entry.sequence)
        if known is None or at_ns is None:
            continue
        name = known.client_order_id
        if known.certainty is Certainty.UNKNOWN and not known.is_over:
            since.setdefault(name, at_ns)
        elif name in since:
            yield name, known.account, since.pop(name), at_ns
    for name, begin_ns in since.items():
        yield name, orders.by_id[name].account, begin_ns, history.end_mono_ns


INV_7 = Checker(
    "INV-7",
    "nothing is unknown for longer than horizon + two query intervals of a reachable venue",
    needs=frozenset({Evidence.RECORDS, Evidence.SYNC_POINTS, Evidence.REACHABLE}),
    run=_ends_in_time,
)
