"""Drills by hand: engine and venue are up, the test strikes."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from actors.drill.agreement import compare, sent_twice
from actors.drill.harness import DrillOptions, Harness
from engine.drill.faultpoints import FIRED_FILE, Action, Fired, PointPlan, read_fired, write_plan
from tests.kit.rundir import short_run_dir
from tests.kit.waiting import TIME_FACTOR, deadline_s

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "tests" / "kit" / "drill.toml"
"""One venue: tests by hand strike that one."""
ALL = ROOT / "config" / "drill.toml"
"""What the command runs."""
TRADE = "wooxpro.trade"

LOOK_INTERVAL_S = 0.2
"""Between two looks at an engine: most of them are questions that cost it some milliseconds."""


class Drill:
    """A running drill with short questions."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.engine = harness.engine
        self.venues = harness.venues
        self.venue = harness.venues["wooxpro"]
        self._number = 0

    def strike(self, actor: str, point: str, *, passing: int = 1) -> None:
        """Kill once, at a passing of a point from now on."""
        self._number += 1
        plan = PointPlan(
            number=self._number,
            actor=actor,
            point=point,
            action=Action.KILL,
            passing=passing,
            once=True,
        )
        write_plan(self.engine.run_dir, self.harness.token, [plan])

    def fired(self) -> list[Fired]:
        return read_fired(self.engine.run_dir / FIRED_FILE)

    async def until(self, condition: Callable[[], Any], what: str, within_s: float = 30.0) -> Any:
        """Wait for a condition that may be a coroutine function; its value."""
        with trio.move_on_after(deadline_s(within_s)):
            while True:
                value = condition()
                if hasattr(value, "__await__"):
                    value = await value
                if value:
                    return value
                await trio.sleep(LOOK_INTERVAL_S)
        raise AssertionError(
            f"not within {deadline_s(within_s):g} s: {what}; {await self.picture()}"
        )

    async def picture(self) -> str:
        rows = await self.engine.actors()
        states = {name: (row["state"], row["reason"]) for name, row in rows.items()}
        compared = await compare(self.engine, self.venues)
        return f"{states} {compared.differences}"

    async def orders(self, **wanted: Any) -> list[Mapping[str, Any]]:
        """Rows of orders with these values."""
        rows = await self.engine.ask("orders", {"open": False, "limit": 10_000}) or []
        return [row for row in rows if all(row[key] == value for key, value in wanted.items())]

    async def unknown(self) -> int:
        status = await self.engine.ask("status")
        return int(status["orders"]["unknown"]) if status else 0

    async def alarms(self, kind: str) -> list[Mapping[str, Any]]:
        return [row for row in await self.engine.ask("alarms") or [] if row["kind"] == kind]

    async def boot(self, actor: str) -> str:
        row = (await self.engine.actors()).get(actor)
        return str(row["boot"]) if row else ""

    async def trades(self) -> None:
        """Wait for a further order at the venue."""
        before = len(self.venue.log("fill"))
        await self.until(lambda: len(self.venue.log("fill")) > before, "fills go on")

    async def agrees(self) -> None:
        """Heal all; everybody agrees within a minute, and nothing reached the venue twice."""
        await self.harness.converge()
        assert not self.harness.outcome.differences
        assert not sent_twice(self.venues)


@asynccontextmanager
async def drilling(
    config: str = "",
    *,
    router: Mapping[str, object] | None = None,
    files: Mapping[str, int] | None = None,
) -> AsyncIterator[Drill]:
    """Engine and venue of a drill, in service; `config` replaces that of the tests."""
    with short_run_dir() as folder:
        file = CONFIG
        if config:
            file = folder / "drill.toml"
            file.write_text(config)
        options = DrillOptions(
            config=file,
            folder=folder,
            state_dir=folder / "state",
            seed=1,
            for_s=1.0,
            time_factor=TIME_FACTOR,
            router=router or {},
            files=files or {},
        )
        harness = Harness(options)
        async with trio.open_nursery() as nursery:
            await nursery.start(harness.run)
            yield Drill(harness)
            nursery.cancel_scope.cancel()
