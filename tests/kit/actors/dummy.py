"""An actor that comes into service and then behaves as its settings say.

`behaviour` is one of: `serve` (until stopped), `return`, `fail`, `bad_config`, `leave` (sys.exit),
`never_ready`, `slow_start` (blocks before it is ready), `spin`, `hog` (spin inside C code that keeps the interpreter's lock), `ignore_stop`,
`hoard` (allocate for ever), `fork` (leave a grandchild), `secretive` (fails with its secret in the
message), `inspect` (publishes how its own process is set up), `degrade`.
"""

import ctypes
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import trio

from actors.context import ActorContext
from engine.errors import ConfigError, InvariantViolation, Problem
from engine.messages.control import ActorState, PeerReport

SPIN_AFTER_S = 0.3
SPIN_S = 0.005
SPIN_PAUSE_S = 0.02
SLOW_START_S = 1.0
PR_GET_DUMPABLE = 3
CHUNK_BYTES = 16 * 1024 * 1024


async def run(context: ActorContext) -> None:
    """Come into service, then do what the settings say."""
    behaviour = str(context.settings.get("behaviour", "serve"))
    count = {"starts_before": context.published_before.get("starts", 0)}
    context.gauge(lambda: {"dummy": behaviour, **count})
    if behaviour == "never_ready":
        await trio.sleep_forever()
    if behaviour == "slow_start":
        time.sleep(SLOW_START_S)  # noqa: ASYNC251 - blocking the loop is the point
    if behaviour == "bad_config":
        raise ConfigError(Problem("dummy.size", "must be above zero"))
    context.watch(lambda report: _note_peer(context, report))
    starts = int(str(count["starts_before"])) + 1
    context.ready({"starts": starts, **_published(context)})
    await _BEHAVIOURS.get(behaviour, _serve)(context)


def _published(context: ActorContext) -> dict[str, object]:
    published = context.settings.get("publish", {})
    assert isinstance(published, dict)
    return published


def _note_peer(context: ActorContext, report: PeerReport) -> None:
    context.log.info("peer", name=report.name, state=report.state)


async def _serve(context: ActorContext) -> None:
    await context.stop.wait()


async def _return(_context: ActorContext) -> None:
    await trio.sleep(0.05)


async def _fail(_context: ActorContext) -> None:
    raise InvariantViolation("the sum is not the sum of its parts")


async def _leave(_context: ActorContext) -> None:
    sys.exit(0)


async def _spin(_context: ActorContext) -> None:
    await trio.sleep(SPIN_AFTER_S)
    while True:  # a part of the time, as the machine is not ours alone
        burnt_s = time.monotonic() + SPIN_S
        while time.monotonic() < burnt_s:
            pass
        time.sleep(SPIN_PAUSE_S)  # noqa: ASYNC251 - the loop does not get its turn


async def _ignore_stop(_context: ActorContext) -> None:
    await trio.sleep_forever()


async def _hoard(_context: ActorContext) -> None:
    hoard = []
    while True:
        hoard.append(b"x" * CHUNK_BYTES)
        await trio.sleep(0.01)


async def _fork(context: ActorContext) -> None:
    grandchild = subprocess.Popen(["sleep", "60"])  # noqa: ASYNC220 - quick, and left behind on purpose
    context.publish({"grandchild": grandchild.pid})
    await context.stop.wait()


async def _secretive(context: ActorContext) -> None:
    context.log.info("about to fail", secrets=context.secrets, token=context.secrets["token"])
    raise InvariantViolation(f"token {context.secrets['token']} is not accepted")


async def _degrade(context: ActorContext) -> None:
    context.state(ActorState.DEGRADED, "one leg only")
    await context.stop.wait()


async def _hog(_context: ActorContext) -> None:
    await trio.sleep(SPIN_AFTER_S)
    re.match(r"(a+)+$", "a" * 64 + "b")


async def _inspect(context: ActorContext) -> None:
    umask = os.umask(0o077)
    os.umask(umask)
    context.publish(
        {
            "dumpable": ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
            "core": resource.getrlimit(resource.RLIMIT_CORE),
            "files": resource.getrlimit(resource.RLIMIT_NOFILE),
            "umask": umask,
            "session": os.getsid(0),
            "cwd": str(Path.cwd()),
            "environ": sorted(os.environ),
            "settings": dict(context.settings),
        }
    )
    await context.stop.wait()


_BEHAVIOURS = {
    "return": _return,
    "fail": _fail,
    "leave": _leave,
    "spin": _spin,
    "ignore_stop": _ignore_stop,
    "hoard": _hoard,
    "fork": _fork,
    "secretive": _secretive,
    "degrade": _degrade,
    "hog": _hog,
    "inspect": _inspect,
}
