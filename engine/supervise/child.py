"""One child's life as a task: start, handshake, heartbeat, end, verdict, and again or not.

The task ends only when the supervisor stops; a child that is given up stays parked in its state, so
that an operator can revive it. All decisions are pure functions elsewhere (`verdict`, `intensity`,
`heartbeat`, `shutdown`); here is the order of things.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

import attrs
import trio

from engine.clock import Clock
from engine.errors import LimitExceeded, LocalProtocolError
from engine.messages.control import IN_SERVICE, ActorState, Ping, Stop
from engine.supervise.forkserver import ForkServer
from engine.supervise.heartbeat import ANSWER_SHARE, Heartbeat
from engine.supervise.intensity import GiveUp, decide, recent
from engine.supervise.launch import LaunchSpec
from engine.supervise.life import Life
from engine.supervise.shutdown import TERM_S, Ladder
from engine.supervise.spawn import Spawned, spawn
from engine.supervise.specs import ActorSpec
from engine.supervise.verdict import Cause, Ending, Verdict, judge, reason_of

DUMP_S = 1.0
"""For writing the stack dump into the log, between SIGUSR1 and SIGKILL."""

HURRY_TERM_S = 0.3
"""Between SIGTERM and SIGKILL when somebody asked a second time."""


class Host(Protocol):
    """What a child needs of its supervisor."""

    clock: Clock
    environ: Mapping[str, str]
    forkserver: ForkServer | None

    def launch_spec(self, child: "Child", boot: int) -> LaunchSpec:
        """Everything for the next process; LocalProtocolError when a published value is missing."""
        ...

    def send(self, child: "Child", message: object) -> None:
        """To the child's current process; what cannot be sent is dropped."""
        ...

    def unmet_needs(self, spec: ActorSpec) -> Sequence[str]:
        """The actors it needs that are not in service."""
        ...

    async def change(self) -> None:
        """Wait until some child's state changes."""
        ...

    def changed(self, child: "Child") -> None:
        """A child's state has changed."""
        ...


