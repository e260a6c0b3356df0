"""Named places in our own code where a drill may strike: kill the process, fail a write, hold it up.

Off, `around` returns the very function it was given, so a point costs nothing. On is only a process
whose launch spec carries a drill's token, and only where the run directory holds a plan with the same
token: neither an environment variable nor a configuration can switch points on. The plan is a file
that the harness replaces while the system runs; what fired is appended to another file before it takes
effect, so the harness knows what killed a process, and a plan meant to strike once does not strike
again after the restart.
"""

import errno
import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Final, ParamSpec, Protocol, TypeVar

import attrs

from engine.clock import Clock
from engine.errors import LocalProtocolError
from engine.settings.converter import plain_values, structure

P = ParamSpec("P")
T = TypeVar("T")

PLAN_FILE: Final = "drill.plan.json"
FIRED_FILE: Final = "drill.fired.jsonl"

PLANS_MAX: Final = 64
DELAY_S_MAX: Final = 60.0

POINTS: Final[dict[str, tuple[str, ...]]] = {
    "router": (
        "before_write",
        "after_write",
        "after_sync",
        "after_send",
        "after_event",
        "after_report",
        "disk_write",
        "disk_sync",
    ),
    "session": ("before_send", "mid_frame", "after_send"),
    "strategy": ("before_callback", "flood"),
}
"""The points of each kind of actor.

Router: before and after a record is handed to the kernel; after a batch is durable and before any of
it is sent; after an order command left for a session; after a session's news were decided on and
before anybody is told; after a report left for a strategy; where the journal's file is written and
synced. Session: before the first byte of an
order, between its head and its body, after its last byte. Strategy: before market data reach it;
where its orders leave (an error there is a flood, see `flooding`).
"""


class Action(StrEnum):
    """What happens at a point."""

    KILL = "kill"
    """SIGKILL to the own process: nothing is flushed, nobody is told."""
    ERROR = "error"
    """OSError, as a full disk raises it."""
    DELAY = "delay"
    """The whole process sleeps for `value` seconds."""


@attrs.frozen(kw_only=True)
class PointPlan:
    """When one point strikes.

    Attributes:
        number: names the plan in the list of what fired.
        actor: name of the actor.
        point: name of the point.
        action: what happens.
        passing: strike at the so-maniest passing of a process's life; 0: by probability.
        probability: of striking at each passing.
        value: seconds of a delay, number of an OSError (a full disk when 0).
        once: never again once it has struck, in this process or the next.
    """

    number: int
    actor: str
    point: str
    action: Action = Action.KILL
    passing: int = 0
    probability: float = 0.0
    value: float = 0.0
    once: bool = False


@attrs.frozen(kw_only=True)
class _PlanFile:
    token: str
    seed: int
    plans: tuple[PointPlan, ...]


class Points(Protocol):
    """What an actor knows of fault points."""

    def around(
        self, function: Callable[P, T], *, before: str = "", after: str = ""
    ) -> Callable[P, T]:
        """`function` with a point before and after it; the same object when points are off."""
        ...

    def chosen(self, function: Callable[P, T], after: Callable[P, str]) -> Callable[P, T]:
        """`function` with the point after it that its arguments choose, if they choose one."""
        ...

    def reach(self, point: str) -> None:
        """Pass a point."""
        ...

    @property
    def on(self) -> bool:
        """Whether anything can happen."""
        ...


class NoPoints:
    """Off: how every engine runs."""

    on = False

    def around(
        self, function: Callable[P, T], *, before: str = "", after: str = ""
    ) -> Callable[P, T]:
        """The function itself."""
        del before, after
        return function

    def chosen(self, function: Callable[P, T], after: Callable[P, str]) -> Callable[P, T]:
        """The function itself."""
        del after
        return function

    def reach(self, point: str) -> None:
        """Nothing."""


def fault_points(token: str, run_dir: Path, actor: str, clock: Clock) -> Points:
    """Live points if the launch spec's token is the one of the run directory's plan, else none.

    Raises:
        LocalProtocolError: a token that is not the plan's: nobody may half-run a drill.
    """
    if not token:
        return NoPoints()
    plan = _read_plan(run_dir / PLAN_FILE)
    if plan is None or plan.token != token:
        raise LocalProtocolError("started for a drill, but the run directory is not this drill's")
    return FaultPoints(token, run_dir, actor, clock)


