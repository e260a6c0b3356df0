"""The run directory: one owner, provably dead things removed, keys whole and private."""

import fcntl
import os
from pathlib import Path

import pytest

from engine.bus.endpoints import EndpointLock
from engine.bus.keys import generate
from engine.errors import ConfigError
from engine.supervise import rundir
from engine.supervise.rundir import RunDirectoryBusy
from tests.kit.rundir import short_run_dir


@pytest.fixture
def run_dir():
    with short_run_dir() as path:
        yield path


def test_only_one_may_own_it(run_dir: Path) -> None:
    """A second owner is refused with the first one's process id; after the first it may."""
    with (
        rundir.own(run_dir),
        pytest.raises(RunDirectoryBusy, match=f"process {os.getpid()}"),
        rundir.own(run_dir),
    ):
        pass
    with rundir.own(run_dir):
        assert (run_dir / "logs").is_dir()


def test_the_refused_one_touches_nothing(run_dir: Path) -> None:
    """Not even the holder's number in the lock file changes."""
    fd = os.open(run_dir / rundir.LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        os.write(fd, b"4711\n")
        with pytest.raises(RunDirectoryBusy, match="process 4711"), rundir.own(run_dir):
            pass
        assert [path.name for path in run_dir.iterdir()] == [rundir.LOCK_NAME]
        assert (run_dir / rundir.LOCK_NAME).read_text() == "4711\n"
    finally:
        os.close(fd)


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_directory_open_to_others_is_refused(run_dir: Path, mode: int) -> None:
    """Sockets and keys need a private directory."""
    run_dir.chmod(mode)
    with pytest.raises(ConfigError, match="mode"), rundir.own(run_dir):
        pass


def test_a_path_too_long_for_sockets_is_refused(run_dir: Path) -> None:
    """Said before anything starts, with what to do."""
    with pytest.raises(ConfigError, match="too long"), rundir.own(run_dir / ("x" * 90)):
        pass


async def test_sockets_of_the_dead_are_removed_and_those_of_the_living_refused(
    run_dir: Path,
) -> None:
    """Only a free lock proves that the binder is dead (F-37)."""
    for name in ("dead", "alive"):
        (run_dir / f"{name}.ipc").touch()
        (run_dir / f"{name}.lock").touch()
    (run_dir / "alive.ipc").unlink()
    (run_dir / "notes.txt").touch()
    lock = EndpointLock(run_dir, "alive")
    (run_dir / "alive.ipc").touch()
    try:
        with pytest.raises(RunDirectoryBusy, match="still hold alive"):
            await rundir.clear_stale(run_dir, within_s=0.1)
    finally:
        lock.release()
    assert not (run_dir / "dead.ipc").exists()
    assert (run_dir / "alive.ipc").exists()
    await rundir.clear_stale(run_dir)
    assert not (run_dir / "alive.ipc").exists()
    assert (run_dir / "notes.txt").exists()


def test_keys_are_written_whole_private_and_read_back(run_dir: Path) -> None:
    """What is written is what a client reads; other files and modes are not left behind."""
    pair = generate()
    for _ in range(2):
        rundir.write_key(run_dir, "viewer", pair, {"admin": "k" * 40})
    key = rundir.read_key(run_dir, "viewer")
    assert key is not None
    assert key.pair == pair
    assert key.servers == {"admin": b"k" * 40}
    assert [path.name for path in run_dir.iterdir()] == ["viewer.key"]
    assert (run_dir / "viewer.key").stat().st_mode & 0o777 == 0o600
    rundir.remove_keys(run_dir)
    assert rundir.read_key(run_dir, "viewer") is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"public": 1}', b'{"public": "x", "secret": "y"}', b"\xff"]
)
def test_a_damaged_key_file_is_a_clear_error(run_dir: Path, content: bytes) -> None:
    """The file is named; nothing of its content is."""
    (run_dir / "operator.key").write_bytes(content)
    with pytest.raises(ConfigError, match=r"operator\.key.*cannot be used"):
        rundir.read_key(run_dir, "operator")
