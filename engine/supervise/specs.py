"""The process tree as data: frozen specs, built elsewhere by a pure function from a configuration.

A spec says everything the supervisor must know of an actor; printing the tree (`render`) shows the
system. Groups start in order, each when the one before it is in service, and stop in reverse:
simulators, router, sessions, strategies.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property

import attrs

from engine.bus.endpoints import is_plain
from engine.errors import ConfigError, Problem
from engine.model.enums import Mode
from engine.settings.secrets import CredentialsSource, Secret
from engine.supervise.intensity import RestartPolicy
from engine.supervise.placeholders import Published, needed_actors

ACTOR_NAME_PATTERN = r"[a-z0-9][a-z0-9_.-]{0,63}"
"""Actor and endpoint names are socket files, log files and arguments: no separators, no surprises."""

ACTORS_MAX = 256
"""Processes of one engine; beyond this a host needs more than one supervisor."""

CONTROL = "control"
ADMIN = "admin"
SUPERVISOR = "supervisor"
OPERATOR = "operator"
VIEWER = "viewer"
OUTSIDE = frozenset({OPERATOR, VIEWER})
"""Peers that are no actors: the keys of people and programs outside."""


class Restart(StrEnum):
    """When a child that ended is started again."""

    PERMANENT = "permanent"
    """Always; even a clean return is a failure, for it has no business returning."""
    TRANSIENT = "transient"
    """After a failure; a clean return means it has finished."""
    TEMPORARY = "temporary"
    """Never."""


@attrs.frozen(kw_only=True)
class Limits:
    """What the kernel lets one process have.

    Attributes:
        memory_mib: address space; None for no limit. Shared libraries count, and so do the stacks
            of threads: below 512 an interpreter with pyarrow does not start.
        files: open descriptors; below 4,096 libzmq may abort the process under load.
        processes: further processes and threads, None for no limit. The kernel counts all of the
            user's, so the limit is set to those at the start plus this; it does not bind root.
    """

    memory_mib: int | None = None
    files: int = 4096
    processes: int | None = None


@attrs.frozen
class Bind:
    """An endpoint that an actor binds, and who may connect with a key (none: no CURVE)."""

    endpoint: str
    peers: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ActorSpec:
    """One actor: what runs in its process, what it may touch, and what happens when it ends.

    Attributes:
        name: unique in the tree; names its sockets, log and key.
        kind: `router`, `session`, `paper`, `strategy`, `simulator`, …; its role towards peers.
        module: dotted name of the module whose `run(context)` is the actor.
        settings: plain mapping for the module's settings class; may hold `Published` values.
        secrets: by name; handed over by pipe only, masked everywhere else.
        credentials: where its secrets can be read again when a person has corrected them.
        restart: when it is started again after its end.
        policy: how many restarts in which time, and the back-off before each.
        essential: when it is given up, the whole system stops.
        grace_s: time between being asked to stop and SIGTERM.
        hello_within_s: from the start of the process to its hello.
        ready_within_s: from its hello to being in service.
        heartbeat_interval_s: between two pings.
        missed_max: unanswered pings after which it is stuck.
        limits: of the process.
        binds: endpoints it owns, with the peers allowed on each.
        connects: endpoints of others that it connects to with its key.
        needs: actors that must be in service before it starts (besides those before its group).
        watches: whether it is told the states of all other actors.
        preload: further modules of the engine's own that it imports at its start.
    """

    name: str
    kind: str
    module: str
    policy: RestartPolicy
    settings: Mapping[str, object] = attrs.field(factory=dict)
    secrets: Mapping[str, Secret | Published] = attrs.field(factory=dict)
    credentials: CredentialsSource | None = None
    restart: Restart = Restart.PERMANENT
    essential: bool = False
    grace_s: float = 3.0
    hello_within_s: float = 10.0
    ready_within_s: float = 30.0
    heartbeat_interval_s: float = 1.0
    missed_max: int = 3
    limits: Limits = attrs.field(factory=Limits)
    binds: tuple[Bind, ...] = ()
    connects: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    watches: bool = False
    preload: tuple[str, ...] = ()

    @property
    def all_needs(self) -> frozenset[str]:
        """The declared needs and the actors whose published values appear in its settings."""
        return frozenset(self.needs) | needed_actors(self.settings) | needed_actors(self.secrets)


@attrs.frozen(kw_only=True)
class Group:
    """Actors that start together.

    `gate_s` bounds how long the next group waits for this one: an actor that does not come into
    service must not keep the others out for ever. Actors that cannot do without it name it in `needs`.
    """

    name: str
    actors: tuple[ActorSpec, ...]
    gate_s: float = 30.0


@attrs.frozen(kw_only=True)
class Tree:
    """The whole system in start order.

    Raises:
        ConfigError: for names used twice, endpoints with no or two binders, unknown peers, and needs
            that do not stand earlier in the tree (so waiting never goes in circles): every problem.
    """

    name: str
    mode: Mode
    groups: tuple[Group, ...]

    def __attrs_post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise ConfigError(*problems)

    def actors(self) -> Iterator[ActorSpec]:
        """All specs in start order."""
        for group in self.groups:
            yield from group.actors

    @cached_property
    def binders(self) -> Mapping[str, str]:
        """Which actor binds which endpoint, the supervisor's own included."""
        theirs = {bind.endpoint: spec.name for spec in self.actors() for bind in spec.binds}
        return theirs | {CONTROL: SUPERVISOR, ADMIN: SUPERVISOR}


def _problems(tree: Tree) -> Iterator[Problem]:
    specs = list(tree.actors())
    if len(specs) > ACTORS_MAX:
        yield Problem("(tree)", f"{len(specs)} processes", f"at most {ACTORS_MAX}")
    yield from _name_problems(specs)
    yield from _endpoint_problems(specs, tree.binders)
    yield from _need_problems(tree)


def _name_problems(specs: list[ActorSpec]) -> Iterator[Problem]:
    seen = {SUPERVISOR, *OUTSIDE}
    for spec in specs:
        if not re.fullmatch(ACTOR_NAME_PATTERN, spec.name):
            yield Problem(spec.name, "is not a name for an actor", f"use {ACTOR_NAME_PATTERN}")
        if spec.name in seen:
            yield Problem(spec.name, "the name is used twice")
        seen.add(spec.name)


def _endpoint_problems(specs: list[ActorSpec], binders: Mapping[str, str]) -> Iterator[Problem]:
    names = {spec.name for spec in specs} | OUTSIDE
    for spec in specs:
        for bind in spec.binds:
            if not re.fullmatch(ACTOR_NAME_PATTERN, bind.endpoint):
                yield Problem(spec.name, f"{bind.endpoint!r} is not a name for an endpoint")
            if binders[bind.endpoint] != spec.name:
                yield Problem(spec.name, f"endpoint {bind.endpoint!r} has another binder")
            if bind.peers and is_plain(bind.endpoint):
                yield Problem(spec.name, f"{bind.endpoint!r} goes without keys, so without peers")
            for peer in sorted(set(bind.peers) - names):
                yield Problem(spec.name, f"lets an unknown peer {peer!r} into {bind.endpoint!r}")
        for endpoint in spec.connects:
            if endpoint not in binders:
                yield Problem(spec.name, f"connects to {endpoint!r}, which nobody binds")


def _need_problems(tree: Tree) -> Iterator[Problem]:
    started: set[str] = set()
    for spec in tree.actors():
        for name in sorted(spec.all_needs - started):
            yield Problem(
                spec.name, f"needs {name!r}, which is not there or stands later in the tree"
            )
        started.add(spec.name)
