"""Carries a schedule out: strikes each fault at its time and heals it again.

What a fault means for this engine is decided here, one small function per kind, and what
it means for a venue by what that declares; when and on whom was decided by the schedule.
"""

import contextlib
import errno
import os
import resource
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import trio

from actors.drill.process import EngineProcess
from actors.drill.venues import DrilledVenues
from engine.clock import Clock
from engine.drill.declared import split_target
from engine.drill.faultpoints import Action, PointPlan, write_plan
from engine.drill.proxy import Direction, LinkFault, LinkMode
from engine.drill.schedule import Fault, Schedule

BALLAST = "ballast"
BALLAST_STEP_BYTES = 1 << 20
SWIZZLE_STEPS_MAX = 16

_LINK_MODES = {
    "half_open": LinkMode.BLACKHOLE,
    "one_way": LinkMode.BLACKHOLE,
    "reset": LinkMode.RESET,
    "cut": LinkMode.LIMIT,
    "torn": LinkMode.SLICE,
    "slow": LinkMode.BANDWIDTH,
    "late": LinkMode.LATENCY,
    "corrupt": LinkMode.CORRUPT,
    "refuse": LinkMode.REFUSE,
}
_LASTING = frozenset({"duplicate", "delay", "drop", "flood"})
_COUNTED = frozenset({"http_no_answer", "http_lost", "http_reset", "http_reset_before"})


@attrs.frozen
class Struck:
    """A fault that was carried out, seconds from the start; `hit` False: there was nothing to hit."""

    at_s: float
    fault: Fault
    hit: bool


