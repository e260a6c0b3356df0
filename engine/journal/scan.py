"""From a journal's bytes to its records and the reason they end. Pure: bytes in, records out.

The reason decides what the engine may do. A *tail* that is torn or zero is what a crash leaves: the
records before it are exactly the ones written before, and the tail is dropped (with an alarm). A
whole record *behind* damage shows that something that had been written is gone: then nobody may
trade on what is left. So after the first bad byte the scanner goes on looking for such evidence to
the end of the file. Bit rot inside the very last record cannot be told from a torn write and counts
as a tail.
"""

from enum import Enum

import attrs

from engine.errors import JournalCorrupt
from engine.journal.record import (
    HEADER_BYTES,
    MAGIC,
    JournalHeader,
    Record,
    Stop,
    decode_header,
    find_record,
    header_crc,
    split,
)


class Reason(Enum):
    """Why the records of a journal end where they end."""

    CLEAN = "clean"
    """At the end of a whole record (or of the header)."""
    TORN_HEADER = "torn_header"
    """The file was cut while it was being made; it never held a record."""
    TORN_TAIL = "torn_tail"
    """A record cut short, or damage with no whole record behind it."""
    ZERO_TAIL = "zero_tail"
    """Nothing but zeros: space given to the file, never written."""
    CORRUPT = "corrupt"
    """Damage with a whole record behind it, or a whole record out of its order."""
    BAD_HEADER = "bad_header"
    """Not a journal, or its first bytes are damaged: no record can be trusted."""

    @property
    def recoverable(self) -> bool:
        """Whether dropping what follows the last whole record loses no written record."""
        return self not in {Reason.CORRUPT, Reason.BAD_HEADER}


@attrs.frozen(kw_only=True)
class End:
    """Where and why the records ended.

    `evidence_offset` is the whole record behind the damage, `last_crc` the checksum of the last one.
    """

    reason: Reason
    records: int
    last_sequence: int
    good_bytes: int
    total_bytes: int
    detail: str = ""
    evidence_offset: int | None = None
    last_crc: int = 0

    @property
    def clean(self) -> bool:
        """Nothing was dropped."""
        return self.reason is Reason.CLEAN

    @property
    def dropped_bytes(self) -> int:
        """Bytes behind the last whole record."""
        return self.total_bytes - self.good_bytes

    @property
    def first_bad_offset(self) -> int | None:
        """Offset of the first byte that belongs to no whole record; None when clean."""
        return None if self.clean else self.good_bytes


class Scanner:
    """Incremental reading of one file: `feed` its bytes in order, then ask `finish` for the reason.

    Never raises on any bytes. Holds at most one chunk and one record; yields exactly the records
    that `scan` of the whole would, however the bytes are cut.
    """

    def __init__(self) -> None:
        self.header: JournalHeader | None = None
        self._seed = 0
        self._buffer = b""
        self._base = 0  # file offset of the buffer's first byte
        self._next_sequence = 1
        self._records = 0
        self._last_crc = 0
        self._good_bytes = 0
        self._bad_header = ""
        self._damage: Stop | None = None
        self._zero_only = True
        self._evidence_offset: int | None = None

    def feed(self, chunk: bytes) -> list[Record]:
        """The records that became whole with this chunk; empty after damage."""
        self._buffer = self._buffer + chunk if self._buffer else chunk
        if self.header is None and not self._read_header():
            return []
        if self._damage is None:
            return self._take_records()
        self._look_behind(final=False)
        return []

    def finish(self) -> End:
        """Why the records ended; call once, after the last byte of the file."""
        if self.header is None:
            return self._end(*self._header_reason())
        if self._damage is None and self._buffer:
            self._begin_damage(Stop.INCOMPLETE)
        if self._damage is None:
            return self._end(Reason.CLEAN)
        self._look_behind(final=True)
        return self._end(*self._damage_reason(self._damage))

    def _read_header(self) -> bool:
        if self._bad_header:
            self._drop(len(self._buffer))
        elif len(self._buffer) >= HEADER_BYTES:
            try:
                self.header = decode_header(self._buffer)
            except JournalCorrupt as error:
                self._bad_header = str(error)
                return False
            self._seed = header_crc(self._buffer)
            self._next_sequence = self.header.first_sequence
            self._good_bytes = HEADER_BYTES
            self._drop(HEADER_BYTES)
        return self.header is not None

    def _take_records(self) -> list[Record]:
        found = split(self._buffer, seed=self._seed, sequence=self._next_sequence, base=self._base)
        self._records += len(found.records)
        self._next_sequence += len(found.records)
        if found.records:
            self._last_crc = found.records[-1].crc
        self._drop(found.used)
        self._good_bytes = self._base
        if found.stop is not Stop.INCOMPLETE:
            self._begin_damage(found.stop)
            self._look_behind(final=False)
        return found.records

    def _begin_damage(self, stop: Stop) -> None:
        self._damage = stop
        if stop is Stop.MISPLACED:
            self._evidence_offset = self._base

    def _look_behind(self, *, final: bool) -> None:
        # The zeros are counted before anything is dropped, so each byte is looked at.
        self._zero_only = self._zero_only and self._buffer.count(0) == len(self._buffer)
        if self._evidence_offset is not None:
            self._drop(len(self._buffer))
            return
        found, position = find_record(self._buffer, seed=self._seed, start=0, final=final)
        if found:
            self._evidence_offset = self._base + position
        self._drop(min(position, len(self._buffer)))

    def _drop(self, count: int) -> None:
        self._buffer = self._buffer[count:]
        self._base += count

    def _header_reason(self) -> tuple[Reason, str]:
        if self._bad_header:
            return Reason.BAD_HEADER, self._bad_header
        begun = self._buffer
        if MAGIC.startswith(begun[: len(MAGIC)]) or begun.count(0) == len(begun):
            return Reason.TORN_HEADER, f"{len(begun)} of {HEADER_BYTES} header bytes"
        return Reason.BAD_HEADER, "does not begin like a journal"

    def _damage_reason(self, damage: Stop) -> tuple[Reason, str]:
        if self._evidence_offset is not None:
            if damage is Stop.MISPLACED:
                return Reason.CORRUPT, f"whole record, but not number {self._next_sequence}"
            return Reason.CORRUPT, (
                f"record {self._next_sequence} is damaged, "
                f"a whole record stands behind it at offset {self._evidence_offset}"
            )
        if self._zero_only:
            return Reason.ZERO_TAIL, "only zeros behind the last record"
        return Reason.TORN_TAIL, f"record {self._next_sequence} is not whole"

    def _end(self, reason: Reason, detail: str = "") -> End:
        return End(
            reason=reason,
            records=self._records,
            last_sequence=self._next_sequence - 1,
            good_bytes=self._good_bytes,
            total_bytes=self._base + len(self._buffer),
            detail=detail,
            evidence_offset=self._evidence_offset,
            last_crc=self._last_crc,
        )


@attrs.frozen(kw_only=True)
class Scan:
    """All records of some bytes, the header if it could be read, and why the records ended."""

    header: JournalHeader | None
    records: list[Record]
    end: End


def scan(data: bytes) -> Scan:
    """Read a whole journal from memory; for big files use `engine.journal.read`."""
    scanner = Scanner()
    records = scanner.feed(data)
    return Scan(header=scanner.header, records=records, end=scanner.finish())
