"""ZeroMQ's own threads get the processor soon after they are woken, where the kernel can be asked for it.

Every message passes through an I/O thread on either side, which works for some microseconds and sleeps
again. On few cores it waits until whoever runs there has had its slice, 3 ms by default. A shorter slice
of its own gives it an earlier deadline in the kernel's fair scheduler (EEVDF, Linux 6.12 and later):
it runs sooner and gets no larger share. No privilege is needed; elsewhere nothing changes.
"""

import ctypes
import platform
import sys
from pathlib import Path

import trio

SLICE_NS = 200_000
"""Longer than such a thread works at a time, shorter than a Python process's turn."""

LOOKS_MAX = 50
"""Looks for threads that have named themselves: within a second, or never."""

LOOK_INTERVAL_S = 0.02

_NAME_PREFIX = "ZMQbg/IO"
_SETATTR_NUMBERS = {"x86_64": 314, "aarch64": 274}
_THREADS = Path("/proc/self/task")


class _Attributes(ctypes.Structure):
    """`struct sched_attr` of sched_setattr(2), in its first version."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime_ns", ctypes.c_uint64),
        ("deadline_ns", ctypes.c_uint64),
        ("period_ns", ctypes.c_uint64),
    )


def io_threads() -> list[int]:
    """Thread ids of this process's ZeroMQ I/O threads; empty where there is no /proc."""
    found = []
    for thread in sorted(_THREADS.glob("[0-9]*")):
        try:
            name = (thread / "comm").read_text()
        except OSError:
            continue  # it ended meanwhile
        if name.startswith(_NAME_PREFIX):
            found.append(int(thread.name))
    return found


def shorten_slices(slice_ns: int = SLICE_NS) -> int:
    """Ask for short slices for all I/O threads; how many got them. Older kernels accept and ignore it."""
    number = _SETATTR_NUMBERS.get(platform.machine()) if sys.platform == "linux" else None
    if number is None:
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = _Attributes(size=ctypes.sizeof(_Attributes), runtime_ns=slice_ns)
    return sum(libc.syscall(number, each, ctypes.byref(wanted), 0) == 0 for each in io_threads())


async def hasten() -> None:
    """Do it as soon as the threads are there; returns then, or after a bounded number of looks.

    To be called when the first socket was made: libzmq starts its threads with it, and each names
    itself a moment later.
    """
    for _ in range(LOOKS_MAX):
        if shorten_slices():
            return
        await trio.sleep(LOOK_INTERVAL_S)
