"""A supervisor with dummies as a process of its own: `python -m tests.kit.supervise_main DIR NAME=BEHAVIOUR …`.

Prints `up` and the children's process ids as one line of JSON once everything is in service; takes
signals as the engine does.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import trio

from engine.supervise.rundir import RunDirectoryBusy
from engine.supervise.signals import run_until_stopped
from engine.supervise.specs import Group, Tree
from engine.supervise.supervisor import Supervisor
from tests.kit.supervision import dummy, pid_of, tree_of

HEARTBEAT_INTERVAL_S = 0.2
"""Short, so that watchdogs derived from it are short too; patience is as long as ever."""

MISSED_MAX = 15
READY_WITHIN_S = 5.0
EXIT_BUSY = 75


async def _main(run_dir: Path, actors: Sequence[str]) -> int:
    groups = tuple(
        Group(name=name, actors=(_dummy(name, behaviour),))
        for name, _, behaviour in (actor.partition("=") for actor in actors)
    )
    supervisor = Supervisor(run_dir, Tree(name="test", mode=tree_of().mode, groups=groups))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_announce, supervisor)
        try:
            ended = await run_until_stopped(supervisor)
        except RunDirectoryBusy as error:
            sys.stderr.write(f"{error}\n")
            return EXIT_BUSY
        finally:
            nursery.cancel_scope.cancel()
    return ended.code


def _dummy(name: str, behaviour: str):
    return dummy(
        name,
        behaviour,
        heartbeat_interval_s=HEARTBEAT_INTERVAL_S,
        missed_max=MISSED_MAX,
        ready_within_s=READY_WITHIN_S,
    )


async def _announce(supervisor: Supervisor) -> None:
    await supervisor.up.wait()
    pids = {name: pid_of(supervisor, name) for name in supervisor.children}
    sys.stdout.write(json.dumps({"up": True, "pids": pids}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(trio.run(_main, Path(sys.argv[1]), sys.argv[2:]))
