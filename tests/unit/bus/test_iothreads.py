"""`iothreads`: ZeroMQ's threads are found, and asked for short slices where the kernel knows them."""

import ctypes
import sys

import pytest
import zmq

from engine.bus import iothreads

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads are listed in /proc")


@pytest.fixture
def context():
    with zmq.Context() as context:
        context.socket(zmq.PUSH).close()
        yield context


def slice_of(thread: int) -> int:
    """sched_getattr(2)."""
    found = iothreads._Attributes()
    number = iothreads._SETATTR_NUMBERS[iothreads.platform.machine()] + 1
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.syscall(number, thread, ctypes.byref(found), ctypes.sizeof(found), 0) == 0
    return found.runtime_ns


async def test_each_io_thread_is_asked_and_keeps_its_slice(context):
    await iothreads.hasten()
    threads = iothreads.io_threads()
    assert threads
    slices = {slice_of(thread) for thread in threads}
    if slices == {0}:
        pytest.skip("this kernel has no slices per thread (before Linux 6.12)")
    assert slices == {iothreads.SLICE_NS}


async def test_without_threads_the_looks_end(monkeypatch):
    monkeypatch.setattr(iothreads, "io_threads", list)
    monkeypatch.setattr(iothreads, "LOOK_INTERVAL_S", 0.0)
    await iothreads.hasten()


def test_an_unknown_machine_changes_nothing(context, monkeypatch):
    monkeypatch.setattr(iothreads.platform, "machine", lambda: "abacus")
    assert iothreads.shorten_slices() == 0
