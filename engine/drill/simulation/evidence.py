"""What the witnesses of a simulation noted, as a history that checkers judge."""

import attrs

from engine.drill.checkers import Bounds, Entry, History, Window
from engine.drill.simulation.plan import Plan
from engine.drill.simulation.scene import Scene
from engine.drill.simulation.world import NS
from engine.journal import scan
from engine.orders.dump import dump
from engine.orders.records import OrderEventRecord, PlannedOrder, from_bytes
from engine.orders.state import Event

SLACK_S = 3.0
"""On INV-7's bound: questions and answers travel, and the router looks ten times a second."""

_ANSWERS = frozenset(
    {
        Event.ACCEPTED,
        Event.FOUND_OPEN,
        Event.REJECTED,
        Event.CANCELLED,
        Event.EXPIRED,
        Event.FILLED,
    }
)
"""What the router measures the venue's pace by: an order that is over may be the first that is heard of it."""


def history_of(scene: Scene, plan: Plan, *, settled: bool) -> History:
    """Journal, sync points, the venue's log and those of the strategies."""
    data, core = bytes(scene.router.disk.data), scene.router.core
    records = tuple(
        Entry(record.sequence, from_bytes(record.body)) for record in scan(data).records
    )
    history = History(
        records=records,
        journal_bytes=data,
        state=None if core is None else dump(core.book),
        sync_points=tuple(scene.router.sync_points),
        venue=tuple(scene.venue.log),
        strategies=tuple(event for node in scene.strategies for event in node.log),
        reachable=_reachable(scene),
        settled=settled or None,
        end_mono_ns=scene.world.mono_ns,
    )
    horizon_s = max(plan.horizon_s, plan.answer_within_s + 2 * _longest_answer_s(history))
    bounds = Bounds(horizon_s=horizon_s + SLACK_S, query_interval_s=plan.query_interval_s)
    return attrs.evolve(history, bounds=bounds)


def _reachable(scene: Scene) -> tuple[Window, ...]:
    """While faults are on, a line that is up may still carry nothing."""
    from_ns = scene.healed_ns
    return tuple(
        attrs.evolve(window, begin_ns=max(window.begin_ns, from_ns))
        for window in scene.session.windows
        if window.end_ns is None or window.end_ns > from_ns
    )


def _longest_answer_s(history: History) -> float:
    """The longest time from a plan to the first news of the order: the horizon grows with it."""
    planned: dict[str, int] = {}
    longest = 0
    for entry in history.records or ():
        record, at_ns = entry.record, history.synced_ns(entry.sequence)
        if at_ns is None:
            continue
        if isinstance(record, PlannedOrder):
            planned[record.client_order_id] = at_ns
        elif isinstance(record, OrderEventRecord) and record.event in _ANSWERS:
            begun_ns = planned.pop(record.client_order_id, at_ns)
            longest = max(longest, at_ns - begun_ns)
    return longest / NS
