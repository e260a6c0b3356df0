r"""Snapshots beside a journal: what all records up to a number led to, so that replay may begin there.

A snapshot is a file of its own, written whole, synced, and only then given its name; the newest two
are kept. It is an abbreviation and never the truth: one that is damaged, of another journal or of
another release is passed over, and the one before or the journal itself is read. Only one thing it
proves: that its last record had been written. A journal that does not hold that record has lost it.

| offset | bytes | field | meaning |
|---|---|---|---|
| 0 | 8 | magic | `PBSNAP\r\n` |
| 8 | 2 | version | of this table; another one is refused |
| 10 | 2 | format version | of the journal's records, handed in |
| 12 | 4 | CRC32 | of the last record in it |
| 16 | 8 | sequence | of that record |
| 24 | 8 | offset | of that record in its segment |
| 32 | 8 | end | of that record in its segment |
| 40 | 16 | file id | of that segment |
| 56 | 8 | length | of the body |
| 64 | 16 | BLAKE2b | over bytes 0 to 63 and the body |
| 80 | n | body | opaque |
"""

import os
import struct
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Generic, TypeVar

import attrs

from engine.errors import JournalCorrupt, JournalError, JournalFull
from engine.journal.file import DISK_FULL_ERRORS, FILE_MODE, open_for_reading, sync_directory
from engine.journal.reader import JournalTail, Mark
from engine.journal.segments import SEQUENCE_DIGITS, archive_paths, first_sequence_of, header_of

T = TypeVar("T")

MAGIC = b"PBSNAP\r\n"
VERSION = 1
SUFFIX = ".snapshot"
BODY_BYTES_MAX = 1 << 31
"""A book of five million orders; above it the length is damage that the digest did not see."""
KEPT = 2
"""Of the newest; the older one is for when the newest cannot be read."""

_HEADER = struct.Struct(">8sHHIQQQ16sQ")
_DIGEST_BYTES = 16
HEADER_BYTES = _HEADER.size + _DIGEST_BYTES


class SnapshotUnusable(JournalError):
    """A snapshot that is damaged, or of another journal or release; there are other ways to the state."""


@attrs.frozen(kw_only=True)
class SnapshotHeader:
    """What a snapshot says of itself: the last record in it, and the segment that holds that record."""

    mark: Mark
    file_id: bytes
    format_version: int


@attrs.frozen(kw_only=True)
class Found(Generic[T]):
    """The state to begin from (None: the very beginning), and what was passed over on the way to it."""

    state: T | None
    sequence: int
    problems: tuple[str, ...]


def snapshot_path(journal: Path, sequence: int) -> Path:
    """Where the state after this record is kept."""
    return journal.with_name(f"{journal.name}.{sequence:0{SEQUENCE_DIGITS}d}{SUFFIX}")


def snapshot_paths(journal: Path) -> list[Path]:
    """The snapshots there are, newest first."""
    pattern = f"{journal.name}.{'[0-9]' * SEQUENCE_DIGITS}{SUFFIX}"
    return sorted(journal.parent.glob(pattern), reverse=True)


def sequence_of(snapshot: Path) -> int:
    """The number of its last record, by its name."""
    return int(snapshot.name.removesuffix(SUFFIX)[-SEQUENCE_DIGITS:])