class Director:
    """Strikes and heals.

    Attributes:
        struck: what was done so far.
    """

    def __init__(
        self,
        engine: EngineProcess,
        venues: DrilledVenues,
        *,
        clock: Clock,
        token: str,
        seed: int,
        private_disk: bool,
    ) -> None:
        self.struck: list[Struck] = []
        self._engine = engine
        self._venues = venues
        self._clock = clock
        self._token = token
        self._seed = seed
        self._private_disk = private_disk
        self._paused: dict[int, str] = {}
        self._plans: dict[int, PointPlan] = {}
        self._began_ns = clock.monotonic_ns()
        self.write_plans()

    def write_plans(self) -> None:
        """Put the fault points' plans in force."""
        write_plan(self._engine.run_dir, self._token, list(self._plans.values()), seed=self._seed)

    async def run(self, schedule: Schedule, told: Callable[[Fault], None]) -> None:
        """Carry the schedule out from now on; returns at the end of its time."""
        began = trio.current_time()
        self._began_ns = self._clock.monotonic_ns()
        async with trio.open_nursery() as nursery:
            for fault in schedule.faults:
                await trio.sleep_until(began + fault.at_s)
                told(fault)
                nursery.start_soon(self._strike, fault)
            await trio.sleep_until(began + schedule.duration_s)
            nursery.cancel_scope.cancel()

    async def heal_all(self) -> None:
        """End every fault that may still be there."""
        self._plans.clear()
        self.write_plans()
        self._venues.heal()
        for pid in list(self._paused):
            self._signal(pid, signal.SIGCONT)
        self._paused.clear()
        await self._space(full=False)

    async def _strike(self, fault: Fault) -> None:
        hit = await self._act(fault)
        at_s = (self._clock.monotonic_ns() - self._began_ns) / 1e9
        self.struck.append(Struck(round(at_s, 2), fault, hit))

    async def _act(self, fault: Fault) -> bool:
        kind = fault.kind
        acts: dict[str, Callable[[Fault], Awaitable[bool]]] = {
            "crash_session": self._crash,
            "crash_router": self._crash,
            "crash_strategy": self._crash,
            "crash_supervisor": self._crash_supervisor,
            "point_session": self._point,
            "point_router": self._point,
            "pause": self._pause,
            "hang": self._hang,
            "slow_reader": self._hang,
            "disk_full": self._disk,
            "write_error": self._disk_error,
            "sync_error": self._disk_error,
            "flood_intents": self._flood,
            "swizzle": self._swizzle,
        }
        if kind in acts:
            return await acts[kind](fault)
        if kind in _LINK_MODES:
            return await self._link(fault)
        return await self._misbehave(fault)

    # --- processes -----------------------------------------------------------------------------

    async def _pid(self, actor: str) -> int:
        row = (await self._engine.actors()).get(actor)
        return int(row["pid"] or 0) if row else 0

    def _signal(self, pid: int, number: signal.Signals) -> bool:
        if not pid:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False

    async def _crash(self, fault: Fault) -> bool:
        return self._signal(await self._pid(fault.target), signal.SIGKILL)

    async def _crash_supervisor(self, _fault: Fault) -> bool:
        self._engine.kill()
        return True

    async def _pause(self, fault: Fault) -> bool:
        pid = await self._pid(fault.target)
        if not self._signal(pid, signal.SIGSTOP):
            return False
        self._paused[pid] = fault.target
        await trio.sleep(fault.lasts_s)
        if self._paused.pop(pid, None):
            self._signal(pid, signal.SIGCONT)
        return True

    # --- fault points --------------------------------------------------------------------------

    async def _point(self, fault: Fault) -> bool:
        """Kill once, at the so-maniest passing from now; in vain when nothing passes in time."""
        plan = PointPlan(
            number=fault.number,
            actor=fault.target,
            point=fault.value,
            action=Action.KILL,
            passing=1 + fault.number % 3,
            once=True,
        )
        return await self._planned(plan, fault.lasts_s)

    async def _disk_error(self, fault: Fault) -> bool:
        """Fail one system call on the journal."""
        plan = PointPlan(
            number=fault.number,
            actor=fault.target,
            point="disk_write" if fault.kind == "write_error" else "disk_sync",
            action=Action.ERROR,
            passing=1 + fault.number % 3,
            value=float(getattr(errno, fault.value)),
            once=True,
        )
        return await self._planned(plan, fault.lasts_s)

    async def _flood(self, fault: Fault) -> bool:
        plan = PointPlan(
            number=fault.number,
            actor=fault.target,
            point="flood",
            action=Action.ERROR,
            probability=1.0,
        )
        return await self._planned(plan, fault.lasts_s)

    async def _hang(self, fault: Fault) -> bool:
        once = fault.kind == "hang"
        plan = PointPlan(
            number=fault.number,
            actor=fault.target,
            point="before_callback",
            action=Action.DELAY,
            probability=1.0,
            value=fault.lasts_s if once else float(fault.value),
            once=once,
        )
        return await self._planned(plan, fault.lasts_s)

    async def _planned(self, plan: PointPlan, lasts_s: float) -> bool:
        self._plans[plan.number] = plan
        self.write_plans()
        await trio.sleep(lasts_s)
        self._plans.pop(plan.number, None)
        self.write_plans()
        return True

    # --- network -------------------------------------------------------------------------------

    async def _link(self, fault: Fault) -> bool:
        mode, direction, value = _LINK_MODES[fault.kind], Direction.BOTH, 0.0
        if fault.kind == "one_way":
            direction = Direction(fault.value)
        elif fault.value:
            value = float(fault.value)
        await self._break_link(fault.target, LinkFault(mode, value, direction), fault.lasts_s)
        return True

    async def _break_link(self, name: str, fault: LinkFault, lasts_s: float) -> None:
        self._venues.set_link(name, fault)
        await trio.sleep(lasts_s)
        if self._venues.link_fault(name) is fault:
            self._venues.set_link(name, None)

    async def _swizzle(self, fault: Fault) -> bool:
        """Links stop one by one and come back in another order."""
        names: Sequence[str] = self._venues.links[:SWIZZLE_STEPS_MAX]
        turn = fault.number % len(names)
        step_s = fault.lasts_s / (2 * len(names))
        faults = {name: LinkFault(LinkMode.BLACKHOLE) for name in names}
        for name in names:
            self._venues.set_link(name, faults[name])
            await trio.sleep(step_s)
        for name in [*names[turn:], *names[:turn]]:
            if self._venues.link_fault(name) is faults[name]:
                self._venues.set_link(name, None)
            await trio.sleep(step_s)
        return True

    # --- venue ---------------------------------------------------------------------------------

    async def _misbehave(self, fault: Fault) -> bool:
        name, place = split_target(fault.target)
        venue = self._venues[name]
        value, count = _number(fault.value), 1
        if fault.kind in _COUNTED:
            count, value = int(fault.value), None
        elif fault.kind in _LASTING:
            count = -1
        number = venue.misbehave(fault.kind, place, count=count, value=value)
        if fault.kind in _LASTING:
            await trio.sleep(fault.lasts_s)
            venue.behave(number)
        return True

    # --- disk ----------------------------------------------------------------------------------

    async def _disk(self, fault: Fault) -> bool:
        await self._space(full=True)
        await trio.sleep(fault.lasts_s)
        await self._space(full=False)
        return True

    async def _space(self, *, full: bool) -> None:
        if self._private_disk:
            _ballast(Path(self._engine.order.state_dir) / BALLAST, full=full)
            return
        pid = await self._pid("router")
        if pid:
            size = _journal_bytes(Path(self._engine.order.state_dir)) if full else -1
            with contextlib.suppress(OSError, ValueError):
                _soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def _number(text: str) -> float | str | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _ballast(file: Path, *, full: bool) -> None:
    """Fill the private file system to its last byte, or give it back."""
    if not full:
        file.unlink(missing_ok=True)
        return
    step = BALLAST_STEP_BYTES
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        while step:
            try:
                os.write(fd, bytes(step))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                step //= 2
    finally:
        os.close(fd)


def _journal_bytes(state_dir: Path) -> int:
    return max((each.stat().st_size for each in state_dir.glob("journal/*.journal")), default=0)


def process_targets(actors: Sequence[Any]) -> dict[str, list[str]]:
    """Whom a schedule may strike in the engine, by class, from the specs of the process tree."""
    names = {kind: [a.name for a in actors if a.kind == kind] for kind in ("session", "strategy")}
    return {
        "router": ["router"],
        "session": names["session"],
        "trade": [name for name in names["session"] if name.endswith(".trade")],
        "strategy": names["strategy"],
        "actor": ["router", *names["session"], *names["strategy"]],
        "supervisor": ["supervisor"],
        "disk": ["disk"],
    }
