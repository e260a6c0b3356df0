"""The process that becomes actors by forking; its other end is `engine.supervise.forkserver`.

Started as `python -m actors.forkserver CHANNEL_FD MODULE…` by the supervisor, with the environment that
actors have. It answers one request after the other until the channel ends: it imports what the request
names, and forks; between requests it imports the rest. It has one thread and no event loop, so that a
fork of it is whole. A fork leads a session of its own, keeps only the descriptors that came with the
request, and goes on as `actors.launcher` would.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from actors import launcher
from engine.messages.codec import protocol_fingerprint
from engine.supervise.launch import warm_up

REQUEST_BYTES_MAX = 4096
FDS_MAX = 3
NAME_BYTES_MAX = 15
"""What the kernel keeps of a process's name."""

_PR_SET_NAME = 15


def main(arguments: Sequence[str]) -> int:
    """Serve until the supervisor is gone; returns the exit code, but in a fork, which becomes an actor."""
    gc.disable()  # what is imported stays
    channel_fd, *modules = arguments
    channel = socket.socket(fileno=int(channel_fd))
    protocol_fingerprint()  # said by every actor at its hello, and imports all messages
    warm_up()
    for module in modules:
        actor = _serve(channel, wait=False)
        if actor is not None:
            launcher.live(actor)
        _import(module)
    actor = _serve(channel, wait=True)
    if actor is not None:
        launcher.live(actor)
    return 0


def _import(module: str) -> None:
    with contextlib.suppress(Exception):  # who needs it meets the fault, with a log to say so
        importlib.import_module(module)


def _serve(channel: socket.socket, *, wait: bool) -> list[str] | None:
    """Answer requests; returns what to launch in a fork.

    None once the channel has ended or, without `wait`, when there is no request.
    """
    while wait or select.select([channel], [], [], 0)[0]:
        try:
            request, fds, _flags, _address = socket.recv_fds(channel, REQUEST_BYTES_MAX, FDS_MAX)
        except OSError:
            return None
        if not request:
            return None
        wish = json.loads(request)
        for module in wish["modules"]:
            _import(module)  # here and not in the fork, or the next fork would do it again
        if threading.active_count() > 1:
            raise RuntimeError("what was imported has threads, which a fork would lack")
        gc.freeze()  # a fork's collection would touch, and so copy, what all forks share
        pid = _fork()
        if pid == 0:
            channel.close()
            return _settle(str(wish["name"]), str(wish["cwd"]), fds)
        for fd in fds:
            os.close(fd)
        channel.send(json.dumps({"pid": pid}).encode())
    return None


def _fork() -> int:
    """Fork a child of the supervisor; its number, 0 in the child itself.

    The process between the two ends at once, so the child is an orphan, and the supervisor's.
    """
    ours, theirs = os.pipe()
    between = os.fork()
    if between == 0:
        child = os.fork()
        if child == 0:
            os.close(ours)
            os.close(theirs)
            return 0
        os.write(theirs, child.to_bytes(8, sys.byteorder))
        os._exit(0)
    os.close(theirs)
    try:
        os.waitpid(between, 0)
        told = os.read(ours, 8)
    finally:
        os.close(ours)
    if len(told) != 8:
        raise OSError("the process between server and child could not fork")
    return int.from_bytes(told, sys.byteorder)


def _settle(name: str, cwd: str, fds: list[int]) -> list[str]:
    """Make the fork what a process started from nothing would be; the launcher's arguments."""
    gc.enable()
    os.setsid()
    os.umask(0o077)
    os.chdir(cwd)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    spec_fd, lifeline_fd, *output = fds
    for fd in output:
        os.dup2(fd, 1)
        os.dup2(fd, 2)
        os.close(fd)
    _close_all_but(0, 1, 2, spec_fd, lifeline_fd)
    _show(name)
    return [name, str(spec_fd), str(lifeline_fd)]


def _close_all_but(*kept: int) -> None:
    for entry in list(os.scandir("/proc/self/fd")):
        if int(entry.name) not in kept:
            with contextlib.suppress(OSError):  # the one that the listing had
                os.close(int(entry.name))


def _show(name: str) -> None:
    """Let `ps` and `top` call the process what the engine calls it."""
    libc = ctypes.CDLL(None)
    with contextlib.suppress(OSError, ValueError, AttributeError):
        libc.prctl(_PR_SET_NAME, name.encode()[:NAME_BYTES_MAX], 0, 0, 0)
        room = len(Path("/proc/self/cmdline").read_bytes())
        begin = ctypes.c_void_p.in_dll(libc, "program_invocation_name").value
        title = f"pitboss {name}".encode()[: room - 1]
        if begin is not None and title:
            ctypes.memmove(begin, title.ljust(room, b"\0"), room)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
