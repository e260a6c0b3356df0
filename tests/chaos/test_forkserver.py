"""Actors are forked from one process that has imported everything, and start without it all the same."""

import os
import signal
from pathlib import Path

import psutil
import pytest
import trio

from actors.forkserver import NAME_BYTES_MAX
from engine.supervise import forkserver
from engine.supervise.supervisor import Supervisor
from tests.kit.rundir import short_run_dir
from tests.kit.supervision import (
    alive,
    boots,
    children_of,
    dummy,
    log_records,
    pid_of,
    ready,
    supervising,
    tree_of,
)
from tests.kit.waiting import until

pytestmark = pytest.mark.chaos

NAMES = ("venue.data", "venue.trade")


@pytest.fixture
def run_dir():
    with short_run_dir() as path:
        yield path


def server_of(supervisor: Supervisor) -> psutil.Process:
    """The process that forks."""
    assert supervisor.forkserver is not None
    return psutil.Process(supervisor.forkserver._process.pid)


def command_line(pid: int) -> str:
    """What `ps` shows."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode()


async def replaced(supervisor: Supervisor, name: str) -> None:
    """Kill an actor and wait for its next boot."""
    before = boots(supervisor)[name]
    os.kill(pid_of(supervisor, name), signal.SIGKILL)
    await until(
        lambda: (
            supervisor.children[name].in_service and boots(supervisor).get(name, before) != before
        ),
        within_s=20,
        what=f"{name} is back",
    )


async def test_actors_are_forks_and_children_of_the_supervisor(run_dir: Path) -> None:
    """Each is our child, leads a session of its own, has the engine's name, and no descriptor of others."""
    async with supervising(run_dir, tree_of(*map(dummy, NAMES))) as supervisor:
        await ready(supervisor)
        server = server_of(supervisor)
        for name in NAMES:
            process = psutil.Process(pid_of(supervisor, name))
            assert process.ppid() == os.getpid()
            assert os.getsid(process.pid) == process.pid != os.getsid(server.pid)
            assert process.name() == name[:NAME_BYTES_MAX]
            title = command_line(process.pid)
            assert title == f"pitboss {name}"
            assert process.exe() == server.exe()
        assert not server.children()
        assert supervisor.forkserver is not None
        assert not supervisor.forkserver.failure


async def test_an_actor_starts_without_the_server(run_dir: Path) -> None:
    """The server is killed: running actors never notice, the next start is one from nothing, and it is told."""
    async with supervising(run_dir, tree_of(*map(dummy, NAMES))) as supervisor:
        await ready(supervisor)
        other = boots(supervisor)[NAMES[1]]
        server_of(supervisor).kill()
        await replaced(supervisor, NAMES[0])
        assert boots(supervisor)[NAMES[1]] == other
        assert "actors.launcher" in command_line(pid_of(supervisor, NAMES[0]))
        assert [row["code"] for row in supervisor.alerts.rows()].count("forkserver") == 1
        await replaced(supervisor, NAMES[1])


async def test_a_server_that_hangs_is_left(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped server answers nothing: it is killed, and what it might still have forked ends by itself."""
    async with supervising(run_dir, tree_of(*map(dummy, NAMES))) as supervisor:
        await ready(supervisor)
        monkeypatch.setattr(forkserver, "ANSWER_WITHIN_S", 0.5)
        server = server_of(supervisor)
        server.send_signal(signal.SIGSTOP)
        await replaced(supervisor, NAMES[0])
        await until(lambda: not alive(server.pid), what="the server is gone")


async def test_no_server_outlives_its_supervisor(run_dir: Path) -> None:
    """An orderly end takes it along."""
    async with supervising(run_dir, tree_of(dummy("venue.data"))) as supervisor:
        await ready(supervisor)
        server = server_of(supervisor)
    await until(lambda: not alive(server.pid), what="the server is gone")


async def test_an_end_is_told_as_that_of_any_child(run_dir: Path) -> None:
    """Exit codes and signals of forks are what the status says; what they leave behind is reaped."""
    async with supervising(run_dir, tree_of(*map(dummy, NAMES))) as supervisor:
        await ready(supervisor)
        mine = children_of(os.getpid())
        pid = pid_of(supervisor, NAMES[0])
        await replaced(supervisor, NAMES[0])
        assert supervisor.children[NAMES[0]].last_reason == "killed by SIGKILL"
        assert pid not in children_of(os.getpid())
        assert len(children_of(os.getpid())) == len(mine)
        assert log_records(run_dir, NAMES[0])


async def test_a_fork_that_nobody_waits_for_ends_by_itself() -> None:
    """Its pipes are closed: it reads no spec, and nothing of it stays."""
    environ, alerts = {**os.environ}, []
    async with forkserver.open_forkserver({}, environ, alerts.append) as server:
        assert server is not None
        spec_read, spec_write = os.pipe()
        line, theirs = os.pipe()
        pid = await server.fork("lost", "/", (spec_read, theirs))
        assert pid is not None
        for fd in (spec_read, spec_write, line, theirs):
            os.close(fd)
        found: list[int] = []

        def ended() -> bool:
            code = forkserver.reap(pid)
            found[:] = [] if code is None else [code]
            return bool(found)

        await until(ended, what="the fork has ended")
        assert found[0] > 0
        with trio.fail_after(10):
            assert await server.fork("x" * 5000, "/", (0, 1)) is None  # a request beyond all bounds
        assert server.failure
        assert len(alerts) == 1
        assert await server.fork("again", "/", (0, 1)) is None
