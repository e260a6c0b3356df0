"""Opening a journal to continue it: read it all, drop a torn tail, refuse anything worse.

A new file gets its header; a file whose making was cut short never held a record and is begun
again. Damage in the middle is never repaired here: dropping records that were acted upon is a
decision for a person, who gets the offset.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import attrs

from engine.errors import JournalCorrupt, JournalError, JournalFull
from engine.journal.file import DISK_FULL_ERRORS, READ_CHUNK_BYTES, JournalFile
from engine.journal.reader import Recovery
from engine.journal.record import (
    HEADER_BYTES,
    JournalHeader,
    Record,
    decode_header,
    encode_header,
)
from engine.journal.scan import End, Scanner
from engine.journal.segments import (
    archive_paths,
    finish_rotation,
    mismatch,
    needed,
    older_segments,
)

OnRecord = Callable[[Record], object]

_ADVICE = "keep the file, check the disk, and restore or cut it by hand"


@attrs.frozen(kw_only=True)
class Opened:
    """What opening found (`end`) and left: a header and `size_bytes` bytes ending with a record."""

    header: JournalHeader
    end: End
    size_bytes: int

    @property
    def created(self) -> bool:
        """There was nothing before."""
        return self.end.total_bytes == 0

    @property
    def dropped_bytes(self) -> int:
        """How much was cut off; anything above zero deserves an alarm."""
        return self.end.dropped_bytes

    @property
    def last_sequence(self) -> int:
        """Number of the last record kept; one less than the first when there is none."""
        return self.header.first_sequence + self.end.records - 1


def recover(
    file: JournalFile,
    wanted: JournalHeader,
    *,
    power: bool,
    on_record: OnRecord | None = None,
    after: int = 0,
) -> Opened:
    """Leave the file ending with a whole record, and tell what was found.

    `on_record` gets the records above number `after`, which must be there, also those of segments put
    aside. With `power` everything kept is on the disk when this returns, and was read from there.
    JournalCorrupt, JournalError, JournalFull; whatever `on_record` raises passes through.
    """
    try:
        finish_rotation(file.path)
        if power:
            file.sync()
            file.forget_cached()
        replay = _Replay(file.path, wanted, on_record, after)
        header, end = replay.run(file)
        if header is None:
            _begin(file, wanted, power=power)
            return Opened(header=wanted, end=end, size_bytes=HEADER_BYTES)
        if not end.clean:
            file.truncate(end.good_bytes)
            if power:
                file.sync()
    except OSError as error:
        if error.errno in DISK_FULL_ERRORS:
            raise JournalFull(f"{file.path}: {error.strerror}, not opened") from error
        raise JournalError(f"{file.path}: {error.strerror}, not opened") from error
    return Opened(header=header, end=end, size_bytes=end.good_bytes)


class _Replay:
    """One pass over what is needed of the segments put aside, and over the file being written."""

    def __init__(
        self, path: Path, wanted: JournalHeader, on_record: OnRecord | None, after: int
    ) -> None:
        self.path = path
        self.wanted = wanted
        self.on_record = on_record
        self.after = after
        self.before: tuple[JournalHeader, End] | None = None

    def run(self, file: JournalFile) -> tuple[JournalHeader | None, End]:
        """Header and end of the file being written; the former None when it is to be begun."""
        written = _header(file)
        if written is not None:
            _check_fits(file.path, written, self.wanted)
        self._read_older(written)
        scanner, offset = Scanner(), 0
        while chunk := file.read(READ_CHUNK_BYTES, offset):
            self._take(scanner.feed(chunk))
            offset += len(chunk)
        end = scanner.finish()
        if not end.reason.recoverable:
            raise _corrupt(self.path, end, end.detail)
        if end.last_sequence < self.after:
            detail = f"ends with record {end.last_sequence}, but {self.after} had been written"
            raise _corrupt(self.path, end, detail)
        return scanner.header, end

    def _read_older(self, written: JournalHeader | None) -> None:
        archives = archive_paths(self.path)
        if written is None:
            if archives:
                detail = "it is empty, but segments before it are there: a record may be missing"
                raise JournalCorrupt(f"{self.path}: {detail}; {_ADVICE}", offset=0)
            return
        if written.first_sequence > self.after + 1:
            older = needed(older_segments(self.path, written), self.after)
            for path in older:
                self._read_segment(path)
            self._check_follows(written, older[-1] if older else self.path)

    def _read_segment(self, path: Path) -> None:
        with Recovery(path) as reader:
            header = reader.header
            if header is not None:
                self._check_follows(header, path)
            for record in reader:
                self._take((record,))
            end = reader.end
        if header is None or not end.clean:
            raise _corrupt(path, end, f"{end.detail}, and further segments follow")
        self.before = header, end

    def _check_follows(self, header: JournalHeader, path: Path) -> None:
        if self.before is not None:
            why = mismatch(*self.before, header)
            if why:
                raise _corrupt(path, self.before[1], why)
        elif header.first_sequence > max(self.after + 1, self.wanted.first_sequence):
            raise JournalError(
                f"{path} begins with record {header.first_sequence}, and nothing says what was "
                f"before it: put back the segments of {self.path.name} or its snapshots"
            )

    def _take(self, records: Iterable[Record]) -> None:
        if self.on_record is not None:
            for record in records:
                if record.sequence > self.after:
                    self.on_record(record)


def _header(file: JournalFile) -> JournalHeader | None:
    try:
        return decode_header(file.read(HEADER_BYTES, 0))
    except JournalCorrupt:
        return None  # the scanner says what it is


def _corrupt(path: Path, end: End, detail: str) -> JournalCorrupt:
    return JournalCorrupt(
        f"{path}: bad at byte {end.good_bytes} after {end.records} records: {detail}; {_ADVICE}",
        offset=end.good_bytes,
    )


def _check_fits(path: Path, found: JournalHeader, wanted: JournalHeader) -> None:
    if found.mode != wanted.mode:
        raise JournalError(
            f"{path} is a journal of mode {found.mode}, this engine runs {wanted.mode}: "
            "give it a journal of its own"
        )
    if found.format_version != wanted.format_version:
        raise JournalError(
            f"{path} has records of format {found.format_version}, this engine writes format "
            f"{wanted.format_version}: move it away or run the engine it belongs to"
        )


def _begin(file: JournalFile, header: JournalHeader, *, power: bool) -> None:
    file.truncate(0)
    data = encode_header(header)
    written = file.write(data)
    if written != len(data):
        file.truncate(0)
        raise JournalFull(f"{file.path}: {written} of {len(data)} header bytes written, cut back")
    if power:
        file.sync()
        file.sync_directory()
