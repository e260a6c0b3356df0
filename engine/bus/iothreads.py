"""How ZeroMQ's own threads get the processor: at once while it is calm, in turns while it is crowded.

Every message passes through an I/O thread on either side, which works for some microseconds and sleeps
again. On few cores it waits until whoever runs there has had its slice, 3 ms by default. A shorter slice
of its own gives it an earlier deadline in the kernel's fair scheduler (EEVDF, Linux 6.12 and later):
it runs sooner and gets no larger share. That is right while messages come one by one. When they come in
crowds it is wrong: each message that our own thread sends wakes the I/O thread, which takes the
processor for it, sends one message and sleeps again; two switches per message are a quarter of all the
work. As SCHED_BATCH it does not interrupt anybody, and finds many messages when its turn comes. No privilege
is needed for either; where the kernel knows neither, nothing changes.
"""

import ctypes
import os
import platform
import sys
from collections.abc import Iterable
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


def schedule(threads: Iterable[int], *, patient: bool) -> int:
    """Ask for short slices for these threads, and whether they let others finish; how many got it.

    Kernels before 6.12 accept and ignore the slice.
    """
    number = _SETATTR_NUMBERS.get(platform.machine()) if sys.platform == "linux" else None
    if number is None:
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    policy = os.SCHED_BATCH if patient else os.SCHED_OTHER
    wanted = _Attributes(size=ctypes.sizeof(_Attributes), policy=policy, runtime_ns=SLICE_NS)
    return sum(libc.syscall(number, each, ctypes.byref(wanted), 0) == 0 for each in threads)


class IOThreads:
    """The I/O threads of this process. They are patient while any of its sockets is crowded."""

    def __init__(self) -> None:
        self._threads: tuple[int, ...] = ()
        self._crowded = 0

    async def find(self) -> None:
        """Find and hasten them; returns when they are there, or after a bounded number of looks.

        To be called when the first socket was made: libzmq starts its threads with it, and each names
        itself a moment later.
        """
        for _ in range(LOOKS_MAX):
            self._threads = tuple(io_threads())
            if self._threads:
                self._schedule()
                return
            await trio.sleep(LOOK_INTERVAL_S)

    def crowd(self, *, begins: bool) -> None:
        """Messages begin to come to a socket in crowds, or no longer do."""
        was, self._crowded = self._crowded, self._crowded + (1 if begins else -1)
        if bool(was) is not bool(self._crowded):
            self._schedule()

    def _schedule(self) -> None:
        schedule(self._threads, patient=self._crowded > 0)
