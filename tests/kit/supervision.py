"""A supervisor with dummy actors, inside a test's own trio run; the children are real processes."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from engine.messages.control import ActorState
from engine.model.enums import Mode
from engine.supervise.intensity import RestartPolicy
from engine.supervise.rundir import log_file
from engine.supervise.specs import ActorSpec, Group, Tree
from engine.supervise.supervisor import Supervisor
from tests.kit.waiting import until

DUMMY = "tests.kit.actors.dummy"
NEVER_HELLO = "tests.kit.actors.never_hello"

EAGER = RestartPolicy(intensity=5, period_s=60.0, backoff_first_s=0.01, backoff_max_s=0.05)
ONCE = RestartPolicy(intensity=1, period_s=60.0, backoff_first_s=0.01, backoff_max_s=0.01)


def dummy(name: str, behaviour: str = "serve", **options: Any) -> ActorSpec:
    """Spec of a dummy; `options` override fields, `settings` are merged."""
    settings = {"behaviour": behaviour, **options.pop("settings", {})}
    fields = {"kind": "session", "module": DUMMY, "policy": EAGER} | options
    return ActorSpec(name=name, settings=settings, **fields)


def tree_of(*specs: ActorSpec, **options: Any) -> Tree:
    """A tree with one group of these actors."""
    return Tree(name="test", mode=Mode.PAPER, groups=(Group(name="all", actors=specs, **options),))


@asynccontextmanager
async def supervising(run_dir: Path, tree: Tree, **options: Any) -> AsyncIterator[Supervisor]:
    """A running supervisor for the block; stopped (fast) afterwards, or killed with the test."""
    supervisor = Supervisor(run_dir, tree, **options)
    async with trio.open_nursery() as nursery:
        await nursery.start(supervisor.run)
        yield supervisor
        supervisor.request_stop("test over", fast=True)


async def ready(supervisor: Supervisor, *names: str, within_s: float = 20.0) -> None:
    """Wait until these actors (or all) are in service."""
    children = [supervisor.children[name] for name in names or supervisor.children]
    await until(
        lambda: all(child.in_service for child in children),
        within_s=within_s,
        what=f"in service: {[(child.spec.name, child.state, child.reason) for child in children]}",
    )


async def in_state(
    supervisor: Supervisor, name: str, state: ActorState, within_s: float = 20.0
) -> None:
    """Wait until one actor is in this state."""
    child = supervisor.children[name]
    await until(lambda: child.state is state, within_s=within_s, what=f"{name} to be {state}")


def boots(supervisor: Supervisor) -> dict[str, int]:
    """Boot ids of all running actors."""
    return {name: child.life.boot for name, child in supervisor.children.items() if child.life}


def pid_of(supervisor: Supervisor, name: str) -> int:
    """Process id of a running actor."""
    life = supervisor.children[name].life
    assert life is not None, f"{name} has no process"
    return life.pid


def alive(pid: int) -> bool:
    """Whether a process with this number runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def log_text(run_dir: Path, name: str) -> str:
    """Everything an actor has logged."""
    return log_file(run_dir, name).read_text(encoding="utf-8")


def log_records(run_dir: Path, name: str) -> list[dict[str, Any]]:
    """The JSON records of an actor's log (stack dumps are no records)."""
    lines = log_text(run_dir, name).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def children_of(pid: int) -> set[int]:
    """Direct children of a process."""
    found = set()
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = Path(entry.path, "stat").read_text(encoding="ascii").rpartition(")")[2]
            except OSError:
                continue
            if int(fields.split()[1]) == pid:
                found.add(int(entry.name))
    return found
