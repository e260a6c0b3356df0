"""Journals for tests: small files in memory and on disk, and a disk that fails on demand."""

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

from engine.journal import (
    Durability,
    JournalFile,
    JournalHeader,
    JournalWriter,
    encode_header,
    encode_record,
)
from engine.journal.record import header_crc
from engine.model.enums import Mode

HEADER = JournalHeader(
    mode=Mode.PAPER,
    format_version=3,
    created_ns=1_700_000_000_000_000_000,
    file_id=bytes(range(16)),
)
SEED = header_crc(encode_header(HEADER))


def pieces(bodies: Sequence[bytes], header: JournalHeader = HEADER) -> list[bytes]:
    """The header and each record as bytes of their own, to be joined, cut, swapped and flipped."""
    head = encode_header(header)
    numbers = count(header.first_sequence)
    return [head, *(encode_record(next(numbers), body, header_crc(head)) for body in bodies)]


def flips(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Every version of `data` with exactly one bit changed, and the offset of the byte."""
    for offset in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[offset] ^= 1 << bit
            yield offset, bytes(changed)


def open_writer(
    path: Path, durability: Durability = Durability.PROCESS, **options: object
) -> JournalWriter:
    """A writer on `path` with the header of these tests and a clock that ticks 10 ns a look."""
    ticks = count(0, 10)
    given = {"header": HEADER, "clock_ns": lambda: next(ticks), **options}
    return JournalWriter(path, durability, **given)  # type: ignore[arg-type]


class FaultyFile(JournalFile):
    """A journal file whose disk can run full or fail; counts its calls.

    `space` is what may still be written (None for no limit): a write beyond it is short, and with
    nothing left it is refused with ENOSPC, as RLIMIT_FSIZE and a full disk do it. The `fail_*`
    fields make the next calls of that kind raise that errno; `before_sync` is called before a sync.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        super().__init__(descriptor, path)
        self.space: int | None = None
        self.fail_write: int | None = None
        self.fail_sync: int | None = None
        self.fail_truncate: int | None = None
        self.before_sync: Callable[[], None] = lambda: None
        self.writes = 0
        self.syncs = 0
        self.directory_syncs = 0
        self.forgotten = 0

    def write(self, data: bytes) -> int:
        _fail(self.fail_write)
        self.writes += 1
        if self.space is None:
            return super().write(data)
        if self.space == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = super().write(data[: self.space])
        self.space -= taken
        return taken

    def sync(self) -> None:
        _fail(self.fail_sync)
        self.syncs += 1
        self.before_sync()
        super().sync()

    def sync_directory(self) -> None:
        self.directory_syncs += 1
        super().sync_directory()

    def forget_cached(self) -> None:
        self.forgotten += 1
        super().forget_cached()

    def truncate(self, size: int) -> None:
        _fail(self.fail_truncate)
        super().truncate(size)


def _fail(number: int | None) -> None:
    if number is not None:
        raise OSError(number, os.strerror(number))
