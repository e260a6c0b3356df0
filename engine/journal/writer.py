"""The only hand that writes a journal: append, then commit, then act.

The router appends a record for everything it decides, commits the batch, and only then sends or
reports (reliability rules ORD-3, ORD-14). Writes are unbuffered: a record whose `append` returned
is with the kernel and survives a killed process. What survives a power loss is decided by the
durability level, which `commit` establishes.

A short or refused write is cut back, so the file ends with a whole record and the writer may go on
once there is space. After a failed sync it may not: the kernel may have dropped the pages and a
later success would prove nothing. Such a writer is poisoned and refuses everything until the file
is opened, and thereby read, again.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import attrs

from engine.errors import JournalError, JournalFull, LimitExceeded
from engine.journal.file import DISK_FULL_ERRORS, JournalFile
from engine.journal.record import (
    HEADER_BYTES,
    JournalHeader,
    Record,
    encode_header,
    encode_record,
    header_crc,
    last_crc,
)
from engine.journal.recover import recover
from engine.journal.segments import begin_next, continuation

# One drained batch of the router is at most 256 messages; this is far above it and far below the
# 2 GiB at which Linux cuts a single write.
BATCH_BYTES_MAX = 16 << 20


class Durability(StrEnum):
    """What `commit` promises."""

    PROCESS = "process"
    """Handed to the kernel: survives a killed process, not a power loss. Demo and paper."""
    POWER = "power"
    """Synced to the disk: survives a power loss. The live default."""


@attrs.define
class SyncTimes:
    """Counters of the disk syncs of one writer, nanoseconds."""

    count: int = 0
    last_ns: int = 0
    max_ns: int = 0
    total_ns: int = 0

    def add(self, elapsed_ns: int) -> None:
        """Count one sync."""
        self.count += 1
        self.last_ns = elapsed_ns
        self.total_ns += elapsed_ns
        self.max_ns = max(self.max_ns, elapsed_ns)


class JournalWriter:
    """One locked journal file, opened to continue it. Blocking; one thread appends.

    `commit` may run in another thread than `append` (one commit at a time): it covers what was
    appended when it began. `header` is what a new file is stamped with; an existing one keeps its
    own and must agree in mode and format version. `on_record` is called with each record found, in
    order, so that opening and replaying are one pass over the file; damage may be found after it
    was called, so forget what was replayed when opening raises. With `after` it gets only the records
    above that number, which must be there, and segments before it are not read.

    Raises JournalBusy (another writer), JournalCorrupt (damage in the middle, with its offset),
    JournalError (not openable, other mode or version). `recovered` says what was found and dropped.
    """

    def __init__(
        self,
        path: Path,
        durability: Durability,
        *,
        header: JournalHeader,
        clock_ns: Callable[[], int],
        on_record: Callable[[Record], object] | None = None,
        open_file: Callable[[Path], JournalFile] = JournalFile.open,
        after: int = 0,
    ) -> None:
        self.path = path
        self.durability = durability
        self.sync_times = SyncTimes()
        self._clock_ns = clock_ns
        self._poison = ""
        self._open_file = open_file
        self._file = open_file(path)
        with ExitStack() as on_failure:  # the lock must not outlive a failed opening
            on_failure.callback(self._file.close)
            self.recovered = recover(
                self._file,
                header,
                power=durability is Durability.POWER,
                on_record=on_record,
                after=after,
            )
            on_failure.pop_all()
        self._sequence = self._synced = self.recovered.last_sequence
        self._use(self._file, self.recovered.header, self.recovered.size_bytes)

    def _use(self, file: JournalFile, header: JournalHeader, size_bytes: int) -> None:
        self._file, self.header, self._end_bytes = file, header, size_bytes
        self._seed = header_crc(encode_header(header))
        self._file_write = file.write  # bound once: this is the order path
        self._last_write = b""

    @property
    def sequence(self) -> int:
        """Number of the last appended record; one less than the first when there is none."""
        return self._sequence

    @property
    def synced_sequence(self) -> int:
        """Number of the last record that meets the durability level."""
        return self._synced

    @property
    def size_bytes(self) -> int:
        """Length of the file up to the end of the last whole record."""
        return self._end_bytes

    @property
    def poisoned(self) -> str:
        """Why this writer refuses to go on; empty while it does not."""
        return self._poison

    def append(self, body: bytes) -> int:
        """Hand one record to the kernel; its sequence.

        JournalFull: not written, may be tried again when there is space. JournalError: not written,
        and the writer is poisoned. LimitExceeded: an empty or too large body.
        """
        sequence = self._sequence + 1
        self._write(encode_record(sequence, body, self._seed))
        self._sequence = sequence
        return sequence

    def append_batch(self, bodies: Sequence[bytes]) -> range:
        """Hand several records to the kernel in one write; their sequences.

        Errors as in `append`, and then none of them was written. A crash may keep a prefix.
        """
        first = self._sequence + 1
        if not bodies:
            return range(first, first)
        seed = self._seed
        data = b"".join(
            [encode_record(number, body, seed) for number, body in enumerate(bodies, first)]
        )
        if len(data) > BATCH_BYTES_MAX:
            raise LimitExceeded(f"batch of {len(data)} bytes: batch_bytes_max is {BATCH_BYTES_MAX}")
        self._write(data)
        self._sequence += len(bodies)
        return range(first, self._sequence + 1)

    def commit(self) -> int:
        """Make everything appended so far meet the durability level; the last number that does.

        JournalError when the sync fails; the writer is poisoned and what was not synced before must
        be treated as never written.
        """
        self._check_poison()
        target = self._sequence
        if self.durability is Durability.POWER and target > self._synced:
            self._sync()
        self._synced = target
        return target

    def rotate(self, created_ns: int) -> bool:
        """Put the file aside and go on in a new one that follows it; False when it has no records.

        Takes two or three disk syncs at every durability level, so that the segments put aside are
        whole after any crash. JournalFull, or JournalError without poison: nothing changed, the
        file goes on. JournalError with poison: as for a failed sync.
        """
        self._check_poison()
        if self._sequence < self.header.first_sequence:
            return False
        self._sync()
        self._synced = self._sequence
        header = continuation(self.header, self._sequence, self._last_crc(), created_ns)
        before = self._file
        made = begin_next(before, self.header.first_sequence, header, self._open_file)
        self._use(made, header, HEADER_BYTES)
        before.close()
        try:
            made.sync_directory()
        except OSError as error:
            self._poison = f"sync of the directory failed: {error.strerror}"
            raise JournalError(f"{self.path}: {self._poison}") from error
        return True

    def _last_crc(self) -> int:
        """The checksum of the last record."""
        if not self._last_write:
            return self.recovered.end.last_crc
        return last_crc(self._last_write)

    def close(self) -> None:
        """Release the file. Does not commit. Closing twice does nothing."""
        self._poison = self._poison or "closed"
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, data: bytes) -> None:
        if self._poison:
            self._check_poison()
        try:
            written = self._file_write(data)
        except OSError as error:
            self._refused(error)
        if written != len(data):
            self._cut_back()
            raise JournalFull(f"{self.path}: {written} of {len(data)} bytes written, cut back")
        self._end_bytes += written
        self._last_write = data

    def _refused(self, error: OSError) -> NoReturn:
        # A failed write has written nothing by its contract; cutting back costs nothing and holds
        # where the contract does not.
        self._cut_back()
        if error.errno in DISK_FULL_ERRORS:
            raise JournalFull(f"{self.path}: {error.strerror}, nothing written") from error
        self._poison = f"write failed: {error.strerror}"
        raise JournalError(f"{self.path}: {self._poison}") from error

    def _cut_back(self) -> None:
        try:
            self._file.truncate(self._end_bytes)
        except OSError as error:
            self._poison = f"half a record could not be cut off: {error.strerror}"
            raise JournalError(f"{self.path}: {self._poison}") from error

    def _sync(self) -> None:
        began_ns = self._clock_ns()
        try:
            self._file.sync()
        except OSError as error:
            self._poison = f"sync failed: {error.strerror}"
            raise JournalError(f"{self.path}: {self._poison}") from error
        self.sync_times.add(self._clock_ns() - began_ns)

    def _check_poison(self) -> None:
        if self._poison:
            raise JournalError(f"{self.path}: {self._poison}; open the journal again to go on")
