"""All nodes of a simulation, wired up, and the faults that a plan brings upon them."""

import json
from collections.abc import Callable
from typing import Any

from engine.drill.simulation.line import Line
from engine.drill.simulation.plan import (
    ACCOUNT,
    INSTRUMENTS,
    SESSION,
    VENUE,
    Plan,
    instruments,
    settings_of,
)
from engine.drill.simulation.router import KillPoint, RouterNode
from engine.drill.simulation.session import SessionNode
from engine.drill.simulation.strategy import StrategyNode
from engine.drill.simulation.venue import VenueNode
from engine.drill.simulation.world import MS, NS, World
from engine.messages.venue import ReconcilePart

KILL_SCOPES = ("engine", f"venue:{VENUE}", "strategy:alpha")
TAIL_MS = 3_000.0
"""How long after a cut the venue may still get what had left before."""

AHEAD_S_MAX = 250
"""How far our clock may be ahead of the venue's: questions reach back by ours, with an overlap of
300 s, so what is farther apart than that misses news, and blocks until a person looks."""

PASSES_MAX = 12
"""A kill point is passed at most so often before it kills."""


class Scene:
    """The engine and its venue."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world, self.plan = world, plan
        self.settings = settings_of(plan)
        self.router = RouterNode(world, self.settings, plan.durability)
        self.venue = VenueNode(world, ACCOUNT, reject_probability=plan.reject_probability)
        self.venue.query_fails_probability = plan.query_fails_probability
        self.session = SessionNode(world, SESSION, VENUE, ACCOUNT, instruments())
        self.strategies = [
            StrategyNode(world, "alpha", INSTRUMENTS),
            StrategyNode(world, "beta", INSTRUMENTS[:1]),
        ]
        self.faults_on = True
        self.healed_ns = 0
        self._wire()

    def _wire(self) -> None:
        world, router = self.world, self.router
        peers: list[tuple[str, Any]] = [(SESSION, self.session)]
        peers += [(f"strategy.{node.name}", node) for node in self.strategies]
        for name, node in peers:
            line = Line(world, name, node, router)
            router.lines[name] = node.router_line = line
            node.router_is_up = lambda: router.is_up
        line = Line(
            world,
            "venue line",
            self.session,
            self.venue,
            latency_ms=(0.5, 20.0),
            tail_ms=TAIL_MS,
        )
        self.session.venue_line = self.venue.line = line
        line.disturb(self.venue, self._bad_line)

    def begin(self) -> None:
        """Start everything, and what goes on and goes wrong until `heal`."""
        plan, session = self.plan, self.session
        self.router.boot()
        session.boot()
        for node in self.strategies:
            node.boot()
            self._often(plan.wishes, node.wish)
            self._often(plan.repeats, node.again)
            self._often(plan.strategy_kills, node.die)
        self._often(plan.trades, self.venue.trade)
        self._often(plan.expiries, self.venue.expire)
        self._often(plan.busts, self.venue.bust)
        self._often(plan.strangers, self._stranger)
        self._often(plan.router_kills, self._kill_router)
        self._often(plan.session_kills, session.die)
        self._often(plan.router_line_cuts, self._cut_router_line)
        self._often(plan.venue_line_cuts, self._cut_venue_line)
        self._often(plan.mutes, self._mute)
        self._often(plan.disk_faults, self._disk_fault)
        self._often(plan.sync_faults, self._sync_fault)
        self._often(plan.clock_jumps, self._jump)
        self._often(plan.kill_switches, self._kill)

    def _often(self, rate: float, action: Callable[[], object]) -> None:
        """Let something happen at random moments, so many times a second, while faults are on."""
        if not rate:
            return
        delay_ns = int(self.world.random.expovariate(rate) * NS)

        def happen() -> None:
            if self.faults_on:
                action()
                self._often(rate, action)

        self.world.after(delay_ns, happen)

    # --- faults ----------------------------------------------------------------------------------

    def _bad_line(self, _message: Any) -> list[tuple[int, Any]]:
        """When the copies of what the venue says arrive."""
        plan, world = self.plan, self.world
        if not self.faults_on or isinstance(_message, ReconcilePart):
            return [(0, _message)]
        if world.chance(plan.lose_probability):
            return []
        late = world.chance(plan.late_probability)
        copies = [(world.delay_ns(0, plan.late_ms) if late else 0, _message)]
        if world.chance(plan.double_probability):
            copies.append((world.delay_ns(0, plan.late_ms), _message))
        return copies

    def _kill_router(self) -> None:
        random = self.world.random
        if random.random() < 0.2:
            self.router.die("by a signal") if self.router.is_up else None
        else:
            point = random.choice(list(KillPoint))
            self.router.arm(point, random.randint(1, PASSES_MAX))

    def _cut_router_line(self) -> None:
        line = self.world.random.choice(list(self.router.lines.values()))
        line.cut()
        self.world.after(self.world.delay_ns(20, 500), self._reconnect, line)

    def _reconnect(self, line: Line) -> None:
        node: Any = next(n for n in self.nodes() if n.router_line is line)
        if node.is_up and self.router.is_up:
            line.connect()

    def nodes(self) -> list[Any]:
        """The router's peers."""
        return [self.session, *self.strategies]

    def _cut_venue_line(self) -> None:
        if self.session.venue_line is not None:
            self.session.venue_line.cut()

    def _mute(self) -> None:
        """Nothing of one side arrives, and nobody notices (F-07)."""
        line, world = self.session.venue_line, self.world
        if line is not None:
            end: Any = world.random.choice((self.session, self.venue))
            line.mute(end, world.delay_ns(100, 4_000))

    def _disk_fault(self) -> None:
        disk, world = self.router.disk, self.world
        disk.is_full, disk.cuts_short = True, world.chance(0.5)
        world.note("disk", "full")
        world.after(world.delay_ns(50, 2_500), self._disk_is_well)

    def _sync_fault(self) -> None:
        self.router.disk.sync_fails = True
        self.world.note("disk", "syncs fail")
        self.world.after(self.world.delay_ns(50, 1_000), self._disk_is_well)

    def _disk_is_well(self) -> None:
        disk = self.router.disk
        disk.is_full = disk.cuts_short = disk.sync_fails = False

    def _jump(self) -> None:
        """The wall clock is set; the monotonic one is not (T-074)."""
        seconds = self.world.random.choice((-3_600, -60, -1, 1, 60, 200))
        ahead_ns = self.world.now.wall_ns + seconds * NS - self.world.venue_wall_ns
        if ahead_ns > AHEAD_S_MAX * NS:
            return
        self.world.wall_shift_ns += seconds * NS
        self.world.note("clock", f"jumps {seconds} s")

    def _stranger(self) -> None:
        self.venue.stranger(self.world.random.choice(INSTRUMENTS))

    def _kill(self) -> None:
        scope = self.world.random.choice(KILL_SCOPES)
        self.router.operate("kill", json.dumps({"scope": scope}), "a drill")
        self.world.after(self.world.delay_ns(100, 2_000), self._arm)

    def _arm(self) -> None:
        core = self.router.core
        if core is None:
            return
        for scope, _ in list(core.book.switch):
            self.router.operate("arm", json.dumps({"scope": scope}), "the drill is over")

    # --- afterwards ------------------------------------------------------------------------------

    def heal(self) -> None:
        """No more faults: disks, lines and processes are well from here on."""
        world = self.world
        world.note("scene", "faults are off")
        self.faults_on, self.healed_ns = False, world.mono_ns
        self._disk_is_well()
        self.router.kill_at = None
        self.venue.query_fails_probability = 0.0
        self.venue.reject_probability = 0.0
        if self.session.venue_line is not None:
            self.session.venue_line.unmute()
        for line in self.router.lines.values():
            world.after(world.delay_ns(10, 500), self._reconnect, line)
        world.after(NS, self._keep_armed)

    def _keep_armed(self) -> None:
        self._arm()
        self.world.after(500 * MS, self._keep_armed)
