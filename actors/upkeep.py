"""What a journal needs beside records: new segments, and snapshots made by another process.

A segment is put aside when it is large or its day is over; a snapshot is asked for when so many
records have come that replaying them would take seconds. Neither ever stands in the way of an order:
what fails is alarmed, shown until it works again, and tried again later; the journal goes on as it is.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import attrs
import trio

from actors.folds import ROUTER
from engine.clock import Clock
from engine.errors import JournalError
from engine.journal import JournalWriter
from engine.journal.snapshot import sequence_of, snapshot_paths
from engine.log import FilteringBoundLogger

CARE_INTERVAL_S = 1.0
RETRY_S = 60.0
"""After a rotation or a snapshot that failed."""

FOLDING_S_MAX = 600.0
"""A snapshot takes seconds; one that takes longer than this is given up."""

SAID_CHARS_MAX = 500
"""Of what a process that made no snapshot said last."""

NOT_ROTATED = "journal_not_rotated"
NO_SNAPSHOT = "journal_snapshot_failed"

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
    """A journal's keeper, in the process that writes it."""

    def __init__(
        self,
        journal: JournalWriter,
        settings: UpkeepSettings,
        clock: Clock,
        log: FilteringBoundLogger,
        *,
        fold: str = ROUTER.name,
        alarm: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """Look after `journal`.

        Args:
            journal: that is being written.
            settings: when something is to be done.
            clock: of the wall.
            log: for what was done and what failed.
            fold: what the journal is folded into for a snapshot (`folds.FOLDS`).
            alarm: tells a person of a failure; whether that was possible. Called once for as long
                as something fails.
        """
        self._fold_name = fold
        self._alarm = alarm
        self._failures: dict[str, str] = {}
        self._alarmed: set[str] = set()
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

    @property
    def trouble(self) -> str:
        """What fails at present, in words; empty when nothing does."""
        return "; ".join(self._failures.values())

    def _failed(self, event: str, text: str) -> None:
        """Show it, and alarm it unless that was done since it last worked."""
        self._failures[event] = text
        self._log.error(event, error=text)
        if event not in self._alarmed and self._alarm(text):
            self._alarmed.add(event)

    def _works(self, event: str) -> None:
        self._failures.pop(event, None)
        self._alarmed.discard(event)

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
                self._works(NOT_ROTATED)
                self._log.info("journal_segment", first_sequence=journal.header.first_sequence)
        except JournalError as error:
            if journal.poisoned:
                raise
            self._rotate_from_ns = now_ns + int(RETRY_S * 1e9)
            self._failed(NOT_ROTATED, f"no new segment, the old one grows: {error}")

    def is_snapshot_due(self) -> bool:
        """Whether a start now would have to replay too much."""
        new = self._journal.synced_sequence - self.snapshot_sequence
        due = new >= self._settings.snapshot_records
        return due and self._clock.wall_ns() >= self._snapshot_from_ns

    async def make_snapshot(self) -> None:
        """Have a snapshot made of everything durable so far."""
        through, now_ns = self._journal.synced_sequence, self._clock.wall_ns()
        failure = await self._fold(through, now_ns)
        if failure:
            self._snapshot_from_ns = now_ns + int(RETRY_S * 1e9)
            text = f"no snapshot through record {through}, starts take longer: {failure}"
            self._failed(NO_SNAPSHOT, text)
        else:
            self.snapshots += 1
            self.snapshot_sequence = through
            self._works(NO_SNAPSHOT)

    async def _fold(self, through: int, now_ns: int) -> str:
        """Run the process that makes a snapshot; why it made none, empty when it did."""
        keep_from_ns = now_ns - self._settings.keep_days * DAY_NS
        command = [sys.executable, "-m", "actors.folding", self._fold_name]
        command += [str(self._journal.path.absolute()), str(through), str(keep_from_ns)]
        try:
            with trio.fail_after(FOLDING_S_MAX):
                done = await trio.run_process(
                    command, capture_stdout=True, capture_stderr=True, check=False, cwd=ROOT
                )
        except OSError as error:
            return f"its process cannot be started: {error.strerror}"
        except trio.TooSlowError:
            return f"its process took longer than {FOLDING_S_MAX:g} s"
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()[-SAID_CHARS_MAX:]
            return said or f"its process ended with {done.returncode}"
        self._log.info("journal_snapshot", **json.loads(done.stdout))
        return ""


ROOT = Path(__file__).resolve().parents[1]
"""Where `actors` can be imported from."""


def _day(ts_ns: int) -> object:
    return datetime.fromtimestamp(ts_ns / 1e9, tz=UTC).date()
