"""The supervisor: one trio nursery that starts, watches, restarts and stops the processes of a tree.

It holds no trading logic and parses no venue data. Groups start in order, each when the one before is
in service, and stop in reverse within one deadline. If an essential actor is given up, everything
stops. `run` owns the run directory for its length; `request_stop` ends it.
"""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs
import trio

from engine.bus.context import Bus, open_bus
from engine.clock import Clock, SystemClock
from engine.log import FilteringBoundLogger
from engine.messages.control import ActorState
from engine.messages.operator import ROLE_OPERATOR, ROLE_VIEWER
from engine.supervise import limits, logs, rundir
from engine.supervise.admin import AdminDesk, Refusal, Verb
from engine.supervise.alerts import Alert, Alerts
from engine.supervise.child import Child
from engine.supervise.forkserver import ForkServer, open_forkserver
from engine.supervise.givenup import alert_text
from engine.supervise.keyring import Keyring
from engine.supervise.launch import EXIT_CONFIG, EXIT_INTERNAL, LaunchSpec
from engine.supervise.outfit import Outfitter
from engine.supervise.render import render
from engine.supervise.report import SupervisorEvent, event_of, row_of
from engine.supervise.shutdown import SHUTDOWN_S, group_need_s, ladder, share_s
from engine.supervise.spawn import environment
from engine.supervise.specs import ADMIN, CONTROL, SUPERVISOR, ActorSpec, Group, Tree
from engine.supervise.switchboard import Switchboard
from engine.supervise.venues import VenueVerbs

OURS = "actors."
"""What the modules of our own actors begin with."""

CHECK_UP_S = 5.0
"""Between two looks at everybody's descriptors; they do not run out faster than that."""

STOP_MARGIN_S = 0.5
"""Beyond a group's share, for the kernel; then its processes are killed without asking."""

Callback = Callable[[SupervisorEvent], None]


@attrs.frozen(kw_only=True)
class Ended:
    """How a run ended: the exit code it calls for (0: asked to stop), why, how long stopping took."""

    code: int
    reason: str
    stop_s: float


