"""The journal's file on a real file system: rights, locks, links."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import JournalBusy, JournalError
from engine.journal.file import JournalFile, _check_same, open_for_reading


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def test_a_new_file_is_its_owners_alone(path: Path) -> None:
    """Whatever the umask, a new journal has mode 0600."""
    for umask in (0o000, 0o777):
        before = os.umask(umask)
        try:
            JournalFile.open(path).close()
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.unlink()


def test_an_open_file_is_closed_to_others(path: Path) -> None:
    """A journal that others could read is taken back to mode 0600 when it is opened."""
    path.touch(mode=0o644)
    path.chmod(0o666)
    JournalFile.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_writer_is_refused(path: Path) -> None:
    """One file has one writer, also within a process; it is free again after close."""
    first = JournalFile.open(path)
    with pytest.raises(JournalBusy):
        JournalFile.open(path)
    first.close()
    JournalFile.open(path).close()


def test_a_second_process_is_refused(path: Path) -> None:
    """The lock holds between processes and ends with the process, however it ended."""
    script = (
        "import sys; from pathlib import Path; from engine.journal.file import JournalFile;"
        "file = JournalFile.open(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(JournalBusy, match="another process"):
            JournalFile.open(path)
        holder.kill()
    JournalFile.open(path).close()


def test_links_are_refused(path: Path, tmp_path: Path) -> None:
    """A symbolic link is never followed, neither to write nor to read, dangling or not."""
    for target in (tmp_path / "target", tmp_path / "missing"):
        (tmp_path / "target").touch()
        path.symlink_to(target)
        for opener in (JournalFile.open, open_for_reading):
            with pytest.raises(JournalError, match="symbolic link"):
                opener(path)
        path.unlink()
    assert not (tmp_path / "missing").exists()
    assert (tmp_path / "target").read_bytes() == b""


def test_what_is_no_file_is_refused(path: Path, tmp_path: Path) -> None:
    """A directory and a pipe are refused at once, without waiting for the pipe's other end."""
    os.mkfifo(path)
    for opener in (JournalFile.open, open_for_reading):
        with pytest.raises(JournalError):
            opener(tmp_path)
        with pytest.raises(JournalError, match="not a regular file"):
            opener(path)


def test_a_missing_place_is_an_error_of_ours(tmp_path: Path) -> None:
    """Opening below a directory that is not there says which path and why."""
    with pytest.raises(JournalError, match="missing"):
        JournalFile.open(tmp_path / "missing" / "journal")
    with pytest.raises(JournalError, match="missing"):
        open_for_reading(tmp_path / "missing")


def test_a_file_replaced_while_opening_is_refused(path: Path, tmp_path: Path) -> None:
    """A lock on a file that nobody can find any more is not taken for a lock."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    (tmp_path / "other").touch()
    (tmp_path / "other").rename(path)
    try:
        with pytest.raises(JournalError, match="replaced"):
            _check_same(descriptor, path)
    finally:
        os.close(descriptor)


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_failed_openings_leave_no_descriptor(path: Path, tmp_path: Path) -> None:
    """Refusals close what they opened."""
    holder = JournalFile.open(path)
    (tmp_path / "link").symlink_to(path)
    os.mkfifo(tmp_path / "pipe")
    before = descriptors()
    for name in ("journal", "link", "pipe"):
        with pytest.raises(JournalError):
            JournalFile.open(tmp_path / name)
    for name in ("link", "pipe"):
        with pytest.raises(JournalError):
            open_for_reading(tmp_path / name)
    assert descriptors() == before
    holder.close()


def test_bytes_go_and_come(path: Path) -> None:
    """Writes append, reads are by offset, truncation cuts, closing twice is harmless."""
    file = JournalFile.open(path)
    assert file.write(b"abc") == 3
    assert file.write(b"def") == 3
    assert file.read(10, 2) == b"cdef"
    assert file.read(10, 6) == b""
    file.sync()
    file.sync_directory()
    file.forget_cached()
    file.truncate(4)
    assert file.write(b"!") == 1
    assert path.read_bytes() == b"abcd!"
    file.close()
    file.close()
