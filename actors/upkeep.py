"""What the router's journal needs beside records: new segments, and snapshots made by another process.

A segment is put aside when it is large or its day is over; a snapshot is asked for when so many
records have come that replaying them would take seconds. Neither ever stands in the way of an order:
what fails is logged and tried again later, and the journal goes on as it is.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import attrs
import trio
from structlog.typing import FilteringBoundLogger

from engine.clock import Clock
from engine.errors import JournalError
from engine.journal import JournalWriter
from engine.journal.snapshot import sequence_of, snapshot_paths

CARE_INTERVAL_S = 1.0
RETRY_S = 60.0
"""After a rotation or a snapshot that failed."""

FOLDING_S_MAX = 600.0
"""A snapshot takes seconds; one that takes longer than this is given up."""

DAY_NS = 86_400 * 1_000_000_000


@attrs.frozen(kw_only=True)
class UpkeepSettings:
    """When the journal gets a new segment and a snapshot.

    Attributes:
        segment_bytes: size at which a segment is put aside; it is also read again at each start.
        snapshot_records: records after which a snapshot is made; so many are replayed at a start,
            at about 50,000 a second.
        keep_days: days that segments put aside are kept after their last record.
    """

    segment_bytes: int = 64 << 20
    snapshot_records: int = 100_000
    keep_days: int = 30


class Upkeep:
    """The journal's keeper in the router's process."""

    def __init__(
        self,
        journal: JournalWriter,
        settings: UpkeepSettings,
        clock: Clock,
        log: FilteringBoundLogger,
    ) -> None:
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._log = log
        self._rotate_from_ns = 0
        self._snapshot_from_ns = 0
        paths = snapshot_paths(journal.path)
        self.snapshot_sequence = sequence_of(paths[0]) if paths else 0
        """The last record in the newest snapshot."""
        self.snapshots = 0
        """Made by this boot."""
        self.rotations = 0
        """Segments put aside by this boot."""

    async def run(self) -> None:
        """Look after the journal until cancelled. JournalError when it is poisoned by a rotation."""
        while True:
            await trio.sleep(CARE_INTERVAL_S)
            self.rotate_if_due()
            if self.is_snapshot_due():
                await self.make_snapshot()

    def rotate_if_due(self) -> None:
        """Begin a new segment when the present one is large or of another day."""
        journal, now_ns = self._journal, self._clock.wall_ns()
        if journal.poisoned or now_ns < self._rotate_from_ns:
            return
        large = journal.size_bytes >= self._settings.segment_bytes
        if not large and _day(journal.header.created_ns) == _day(now_ns):
            return
        try:
            if journal.rotate(created_ns=now_ns):
                self.rotations += 1
                self._log.info("journal_segment", first_sequence=journal.header.first_sequence)
        except JournalError as error:
            if journal.poisoned:
                raise
            self._rotate_from_ns = now_ns + int(RETRY_S * 1e9)
            self._log.error("journal_not_rotated", error=str(error))

    def is_snapshot_due(self) -> bool:
        """Whether a start now would have to replay too much."""
        new = self._journal.synced_sequence - self.snapshot_sequence
        due = new >= self._settings.snapshot_records
        return due and self._clock.wall_ns() >= self._snapshot_from_ns

    async def make_snapshot(self) -> None:
        """Have a snapshot made of everything durable so far."""
        through, now_ns = self._journal.synced_sequence, self._clock.wall_ns()
        keep_from_ns = now_ns - self._settings.keep_days * DAY_NS
        command = [sys.executable, "-m", "actors.folding"]
        command += [str(self._journal.path.absolute()), str(through), str(keep_from_ns)]
        with trio.move_on_after(FOLDING_S_MAX):
            done = await trio.run_process(
                command, capture_stdout=True, capture_stderr=True, check=False, cwd=ROOT
            )
            if done.returncode == 0:
                self.snapshots += 1
                self.snapshot_sequence = through
                self._log.info("journal_snapshot", **json.loads(done.stdout))
                return
            error = done.stderr.decode(errors="replace")[-500:]
            self._log.error("journal_snapshot_failed", through=through, error=error)
        self._snapshot_from_ns = now_ns + int(RETRY_S * 1e9)


ROOT = Path(__file__).resolve().parents[1]
"""Where `actors` can be imported from."""


def _day(ts_ns: int) -> object:
    return datetime.fromtimestamp(ts_ns / 1e9, tz=UTC).date()