class Child:
    """One actor under supervision.

    Attributes:
        spec: what it is.
        state: where it is in its life.
        reason: why it is in this state.
        since_ns: wall time of the last change of state.
        restarts: how often it was started again, on its own account.
        last_reason: why the last process ended; empty before the first end.
        life: the current process, None between two.
        published: what its last process in service published.
        done: set when the task has ended.
    """

    def __init__(self, spec: ActorSpec, host: Host) -> None:
        self.spec = spec
        self.state = ActorState.STARTING
        self.reason = "its turn has not come yet"
        self.since_ns = host.clock.wall_ns()
        self.restarts = 0
        self.last_reason = ""
        self.last_ending: Ending | None = None
        self.life: Life | None = None
        self.published: Mapping[str, object] | None = None
        self.done = trio.Event()
        self._host = host
        self._history: tuple[float, ...] = ()
        self._stop = trio.Event()
        self._stop_reason = ""
        self._halted = ""
        self._ladder = Ladder(spec.grace_s, TERM_S)
        self._hurry = trio.Event()
        self._revived = trio.Event()

    # --- what others may do --------------------------------------------------------------------

    def stop(self, reason: str, ladder: Ladder) -> None:
        """Ask for the end of the task; the current process gets this ladder."""
        self._stop_reason = reason
        self._ladder = ladder
        self._stop.set()
        if self.life is not None:
            self.life.ask_to_end(Cause.STOPPED)

    def hurry(self) -> None:
        """Cut short what is left of the ladder."""
        self._hurry.set()

    def recycle(self, reason: str, *, forgive: bool) -> None:
        """Start anew: a running process is stopped in order first, a parked child is revived.

        It counts as no restart; with `forgive` those so far no longer count either.
        """
        if forgive:
            self._history = ()
        self._halted = ""
        self._stop_reason = reason
        if self.life is not None:
            self.life.ask_to_end(Cause.RECYCLED)
        else:
            self._revived.set()

    def halt(self, reason: str) -> None:
        """End the process in order and stay without one until `recycle`."""
        self._halted = self._stop_reason = reason
        if self.life is not None:
            self.life.ask_to_end(Cause.STOPPED)

    @property
    def in_service(self) -> bool:
        """Whether its process does its work."""
        return self.state in IN_SERVICE

    @property
    def settled(self) -> bool:
        """Whether waiting for it makes no sense: in service, or not started again by itself."""
        return self.state not in {ActorState.STARTING, ActorState.RESTARTING}

    @property
    def restarts_in_window(self) -> int:
        """Restarts that still count against the budget."""
        return len(recent(self._history, self._now_s(), self.spec.policy))

    # --- the task ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the actor running as its spec says, until `stop`. Cancellation kills the process."""
        try:
            while not self._stop.is_set():
                if self._halted:
                    await self._park(ActorState.STOPPED, self._halted)
                    continue
                self._become(ActorState.STARTING, self.last_reason and f"after: {self.last_reason}")
                await self._unless_stopped(self._wait_for_needs)
                if not self._stop.is_set() and not self._halted:
                    await self._follow(await self._live())
            if self.state not in {ActorState.QUARANTINED, ActorState.FAILED}:
                self._become(ActorState.STOPPED, self._stop_reason)
        finally:
            self.done.set()

    async def _wait_for_needs(self) -> None:
        while (unmet := self._host.unmet_needs(self.spec)) and not self._halted:
            self._become(ActorState.STARTING, f"waits for {', '.join(unmet)}")
            await self._host.change()

    async def _follow(self, ending: Ending) -> None:
        """Do what the end of a process calls for; returns when the next one may start."""
        if ending.cause is Cause.RECYCLED:  # by whom is what matters then
            ending = attrs.evolve(ending, last_words=self._stop_reason)
        self.last_ending, self.last_reason = ending, reason_of(ending)
        if self._halted:
            return
        verdict = judge(ending, self.spec.restart)
        if verdict is Verdict.AGAIN:
            await self._again()
        elif verdict is not Verdict.ANEW and not self._stop.is_set():
            stopped = verdict is Verdict.FINISHED
            await self._park(ActorState.STOPPED if stopped else ActorState.FAILED, self.last_reason)

    async def _again(self) -> None:
        now_s = self._now_s()
        decision = decide(self._history, now_s, self.spec.policy)
        if isinstance(decision, GiveUp):
            budget = f"after {decision.restarts} restarts within {self.spec.policy.period_s:g} s"
            await self._park(ActorState.QUARANTINED, f"{budget}, last: {self.last_reason}")
            return
        self._history = (*recent(self._history, now_s, self.spec.policy), now_s)
        self.restarts += 1
        self._become(ActorState.RESTARTING, self.last_reason)
        await self._unless_stopped(partial(trio.sleep, decision.after_s))

    async def _park(self, state: ActorState, reason: str) -> None:
        self._revived = trio.Event()
        self._become(state, reason)
        await self._unless_stopped(self._revived.wait)

    async def _unless_stopped(self, wait: Callable[[], Awaitable[None]]) -> None:
        """Wait, but no longer than until somebody asks for the end."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_after, self._stop.wait, nursery.cancel_scope)
            await wait()
            nursery.cancel_scope.cancel()

    # --- one process ---------------------------------------------------------------------------

    async def _live(self) -> Ending:
        """One process from start to end."""
        boot = secrets.randbits(63)
        try:
            launch = self._host.launch_spec(self, boot)
            process = await spawn(
                launch,
                environ=self._host.environ,
                within_s=self.spec.hello_within_s,
                server=self._host.forkserver,
            )
        except (OSError, LimitExceeded, LocalProtocolError) as error:
            return Ending(cause=Cause.NOT_STARTED, code=0, last_words=str(error))
        self.life = life = Life(
            boot=boot, pid=process.pid, heartbeat=Heartbeat(self.spec.missed_max)
        )
        reaped = None
        try:
            if self._stop.is_set():
                life.ask_to_end(Cause.STOPPED)
            self._host.changed(self)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._attend, process, life)
                await process.ended()
                nursery.cancel_scope.cancel()
            reaped = process.reap()
        finally:
            self.life = None
            if reaped is None:
                await process.destroy()
        code, words = reaped
        return Ending(cause=life.cause, code=code, last_words=words)

    async def _attend(self, process: Spawned, life: Life) -> None:
        """Watch a process until it is asked to end, then see to it."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch, process, life)
            await life.asked.wait()
            nursery.cancel_scope.cancel()
        await self._end(process, life)

    async def _watch(self, process: Spawned, life: Life) -> None:
        """Handshake in time, then heartbeats; kills what does not keep to it."""
        with trio.move_on_after(self.spec.hello_within_s):
            await life.greeted.wait()
        if not life.greeted.is_set():
            await self._kill(process, life, Cause.NO_HELLO)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._await_service, process, life)
            nursery.start_soon(self._beat, process, life)

    async def _await_service(self, process: Spawned, life: Life) -> None:
        with trio.move_on_after(self.spec.ready_within_s):
            await life.in_service.wait()
        if not life.in_service.is_set():
            await self._kill(process, life, Cause.NOT_READY)

    async def _beat(self, process: Spawned, life: Life) -> None:
        interval_s = self.spec.heartbeat_interval_s
        while True:
            self._host.send(self, Ping(boot=life.boot, number=life.heartbeat.next()))
            await trio.sleep(interval_s * ANSWER_SHARE)
            if not life.in_service.is_set():
                # Recovering a journal may keep the loop busy; `ready_within_s` bounds it.
                life.heartbeat.forgive()
            elif life.heartbeat.stuck:
                await self._kill(process, life, Cause.STUCK)
            await trio.sleep(interval_s * (1 - ANSWER_SHARE))

    async def _kill(self, process: Spawned, life: Life, cause: Cause) -> None:
        """Ask for a stack dump, then kill; waits for the end, which cancels whoever called."""
        life.cause = cause
        process.dump_stacks()
        await trio.sleep(DUMP_S)
        process.kill_group()
        await trio.sleep_forever()

    async def _end(self, process: Spawned, life: Life) -> None:
        """The kill ladder: stop message, grace, SIGTERM, SIGKILL."""
        if life.greeted.is_set():
            grace_s = self._ladder.grace_s
            self._host.send(self, Stop(boot=life.boot, reason=self._stop_reason, grace_s=grace_s))
            with trio.move_on_after(grace_s):
                await self._hurry.wait()
        process.terminate()
        await trio.sleep(HURRY_TERM_S if self._hurry.is_set() else self._ladder.term_s)
        process.kill_group()

    # --- small things --------------------------------------------------------------------------

    def entered(self, state: ActorState, reason: str) -> None:
        """What the running process says of itself."""
        if (state, reason) != (self.state, self.reason):
            self._become(state, reason)

    def _become(self, state: ActorState, reason: str) -> None:
        self.state, self.reason = state, reason
        self.since_ns = self._host.clock.wall_ns()
        self._host.changed(self)

    def _now_s(self) -> float:
        return self._host.clock.monotonic_ns() / 1e9


async def _cancel_after(wait: Callable[[], Awaitable[None]], scope: trio.CancelScope) -> None:
    await wait()
    scope.cancel()
