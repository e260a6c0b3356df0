"""What the witnesses of a simulation noted, as a history that checkers judge."""

import attrs

from engine.drill.checkers import Bounds, Entry, History, Window
from engine.drill.checkers.pace import horizon_s
from engine.drill.simulation.plan import Plan
from engine.drill.simulation.scene import Scene
from engine.journal import scan
from engine.orders.dump import dump
from engine.orders.records import from_bytes

SLACK_S = 3.0
"""On INV-7's bound: questions and answers travel, and the router looks ten times a second."""


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
    longest_s = horizon_s(history, least_s=plan.horizon_s, answer_within_s=plan.answer_within_s)
    bounds = Bounds(horizon_s=longest_s + SLACK_S, query_interval_s=plan.query_interval_s)
    return attrs.evolve(history, bounds=bounds)


def _reachable(scene: Scene) -> tuple[Window, ...]:
    """While faults are on, a line that is up may still carry nothing."""
    from_ns = scene.healed_ns
    return tuple(
        attrs.evolve(window, begin_ns=max(window.begin_ns, from_ns))
        for window in scene.session.windows
        if window.end_ns is None or window.end_ns > from_ns
    )
