"""The engine under a drill, as a process of its own: the harness kills it and it comes back.

Started as `python -m actors.drill.engine` with a `DrilledEngine` as JSON on standard input, which
then stays open: its end is the end of the engine, so nothing outlives the harness. The process tree is
the configuration's own, changed in three points only: venues are reached through the harness's
proxies, restarts are unlimited (a drill kills more often than anything in real life, and giving up
would end it), and fault points listen to the drill's token.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import attrs
import trio

from actors.command.preparing import Options, prepare
from engine.errors import EngineError
from engine.settings import Secret
from engine.settings.converter import plain_values, structure
from engine.supervise.intensity import RestartPolicy
from engine.supervise.placeholders import Published
from engine.supervise.signals import run_until_stopped
from engine.supervise.specs import ActorSpec, Tree
from engine.supervise.supervisor import Supervisor

UNLIMITED = RestartPolicy(
    intensity=1_000_000, period_s=3600.0, backoff_first_s=0.05, backoff_max_s=0.05
)
SPEC_BYTES_MAX = 1 << 20


@attrs.frozen(kw_only=True)
class DrilledEngine:
    """What the harness tells the engine.

    Attributes:
        config: the configuration file.
        run_dir: for sockets and logs.
        state_dir: for the journal.
        endpoints: of the proxies before each venue whose simulator the harness runs, by name.
        credentials: of its account there.
        token: switches the fault points on.
        router: settings of the router's core that replace the configuration's.
        files: limit of descriptors by actor; as ever where none is given.
    """

    config: str
    run_dir: str
    state_dir: str
    endpoints: Mapping[str, Mapping[str, str]]
    credentials: Mapping[str, Mapping[str, str]]
    token: str
    router: Mapping[str, object] = attrs.field(factory=dict)
    files: Mapping[str, int] = attrs.field(factory=dict)

    def to_json(self) -> bytes:
        """One line for standard input."""
        return (json.dumps(plain_values(self)) + "\n").encode()


def drilled_tree(tree: Tree, engine: DrilledEngine) -> Tree:
    """The tree without its simulators, with the harness's addresses in its place."""
    known: dict[Published, object] = {
        Published(f"simulator.{venue}", "endpoints"): dict(addresses)
        for venue, addresses in engine.endpoints.items()
    }
    for venue, credentials in engine.credentials.items():
        for name, text in credentials.items():
            known[Published(f"simulator.{venue}", f"credentials.{name}")] = text
    groups = tuple(
        attrs.evolve(group, actors=tuple(_drilled(spec, known, engine) for spec in group.actors))
        for group in tree.groups
        if group.name != "simulators"
    )
    return attrs.evolve(tree, groups=groups)


def _drilled(
    spec: ActorSpec, known: Mapping[Published, object], engine: DrilledEngine
) -> ActorSpec:
    settings = {key: _filled(value, known) for key, value in spec.settings.items()}
    if spec.kind == "router":
        settings["core"] = {**_mapping(settings["core"]), **engine.router}
    secrets = {
        name: Secret(str(known[value])) if isinstance(value, Published) else value
        for name, value in spec.secrets.items()
    }
    limits = spec.limits
    if spec.name in engine.files:
        limits = attrs.evolve(limits, files=engine.files[spec.name])
    return attrs.evolve(spec, settings=settings, secrets=secrets, policy=UNLIMITED, limits=limits)


def _filled(value: object, known: Mapping[Published, object]) -> object:
    return known.get(value, value) if isinstance(value, Published) else value


def _mapping(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, Mapping) else {}


async def _main(engine: DrilledEngine) -> int:
    prepared = prepare(
        Path(engine.config),
        Options(run_dir=Path(engine.run_dir), state_dir=Path(engine.state_dir)),
        keep_state=True,
    )
    supervisor = Supervisor(
        prepared.run_dir, drilled_tree(prepared.tree, engine), drill_token=engine.token
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_stop_with_harness, supervisor)
        try:
            ended = await run_until_stopped(supervisor)
        except EngineError as error:
            sys.stderr.write(f"{error}\n")
            return 75
        finally:
            nursery.cancel_scope.cancel()
    return ended.code


async def _stop_with_harness(supervisor: Supervisor) -> None:
    """Standard input ends with the harness."""
    async with trio.lowlevel.FdStream(os.dup(0)) as line:
        while await line.receive_some(64):
            pass
    supervisor.request_stop("the drill is gone", fast=True)


def main() -> int:
    """Read the order, run the engine; its exit code."""
    order = bytearray()
    while not order.endswith(b"\n") and len(order) < SPEC_BYTES_MAX:
        order += os.read(0, 1 << 16)
    engine = structure(json.loads(order), DrilledEngine, path="drill")
    return trio.run(_main, engine)


if __name__ == "__main__":
    sys.exit(main())
