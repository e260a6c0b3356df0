"""Kills in a row at one fault point after another, each followed by a recovery, all while orders flow."""

from collections.abc import Sequence

import attrs
import trio

from actors.drill.harness import Harness
from engine.drill.faultpoints import FIRED_FILE, Action, PointPlan, read_fired, write_plan

PROBABILITY = 0.3
"""Of a kill at each passing: with it the place within a batch differs from life to life."""
POLL_S = 0.05
CYCLE_S_MAX = 30.0
"""One kill and recovery takes about a second; far more means that nothing passes the point any more."""


@attrs.frozen(kw_only=True)
class PointResult:
    """What became of the kills at one point.

    Attributes:
        point: its name.
        kills: how often the process died there.
        took_s: for all of them, recoveries included.
        back_s_max: longest time from a death to the next router in service.
        differences: what router, venue and strategies disagreed on afterwards; empty when on nothing.
    """

    point: str
    kills: int
    took_s: float
    back_s_max: float
    differences: tuple[str, ...]


async def kill_at_points(
    harness: Harness, points: Sequence[str], kills: int, *, actor: str = "router"
) -> list[PointResult]:
    """Kill `actor` so often at each point; `harness.run` must be running.

    After each point everything heals and must agree, so that a difference names its point.
    """
    return [
        await _kill_at(harness, point, kills, actor, number)
        for number, point in enumerate(points, 1)
    ]


async def _kill_at(
    harness: Harness, point: str, kills: int, actor: str, number: int
) -> PointResult:
    engine, began = harness.engine, trio.current_time()
    before = len(read_fired(engine.run_dir / FIRED_FILE))
    plan = PointPlan(
        number=number, actor=actor, point=point, action=Action.KILL, probability=PROBABILITY
    )
    write_plan(engine.run_dir, harness.token, [plan], seed=harness.options.seed)
    patience_s = CYCLE_S_MAX * harness.options.time_factor
    done, heard, back_s_max = 0, trio.current_time(), 0.0
    while done < kills and trio.current_time() - heard < patience_s:
        fired = len(read_fired(engine.run_dir / FIRED_FILE)) - before
        if fired > done:
            done, heard = fired, trio.current_time()
        await trio.sleep(POLL_S)
    harness.director.write_plans()
    came_back = trio.current_time()
    await harness.converge()
    back_s_max = trio.current_time() - came_back
    missing = () if done >= kills else (f"only {done} of {kills} kills: nothing passes {point}",)
    return PointResult(
        point=point,
        kills=done,
        took_s=round(trio.current_time() - began, 1),
        back_s_max=round(back_s_max, 2),
        differences=(*missing, *harness.outcome.differences),
    )
