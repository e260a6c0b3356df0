"""The first code of every actor's process: makes it private, reads its spec, runs it, reports its end.

Started as `python -m actors.launcher NAME SPEC_FD LIFELINE_FD` by the supervisor; argv and environment
hold nothing secret. The order matters: limits and privacy before secrets, the lifeline before anything
that may hang. Exit codes: 0 stopped or returned, 70 a fault of the actor, 71 the supervisor is gone,
78 a configuration that cannot be used.
"""

import contextlib
import faulthandler
import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import trio

from actors.context import ActorContext
from actors.link import ControlLink
from engine.bus.context import open_bus
from engine.bus.keys import KeyPair, Peer
from engine.clock import SystemClock
from engine.errors import ConfigError
from engine.log import FilteringBoundLogger
from engine.supervise import limits, logs
from engine.supervise.launch import (
    EXIT_CONFIG,
    EXIT_INTERNAL,
    EXIT_ORPHANED,
    SPEC_BYTES_MAX,
    LaunchSpec,
    unpack,
)
from engine.supervise.lifeline import Lifeline
from engine.supervise.specs import CONTROL
from engine.tracebacks import blame, leaves

LOOP_TICK_S = 1.0
"""How often the main loop winds up its own watchdog and measures its lag."""

LAST_WORDS_CHARS_MAX = 400
"""The sentence left for the supervisor's status."""

PLUGINS = "strategy."
"""What the names of actors that run plugins begin with."""

Run = Callable[[ActorContext], Awaitable[None]]


def live(arguments: Sequence[str]) -> NoReturn:
    """The life of the process and its end.

    Our own actors have put everything away when they return, so the kernel takes the process as it is:
    taking an interpreter apart object by object costs more than most starts, and it writes to memory
    that a fork shares with all others. A plugin may count on its objects being finalised.
    """
    code = main(arguments)
    if arguments[0].startswith(PLUGINS):
        sys.exit(code)
    with contextlib.suppress(OSError):  # nobody reads it any more
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def main(arguments: Sequence[str]) -> int:
    """The life of the process; returns its exit code."""
    _name, spec_fd, lifeline_fd = arguments
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is for the supervisor, which stops us in order
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    limits.make_private()
    lifeline = Lifeline(int(lifeline_fd))
    lifeline.watch()
    launch = unpack(_read_spec(int(spec_fd)))
    limits.apply(launch.limits)
    redact = logs.Redactor([*launch.secrets.values(), launch.secret_key])
    sink = logs.LogSink(Path(launch.log_file) if launch.log_file else None)
    log = logs.make_logger(sink, redact=redact, actor=launch.name, boot=f"{launch.boot:x}")
    logs.adopt(log)
    fault = _Fault(lifeline, log, redact, plugins=_plugins_of(launch))
    try:
        return _run(launch, lifeline, log, fault)
    except (Exception, BaseExceptionGroup, SystemExit) as error:  # noqa: BLE001 - the actor's main
        return fault.conclude(error)


def _read_spec(fd: int) -> bytes:
    with os.fdopen(fd, "rb") as pipe:
        return pipe.read(SPEC_BYTES_MAX + 1)


def _plugins_of(launch: LaunchSpec) -> Path | None:
    """The folder of the plugin that runs here; None for actors of our own."""
    folder = launch.settings.get("folder")
    if not launch.name.startswith(PLUGINS) or not isinstance(folder, str):
        return None
    return Path(folder)


class _Fault:
    """What went wrong, for the log, the supervisor and the exit code."""

    def __init__(
        self,
        lifeline: Lifeline,
        log: FilteringBoundLogger,
        redact: Callable[[str], str],
        *,
        plugins: Path | None = None,
    ) -> None:
        self._lifeline = lifeline
        self._log = log
        self._redact = redact
        self._plugins = plugins
        self._first: BaseException | None = None

    def note(self, error: BaseException) -> None:
        """The actor raised this; what fails while cleaning up after it must not hide it."""
        self._first = error

    def conclude(self, error: BaseException) -> int:
        """Log, leave last words, and tell a fault of the configuration from all others."""
        first = self._first or error
        found = list(leaves(first))
        of_config = all(isinstance(leaf, ConfigError) for leaf in found)
        code = EXIT_CONFIG if of_config else EXIT_INTERNAL
        classes = sorted({type(leaf).__name__ for leaf in found})  # a long traceback is cut
        self._log.error("the actor failed", exc_info=error, exit_code=code, classes=classes)
        # A configuration's fault says itself where it is; of others the plugin's line is what counts.
        folder = None if of_config else self._plugins
        words = blame(first, folder, chars_max=LAST_WORDS_CHARS_MAX, redact=self._redact)
        self._lifeline.last_words(words)
        return code


