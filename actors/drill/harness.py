"""One drill from beginning to end: start, phase of faults, phase of healing, stop, recovery.

Owns the venues, the engine's process and the director. Progress and results are told to a `Watcher`;
nothing here prints.
"""

import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import trio

from actors.command.preparing import Options, prepare
from actors.drill.agreement import Compared, compare, sent_twice, under_way
from actors.drill.director import Director, Struck, process_targets
from actors.drill.engine import DrilledEngine
from actors.drill.process import EngineProcess, all_ready
from actors.drill.sampling import Sampler
from actors.drill.venue import DrilledVenue
from actors.drill.venues import DrilledVenues
from engine.clock import SystemClock
from engine.drill.checkers import ProcessSample
from engine.drill.declared import venue_targets
from engine.drill.faultpoints import FIRED_FILE, Fired, read_fired, write_plan
from engine.drill.schedule import CATALOGUE, Fault, Schedule, make_schedule
from engine.errors import EngineError
from engine.model.instrument import symbol_of, venue_of

START_WITHIN_S = 60.0
CONVERGE_WITHIN_S = 60.0
SETTLE_WITHIN_S = 20.0
POLL_S = 0.25


class DrillFailed(EngineError):
    """The drill could not be carried out: nothing can be said about what held."""


@attrs.frozen(kw_only=True)
class DrillOptions:
    """What to drill, how long, and where.

    Attributes:
        config: configuration with simulated venues, in live mode.
        folder: short private folder for sockets, logs and journal.
        state_dir: of the journal; may be a file system of its own that can be filled.
        private_disk: whether it is.
        seed: decides the schedule.
        for_s: of the phase with faults.
        words: which faults; all when empty.
        gap_s_mean: between two faults.
        time_factor: stretches deadlines on a slow machine.
        router: settings of the router's core that replace the configuration's.
        files: limit of descriptors by actor.
    """

    config: Path
    folder: Path
    state_dir: Path
    private_disk: bool = False
    seed: int
    for_s: float
    words: tuple[str, ...] = ()
    gap_s_mean: float = 2.5
    time_factor: float = 1.0
    router: Mapping[str, object] = attrs.field(factory=dict)
    files: Mapping[str, int] = attrs.field(factory=dict)


@attrs.define(kw_only=True)
class Outcome:
    """What was seen, also of a drill that was ended early."""

    schedule: Schedule | None = None
    duration_s: float = 0.0
    struck: Sequence[Struck] = ()
    fired: Sequence[Fired] = ()
    converged_s: float | None = None
    course_differences: list[str] = attrs.field(factory=list)
    differences: Sequence[str] = ()
    settled_differences: Sequence[str] = ()
    recovered_differences: Sequence[str] = ()
    sent_twice: Sequence[str] = ()
    orders: int = 0
    fills: int = 0
    restarts: int = 0
    completed: bool = False
    exit_code: int = 0
    reachable_ns: list[tuple[int, int | None]] = attrs.field(factory=list)
    stopped_ns: int = 0
    killed: list[Mapping[str, object]] = attrs.field(factory=list)
    queues: Mapping[tuple[str, str], tuple[float, float]] = attrs.field(factory=dict)
    processes: Sequence[ProcessSample] = ()


class Watcher:
    """Hears how a drill goes; a subclass shows it."""

    def planned(self, schedule: Schedule) -> None:
        """The schedule is made."""

    def phase(self, name: str) -> None:
        """A phase begins."""

    def fault(self, fault: Fault) -> None:
        """A fault is struck."""


