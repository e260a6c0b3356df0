"""Starting one process and holding on to it: pipes, environment, signals, its end.

The child gets its spec on a pipe and the lifeline, and nothing else: all other descriptors are closed,
the environment is reduced to a short list, argv says the actor's name and two numbers. It leads a
process group of its own, which is killed as a whole. Signals go through a pidfd, so they can never hit
a stranger that got the same number.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import trio

import engine
from engine.supervise import forkserver
from engine.supervise.forkserver import ForkServer
from engine.supervise.launch import LaunchSpec, pack
from engine.supervise.lifeline import LifelineHolder, open_lifeline
from engine.supervise.logs import open_log

LAUNCHER = "actors.launcher"
"""Started by name: the engine imports no actor."""

VENUES_VARIABLE = "PITBOSS_VENUES"
"""Names folders with further venue packages; sessions and simulators are made from them."""

ENVIRONMENT_KEPT = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    VENUES_VARIABLE,
    "PATH",
    "PYTHONPATH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TZ",
)
"""What a child may see of our environment; anything else may be a secret."""

REAP_WITHIN_S = 2.0
"""After SIGKILL the kernel needs milliseconds; longer means a process stuck in the kernel."""


@attrs.define
class Spawned:
    """One running process. Call `reap` once it has ended, or `destroy` to end it at once."""

    pid: int
    _process: "subprocess.Popen[bytes] | None"
    """None for one that the fork server made."""
    _pidfd: int
    _lifeline: LifelineHolder

    async def ended(self) -> None:
        """Wait until the process has ended (it is then still to be reaped)."""
        await trio.lowlevel.wait_readable(self._pidfd)

    def dump_stacks(self) -> None:
        """Let the process write the stacks of its threads into its log, stuck as it may be."""
        self._signal(signal.SIGUSR1)

    def terminate(self) -> None:
        """SIGTERM to the process alone."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            signal.pidfd_send_signal(self._pidfd, number)

    def kill_group(self) -> None:
        """SIGKILL to the process and whatever it started.

        Only between spawn and reap: until then the number of the group cannot belong to others.
        """
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def reap(self) -> tuple[int, str]:
        """Exit code (negative: the signal) and last words of the ended process; frees everything."""
        self.kill_group()  # what it may have started
        code = forkserver.reap(self.pid) if self._process is None else self._process.poll()
        words = self._lifeline.last_words()
        self._lifeline.close()
        trio.lowlevel.notify_closing(self._pidfd)
        os.close(self._pidfd)
        return (-signal.SIGKILL if code is None else code), words

    async def destroy(self) -> tuple[int, str]:
        """Kill and reap, also while being cancelled; takes `REAP_WITHIN_S` at most."""
        self.kill_group()
        with trio.move_on_after(REAP_WITHIN_S, shield=True):
            await self.ended()
        return self.reap()


async def spawn(
    launch: LaunchSpec,
    *,
    environ: Mapping[str, str],
    within_s: float,
    server: ForkServer | None = None,
) -> Spawned:
    """Start the launcher for this spec and hand the spec over.

    A child that ends before it has read its spec is no error here: its end will be seen. Cancellation
    kills what was started.

    Args:
        launch: all that the process is told.
        environ: to take `ENVIRONMENT_KEPT` from.
        within_s: for handing over the spec.
        server: forks the process where it can.

    Raises:
        OSError: no process or descriptor is to be had.
        LimitExceeded: the spec is too large.
    """
    data = pack(launch)
    spec_read, spec_write = os.pipe()
    async with trio.lowlevel.FdStream(spec_write) as writer:
        try:
            spawned = await _start(launch, spec_read, environment(environ), server)
        finally:
            os.close(spec_read)
        handed_over = False
        try:
            await _hand_over(writer, data, within_s)
            handed_over = True
        finally:
            if not handed_over:
                await spawned.destroy()
    return spawned


async def _start(
    launch: LaunchSpec, spec_fd: int, environment: Mapping[str, str], server: ForkServer | None
) -> Spawned:
    with contextlib.ExitStack() as unless_started:
        lifeline, theirs = open_lifeline()
        unless_started.callback(lifeline.close)
        fds = (spec_fd, theirs.fileno())
        with theirs, _output(launch) as output:
            forked = await _forked(launch, fds, output, server)
            if forked is not None:
                unless_started.pop_all()
                return Spawned(*forked, lifeline)
            # In a thread, for it waits for the exec; nothing depends on which thread it was.
            process, pidfd = await trio.to_thread.run_sync(_popen, launch, fds, output, environment)
        unless_started.pop_all()
    return Spawned(process.pid, process, pidfd, lifeline)


async def _forked(
    launch: LaunchSpec, fds: tuple[int, int], output: int | None, server: ForkServer | None
) -> tuple[int, None, int] | None:
    """A process of the fork server's, with its descriptor; None where there is none."""
    if server is None:
        return None
    given = fds if output is None else (*fds, output)
    pid = await server.fork(launch.name, str(launch.run_dir), given)
    if pid is None:
        return None
    try:
        return pid, None, os.pidfd_open(pid)
    except OSError:  # out of descriptors: a process that cannot be watched must not run
        os.kill(pid, signal.SIGKILL)  # nobody but us can reap it, so the number is still its own
        await trio.to_thread.run_sync(os.waitpid, pid, 0)
        raise


def _popen(
    launch: LaunchSpec, fds: tuple[int, int], output: int | None, environment: Mapping[str, str]
) -> tuple["subprocess.Popen[bytes]", int]:
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, a checked name, two numbers
        [sys.executable, "-m", LAUNCHER, launch.name, *map(str, fds)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=fds,
        cwd=launch.run_dir,
        env=environment,
        start_new_session=True,
        umask=0o077,
    )
    try:
        return process, os.pidfd_open(process.pid)
    except OSError:  # out of descriptors: a process that cannot be watched must not run
        process.kill()
        process.wait()
        raise


async def _hand_over(writer: trio.lowlevel.FdStream, data: bytes, within_s: float) -> None:
    with contextlib.suppress(trio.BrokenResourceError), trio.move_on_after(within_s):
        await writer.send_all(data)


@contextlib.contextmanager
def _output(launch: LaunchSpec) -> Iterator[int | None]:
    """The log file, or None to share our own standard streams."""
    if not launch.log_file:
        yield None
        return
    fd = open_log(Path(launch.log_file))
    try:
        yield fd
    finally:
        os.close(fd)


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """A child's environment: the allowed part of ours, and where the code is.

    The working directory is not searched for modules, so a file dropped there is never imported.
    """
    kept = {name: environ[name] for name in ENVIRONMENT_KEPT if name in environ}
    paths = [
        str(Path(engine.__file__).resolve().parents[1]),
        *kept.get("PYTHONPATH", "").split(":"),
    ]
    ours = {
        "PYTHONPATH": ":".join(filter(None, paths)),
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",  # an arena per thread would eat the limit of address space
    }
    return kept | ours