def _run(launch: LaunchSpec, lifeline: Lifeline, log: FilteringBoundLogger, fault: _Fault) -> int:
    run: Run = importlib.import_module(launch.module).run
    log.info("process started", module=launch.module, pid=os.getpid(), mode=str(launch.mode))

    async def actor(context: ActorContext) -> None:
        try:
            await run(context)
        except Exception as error:
            fault.note(error)
            raise

    orphaned = trio.run(_live, launch, lifeline, log, actor)
    log.info("process ends", orphaned=orphaned)
    return EXIT_ORPHANED if orphaned else 0


async def _live(
    launch: LaunchSpec, lifeline: Lifeline, log: FilteringBoundLogger, run: Run
) -> bool:
    """Connect, greet, run the actor until it returns. True when it ended for want of a supervisor."""
    with trio.CancelScope() as scope:
        token = trio.lowlevel.current_trio_token()
        lifeline.on_gone = lambda: token.run_sync_soon(scope.cancel)
        keys = KeyPair(launch.public_key.encode(), launch.secret_key.encode())
        servers = {endpoint: key.encode() for endpoint, key in launch.servers.items()}
        async with open_bus(
            Path(launch.run_dir), name=launch.name, boot=launch.boot, keys=keys, servers=servers
        ) as bus:
            context = ActorContext(
                launch, bus=bus, clock=SystemClock(), log=log, peers=_peers_of(launch)
            )
            await _serve(context, launch, run)
    return scope.cancelled_caught


def _peers_of(launch: LaunchSpec) -> Mapping[str, Mapping[bytes, Peer]]:
    return {
        endpoint: {peer.key.encode(): Peer(peer.name, peer.role) for peer in peers}
        for endpoint, peers in launch.peers.items()
    }


async def _serve(context: ActorContext, launch: LaunchSpec, run: Run) -> None:
    vitals = _Vitals()
    dealer = context.bus.connect_dealer(CONTROL)
    link = ControlLink(dealer, context, vitals.gauges)
    context.on_change(_reporter(context, link))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(dealer.pump, link.handle)
        nursery.start_soon(vitals.tick, launch.watchdog_s)
        await nursery.start(_stop_on_sigterm, context)
        await link.greet(launch.hello_within_s)
        await run(context)
        nursery.cancel_scope.cancel()


def _reporter(context: ActorContext, link: ControlLink) -> Callable[[], None]:
    """Reports each change; the first time in service it also settles the heap.

    What was made until then lives as long as the process: frozen, no later collection walks it.
    """
    settled = False

    def changed() -> None:
        nonlocal settled
        if context.in_service and not settled:
            settled = True
            gc.collect()
            gc.freeze()
        link.report()

    return changed


async def _stop_on_sigterm(
    context: ActorContext, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        task_status.started()
        async for _number in signals:
            context.log.info("asked to stop", reason="SIGTERM")
            context.stop.set()


class _Vitals:
    """The process's own numbers, and a watchdog that needs neither supervisor nor interpreter."""

    def __init__(self) -> None:
        self._lag_s_max = 0.0

    async def tick(self, watchdog_s: float) -> None:
        """Wind up the kernel's timer while the loop turns; if it ever runs down, SIGALRM ends us.

        It works where the lifeline's thread cannot: when the loop is stuck in C code that keeps the
        interpreter's lock.
        """
        while True:
            signal.setitimer(signal.ITIMER_REAL, watchdog_s)
            due = trio.current_time() + LOOP_TICK_S
            await trio.sleep_until(due)
            self._lag_s_max = max(self._lag_s_max, trio.current_time() - due)

    def gauges(self) -> Mapping[str, object]:
        """Memory, descriptors, processor time and the worst lag of the main loop since last asked."""
        lag_s, self._lag_s_max = self._lag_s_max, 0.0
        return {
            "process": {
                "rss_mib": limits.rss_mib(os.getpid()),
                "open_files": limits.open_files(),
                "files_limit": limits.files_limit(),
                "cpu_s": round(time.process_time(), 3),
                "loop_lag_ms_max": round(lag_s * 1000, 3),
            }
        }


if __name__ == "__main__":
    live(sys.argv[1:])