class Supervisor:
    """Runs one tree in one run directory, once.

    Attributes:
        run_dir: sockets, logs and keys of this run.
        tree: what runs.
        children: by name, in start order; read only.
        alerts: the last ones.
        up: set once every group has been started and waited for.
        stopping: whether it is on its way down.
    """

    def __init__(
        self,
        run_dir: Path,
        tree: Tree,
        *,
        clock: Clock | None = None,
        on_event: Callback | None = None,
        before_stop: Callable[[], None] | None = None,
        environ: Mapping[str, str] | None = None,
        share_output: bool = False,
        drill_token: str = "",
    ) -> None:
        """Nothing is touched yet.

        Args:
            run_dir: made when missing; must be private and short enough for sockets.
            tree: what to run.
            clock: for stamps and ages.
            on_event: told of every change of an actor; called in the main loop, must be fast.
            before_stop: called once, when a stop is asked for and has not yet changed anything.
            environ: where children's few variables come from; ours by default.
            share_output: children write to our standard streams and not to files of their own.
            drill_token: switches the fault points of a drill on; only its harness knows one.
        """
        self.run_dir = run_dir
        self.tree = tree
        self.clock: Clock = clock or SystemClock()
        self.environ: Mapping[str, str] = os.environ if environ is None else environ
        self.alerts = Alerts()
        self.up = trio.Event()
        self.boot = secrets.randbits(63)
        self.since_ns = self.clock.wall_ns()
        self._on_event: Callback = on_event or (lambda _event: None)
        self._before_stop: Callable[[], None] = before_stop or (lambda: None)
        self.children = {spec.name: Child(spec, self) for spec in tree.actors()}
        self._keyring = Keyring(tree)
        self._outfitter = Outfitter(
            run_dir,
            tree.mode,
            self._keyring,
            share_output=share_output,
            drill_token=drill_token,
        )
        self.forkserver: ForkServer | None = None
        self._marks: dict[str, object] = {}
        self._changed = trio.Event()
        self._stop_asked = trio.Event()
        self._starting = trio.CancelScope()
        self._started: list[Group] = []
        self._ended = Ended(code=0, reason="", stop_s=0.0)
        self._switchboard: Switchboard | None = None
        self._log: FilteringBoundLogger

    # --- for whoever runs it -------------------------------------------------------------------

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> Ended:
        """Run the tree until `request_stop` or until it cannot go on; no child is left behind.

        `task_status` is told once the supervisor answers on `admin`; `up` tells that the tree is.
        Cancelling it kills the children without asking them.

        Raises:
            RunDirectoryBusy: another supervisor owns the run directory; nothing was touched.
            ConfigError: the run directory cannot be used.
        """
        with rundir.own(self.run_dir), self._logging():
            await rundir.clear_stale(self.run_dir)
            files = limits.raise_files_limit()
            self._log.info("supervisor started", mode=str(self.tree.mode), files_limit=files)
            async with (
                open_forkserver(
                    self._preloaded(),
                    environment(self.environ),
                    alert=lambda text: self._alert(SUPERVISOR, "forkserver", text),
                ) as self.forkserver,
                open_bus(
                    self.run_dir,
                    name=SUPERVISOR,
                    boot=self.boot,
                    keys=self._keyring.pair(SUPERVISOR),
                    alert=lambda text: self._alert(SUPERVISOR, "bus", text),
                ) as bus,
            ):
                await self._serve(bus, task_status)
            self._log.info("supervisor ends", **attrs.asdict(self._ended))
        return self._ended

    def _preloaded(self) -> dict[str, list[str]]:
        """Modules of our own by actor, in the order of need; others' are imported by who runs them."""
        return {
            each.name: [name for name in (each.module, *each.preload) if name.startswith(OURS)]
            for each in self.tree.actors()
        }

    def request_stop(self, reason: str, *, fast: bool = False, code: int = 0) -> None:
        """Begin to stop everything; the first reason and code stand.

        Args:
            reason: for logs and actors.
            fast: do not wait for anybody's grace any more.
            code: exit code that the end calls for.
        """
        if not self._stop_asked.is_set():
            self._before_stop()
            self._ended = Ended(code=code, reason=reason, stop_s=0.0)
            self._starting.cancel()
            self._stop_asked.set()
        if fast:
            for child in self.children.values():
                child.hurry()

    def pull_kill_switch(self, reason: str) -> None:
        """Have the router cancel everything and let no order through until a person arms again.

        By file: a router that is away finds it as soon as it is back, also in the next run.
        """
        try:
            rundir.pull_kill_switch(self.run_dir, reason)
        except OSError as error:
            reason = f"{reason}, but the file {rundir.KILL_NAME} cannot be made: {error}"
        self._alert(SUPERVISOR, "kill", reason)

    @property
    def stopping(self) -> bool:
        """Whether it has been asked to stop."""
        return self._stop_asked.is_set()

    def snapshot(self) -> dict[str, object]:
        """The status as programs read it: JSON values only."""
        now_ns = self.clock.monotonic_ns()
        return {
            "name": self.tree.name,
            "mode": self.tree.mode.value,
            "since_ns": self.since_ns,
            "up": self.up.is_set(),
            "stopping": self.stopping,
            "actors": [row_of(child, now_ns) for child in self.children.values()],
            "alerts": self.alerts.rows(),
        }

    # --- what children need (child.Host) -------------------------------------------------------

    def launch_spec(self, child: Child, boot: int) -> LaunchSpec:
        """Everything for the child's next process."""
        return self._outfitter.launch_spec(child, boot, self._published())

    def send(self, child: Child, message: object) -> None:
        """To the child's current process."""
        if self._switchboard is not None:
            self._switchboard.send(child, message)

    def unmet_needs(self, spec: ActorSpec) -> Sequence[str]:
        """The actors it needs that are not in service."""
        return [name for name in sorted(spec.all_needs) if not self.children[name].in_service]

    async def change(self) -> None:
        """Wait until some child's state changes."""
        await self._changed.wait()

    def changed(self, child: Child) -> None:
        """Log it, tell the others, and draw the consequences."""
        event = event_of(child, self.clock.wall_ns())
        mark = attrs.evolve(event, ts_ns=0)
        if self._marks.get(event.actor) == mark:
            return
        self._marks[event.actor] = mark
        shown = {
            "state": event.state,
            "reason": event.reason,
            "pid": event.pid,
            "boot": None if event.boot is None else f"{event.boot:x}",
            "mono_ns": self.clock.monotonic_ns(),
        }
        self._log.info("actor changed", about=event.actor, **shown)
        if self._switchboard is not None:
            self._switchboard.broadcast(child)
        self._on_event(event)
        self._judge_change(child)
        self._changed.set()
        self._changed = trio.Event()

    def _judge_change(self, child: Child) -> None:
        state = child.state
        if state is ActorState.RESTARTING:
            self._alert(child.spec.name, "restarted", child.reason)
        if state not in {ActorState.QUARANTINED, ActorState.FAILED}:
            return
        file = self._outfitter.log_file(child.spec)
        text = alert_text(child.spec, state, child.reason, file)
        self._alert(child.spec.name, state.value, text)
        if child.spec.essential:
            ending = child.last_ending
            of_config = ending is not None and ending.code == EXIT_CONFIG
            if state is ActorState.QUARANTINED and not self.stopping:
                self.pull_kill_switch(f"{child.spec.name} was given up: {child.reason}")
            self.request_stop(
                f"{child.spec.name}, which everything needs, is {state}: {child.reason}",
                code=EXIT_CONFIG if of_config else EXIT_INTERNAL,
            )

    # --- the run -------------------------------------------------------------------------------

    async def _serve(self, bus: Bus, task_status: trio.TaskStatus[None]) -> None:
        control = bus.bind_router(CONTROL, self._keyring.actors())
        admin = bus.bind_router(ADMIN, self._keyring.outsiders())
        self._switchboard = Switchboard(
            control,
            self.children,
            boot=self.boot,
            clock=self.clock,
            log=self._log,
            on_published=self._on_published,
        )
        desk = AdminDesk(admin, self._verbs(), self._log)
        self._write_keys()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(control.pump, self._switchboard.handle)
                nursery.start_soon(admin.pump, desk.handle)
                nursery.start_soon(self._check_up)
                task_status.started()
                await self._run_tree()
                nursery.cancel_scope.cancel()
        finally:
            rundir.remove_keys(self.run_dir)

    async def _run_tree(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._start_groups, nursery)
            await self._stop_asked.wait()
            began = trio.current_time()
            await self._stop_groups(began + SHUTDOWN_S)
            self._ended = attrs.evolve(self._ended, stop_s=round(trio.current_time() - began, 3))
            nursery.cancel_scope.cancel()

    async def _start_groups(self, nursery: trio.Nursery) -> None:
        with self._starting:
            for group in self.tree.groups:
                self._started.append(group)
                for spec in group.actors:
                    nursery.start_soon(self.children[spec.name].run)
                await self._gate(group)
            self.up.set()

    async def _gate(self, group: Group) -> None:
        """Wait until no actor of the group is worth waiting for, or the gate's time is over."""
        late: list[str] = []
        with trio.move_on_after(group.gate_s):
            while late := [spec.name for spec in group.actors if not self._settled(spec)]:
                await self.change()
        if late:
            text = f"{group.name} not in service in time: {', '.join(late)}; going on"
            self._alert(SUPERVISOR, "gate", text)

    def _settled(self, spec: ActorSpec) -> bool:
        """Whether an actor is in service, given up, or waits for one that is given up."""
        if self.children[spec.name].settled:
            return True
        return any(self.children[name].settled for name in self.unmet_needs(spec))

    async def _stop_groups(self, deadline: float) -> None:
        waiting = list(reversed(self._started))
        while waiting:
            needs = [group_need_s([spec.grace_s for spec in group.actors]) for group in waiting]
            within_s = share_s(needs, deadline - trio.current_time())
            await self._stop_group(waiting.pop(0), within_s)

    async def _stop_group(self, group: Group, within_s: float) -> None:
        children = [self.children[spec.name] for spec in group.actors]
        for child in children:
            child.stop(self._ended.reason, ladder(child.spec.grace_s, within_s))
        with trio.move_on_after(within_s + STOP_MARGIN_S):
            for child in children:
                await child.done.wait()

    # --- on the side ---------------------------------------------------------------------------

    def _published(self) -> dict[str, Mapping[str, object]]:
        return {
            name: child.published
            for name, child in self.children.items()
            if child.published is not None
        }

    def _on_published(self, publisher: Child) -> None:
        """Restart those who were started with other values than are published now."""
        for child in self.children.values():
            if child.life is None or child.life.asked.is_set() or child is publisher:
                continue
            if self._outfitter.outdated(child, self._published()):
                reason = f"{publisher.spec.name} publishes other values now"
                child.recycle(reason, forgive=False)

    async def _check_up(self) -> None:
        while True:
            self._check_files(SUPERVISOR, limits.open_files(), limits.files_limit())
            for child in self.children.values():
                vitals = child.life.gauges.get("process") if child.life else None
                if isinstance(vitals, dict):
                    used, limit = vitals.get("open_files"), vitals.get("files_limit")
                    if isinstance(used, int) and isinstance(limit, int):
                        self._check_files(child.spec.name, used, limit)
            await trio.sleep(CHECK_UP_S)

    def _check_files(self, name: str, used: int, limit: int) -> None:
        if not limits.files_alarm(used, limit):
            self.alerts.clear(name, "files")
            return
        alert = self._make_alert(name, "files", f"{used} of {limit} descriptors are in use")
        if self.alerts.add_lasting(alert):
            self._log.warning("alert", **attrs.asdict(alert))

    def _alert(self, actor: str, code: str, text: str) -> None:
        alert = self._make_alert(actor, code, text)
        self.alerts.add(alert)
        self._log.warning("alert", **attrs.asdict(alert))

    def _make_alert(self, actor: str, code: str, text: str) -> Alert:
        return Alert(ts_ns=self.clock.wall_ns(), actor=actor, code=code, text=text)

    def _verbs(self) -> Mapping[str, Verb]:
        return {
            "status": Verb(lambda _arguments, _reason: self.snapshot()),
            "tree": Verb(lambda _arguments, _reason: {"text": render(self.tree)}),
            "stop": Verb(self._verb_stop, commands=True),
            "restart": Verb(self._verb_restart, commands=True),
            **VenueVerbs(self.children, lambda: self.stopping, self.environ).verbs(),
        }

    def _verb_stop(self, arguments: Mapping[str, object], reason: str) -> object:
        self.request_stop(reason or "operator", fast=arguments.get("fast") is True)
        return {"stopping": True}

    def _verb_restart(self, arguments: Mapping[str, object], reason: str) -> object:
        child = self.children.get(str(arguments.get("actor", "")))
        if child is None:
            raise Refusal(f"no such actor; there are: {', '.join(self.children)}")
        if self.stopping:
            raise Refusal("the engine is stopping")
        child.recycle(reason or "operator", forgive=True)
        return {"restarting": child.spec.name}

    def _write_keys(self) -> None:
        servers = self._keyring.servers((ADMIN, *self._keyring.outside_endpoints()))
        for role in (ROLE_OPERATOR, ROLE_VIEWER):
            rundir.write_key(self.run_dir, role, self._keyring.pair(role), servers)

    @contextmanager
    def _logging(self) -> Iterator[None]:
        """A log file of our own, private to this object: the process's logging is not ours to set."""
        path = rundir.log_file(self.run_dir, SUPERVISOR)
        fd = logs.open_log(path)
        try:
            sink = logs.LogSink(path, fds=(fd,))
            self._log = logs.make_logger(sink, clock=self.clock, actor=SUPERVISOR)
            yield
        finally:
            os.close(fd)
