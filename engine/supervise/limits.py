"""What a process does to itself before anything else: limits, privacy, and counting what it uses.

Applied by the process after exec and not between fork and exec, because code there runs in a copy of
a threaded parent and may deadlock. A parent's view of memory stays: `/proc/<pid>/statm` can be read
by everyone also after the dumpable flag is cleared.
"""

import contextlib
import ctypes
import os
import resource
from collections.abc import Iterator
from pathlib import Path

from engine.supervise.specs import Limits

FILES_WANTED = 4096
"""libzmq aborts the process when descriptors run out while a peer connects (M18)."""

FILES_ALARM_SHARE = 0.7
"""Share of the descriptor limit in use at which an alert is raised."""

_MIB = 1024 * 1024
_PAGE_BYTES = resource.getpagesize()
_PR_SET_DUMPABLE = 4


def make_private() -> None:
    """New files for the owner only, no core dumps, memory and environment closed to others.

    Raises:
        OSError: when the kernel refuses; a process that holds secrets must not go on then.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def apply(limits: Limits) -> None:
    """Lower this process's limits; what the host allows less of stays as it is."""
    _lower(resource.RLIMIT_NOFILE, limits.files)
    if limits.memory_mib is not None:
        _lower(resource.RLIMIT_AS, limits.memory_mib * _MIB)
    if limits.processes is not None:
        _lower(resource.RLIMIT_NPROC, threads_of_user(os.getuid()) + limits.processes)


def _lower(what: int, wanted: int) -> None:
    _soft, hard = resource.getrlimit(what)
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(what, (value, value))


def raise_files_limit() -> int:
    """Raise the soft limit of descriptors to what a supervisor needs; returns the one in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= FILES_WANTED:
        return soft
    value = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (value, hard))
    return value


def open_files() -> int:
    """Descriptors this process has open (without the one used for counting)."""
    return sum(1 for _ in os.scandir("/proc/self/fd")) - 1


def files_limit() -> int:
    """Descriptors this process may have open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def files_alarm(used: int, limit: int) -> bool:
    """Whether so many descriptors of so many are a reason for an alert."""
    return used >= limit * FILES_ALARM_SHARE


def rss_mib(pid: int) -> float:
    """Resident memory of a process in MiB; 0.0 when it is gone."""
    try:
        statm = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return round(int(statm.split()[1]) * _PAGE_BYTES / _MIB, 1)


def threads_of_user(uid: int) -> int:
    """Threads of all processes of a user: what the kernel counts against RLIMIT_NPROC."""
    return sum(_threads(uid))


def _threads(uid: int) -> Iterator[int]:
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # it may end while we look
            status = _status(entry.name)
            if int(status["Uid"].split()[0]) == uid:
                yield int(status["Threads"])


def _status(pid: str) -> dict[str, str]:
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