class FaultPoints:
    """Live points of one process."""

    on = True

    def __init__(self, token: str, run_dir: Path, actor: str, clock: Clock) -> None:
        self._token = token
        self._file = run_dir / PLAN_FILE
        self._fired = run_dir / FIRED_FILE
        self._actor = actor
        self._clock = clock
        self._stamp = (0, 0)
        self._armed: dict[str, list[_Armed]] = {}

    def around(
        self, function: Callable[P, T], *, before: str = "", after: str = ""
    ) -> Callable[P, T]:
        """`function` with a point before and after it."""

        def passed(*args: P.args, **kwargs: P.kwargs) -> T:
            if before:
                self.reach(before)
            result = function(*args, **kwargs)
            if after:
                self.reach(after)
            return result

        return passed

    def chosen(self, function: Callable[P, T], after: Callable[P, str]) -> Callable[P, T]:
        """`function` with the point after it that its arguments choose."""

        def passed(*args: P.args, **kwargs: P.kwargs) -> T:
            result = function(*args, **kwargs)
            if point := after(*args, **kwargs):
                self.reach(point)
            return result

        return passed

    def reach(self, point: str) -> None:
        """Strike if a plan says so.

        Raises:
            OSError: when that is the plan.
        """
        self._look()
        for armed in self._armed.get(point, ()):
            if armed.strikes():
                self._strike(armed.plan)

    def _look(self) -> None:
        """Read the plan again when the harness has replaced it."""
        try:
            found = self._file.stat()
        except OSError:
            self._armed.clear()
            return
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        content = _read_plan(self._file)
        done = {fired.number for fired in read_fired(self._fired)}
        before = {armed.plan.number: armed for group in self._armed.values() for armed in group}
        self._armed = {}
        if content is None or content.token != self._token:
            return
        for plan in content.plans:
            if plan.actor == self._actor and not (plan.once and plan.number in done):
                armed = before.get(plan.number) or _Armed(plan, content.seed, self._clock)
                self._armed.setdefault(plan.point, []).append(armed)

    def _strike(self, plan: PointPlan) -> None:
        if plan.once:
            self._armed[plan.point] = [a for a in self._armed[plan.point] if a.plan is not plan]
        row = {
            "number": plan.number,
            "actor": self._actor,
            "point": plan.point,
            "action": plan.action.value,
            "pid": os.getpid(),
            "mono_ns": self._clock.monotonic_ns(),
        }
        fd = os.open(self._fired, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, (json.dumps(row) + "\n").encode())
        finally:
            os.close(fd)
        if plan.action is Action.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        elif plan.action is Action.DELAY:
            time.sleep(min(plan.value, DELAY_S_MAX))
        else:
            number = int(plan.value) or errno.ENOSPC
            raise OSError(number, os.strerror(number))


class _Armed:
    """One plan in one process's life."""

    def __init__(self, plan: PointPlan, seed: int, clock: Clock) -> None:
        self.plan = plan
        self._passings = 0
        # Every life draws anew: the same draw would strike each process at the same place.
        self._random = Random(f"{seed}/{plan.number}/{clock.monotonic_ns()}")  # noqa: S311

    def strikes(self) -> bool:
        """Count a passing; whether it is the one."""
        self._passings += 1
        if self.plan.passing:
            return self._passings == self.plan.passing
        return self._random.random() < self.plan.probability


# --- the harness's side ------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Fired:
    """A point that struck."""

    number: int
    actor: str
    point: str
    action: Action
    pid: int
    mono_ns: int


def write_plan(run_dir: Path, token: str, plans: Sequence[PointPlan], *, seed: int = 0) -> None:
    """Put these plans in force, in place of all earlier ones.

    Raises:
        LocalProtocolError: a point that does not exist, or too many plans.
    """
    known = {point for points in POINTS.values() for point in points}
    unknown = sorted({plan.point for plan in plans} - known)
    if unknown or len(plans) > PLANS_MAX:
        raise LocalProtocolError(
            f"no such fault point: {', '.join(unknown)}" if unknown else "too many plans"
        )
    content = _PlanFile(token=token, seed=seed, plans=tuple(plans))
    scratch = run_dir / f"{PLAN_FILE}.new"
    scratch.touch(mode=0o600)
    scratch.write_text(json.dumps(plain_values(content)), encoding="ascii")
    scratch.replace(run_dir / PLAN_FILE)


def read_fired(file: Path) -> list[Fired]:
    """What struck so far; a line that a kill cut short is left out."""
    try:
        lines = file.read_text(encoding="ascii").split("\n")[:-1]
    except OSError:
        return []
    return [structure(json.loads(line), Fired, path="fired") for line in lines]


def _read_plan(file: Path) -> _PlanFile | None:
    try:
        text = file.read_text(encoding="ascii")
    except OSError:
        return None
    return structure(json.loads(text), _PlanFile, path="plan")
