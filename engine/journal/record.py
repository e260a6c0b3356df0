r"""The journal's bytes: how a file begins and how a record is framed. Pure: no files, no clock.

Everything money depends on is written here before it happens, so the format has one job: after a
crash, a cut or a flipped bit, tell exactly which records are whole. Bodies are opaque bytes; what
is in them is the router's business. Numbers are big-endian.

A file is one header and then records without gaps:

| header offset | bytes | field | meaning |
|---|---|---|---|
| 0 | 8 | magic | `PBJRNL\r\n`; the line end shows a transfer in text mode |
| 8 | 2 | framing version | of this table; another one is refused |
| 10 | 2 | format version | of the bodies, handed in by the engine |
| 12 | 1 | mode | `P` paper, `L` live; a journal never changes its mode |
| 13 | 3 | reserved | zero |
| 16 | 8 | created_ns | wall time, nanoseconds UTC |
| 24 | 8 | first sequence | number of the first record; not 1 when the file continues another |
| 32 | 16 | file id | random, handed in |
| 48 | 4 | CRC32 | over bytes 0 to 47 |

| record offset | bytes | field | meaning |
|---|---|---|---|
| 0 | 4 | mark | `F5 52 45 43`; 0xF5 is no UTF-8, and finding records behind damage is one search |
| 4 | 4 | CRC32 | over bytes 8 to the end, started from the header's CRC32 |
| 8 | 4 | length | of the body, 1 to `RECORD_BYTES_MAX` |
| 12 | 8 | sequence | the record before plus one |
| 20 | n | body | opaque |

Starting each checksum from the header's ties a record to its file: a piece of another journal,
however it got here, is not a record of this one. An empty body is refused because a length of
zero is what a file system leaves behind after a power loss.
"""

import struct
import zlib
from enum import Enum
from typing import NamedTuple

import attrs

from engine.errors import JournalCorrupt, LimitExceeded, LocalProtocolError
from engine.model.enums import Mode

MAGIC = b"PBJRNL\r\n"
FRAMING_VERSION = 1
FILE_ID_BYTES = 16

RECORD_MARK = b"\xf5REC"
# The largest message of the engine is far below; a bound lets a damaged length be seen at once and
# a reader allocate before it trusts.
RECORD_BYTES_MAX = 1 << 20

_MODE_TO_BYTE: dict[Mode, bytes] = {Mode.PAPER: b"P", Mode.LIVE: b"L"}
_BYTE_TO_MODE: dict[bytes, Mode] = {byte: mode for mode, byte in _MODE_TO_BYTE.items()}
_U64_MAX = (1 << 64) - 1
_U16_MAX = (1 << 16) - 1

_HEADER = struct.Struct(">8sHH1s3sQQ16s")
_CRC = struct.Struct(">I")
_FRAME = struct.Struct(">4sIIQ")
_CHECKED = struct.Struct(">IQ")

HEADER_BYTES = _HEADER.size + _CRC.size
FRAME_BYTES = _FRAME.size

# Bound once: encoding a record is in the order path.
_crc32, _pack_checked, _pack_frame = zlib.crc32, _CHECKED.pack, _FRAME.pack

_CHECKED_FROM = 8  # mark and checksum stand before what is checked


@attrs.frozen(kw_only=True)
class JournalHeader:
    """What a journal file says of itself; `created_ns` and `file_id` are handed in."""

    mode: Mode = attrs.field()
    format_version: int = attrs.field()
    created_ns: int = attrs.field()
    file_id: bytes = attrs.field()
    first_sequence: int = attrs.field(default=1)

    @mode.validator
    def _check_mode(self, _: object, value: str) -> None:
        _require(value in _MODE_TO_BYTE, f"mode {value!r} is neither 'paper' nor 'live'")

    @format_version.validator
    def _check_version(self, _: object, value: int) -> None:
        _require(0 <= value <= _U16_MAX, f"format version {value} does not fit 16 bits")

    @created_ns.validator
    def _check_created(self, _: object, value: int) -> None:
        _require(0 <= value <= _U64_MAX, f"created_ns {value} does not fit 64 bits")

    @file_id.validator
    def _check_id(self, _: object, value: bytes) -> None:
        _require(
            len(value) == FILE_ID_BYTES, f"file id has {len(value)} bytes, not {FILE_ID_BYTES}"
        )

    @first_sequence.validator
    def _check_first(self, _: object, value: int) -> None:
        _require(1 <= value <= _U64_MAX, f"first sequence {value} is not in 1 to 2**64-1")


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - the condition reads first
    if not holds:
        raise LocalProtocolError(f"journal header: {otherwise}")


class Record(NamedTuple):
    """One whole record: its number, where it begins in the file, its checksum and its body."""

    sequence: int
    offset: int
    crc: int
    body: bytes

    @property
    def end(self) -> int:
        """Offset of the first byte after it."""
        return self.offset + FRAME_BYTES + len(self.body)


