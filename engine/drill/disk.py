"""The journal's disk under a drill: the points `disk_write` and `disk_sync` stand below the writer."""

from collections.abc import Callable
from pathlib import Path

from engine.drill.faultpoints import Points
from engine.journal.file import JournalFile


def journal_opener(points: Points) -> Callable[[Path], JournalFile]:
    """How the journal is to be opened: as ever when points are off."""
    if not points.on:
        return JournalFile.open

    def opened(path: Path) -> JournalFile:
        file = _DrilledFile.open(path)
        file.points = points
        return file

    return opened


class _DrilledFile(JournalFile):
    """A file whose system calls fail when the plan says so."""

    points: Points

    def write(self, data: bytes) -> int:
        """Append, unless struck."""
        self.points.reach("disk_write")
        return super().write(data)

    def sync(self) -> None:
        """Sync, unless struck."""
        self.points.reach("disk_sync")
        super().sync()
