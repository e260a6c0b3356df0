"""Reading a journal somebody else writes, or nobody: for replay, for verifying, for following it.

Readers take no lock and change nothing. `read` goes once through one file and then knows why its
records end (`chain.Chain` does it for a journal of several); `JournalTail` comes back again and again
for what was added since. Memory stays bounded by one chunk and one record, however big the file is.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import attrs

from engine.errors import InvariantViolation, JournalCorrupt, JournalError
from engine.journal.file import READ_CHUNK_BYTES, open_for_reading
from engine.journal.record import (
    FRAME_BYTES,
    HEADER_BYTES,
    RECORD_BYTES_MAX,
    JournalHeader,
    Record,
    Stop,
    decode_header,
    header_crc,
    split,
)
from engine.journal.scan import End, Reason, Scanner
from engine.journal.segments import archive_path, archive_paths, header_of


class Recovery(Iterator[Record]):
    """The records of one file in order, then why they ended.

    Iterate it to the end; `end`, `clean`, `dropped_bytes` and `reason` are known from then on.
    Damage raises nothing here: look at `reason`. Closes itself at the end; close it (or use it as a
    context manager) when leaving earlier.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._scanner = Scanner()
        self._end: End | None = None
        self._descriptor = open_for_reading(path)
        self._offset = 0
        self._records: Iterator[Record] = iter(self._feed())

    @property
    def header(self) -> JournalHeader | None:
        """What the file says of itself, known from the beginning; None when it cannot be read."""
        return self._scanner.header

    @property
    def end(self) -> End:
        """Where and why the records ended; InvariantViolation before they have."""
        if self._end is None:
            raise InvariantViolation(f"{self.path}: asked for the end before the last record")
        return self._end

    @property
    def clean(self) -> bool:
        """Every byte belongs to a whole record."""
        return self.end.clean

    @property
    def dropped_bytes(self) -> int:
        """Bytes behind the last whole record."""
        return self.end.dropped_bytes

    @property
    def reason(self) -> Reason:
        """Why the records ended."""
        return self.end.reason

    def __next__(self) -> Record:
        record = next(self._records, None)
        while record is None:
            if self._descriptor < 0:
                raise StopIteration
            self._records = iter(self._feed())
            record = next(self._records, None)
        return record

    def _feed(self) -> list[Record]:
        try:
            chunk = os.pread(self._descriptor, READ_CHUNK_BYTES, self._offset)
        except OSError as error:
            self.close()
            raise JournalError(f"{self.path}: {error.strerror}") from error
        if not chunk:
            self._end = self._scanner.finish()
            self.close()
            return []
        self._offset += len(chunk)
        return self._scanner.feed(chunk)

    def sync(self) -> None:
        """Return when what was read would survive a power loss; nothing for a file that is closed."""
        if self._descriptor >= 0:
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                raise JournalError(f"{self.path}: {error.strerror}") from error

    def close(self) -> None:
        """Release the file. Closing twice does nothing."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def read(path: Path) -> Recovery:
    """Read the journal at `path` from its first record; JournalError when it cannot be opened."""
    return Recovery(path)


@attrs.frozen(kw_only=True)
class Verification:
    """What a check of a whole journal found. `recoverable`: opening it for writing would succeed.

    `first_bad_offset` is that in `bad_file`, one of the `segments` files it has.
    """

    records: int
    ok: bool
    first_bad_offset: int | None
    reason: str
    detail: str
    recoverable: bool
    segments: int = 1
    bad_file: Path | None = None


class Mark(NamedTuple):
    """The identity of one record in one file: enough to know it again, or that it is gone."""

    sequence: int
    offset: int
    end: int
    crc: int


def mark_of(record: Record) -> Mark:
    """The mark of a record."""
    return Mark(record.sequence, record.offset, record.end, record.crc)


class JournalTail:
    """Follows a journal while it is written, over its segments; begins with the first record kept.

    Nothing half-written is ever kept, so a writer that cuts back a short write does not confuse it.
    JournalError when a file cannot be opened, JournalCorrupt when its header is not readable.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._open(path)
        try:
            self.rewind()
        except JournalError:
            self.close()
            raise

    @property
    def next_sequence(self) -> int:
        """Number of the record that `read` gives next."""
        return self._sequence

    def rewind(self) -> None:
        """Go back to the first record kept."""
        for segment in archive_paths(self.path)[:1]:
            self._open(segment)
        self._sequence = self.header.first_sequence
        self._offset = HEADER_BYTES

    def resume(self, mark: Mark, file_id: bytes | None = None) -> bool:
        """Go behind the marked record of the segment with that id (None: the one being read).

        False when no segment is that one, or it does not hold the record; the place may be another
        one then: `rewind`.
        """
        if file_id is not None and file_id != self.header.file_id and not self._find(file_id):
            return False
        frame = self._pread(mark.end - mark.offset, mark.offset)
        found = split(frame, seed=self._seed, sequence=mark.sequence, base=mark.offset).records
        if not found or mark_of(found[0]) != mark:
            return False
        self._sequence, self._offset = mark.sequence + 1, mark.end
        return True

    def read(self, limit: int) -> list[Record]:
        """Up to `limit` further records, fewer when a chunk ends; empty when there are none yet.

        Those of one call are of one segment, that of `header`. JournalCorrupt for bytes that are no
        record; the position stays, so it may be called again (the writer may just have cut a short
        write back).
        """
        records = self._read(limit)
        while not records and self._go_on():
            records = self._read(limit)
        return records

    def _read(self, limit: int) -> list[Record]:
        data = self._pread(READ_CHUNK_BYTES, self._offset)
        found = split(data, seed=self._seed, sequence=self._sequence, base=self._offset)
        if not found.records and found.stop is Stop.INCOMPLETE and len(data) == READ_CHUNK_BYTES:
            data = self._pread(FRAME_BYTES + RECORD_BYTES_MAX, self._offset)
            found = split(data, seed=self._seed, sequence=self._sequence, base=self._offset)
        records = found.records[:limit]
        if records:
            self._sequence, self._offset = records[-1].sequence + 1, records[-1].end
        elif found.stop is not Stop.INCOMPLETE:
            raise JournalCorrupt(
                f"{self.path}: no record at byte {self._offset}", offset=self._offset
            )
        return records

    def _go_on(self) -> bool:
        """Open the segment that follows, if this one was put aside and is read to its end."""
        if self._sequence == self.header.first_sequence:
            return False  # an empty segment is never followed by another
        following = archive_path(self.path, self._sequence)
        for path in (following, self.path):
            header = header_of(path)
            if header is not None and header.first_sequence == self._sequence:
                if self._pread(1, self._offset):
                    return True  # records that came just before it was put aside
                self._open(path)
                self._offset = HEADER_BYTES
                return True
        return False

    def _find(self, file_id: bytes) -> bool:
        for path in (self.path, *reversed(archive_paths(self.path))):
            header = header_of(path)
            if header is not None and header.file_id == file_id:
                self._open(path)
                return True
        return False

    def _open(self, path: Path) -> None:
        descriptor = open_for_reading(path)
        before, self._descriptor = self._descriptor, descriptor
        try:
            head = self._pread(HEADER_BYTES, 0)
            self.header = decode_header(head)
        except JournalError:
            self._descriptor = before
            os.close(descriptor)
            raise
        if before >= 0:
            os.close(before)
        self._seed = header_crc(head)

    def close(self) -> None:
        """Release the file. Closing twice does nothing."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def _pread(self, count: int, offset: int) -> bytes:
        try:
            return os.pread(self._descriptor, count, offset)
        except OSError as error:
            raise JournalError(f"{self.path}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
