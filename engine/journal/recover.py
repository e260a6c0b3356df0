"""Opening a journal to continue it: read it all, drop a torn tail, refuse anything worse.

A new file gets its header; a file whose making was cut short never held a record and is begun
again. Damage in the middle is never repaired here: dropping records that were acted upon is a
decision for a person, who gets the offset.
"""

from collections.abc import Callable

import attrs

from engine.errors import JournalCorrupt, JournalError, JournalFull
from engine.journal.file import DISK_FULL_ERRORS, READ_CHUNK_BYTES, JournalFile
from engine.journal.record import HEADER_BYTES, JournalHeader, Record, encode_header
from engine.journal.scan import End, Scanner


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
    on_record: Callable[[Record], object] | None = None,
) -> Opened:
    """Leave the file ending with a whole record, and tell what was found.

    With `power` everything kept is on the disk when this returns, and was read from there.
    JournalCorrupt, JournalError, JournalFull; whatever `on_record` raises passes through.
    """
    try:
        if power:
            file.sync()
            file.forget_cached()
        header, end = _scan(file, wanted, on_record)
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


def _scan(
    file: JournalFile, wanted: JournalHeader, on_record: Callable[[Record], object] | None
) -> tuple[JournalHeader | None, End]:
    scanner, offset = Scanner(), 0
    while chunk := file.read(READ_CHUNK_BYTES, offset):
        unread = scanner.header is None
        records = scanner.feed(chunk)
        if unread and scanner.header is not None:
            _check_fits(file, scanner.header, wanted)
        if on_record is not None:
            for record in records:
                on_record(record)
        offset += len(chunk)
    end = scanner.finish()
    if not end.reason.recoverable:
        raise JournalCorrupt(
            f"{file.path}: bad at byte {end.good_bytes} after {end.records} records: {end.detail}; "
            "keep the file, check the disk, and restore or cut it by hand",
            offset=end.good_bytes,
        )
    return scanner.header, end


def _check_fits(file: JournalFile, found: JournalHeader, wanted: JournalHeader) -> None:
    if found.mode != wanted.mode:
        raise JournalError(
            f"{file.path} is a journal of mode {found.mode}, this engine runs {wanted.mode}: "
            "give it a journal of its own"
        )
    if found.format_version != wanted.format_version:
        raise JournalError(
            f"{file.path} has records of format {found.format_version}, this engine writes format "
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
