"""`iothreads`: ZeroMQ's threads are found, and scheduled by what comes in."""

import ctypes
import os
import sys

import pytest
import zmq

from engine.bus import iothreads
from engine.bus.iothreads import IOThreads
from tests.kit.waiting import until_blocking

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads are listed in /proc")


@pytest.fixture
def context():
    with zmq.Context() as context:
        context.socket(zmq.PUSH).close()
        until_blocking(iothreads.io_threads, what="the threads have named themselves")
        yield context


def slice_of(thread: int) -> int:
    """sched_getattr(2)."""
    found = iothreads._Attributes()
    number = iothreads._SETATTR_NUMBERS[iothreads.platform.machine()] + 1
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.syscall(number, thread, ctypes.byref(found), ctypes.sizeof(found), 0) == 0
    return found.runtime_ns


def policies() -> set[int]:
    return {os.sched_getscheduler(thread) for thread in iothreads.io_threads()}


async def test_each_io_thread_is_asked_and_keeps_its_slice(context):
    threads = IOThreads()
    await threads.find()
    assert iothreads.io_threads()
    for begins in (True, False):
        slices = {slice_of(thread) for thread in iothreads.io_threads()}
        if slices == {0}:
            pytest.skip("this kernel has no slices per thread (before Linux 6.12)")
        assert slices == {iothreads.SLICE_NS}
        threads.crowd(begins=begins)


async def test_they_are_patient_while_any_socket_is_crowded(context):
    threads = IOThreads()
    await threads.find()
    assert policies() == {os.SCHED_OTHER}
    threads.crowd(begins=True)
    threads.crowd(begins=True)
    assert policies() == {os.SCHED_BATCH}
    threads.crowd(begins=False)
    assert policies() == {os.SCHED_BATCH}
    threads.crowd(begins=False)
    assert policies() == {os.SCHED_OTHER}


async def test_a_crowd_before_they_are_found_counts(context):
    threads = IOThreads()
    threads.crowd(begins=True)
    await threads.find()
    assert policies() == {os.SCHED_BATCH}
    threads.crowd(begins=False)
    assert policies() == {os.SCHED_OTHER}


async def test_without_threads_the_looks_end(monkeypatch):
    monkeypatch.setattr(iothreads, "io_threads", list)
    monkeypatch.setattr(iothreads, "LOOK_INTERVAL_S", 0.0)
    await IOThreads().find()


def test_an_unknown_machine_changes_nothing(context, monkeypatch):
    monkeypatch.setattr(iothreads.platform, "machine", lambda: "abacus")
    assert iothreads.schedule(iothreads.io_threads(), patient=True) == 0
    assert policies() == {os.SCHED_OTHER}
