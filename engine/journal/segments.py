"""One journal in several files: how they are named, found, and shown to follow one another.

The file being written keeps the journal's name; a full one is put aside under that name with the
number of its first record (`live.journal.000000000001`). A segment's id is made from the one before:
from its header and the number and checksum of its last record. So a header names what it follows,
and a segment that is missing, foreign or was cut shows at once, without another field in the format.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import attrs

from engine.errors import JournalCorrupt, JournalError, JournalFull
from engine.journal.file import DISK_FULL_ERRORS, JournalFile, open_for_reading, read_at
from engine.journal.record import (
    FILE_ID_BYTES,
    HEADER_BYTES,
    JournalHeader,
    decode_header,
    encode_header,
)
from engine.journal.scan import End

SEQUENCE_DIGITS = 12
NEXT_SUFFIX = ".next"
"""Of a segment that is being made."""


def archive_path(journal: Path, first_sequence: int) -> Path:
    """Where the segment that begins with this record is put aside."""
    return journal.with_name(f"{journal.name}.{first_sequence:0{SEQUENCE_DIGITS}d}")


def archive_paths(journal: Path) -> list[Path]:
    """The segments put aside, oldest first."""
    pattern = f"{journal.name}.{'[0-9]' * SEQUENCE_DIGITS}"
    return sorted(journal.parent.glob(pattern))


def first_sequence_of(archive: Path) -> int:
    """The number of the first record, by the name of a segment put aside."""
    return int(archive.name[-SEQUENCE_DIGITS:])


def older_segments(journal: Path, written: JournalHeader) -> list[Path]:
    """The segments before the one with the header `written`, oldest first.

    While a file is put aside it has two names for a moment, and a reader that holds the file being
    written may be overtaken by a rotation; neither may count twice.
    """
    first = written.first_sequence
    return [path for path in archive_paths(journal) if first_sequence_of(path) < first]


def needed(older: Sequence[Path], after: int) -> list[Path]:
    """Of segments in order, those that may hold records above `after`."""
    begins = [first_sequence_of(path) for path in older]
    skipped = sum(begin <= after + 1 for begin in begins[1:])
    return list(older[skipped:])


def header_of(path: Path) -> JournalHeader | None:
    """The header of a file; None when it cannot be read."""
    try:
        descriptor = open_for_reading(path)
    except JournalError:
        return None
    with read_at(descriptor) as read, suppress(JournalCorrupt, OSError):
        return decode_header(read(HEADER_BYTES, 0))
    return None


def continuation(
    previous: JournalHeader, last_sequence: int, last_crc: int, created_ns: int
) -> JournalHeader:
    """The header of the segment that follows one which ends with this record."""
    return attrs.evolve(
        previous,
        created_ns=created_ns,
        first_sequence=last_sequence + 1,
        file_id=continuing_id(previous, last_sequence, last_crc),
    )


def continuing_id(previous: JournalHeader, last_sequence: int, last_crc: int) -> bytes:
    """The id of whatever follows that segment and that record."""
    end = last_sequence.to_bytes(8, "big") + last_crc.to_bytes(4, "big")
    return blake2b(encode_header(previous) + end, digest_size=FILE_ID_BYTES).digest()


def mismatch(previous: JournalHeader, end: End, header: JournalHeader | None) -> str:
    """Why a file does not follow a segment that ended so; empty when it does."""
    if not end.clean:
        return f"{end.detail}, and further segments follow"
    if header is None:
        return "the header of the segment behind it cannot be read"
    if header.first_sequence != end.last_sequence + 1:
        return f"ends with record {end.last_sequence}, the next file begins with {header.first_sequence}"
    if header.file_id != continuing_id(previous, end.last_sequence, end.last_crc):
        return "the next file continues another journal"
    return ""


def begin_next(
    current: JournalFile,
    first_sequence: int,
    header: JournalHeader,
    open_file: Callable[[Path], JournalFile],
) -> JournalFile:
    """Put `current` aside, which begins with `first_sequence`; a new file with this header takes its place.

    `current` must be synced, and the directory must be before anything is written to the new file.
    JournalFull, JournalError: nothing changed, `current` is still the file being written.
    """
    journal = current.path
    temporary = journal.with_name(journal.name + NEXT_SUFFIX)
    archive = archive_path(journal, first_sequence)
    made: JournalFile | None = None
    try:
        temporary.unlink(missing_ok=True)
        made = open_file(temporary)
        _fill(made, encode_header(header))
        current.link(archive)
        made.rename(journal)
    except (OSError, JournalError) as error:
        _give_up(made, [temporary, *([archive] if _is_same(archive, journal) else [])])
        if isinstance(error, JournalError):
            raise
        kind = JournalFull if error.errno in DISK_FULL_ERRORS else JournalError
        raise kind(f"{journal}: {error.strerror}, no new segment") from error
    return made


def _give_up(made: JournalFile | None, paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)
    if made is not None:
        made.close()


def finish_rotation(journal: Path) -> None:
    """Undo what a crash left of a rotation that had not put the new file in place."""
    with suppress(OSError):
        journal.with_name(journal.name + NEXT_SUFFIX).unlink(missing_ok=True)
    for path in archive_paths(journal)[-1:]:
        if _is_same(path, journal):
            path.unlink()


def _fill(file: JournalFile, header: bytes) -> None:
    written = file.write(header)
    if written != len(header):
        raise JournalFull(f"{file.path}: {written} of {len(header)} header bytes, no new segment")
    file.sync()


def _is_same(path: Path, journal: Path) -> bool:
    try:
        return path.samefile(journal)
    except OSError:
        return False


def first_kept(journal: Path) -> int:
    """The number of the first record that is still there; 1 when that cannot be told."""
    for path in (*archive_paths(journal)[:1], journal):
        header = header_of(path)
        if header is not None:
            return header.first_sequence
    return 1
