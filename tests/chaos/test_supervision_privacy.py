"""What a child inherits and what it shows: nothing that it does not need, no secret anywhere.

SEC-09, SEC-10, SEC-11 and M33 of the reliability page.
"""

import base64
import os
import stat
import urllib.parse
from pathlib import Path

import pytest

from engine.messages.control import ActorState
from engine.settings.secrets import Secret
from engine.supervise.client import ask
from engine.supervise.spawn import ENVIRONMENT_KEPT
from engine.supervise.specs import Limits
from engine.supervise.supervisor import Supervisor
from tests.kit.rundir import short_run_dir
from tests.kit.supervision import (
    ONCE,
    dummy,
    in_state,
    log_records,
    pid_of,
    ready,
    supervising,
    tree_of,
)
from tests.kit.waiting import until

pytestmark = pytest.mark.chaos

CANARY = "canary-7f3/kx+Q&94"


@pytest.fixture
def own_run_dir():
    """For a supervisor with a fork server of its own."""
    with short_run_dir() as path:
        yield path


@pytest.fixture
def run_dir(lent_server: None, own_run_dir: Path):
    """For supervisors that fork from the shared server."""
    return own_run_dir


def forms_of(secret: str) -> list[str]:
    raw = secret.encode()
    return [
        secret,
        secret[::-1],
        raw.hex(),
        base64.b64encode(raw).decode().rstrip("="),
        urllib.parse.quote(secret, safe=""),
    ]


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if not path.is_dir()]


def shown(text: str) -> list[str]:
    return [form for form in forms_of(CANARY) if form in text]


async def test_t091_no_secret_in_environment_arguments_logs_or_status(own_run_dir: Path) -> None:
    """T-091: A canary given as a secret, logged and raised by its actor, is found nowhere outside its memory."""
    spec = dummy("a", "secretive", policy=ONCE, secrets={"token": Secret(CANARY)})
    quiet = dummy("b", secrets={"token": Secret(CANARY)})
    environ = {**os.environ, "PITBOSS_TOKEN": CANARY}
    async with supervising(own_run_dir, tree_of(spec, quiet), environ=environ) as supervisor:
        await ready(supervisor, "b")
        proc = Path(f"/proc/{pid_of(supervisor, 'b')}")
        assert not shown((proc / "environ").read_bytes().decode())
        assert not shown((proc / "cmdline").read_bytes().decode())
        await in_state(supervisor, "a", ActorState.QUARANTINED)
        assert "token *** is not accepted" in supervisor.children["a"].last_reason
        assert not shown(str(await ask(own_run_dir, "admin", "status")))
        assert not shown(str(supervisor.tree))
        assert not shown((await ask(own_run_dir, "admin", "tree"))["text"])
    files = files_in(own_run_dir)
    assert "about to fail" in (own_run_dir / "logs" / "a.log").read_text()
    for path in files:
        assert path.is_socket() or not shown(path.read_text()), path.name


async def test_a_child_is_private_limited_and_in_a_group_of_its_own(own_run_dir: Path) -> None:
    """Not dumpable, no cores, umask 077, own session, reduced environment, limits as in its spec."""
    spec = dummy("a", "inspect", limits=Limits(files=1024, memory_mib=1024))
    async with supervising(own_run_dir, tree_of(spec)) as supervisor:
        child = supervisor.children["a"]
        await until(lambda: "umask" in (child.published or {}))
        found = dict(child.published or {})
        assert found["dumpable"] == 0
        assert found["core"] == [0, 0]
        assert found["files"] == [1024, 1024]
        assert found["umask"] == 0o077
        assert found["session"] == pid_of(supervisor, "a")
        assert found["cwd"] == str(own_run_dir)
        ours = {"PYTHONPATH", "PYTHONSAFEPATH", "PYTHONUNBUFFERED", "MALLOC_ARENA_MAX"}
        assert set(found["environ"]) <= ours | set(ENVIRONMENT_KEPT)


def inodes_of(pid: int | str) -> set[str]:
    """Sockets and pipes that a process has open, by the kernel's names for them."""
    found = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            target = str(Path(entry.path).readlink())
        except OSError:
            continue
        if target.startswith(("socket:", "pipe:")):
            found.add(target)
    return found


async def test_children_share_no_descriptor_with_anybody(own_run_dir: Path) -> None:
    """No socket or pipe of the supervisor or of another child is open in a child."""
    async with supervising(own_run_dir, tree_of(dummy("a"), dummy("b"), dummy("c"))) as supervisor:
        await ready(supervisor)
        sets = [inodes_of("self"), *(inodes_of(pid_of(supervisor, name)) for name in "abc")]
        for number, one in enumerate(sets):
            for other in sets[number + 1 :]:
                assert not one & other


async def test_files_of_a_run_are_for_their_owner_only(run_dir: Path) -> None:
    """Directories 0700, files 0600, and the key files hold what a client needs."""
    async with supervising(run_dir, tree_of(dummy("a"))) as supervisor:
        await ready(supervisor)
        for path in [run_dir, run_dir / "logs", *files_in(run_dir)]:
            assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path.name
        keys = {path.name for path in files_in(run_dir) if path.suffix == ".key"}
        assert keys == {"operator.key", "viewer.key"}


async def test_every_log_line_of_an_actor_is_one_record(run_dir: Path) -> None:
    """A failure with newlines and control characters in its text is still one line of JSON."""
    spec = dummy("a", "secretive", policy=ONCE, secrets={"token": Secret("x\n\x1b[31m\u202ey")})
    async with supervising(run_dir, tree_of(spec)) as supervisor:
        await in_state(supervisor, "a", ActorState.QUARANTINED)
    lines = (run_dir / "logs" / "a.log").read_text().splitlines()
    assert len(log_records(run_dir, "a")) == len(lines)


async def test_memory_of_a_private_child_can_still_be_seen(run_dir: Path) -> None:
    """The dumpable flag does not hide how much memory a child uses (M33)."""
    async with supervising(run_dir, tree_of(dummy("a"))) as supervisor:
        await ready(supervisor)
        assert rss_of(supervisor, "a") > 5


def rss_of(supervisor: Supervisor, name: str) -> float:
    actors = supervisor.snapshot()["actors"]
    assert isinstance(actors, list)
    (row,) = [row for row in actors if row["name"] == name]
    return float(row["rss_mib"])
