"""Kills in a row at one fault point after another, each followed by a recovery, all while orders flow."""

from collections.abc import Sequence

import attrs
import trio

from actors.drill.agreement import sent_twice
from actors.drill.harness import Harness
from engine.drill.faultpoints import FIRED_FILE, Action, PointPlan, read_fired, write_plan

PROBABILITY = 0.3
"""Of a kill at each passing: with it the place within a batch differs from life to life."""
POLL_S = 0.05
CYCLE_S_MAX = 120.0
"""One kill and recovery takes about a second; far more means that nothing passes the point any more. Orders in
doubt count against the limits until their horizon has passed, so there may be pauses of half a minute."""


@attrs.frozen(kw_only=True)
class PointResult:
    """What became of the kills at one point.

    Attributes:
        point: its name.
        kills: how often the process died there.
        took_s: for all of them, recoveries included.
        agreed_s: from the last one until router, venue and strategies agreed.
        duplicates: client order ids that reached the venue a second time meanwhile: there must be none.
        differences: what router, venue and strategies disagreed on afterwards; empty when on nothing.
    """

    point: str
    kills: int
    took_s: float
    agreed_s: float
    duplicates: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def each_s(self) -> float:
        """Seconds from one kill to the next: the recovery, and what passes until the point is reached."""
        return round(self.took_s / max(self.kills, 1), 2)

    def row(self) -> dict[str, object]:
        """For programs."""
        return {
            "point": self.point,
            "kills": self.kills,
            "duplicates": len(self.duplicates),
            "disagreements": len(self.differences),
            "seconds_per_kill": self.each_s,
            "agreed_s": self.agreed_s,
        }

    def __str__(self) -> str:
        figures = (
            f"{self.kills} kills, {len(self.duplicates)} duplicates, "
            f"{len(self.differences)} disagreements, {self.each_s:.2f} s per kill"
        )
        what = "; ".join(self.differences) or f"all agreed {self.agreed_s:g} s after the last"
        return f"{figures}, {what}"


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
    twice_before = set(sent_twice(harness.venues))
    plan = PointPlan(
        number=number, actor=actor, point=point, action=Action.KILL, probability=PROBABILITY
    )
    harness.disturb()
    write_plan(engine.run_dir, harness.token, [plan], seed=harness.options.seed)
    patience_s = CYCLE_S_MAX * harness.options.time_factor
    done, heard = 0, trio.current_time()
    while done < kills and trio.current_time() - heard < patience_s:
        fired = len(read_fired(engine.run_dir / FIRED_FILE)) - before
        if fired > done:
            done, heard = fired, trio.current_time()
        await trio.sleep(POLL_S)
    harness.director.write_plans()
    last_kill = trio.current_time()
    await harness.converge()
    missing = () if done >= kills else (f"only {done} of {kills} kills: nothing passes {point}",)
    return PointResult(
        point=point,
        kills=done,
        took_s=round(last_kill - began, 1),
        agreed_s=round(trio.current_time() - last_kill, 1),
        duplicates=tuple(sorted(set(sent_twice(harness.venues)) - twice_before)),
        differences=(*missing, *harness.outcome.differences),
    )
