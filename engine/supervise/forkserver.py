"""The fork server: one process that has imported what actors need, and becomes a new actor by forking.

Importing takes an actor longer than anything else at its start, and every restart pays it again. The
server imports once; a fork of it costs some milliseconds and shares the memory of all that was
imported. What it forks is a child of the supervisor like any other: the server forks twice and the
supervisor is the reaper of orphans (prctl(2), PR_SET_CHILD_SUBREAPER). It never sees a secret: the spec
comes to the child on its pipe. It imports no plugin and no venue, so those are read anew at each start.

The server is a convenience. Where it fails, is slow or is gone, processes are started from nothing as
long as nobody starts the engine anew; a fork that was asked for in vain ends by itself, for its pipes are
closed.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import trio

MODULE = "actors.forkserver"
"""Started by name: the engine imports no actor."""

ANSWER_WITHIN_S = 10.0
"""For each fork, which waits for the imports of its actor."""

ANSWER_BYTES_MAX = 4096

_PR_SET_CHILD_SUBREAPER = 36

Alert = Callable[[str], None]


def adopt_orphans() -> None:
    """From here on this process is the parent of whatever its descendants leave behind.

    Raises:
        OSError: the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class ForkServer:
    """The supervisor's end. Forks one at a time; after its first failure it forks no more."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        channel: socket.socket,
        modules: Mapping[str, Sequence[str]],
        alert: Alert,
    ) -> None:
        self._process = process
        self._modules = modules
        self._channel = trio.socket.from_stdlib_socket(channel)
        self._turn = trio.Lock()
        self._alert = alert
        self.failure = ""
        """Why it is not used any more; empty while it is."""

    async def fork(self, name: str, cwd: str, fds: Sequence[int]) -> int | None:
        """The number of a new process, a child of ours; None when it cannot be had from here.

        Args:
            name: of the actor.
            cwd: its working directory.
            fds: the spec's pipe, the lifeline, and where its output goes (none: where ours goes).
        """
        async with self._turn:
            if self.failure:
                return None
            try:
                with trio.fail_after(ANSWER_WITHIN_S):
                    return await self._ask(name, cwd, fds)
            except (OSError, ValueError, KeyError, trio.TooSlowError) as error:
                self._give_up(f"{type(error).__name__}: {error}")
                self._alert(f"processes start from nothing now: {self.failure}")
                return None
            except trio.Cancelled:
                self._give_up("a fork was given up")  # its answer would be taken for the next one's
                raise

    async def _ask(self, name: str, cwd: str, fds: Sequence[int]) -> int:
        modules = list(self._modules.get(name, ()))
        request = json.dumps({"name": name, "cwd": cwd, "modules": modules}).encode()
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, b"".join(_packed(fd) for fd in fds))
        await self._channel.sendmsg([request], [rights])
        answer = await self._channel.recv(ANSWER_BYTES_MAX)
        return int(json.loads(answer)["pid"])

    def _give_up(self, why: str) -> None:
        self.failure = why
        self._process.kill()

    def close(self) -> None:
        """End the server, which takes the kernel milliseconds; what it has forked lives on."""
        self._channel.close()
        self._process.kill()
        self._process.wait()


def _packed(fd: int) -> bytes:
    return fd.to_bytes(4, sys.byteorder)


@asynccontextmanager
async def open_forkserver(
    modules: Mapping[str, Sequence[str]], environment: Mapping[str, str], alert: Alert
) -> AsyncIterator[ForkServer | None]:
    """A server that imports what these actors begin with, None where no process is to be had.

    It is not waited for: a fork is, until what its actor needs has been imported; the rest follows
    while nobody asks. `alert` is told when it cannot be used any more.
    """
    try:
        server = await trio.to_thread.run_sync(_start, modules, dict(environment), alert)
    except OSError:
        yield None
        return
    try:
        yield server
    finally:
        server.close()


def _start(
    modules: Mapping[str, Sequence[str]], environment: dict[str, str], alert: Alert
) -> ForkServer:
    adopt_orphans()
    ordered = dict.fromkeys(name for names in modules.values() for name in names)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with contextlib.ExitStack() as unless_started:
        unless_started.callback(ours.close)
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter, a number, our own modules
                [sys.executable, "-m", MODULE, str(theirs.fileno()), *ordered],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=environment,
                start_new_session=True,
                umask=0o077,
            )
        unless_started.pop_all()
    return ForkServer(process, ours, modules, alert)


def reap(pid: int) -> int | None:
    """Exit code (negative: the signal) of an ended child that the server forked, None while it lives.

    What it has left in its process group, killed with it, is reaped as well.
    """
    ended, status = os.waitpid(pid, os.WNOHANG)
    if not ended:
        return None
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-pid, os.WNOHANG)[0]:
            pass  # bounded by how many processes the group had
    return (
        -signal.Signals(os.WTERMSIG(status)) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    )
