"""The journal's file: the one place that touches the disk, and the seam where faults are injected.

`JournalFile` is thin on purpose: each method is one system call and raises what the system raises
(OSError). `JournalWriter` decides what a failure means. A test hands the writer another opener and
gets short writes, full disks and failing syncs without patching anything.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

from engine.errors import JournalBusy, JournalError

FILE_MODE = 0o600
READ_CHUNK_BYTES = 256 << 10  # big enough to make system calls rare, small enough for the cache

DISK_FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class JournalFile:
    """An open, locked, append-only file; owns its descriptor."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create `path` for one writer, readable by its owner only.

        JournalBusy when somebody else writes it; JournalError when it is a symbolic link, not a
        regular file, not ours, or was replaced meanwhile.
        """
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = _open(path, flags)
        try:
            _lock(descriptor, path)
            _check_same(descriptor, path)
            os.fchmod(descriptor, FILE_MODE)
        except OSError as error:
            os.close(descriptor)
            raise JournalError(f"{path}: {error.strerror}") from error
        except JournalError:
            os.close(descriptor)
            raise
        return cls(descriptor, path)

    def write(self, data: bytes) -> int:
        """Append; how many bytes were taken, which may be fewer than given."""
        return os.write(self._descriptor, data)

    def sync(self) -> None:
        """Return when what was written, and the size of the file, would survive a power loss."""
        os.fdatasync(self._descriptor)

    def sync_directory(self) -> None:
        """Return when the file's name would survive a power loss."""
        sync_directory(self.path.parent)

    def link(self, other: Path) -> None:
        """Give the file a second name, which nothing may have yet."""
        os.link(self.path, other, follow_symlinks=False)

    def rename(self, path: Path) -> None:
        """Take the name `path` from whatever has it, in one step."""
        self.path.rename(path)
        self.path = path

    def forget_cached(self) -> None:
        """Make the next reads come from the disk.

        After a failed sync the kernel may go on showing pages that never reached the disk.
        """
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def truncate(self, size: int) -> None:
        """Cut the file to `size` bytes."""
        os.ftruncate(self._descriptor, size)

    def read(self, count: int, offset: int) -> bytes:
        """Up to `count` bytes from `offset`; empty at the end."""
        return os.pread(self._descriptor, count, offset)

    def close(self) -> None:
        """Release the lock and the descriptor; closing twice does nothing."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Return when the names in a directory would survive a power loss."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def open_for_reading(path: Path) -> int:
    """A descriptor to read `path`, which may be written meanwhile; JournalError when it cannot be.

    Non-blocking, so that a pipe put in its place is refused instead of waited for.
    """
    descriptor = _open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise JournalError(f"{path} is not a regular file")
    return descriptor


@contextmanager
def read_at(descriptor: int) -> Iterator[Callable[[int, int], bytes]]:
    """A function that reads (count, offset) from the descriptor, which is closed at the end."""
    try:
        yield partial(os.pread, descriptor)
    finally:
        os.close(descriptor)


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags, FILE_MODE)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise JournalError(f"{path} is a symbolic link: name the file itself") from error
        raise JournalError(f"{path}: {error.strerror}") from error


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise JournalBusy(
            f"{path} is being written by another process: stop that one first"
        ) from error


def _check_same(descriptor: int, path: Path) -> None:
    ours = os.fstat(descriptor)
    if not stat.S_ISREG(ours.st_mode):
        raise JournalError(f"{path} is not a regular file")
    # Between opening and locking the name may have been given to another file; a lock on one that
    # nobody finds any more would keep nobody out.
    if not os.path.samestat(ours, path.lstat()):
        raise JournalError(f"{path} was replaced while it was opened: try again")