def write_snapshot(journal: Path, header: SnapshotHeader, body: bytes) -> Path:
    """Write a snapshot, whole and synced or not at all; where it is.

    The journal up to its last record must be on the disk. JournalFull, JournalError.
    """
    path = snapshot_path(journal, header.mark.sequence)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        _clear(journal)
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE
        )
        with os.fdopen(descriptor, "wb") as file:
            file.write(encode_header(header, body))
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
        sync_directory(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        kind = JournalFull if error.errno in DISK_FULL_ERRORS else JournalError
        raise kind(f"{path}: {error.strerror}, no snapshot") from error
    return path


def _clear(journal: Path) -> None:
    """Remove what writers left that were killed."""
    for path in journal.parent.glob(f"{journal.name}.*{SUFFIX}.*.tmp"):
        path.unlink(missing_ok=True)


def encode_header(header: SnapshotHeader, body: bytes) -> bytes:
    """The first `HEADER_BYTES` bytes of a snapshot with this body."""
    mark = header.mark
    fields = _HEADER.pack(
        MAGIC,
        VERSION,
        header.format_version,
        mark.crc,
        mark.sequence,
        mark.offset,
        mark.end,
        header.file_id,
        len(body),
    )
    return fields + _digest(fields, body)


def decode(data: bytes) -> tuple[SnapshotHeader, bytes]:
    """Header and body of a whole snapshot; SnapshotUnusable says what is wrong."""
    if len(data) < HEADER_BYTES:
        raise SnapshotUnusable(f"has {len(data)} bytes, not even a header")
    magic, version, format_version, crc, sequence, offset, end, file_id, length = (
        _HEADER.unpack_from(data)
    )
    if magic != MAGIC or version != VERSION:
        raise SnapshotUnusable("does not begin like a snapshot of this release")
    body = data[HEADER_BYTES:]
    if length != len(body):
        raise SnapshotUnusable(f"has {len(body)} of {length} bytes")
    if _digest(data[: _HEADER.size], body) != data[_HEADER.size : HEADER_BYTES]:
        raise SnapshotUnusable("its checksum does not match")
    mark = Mark(sequence, offset, end, crc)
    return SnapshotHeader(mark=mark, file_id=file_id, format_version=format_version), body


def _digest(fields: bytes, body: bytes) -> bytes:
    digest = blake2b(fields, digest_size=_DIGEST_BYTES)
    digest.update(body)
    return digest.digest()


def read_snapshot(path: Path) -> tuple[SnapshotHeader, bytes]:
    """Header and body of the snapshot at `path`; SnapshotUnusable names it and what is wrong."""
    try:
        with os.fdopen(open_for_reading(path), "rb") as file:
            data = file.read(HEADER_BYTES + BODY_BYTES_MAX)
        return decode(data)
    except OSError as error:
        raise SnapshotUnusable(f"{path.name}: {error.strerror}") from error
    except SnapshotUnusable as error:
        raise SnapshotUnusable(f"{path.name}: {error}") from None
    except JournalError as error:
        raise SnapshotUnusable(str(error)) from error


def newest(
    journal: Path,
    state_of: Callable[[bytes], tuple[T, bool]],
    *,
    format_version: int,
    at_most: int | None = None,
) -> Found[T]:
    """The newest snapshot that can be used, of those that end at or before record `at_most`.

    `state_of` turns a body into a state and says whether this very release made it; else it is only
    used when the journal does not reach back to its first record. It raises ValueError for a body it
    cannot read.

    Raises:
        JournalCorrupt: a whole snapshot proves that the journal has lost its last record.
    """
    problems = []
    for path in snapshot_paths(journal):
        if at_most is not None and sequence_of(path) > at_most:
            continue
        try:
            header, body = read_snapshot(path)
            _check_fits(journal, path, header, format_version)
            state, same = state_of(body)
        except SnapshotUnusable as error:
            problems.append(str(error))
            continue
        except ValueError as error:
            problems.append(f"{path.name}: {error}")
            continue
        if same or not _reaches_back(journal):
            if not same:
                problems.append(f"{path.name}: of another release, used as well as it can be")
            return Found(state=state, sequence=header.mark.sequence, problems=tuple(problems))
        problems.append(f"{path.name}: of another release, the journal itself is read")
    return Found(state=None, sequence=0, problems=tuple(problems))


def _check_fits(journal: Path, path: Path, header: SnapshotHeader, format_version: int) -> None:
    if header.format_version != format_version:
        raise SnapshotUnusable(f"{path.name}: of records of format {header.format_version}")
    ids = [
        known.file_id for each in (journal, *archive_paths(journal)) if (known := header_of(each))
    ]
    if not ids:
        raise JournalCorrupt(
            f"{journal} is empty, but {path.name} shows that it had records; restore the journal, or "
            "remove the snapshot to begin a new one",
            offset=0,
        )
    if header.file_id not in ids:
        raise SnapshotUnusable(f"{path.name}: of another journal")
    with JournalTail(journal) as tail:
        if not tail.resume(header.mark, header.file_id):
            raise JournalCorrupt(
                f"{journal}: record {header.mark.sequence} had been written, {path.name} proves it, and "
                "is not there any more; restore the journal, or remove the snapshot to go on without",
                offset=header.mark.offset,
            )


def _reaches_back(journal: Path) -> bool:
    """Whether the first record there ever was is still there."""
    oldest = [*archive_paths(journal), journal][0]
    header = header_of(oldest)
    return header is not None and header.first_sequence == 1


def prune(journal: Path, *, keep_from_ns: int) -> list[Path]:
    """Remove snapshots but the newest `KEPT`, and segments that all those kept make unnecessary.

    A segment stays for its history while the one after it was begun at `keep_from_ns` or later. What
    was removed. JournalError when it cannot be.
    """
    snapshots = snapshot_paths(journal)
    removed = snapshots[KEPT:]
    if len(snapshots) >= KEPT:
        removed += _unneeded(journal, sequence_of(snapshots[KEPT - 1]), keep_from_ns)
    try:
        for path in removed:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise JournalError(f"{journal}: {error.strerror}, nothing more removed") from error
    return removed


def _unneeded(journal: Path, covered: int, keep_from_ns: int) -> list[Path]:
    """Segments that end at or before record `covered` and are past their time; the oldest ones."""
    archives, found = archive_paths(journal), []
    for segment, following in zip(archives, [*archives, journal][1:], strict=True):
        after = header_of(following)
        if after is None or after.first_sequence > covered or after.created_ns >= keep_from_ns:
            break
        if first_sequence_of(segment) >= after.first_sequence:
            break
        found.append(segment)
    return found
