"""A disk in memory that behaves as badly as a real one may: full, cut short, not synced, torn."""

import errno
from pathlib import Path

from engine.drill.simulation.world import World
from engine.journal import JournalFile


class Disk:
    """What outlives the router. `durable` is how much of `data` a crash cannot take."""

    def __init__(self, world: World) -> None:
        self.data = bytearray()
        self.durable = 0
        self.is_full = False
        self.cuts_short = False
        self.sync_fails = False
        self._world = world

    def open(self, path: Path) -> JournalFile:
        """For the writer."""
        return DiskFile(self, path)

    def lose_unsynced(self) -> None:
        """A crash of the whole machine: any part of what was never synced is gone."""
        if len(self.data) > self.durable:
            kept = self._world.random.randint(self.durable, len(self.data))
            del self.data[kept:]

    def write(self, data: bytes) -> int:
        """How many bytes were taken."""
        if self.is_full:
            if self.cuts_short and len(data) > 1:
                part = self._world.random.randrange(1, len(data))
                self.data += data[:part]
                return part
            raise OSError(errno.ENOSPC, "no space left on device")
        self.data += data
        return len(data)

    def sync(self) -> None:
        """Make all of it durable, or fail."""
        if self.sync_fails:
            raise OSError(errno.EIO, "input/output error")
        self.durable = len(self.data)

    def truncate(self, size: int) -> None:
        """Cut the end off."""
        del self.data[size:]
        self.durable = min(self.durable, size)


class DiskFile(JournalFile):
    """The writer's handle on the disk; there is no system call behind it."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self.path = path
        self._disk = disk
        self._descriptor = -1  # nothing for the parent to close

    def write(self, data: bytes) -> int:
        """See Disk."""
        return self._disk.write(data)

    def sync(self) -> None:
        """See Disk."""
        self._disk.sync()

    def sync_directory(self) -> None:
        """There is none."""

    def forget_cached(self) -> None:
        """There is no cache."""

    def truncate(self, size: int) -> None:
        """See Disk."""
        self._disk.truncate(size)

    def read(self, count: int, offset: int) -> bytes:
        """From the disk."""
        return bytes(self._disk.data[offset : offset + count])
