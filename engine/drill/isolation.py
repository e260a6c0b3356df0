"""A world of its own for a drill: private users, processes, network, mounts, where the kernel lets us.

The first process of the new process namespace only reaps and forwards; when it ends, the kernel ends
everything in it, so a drill leaves no process behind whatever happens. Loopback is private, so no
port is ever taken; the state lies on a small file system that a drill can fill. Where namespaces are
forbidden the drill runs in process groups instead and says so.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs

STATE_MIB: Final = 64
"""Size of the private file system for journal and state; filled up it is the full disk of F-19."""

INSIDE: Final = "PITBOSS_DRILL_INSIDE"
"""Set for the process inside: `state=PATH`; only spares a second attempt, it opens nothing."""

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = (
    0x00020000,
    0x10000000,
    0x20000000,
    0x40000000,
)
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 2, 4, 0x4000, 0x40000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_PR_SET_PDEATHSIG = 1
EXIT_REFUSED: Final = 125


@attrs.frozen
class Isolated:
    """What became of an attempt: the exit code of the command, or why there was no isolation."""

    code: int | None
    refused: str = ""


def run_isolated(arguments: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Isolated:
    """Run `python ARGUMENTS…` in namespaces of its own, with a small file system at `folder`.

    Waits for its end; signals from the terminal reach it as members of the same process group.
    """
    command = [sys.executable, "-m", __name__, str(folder), *arguments]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, env={**environ, "PYTHONPATH": _python_path(environ)}
    )
    forwarded = _forward_to(process.pid)
    try:
        while True:
            try:
                code = process.wait()
                break
            except KeyboardInterrupt:  # the drill has got it as well and ends in order
                continue
    finally:
        forwarded()
    if code == EXIT_REFUSED:
        return Isolated(None, _reason(folder))
    return Isolated(code if code >= 0 else 128 - code)


def _python_path(environ: Mapping[str, str]) -> str:
    root = str(Path(__file__).resolve().parents[2])
    return ":".join(filter(None, [root, environ.get("PYTHONPATH", "")]))


def _forward_to(pid: int) -> Callable[[], None]:
    def forward(number: int, _frame: object) -> None:
        os.kill(pid, number)

    before = signal.signal(signal.SIGTERM, forward)

    def restore() -> None:
        signal.signal(signal.SIGTERM, before)

    return restore


def _reason(folder: Path) -> str:
    file = folder / "refused"
    return file.read_text(encoding="utf-8") if file.exists() else "the kernel refuses namespaces"


# --- inside ------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Enter the namespaces and run the command in them; its exit code, or `EXIT_REFUSED`."""
    folder, command = Path(arguments[0]), arguments[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        _enter(libc)
        pid = os.fork()
        if pid == 0:
            os._exit(_first_process(libc, folder, command))
    except OSError as error:
        (folder / "refused").write_text(f"{error.strerror}", encoding="utf-8")
        return EXIT_REFUSED
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _frame: os.kill(pid, number))
    return _wait_for(pid)


def _enter(libc: ctypes.CDLL) -> None:
    uid, gid = os.getuid(), os.getgid()
    _call(libc.unshare, _CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWPID | _CLONE_NEWNET)
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")


def _first_process(libc: ctypes.CDLL, folder: Path, command: Sequence[str]) -> int:
    """Process 1: mounts, loopback, the command, and reaping of whatever is orphaned."""
    try:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _mount(libc, b"/", b"none", _MS_REC | _MS_PRIVATE)
        _mount(libc, b"/proc", b"proc", _MS_NOSUID | _MS_NODEV)
        size = f"size={STATE_MIB}m,mode=0700".encode()
        state = folder / "disk"
        state.mkdir(mode=0o700, exist_ok=True)
        _mount(libc, os.fsencode(state), b"tmpfs", _MS_NOSUID | _MS_NODEV, size)
        _loopback_up()
    except OSError as error:
        (folder / "refused").write_text(f"{error.strerror}", encoding="utf-8")
        return EXIT_REFUSED
    environ = {**os.environ, INSIDE: str(state)}
    child = subprocess.Popen([sys.executable, *command], env=environ)  # noqa: S603 - ours
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _frame: os.kill(child.pid, number))
    return _wait_for(child.pid)


def _wait_for(wanted: int) -> int:
    """Reap everybody until the one ends; its exit code as a shell counts."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == wanted:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _call(function: Callable[..., int], *arguments: object) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _mount(libc: ctypes.CDLL, target: bytes, kind: bytes, flags: int, data: bytes = b"") -> None:
    _call(libc.mount, kind, target, kind, ctypes.c_ulong(flags), data)


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(sock, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