class Stop(Enum):
    """Why `split` stopped before another whole record."""

    INCOMPLETE = "incomplete"
    """What is left may be the beginning of a record (or nothing at all)."""
    DAMAGED = "damaged"
    """What is left is not a record, whatever follows."""
    MISPLACED = "misplaced"
    """A whole record of this file, but with another number than the one expected."""


class Split(NamedTuple):
    """The whole records at the front of some bytes, how many bytes they took, and why it stopped."""

    records: list[Record]
    used: int
    stop: Stop


def encode_header(header: JournalHeader) -> bytes:
    """The first `HEADER_BYTES` bytes of a file."""
    fields = _HEADER.pack(
        MAGIC,
        FRAMING_VERSION,
        header.format_version,
        _MODE_TO_BYTE[header.mode],
        bytes(3),
        header.created_ns,
        header.first_sequence,
        header.file_id,
    )
    return fields + _CRC.pack(zlib.crc32(fields))


def decode_header(data: bytes) -> JournalHeader:
    """Read the header at the front of `data`; JournalCorrupt with offset 0 says what is wrong."""
    if len(data) < HEADER_BYTES:
        raise JournalCorrupt(f"header has {len(data)} of {HEADER_BYTES} bytes", offset=0)
    magic, framing, version, mode, reserved, created_ns, first, file_id = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise JournalCorrupt("does not begin like a journal", offset=0)
    if header_crc(data) != zlib.crc32(data[: _HEADER.size]):
        raise JournalCorrupt("header checksum does not match", offset=0)
    if framing != FRAMING_VERSION:
        raise JournalCorrupt(
            f"framing version {framing}, this engine reads {FRAMING_VERSION}", offset=0
        )
    if mode not in _BYTE_TO_MODE or reserved != bytes(3) or first < 1:
        raise JournalCorrupt("header has a right checksum over impossible fields", offset=0)
    return JournalHeader(
        mode=_BYTE_TO_MODE[mode],
        format_version=version,
        created_ns=created_ns,
        file_id=file_id,
        first_sequence=first,
    )


def header_crc(data: bytes) -> int:
    """The checksum a header carries: the start value (`seed`) of its records' checksums."""
    (crc,) = _CRC.unpack_from(data, _HEADER.size)
    return int(crc)


def encode_record(sequence: int, body: bytes, seed: int) -> bytes:
    """Frame one body; LimitExceeded when it is empty or above `RECORD_BYTES_MAX`."""
    length = len(body)
    if not 0 < length <= RECORD_BYTES_MAX:
        raise LimitExceeded(
            f"record body of {length} bytes: record_bytes_max is {RECORD_BYTES_MAX}"
        )
    crc = _crc32(body, _crc32(_pack_checked(length, sequence), seed))
    return _pack_frame(RECORD_MARK, crc, length, sequence) + body


def last_crc(records: bytes) -> int:
    """The checksum of the last of these whole records, of which there is at least one."""
    position, crc = 0, 0
    while position < len(records):
        _, crc, length, _ = _FRAME.unpack_from(records, position)
        position += FRAME_BYTES + length
    return int(crc)


def split(data: bytes, *, seed: int, sequence: int, base: int, start: int = 0) -> Split:
    """Cut the whole records off the front of `data[start:]`, the first one numbered `sequence`.

    `base` is the file offset of `data[0]`. Never raises on any bytes; the loop advances by a whole
    record each time.
    """
    records: list[Record] = []
    unpack, crc32, size, view = _FRAME.unpack_from, zlib.crc32, len(data), memoryview(data)
    position, stop = start, Stop.INCOMPLETE
    while size - position >= FRAME_BYTES:
        mark, crc, length, number = unpack(data, position)
        if mark != RECORD_MARK or not 0 < length <= RECORD_BYTES_MAX:
            stop = Stop.DAMAGED
            break
        end = position + FRAME_BYTES + length
        if end > size:
            break
        if crc32(view[position + _CHECKED_FROM : end], seed) != crc:
            stop = Stop.DAMAGED
            break
        if number != sequence:
            stop = Stop.MISPLACED
            break
        records.append(Record(number, base + position, crc, data[position + FRAME_BYTES : end]))
        sequence += 1
        position = end
    return Split(records, position - start, stop)


def find_record(data: bytes, *, seed: int, start: int, final: bool) -> tuple[bool, int]:
    """Look for any whole record of this file in `data[start:]`, however it is numbered.

    Returns (True, its position), or (False, position from which to look again when more bytes
    come). With `final` no more bytes will come, so a candidate that runs past the end is passed by.
    """
    position = data.find(RECORD_MARK, start)
    while position >= 0:
        if len(data) - position < FRAME_BYTES:
            return False, position
        _, crc, length, _ = _FRAME.unpack_from(data, position)
        end = position + FRAME_BYTES + length
        if 0 < length <= RECORD_BYTES_MAX:
            if end > len(data) and not final:
                return False, position
            if end <= len(data) and zlib.crc32(data[position + _CHECKED_FROM : end], seed) == crc:
                return True, position
        position = data.find(RECORD_MARK, position + 1)
    return False, max(start, len(data) - len(RECORD_MARK) + 1)
