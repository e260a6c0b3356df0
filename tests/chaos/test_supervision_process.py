"""The supervisor itself as a process: killed, doubled, asked to end by signals.

The case numbers are those of the reliability page, section 12.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from engine.bus.endpoints import EndpointLock
from engine.errors import ConnectFailed
from engine.supervise.client import ask
from tests.kit.rundir import short_run_dir
from tests.kit.supervision import alive, log_records, ready, supervising, tree_of
from tests.kit.waiting import deadline_s, until_blocking

pytestmark = pytest.mark.chaos

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run_dir():
    with short_run_dir() as path:
        yield path


@contextmanager
def engine(run_dir: Path, *actors: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, int]]]:
    """A supervisor process whose actors are all in service, and their process ids."""
    command = [sys.executable, "-m", "tests.kit.supervise_main", str(run_dir), *actors]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    pids: dict[str, int] = {}
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        pids = json.loads(line)["pids"]
        yield process, pids
    finally:
        process.kill()
        process.communicate()
        for pid in filter(alive, pids.values()):
            os.kill(pid, signal.SIGKILL)


def hangs(run_dir: Path, name: str) -> bool:
    """Whether the actor's main loop has not answered for longer than it ever should."""
    actors = trio.run(lambda: ask(run_dir, "admin", "status"))["actors"]
    (age_s,) = [actor["heartbeat_age_s"] for actor in actors if actor["name"] == name]
    return (age_s or 0.0) > 1.0


def test_t008_no_child_outlives_a_killed_supervisor(run_dir: Path) -> None:
    """T-008: SIGKILL to the supervisor: deaf, spinning and busy children are all gone within 1 s."""
    actors = ("deaf=ignore_stop", "normal=serve", "parent=fork", "busy=spin")
    with engine(run_dir, *actors) as (process, pids):
        until_blocking(lambda: hangs(run_dir, "busy"), what="busy to spin")
        process.kill()
        process.wait()
        until_blocking(
            lambda: not any(map(alive, pids.values())), within_s=1.0, what="no child left"
        )
        assert log_records(run_dir, "normal")[-1]["orphaned"] is True
        EndpointLock(run_dir, "control").release()  # nobody holds what was bound


def test_t008_a_new_engine_starts_where_one_was_killed(run_dir: Path) -> None:
    """T-008, F-37: the run directory of a killed engine is cleaned up and used again at once."""
    with engine(run_dir, "a=serve") as (process, _pids):
        process.kill()
        process.wait()
        with pytest.raises(ConnectFailed):
            trio.run(lambda: ask(run_dir, "admin", "status"))
        with engine(run_dir, "a=serve"):
            status = trio.run(lambda: ask(run_dir, "admin", "status"))
            assert status["actors"][0]["state"] == "ready"


@pytest.mark.long
def test_t008_a_child_stuck_in_c_code_ends_by_its_own_watchdog(run_dir: Path) -> None:
    """T-008: with supervisor gone and the interpreter's lock held for ever, the kernel's timer ends it."""
    with engine(run_dir, "hog=hog") as (process, pids):
        until_blocking(lambda: hangs(run_dir, "hog"), what="hog to hang")
        process.kill()
        process.wait()
        until_blocking(lambda: not alive(pids["hog"]), within_s=25.0, what="hog to be gone")


def test_t009_a_second_supervisor_is_refused_and_harms_nothing(run_dir: Path) -> None:
    """T-009: exits at once with one clear line that names the holder; the first goes on untouched."""
    with engine(run_dir, "a=serve") as (process, pids):
        command = [sys.executable, "-m", "tests.kit.supervise_main", str(run_dir), "a=serve"]
        second = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=deadline_s(20), check=False
        )
        assert second.returncode == 75
        assert second.stdout == ""
        (line,) = second.stderr.splitlines()
        assert f"an engine runs in {run_dir} already (process {process.pid})" in line
        status = trio.run(lambda: ask(run_dir, "admin", "status"))
        assert [actor["pid"] for actor in status["actors"]] == [pids["a"]]
        assert process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_t011_a_signal_stops_everything_in_order(run_dir: Path, number: signal.Signals) -> None:
    """T-011: SIGTERM or SIGINT: reverse order, within 10 s, exit 0, no orphan, no key file left."""
    with engine(run_dir, "router=serve", "session=serve", "strategy=serve") as (process, pids):
        process.send_signal(number)
        assert process.wait(timeout=deadline_s(10)) == 0
        assert not any(map(alive, pids.values()))
        assert not list(run_dir.glob("*.key"))
        ends = {name: log_records(run_dir, name)[-1]["ts_ns"] for name in pids}
        assert ends["strategy"] < ends["session"] < ends["router"]


def test_ctrl_c_in_the_terminal_does_not_reach_the_children(run_dir: Path) -> None:
    """SIGINT to a child is ignored: only the supervisor decides about the end."""
    with engine(run_dir, "a=serve") as (process, pids):
        os.kill(pids["a"], signal.SIGINT)
        status = trio.run(lambda: ask(run_dir, "admin", "status"))
        assert status["actors"][0]["restarts"] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=deadline_s(10)) == 0


def test_a_second_signal_hurries(run_dir: Path) -> None:
    """The second SIGINT does not wait for the grace of a deaf actor (3 s)."""
    with engine(run_dir, "deaf=ignore_stop") as (process, pids):
        process.send_signal(signal.SIGINT)
        until_blocking(lambda: "asked to stop" in str(log_records(run_dir, "deaf")))
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=deadline_s(2)) == 0
        assert not alive(pids["deaf"])


async def test_asking_where_no_engine_runs_says_so(run_dir: Path) -> None:
    """A clear error at once, before the first run and after an orderly end."""
    with pytest.raises(ConnectFailed, match="no engine runs in"):
        await ask(run_dir, "admin", "status")
    async with supervising(run_dir, tree_of()) as supervisor:
        await ready(supervisor)
        with pytest.raises(ConnectFailed, match="no 'operator' endpoint"):
            await ask(run_dir, "operator", "orders")
    with pytest.raises(ConnectFailed, match="no engine runs in"):
        await ask(run_dir, "admin", "status")