class Harness:
    """Runs one drill.

    Use `running()` to have engine and venue up without a schedule, for tests that strike by hand.
    """

    def __init__(self, options: DrillOptions, watcher: Watcher | None = None) -> None:
        self.options = options
        self.watcher = watcher or Watcher()
        self.outcome = Outcome()
        self.clock = SystemClock()
        self.token = secrets.token_hex(16)
        self.prepared = prepare(
            options.config,
            Options(run_dir=options.folder / "run", state_dir=options.state_dir),
            keep_state=True,
        )
        self.venues = DrilledVenues(self._make_venues())
        self.engine: EngineProcess
        self.director: Director
        self.sampler: Sampler

    def _make_venues(self) -> dict[str, DrilledVenue]:
        venues = {}
        for name, section in self.prepared.settings.venues.items():
            if section.simulator is None:
                raise DrillFailed(f"a drill needs simulated venues, and {name} is a real one")
            venues[name] = DrilledVenue.of(
                name,
                section.simulator,
                seed=self.options.seed,
                witness_dir=self.options.folder / "witness",
            )
        return venues

    def make_schedule(self) -> Schedule:
        """The schedule of these options; needs no venue that runs."""
        symbols: defaultdict[str, list[str]] = defaultdict(list)
        for strategy in self.prepared.settings.strategies:
            for name in strategy.instruments:
                symbols[venue_of(name)].append(symbol_of(name))
        targets = process_targets(list(self.prepared.tree.actors())) | venue_targets(
            {row.kind: row.targets for row in CATALOGUE},
            {venue.name: venue.drilled for venue in self.venues},
            symbols,
        )
        options = self.options
        return make_schedule(
            options.seed, options.for_s, targets, options.words, gap_s_mean=options.gap_s_mean
        )

    async def drill(self) -> Outcome:
        """The whole drill.

        Raises:
            DrillFailed: the engine did not even come up healthy.
        """
        self.outcome.schedule = schedule = self.make_schedule()
        self.watcher.planned(schedule)

        async def scheduled() -> None:
            await self.director.run(schedule, self.watcher.fault)

        return await self.conduct(scheduled)

    async def conduct(self, course: Callable[[], Awaitable[None]]) -> Outcome:
        """A drill whose first phase is `course`.

        Raises:
            DrillFailed: the engine did not even come up healthy.
        """
        async with trio.open_nursery() as nursery:
            await nursery.start(self.run)
            try:
                await self._phases(course)
            finally:
                self._note()
                nursery.cancel_scope.cancel()
        return self.outcome

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep venues and engine up until cancelled; reports when all is in service."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.venues.run)
            self.engine = self._make_engine()
            self.sampler = Sampler(self.engine, self.clock)
            self.director = Director(
                self.engine,
                self.venues,
                clock=self.clock,
                token=self.token,
                seed=self.options.seed,
                private_disk=self.options.private_disk,
            )
            async with self.engine.line():
                await self._keep_up(nursery, task_status)

    async def _keep_up(self, nursery: trio.Nursery, task_status: trio.TaskStatus[None]) -> None:
        try:
            await self.engine.start()
            if not await self.engine.until(all_ready, self._patience(START_WITHIN_S)):
                raise DrillFailed(f"the engine did not come up; see {self.options.folder}")
            await self.sampler.look_quietly()
            task_status.started()
            nursery.start_soon(self.engine.kept_alive)
            nursery.start_soon(self.sampler.run)
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await self.engine.stop()

    def _make_engine(self) -> EngineProcess:
        run_dir = self.options.folder / "run"
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_plan(run_dir, self.token, [])
        order = DrilledEngine(
            config=str(self.options.config.absolute()),
            run_dir=str(run_dir),
            state_dir=str(self.options.state_dir),
            endpoints={venue.name: venue.endpoints for venue in self.venues},
            credentials={venue.name: venue.credentials for venue in self.venues},
            token=self.token,
            router=self.options.router,
            files=self.options.files,
        )
        return EngineProcess(order, self.options.folder / "output")

    def _patience(self, seconds: float) -> float:
        return seconds * self.options.time_factor

    async def _phases(self, course: Callable[[], Awaitable[None]]) -> None:
        self.disturb()
        self.watcher.phase("faults on: nothing may be lost, doubled or invented")
        began = trio.current_time()
        try:
            await course()
        finally:
            self.outcome.duration_s = round(trio.current_time() - began, 1)
        self.watcher.phase("faults off: router, venue and strategies come to agree")
        await self.converge()
        await self.settle()
        self.watcher.phase("stopped, and recovered from the journal")
        await self.recover()
        self.outcome.completed = True

    def disturb(self) -> None:
        """From now on things break: the venue may be out of reach, and nothing is quiet."""
        self.sampler.is_quiet = False
        reachable = self.outcome.reachable_ns
        if reachable and reachable[-1][1] is None:
            reachable[-1] = (reachable[-1][0], self.clock.monotonic_ns())

    async def converge(self) -> None:
        """Heal everything and wait until all agree."""
        await self.director.heal_all()
        began = trio.current_time()
        last = await self._agreed(self._patience(CONVERGE_WITHIN_S), attend=True)
        if not last.differences:
            self.outcome.converged_s = round(trio.current_time() - began, 2)
            self.sampler.is_quiet = True
        self.outcome.differences = last.differences

    async def settle(self) -> None:
        """Stop trading and compare when nothing moves any more."""
        await self.engine.ask(
            "kill", {"level": "killed", "scope": "engine"}, reason="drill: settle"
        )
        last = await self._agreed(self._patience(SETTLE_WITHIN_S), quiet=True)
        self.outcome.settled_differences = last.differences
        await self.sampler.look_quietly()
        rows = await self.engine.actors()
        self.outcome.restarts = sum(row["restarts"] for row in rows.values())

    async def recover(self) -> None:
        """Stop everything, start again from the journal, compare."""
        before = await self._facts()
        self.disturb()
        self.outcome.stopped_ns = self.clock.monotonic_ns()
        self.outcome.exit_code = await self.engine.stop()
        up = await self.engine.until(all_ready, self._patience(START_WITHIN_S))
        last = await self._agreed(self._patience(SETTLE_WITHIN_S), quiet=True)
        differences = list(last.differences) if up else ["the engine did not come up again"]
        after = await self._facts()
        for what in before:
            if before[what] != after.get(what):
                differences.append(f"{what} are not what they were before the end")
        self.outcome.recovered_differences = differences
        self.outcome.orders, self.outcome.fills = last.orders, last.fills

    async def _facts(self) -> dict[str, Any]:
        orders = await self.engine.ask("orders", {"open": False})
        positions = await self.engine.ask("positions")
        keys = ("client_order_id", "lifecycle", "certainty", "cum_qty", "quantity", "price")
        return {
            "orders": [[row[key] for key in keys] for row in orders or ()],
            "positions": [
                [row["strategy"], row["account"], row["instrument"], row["quantity"]]
                for row in positions or ()
            ],
        }

    async def _agreed(
        self, within_s: float, *, attend: bool = False, quiet: bool = False
    ) -> Compared:
        last = Compared(("nothing was compared",), 0, 0)
        awaited: frozenset[str] | None = None if attend else frozenset()
        with trio.move_on_after(within_s):
            while True:
                if attend:
                    await self._attend()
                if awaited is None and (awaited := await under_way(self.engine)) is None:
                    await trio.sleep(POLL_S)
                    continue
                last = await compare(self.engine, self.venues, quiet=quiet, awaited=awaited)
                rows = await self.engine.actors()
                if attend and self._reaches(rows):
                    self._reached()
                unready = [n for n, row in rows.items() if row["state"] != "ready"]
                if unready and not quiet:
                    extra = tuple(
                        f"{n} is {rows[n]['state']}: {rows[n]['reason']}" for n in unready
                    )
                    last = attrs.evolve(last, differences=(*last.differences, *extra))
                if not last.differences and rows:
                    break
                await trio.sleep(POLL_S)
        return last

    def _reached(self) -> None:
        reachable = self.outcome.reachable_ns
        if not reachable or reachable[-1][1] is not None:
            reachable.append((self.clock.monotonic_ns(), None))

    @staticmethod
    def _reaches(rows: Mapping[str, Mapping[str, Any]]) -> bool:
        """Whether the sessions are logged in, so that the venue could be asked."""
        words = [
            (row.get("gauges") or {}).get("state")
            for row in rows.values()
            if row["kind"] == "session"
        ]
        return bool(words) and all(word in {"ready", "reconciling"} for word in words)

    async def _attend(self) -> None:
        """What an operator would do: start sessions again that gave up over their credentials."""
        rows = await self.engine.actors()
        for name, row in rows.items():
            if row["kind"] == "session" and "down" in row["reason"].partition(":")[0]:
                await self.engine.ask(
                    "restart", {"actor": name}, endpoint="admin", reason="drill: the venue is back"
                )

    def _note(self) -> None:
        self.outcome.struck = list(self.director.struck)
        self.outcome.fired = read_fired(self.engine.run_dir / FIRED_FILE)
        self.outcome.sent_twice = sent_twice(self.venues)
        self.outcome.queues = self.sampler.queues
        self.outcome.processes = self.sampler.samples
