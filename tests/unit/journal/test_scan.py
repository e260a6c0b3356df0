"""What is recovered from damaged files, and what is said about them (T-071, F-21, INV-10)."""

from collections.abc import Iterator

import pytest

from engine.journal.record import (
    FRAME_BYTES,
    HEADER_BYTES,
    RECORD_MARK,
    JournalHeader,
    Record,
    encode_record,
)
from engine.journal.scan import Reason, Scan, Scanner, scan
from engine.model.enums import Mode
from tests.kit.journal import HEADER, SEED, flips, pieces

BODIES = [b"first", b"second record", b"3", b"the fourth", b"fifth, the last"]
PIECES = pieces(BODIES)
DATA = b"".join(PIECES)
STARTS = [sum(map(len, PIECES[: index + 1])) for index in range(len(PIECES))]
"""Offset at which each record begins, and the end of the file."""


def bodies(found: Scan) -> list[bytes]:
    return [record.body for record in found.records]


def in_chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def scan_in_chunks(data: bytes, size: int) -> Scan:
    scanner = Scanner()
    records: list[Record] = []
    for chunk in in_chunks(data, size):
        records += scanner.feed(chunk)
    return Scan(header=scanner.header, records=records, end=scanner.finish())


def test_whole_file() -> None:
    """An undamaged file gives all its records, numbered without a gap, and a clean end."""
    found = scan(DATA)
    assert bodies(found) == BODIES
    assert [record.sequence for record in found.records] == [1, 2, 3, 4, 5]
    assert [record.offset for record in found.records] == STARTS[:-1]
    assert found.header == HEADER
    assert found.end.reason is Reason.CLEAN
    assert (found.end.dropped_bytes, found.end.first_bad_offset) == (0, None)
    assert found.end.last_sequence == 5


def test_every_cut() -> None:
    """A file cut at any byte gives exactly the records that were whole before the cut."""
    for cut in range(len(DATA) + 1):
        found = scan(DATA[:cut])
        whole = sum(start <= cut for start in STARTS[1:])
        assert bodies(found) == BODIES[:whole], cut
        if cut < HEADER_BYTES:
            assert found.end.reason is Reason.TORN_HEADER, cut
        elif cut in STARTS:
            assert found.end.reason is Reason.CLEAN, cut
        else:
            assert found.end.reason is Reason.TORN_TAIL, cut
            assert found.end.dropped_bytes == cut - STARTS[whole]


def test_every_flipped_bit() -> None:
    """One flipped bit anywhere never passes: the records before it come out, the place is named."""
    for offset, data in flips(DATA):
        found = scan(data)
        if offset < HEADER_BYTES:
            assert (found.end.reason, found.records) == (Reason.BAD_HEADER, []), offset
            assert found.end.first_bad_offset == 0
            continue
        hit = max(index for index, start in enumerate(STARTS) if start <= offset)
        last = hit == len(BODIES) - 1
        assert bodies(found) == BODIES[:hit], offset
        assert found.end.reason is (Reason.TORN_TAIL if last else Reason.CORRUPT), offset
        assert found.end.first_bad_offset == STARTS[hit], offset
        assert found.end.evidence_offset == (None if last else STARTS[hit + 1]), offset


@pytest.mark.parametrize("zeros", [1, FRAME_BYTES - 1, FRAME_BYTES, 5000])
def test_zero_tail(zeros: int) -> None:
    """Zeros behind the last record are a tail of their own kind and cost no record."""
    found = scan(DATA + bytes(zeros))
    assert bodies(found) == BODIES
    assert (found.end.reason, found.end.dropped_bytes) == (Reason.ZERO_TAIL, zeros)


def test_every_zero_filled_tail() -> None:
    """A file whose end was zeroed from any byte on gives the records before, as a tail."""
    for cut in range(HEADER_BYTES, len(DATA)):
        found = scan(DATA[:cut] + bytes(len(DATA) - cut))
        whole = sum(start <= cut for start in STARTS[1:])
        assert bodies(found) == BODIES[:whole], cut
        assert found.end.reason in {Reason.TORN_TAIL, Reason.ZERO_TAIL}, cut


@pytest.mark.parametrize("first", range(len(BODIES)))
@pytest.mark.parametrize("second", range(len(BODIES)))
def test_swapped_records(first: int, second: int) -> None:
    """Two records in each other's place are middle damage, wherever they stand, the tail included."""
    records = PIECES[1:]
    records[first], records[second] = records[second], records[first]
    found = scan(PIECES[0] + b"".join(records))
    if first == second:
        assert found.end.clean
        return
    assert bodies(found) == BODIES[: min(first, second)]
    assert found.end.reason is Reason.CORRUPT
    assert found.end.first_bad_offset == STARTS[min(first, second)]


@pytest.mark.parametrize("missing", range(len(BODIES) - 1))
def test_a_missing_record(missing: int) -> None:
    """A record cut out of the middle is noticed by the number of the next."""
    found = scan(b"".join(PIECES[: missing + 1] + PIECES[missing + 2 :]))
    assert bodies(found) == BODIES[:missing]
    assert found.end.reason is Reason.CORRUPT


def test_a_repeated_record() -> None:
    """The last record written twice is not a tail to drop in silence."""
    found = scan(DATA + PIECES[-1])
    assert bodies(found) == BODIES
    assert found.end.reason is Reason.CORRUPT
    assert found.end.first_bad_offset == len(DATA)


@pytest.mark.parametrize(
    "garbage",
    [b"x", b"garbage" * 30, bytes(4096), RECORD_MARK * 9, b"\xff" * 300, b"\xf5RE"],
    ids=["byte", "text", "zeros", "marks", "ones", "part of a mark"],
)
@pytest.mark.parametrize("before", range(len(BODIES) + 1))
def test_garbage(garbage: bytes, before: int) -> None:
    """Garbage between records refuses the file at its place; behind the last one it is a tail."""
    found = scan(b"".join(PIECES[: before + 1]) + garbage + b"".join(PIECES[before + 1 :]))
    assert bodies(found) == BODIES[:before]
    assert found.end.first_bad_offset == STARTS[before]
    if before < len(BODIES):
        assert found.end.reason is Reason.CORRUPT
        assert found.end.evidence_offset == STARTS[before] + len(garbage)
    else:
        assert found.end.reason.recoverable


def test_records_of_another_file() -> None:
    """Records of another journal do not count, not even as evidence that something is missing."""
    other = JournalHeader(
        mode=Mode.PAPER, format_version=3, created_ns=1, file_id=b"another file  id"
    )
    foreign = b"".join(pieces(BODIES, other)[3:])
    found = scan(b"".join(PIECES[:3]) + foreign)
    assert bodies(found) == BODIES[:2]
    assert found.end.reason is Reason.TORN_TAIL


def test_first_sequence() -> None:
    """A file that continues another begins with the number its header names."""
    later = JournalHeader(
        mode=Mode.LIVE, format_version=1, created_ns=1, file_id=bytes(16), first_sequence=1000
    )
    found = scan(b"".join(pieces(BODIES, later)))
    assert [record.sequence for record in found.records] == [1000, 1001, 1002, 1003, 1004]
    assert scan(pieces([], later)[0]).end.last_sequence == 999


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.TORN_HEADER),
        (bytes(HEADER_BYTES - 1), Reason.TORN_HEADER),
        (bytes(HEADER_BYTES), Reason.BAD_HEADER),
        (b"PBJ", Reason.TORN_HEADER),
        (b"not a journal", Reason.BAD_HEADER),
        (b"SQLite format 3\x00" + bytes(4096), Reason.BAD_HEADER),
    ],
)
def test_what_never_was_a_journal(data: bytes, reason: Reason) -> None:
    """Only the beginning of our own header counts as a journal that was being made."""
    found = scan(data)
    assert (found.end.reason, found.header, found.records) == (reason, None, [])
    assert found.end.total_bytes == len(data)


DAMAGED = {
    "clean": DATA,
    "torn": DATA[:-3],
    "zeros": DATA + bytes(70),
    "junk and zeros": DATA + b"junk" * 30 + bytes(100),
    "garbage": b"".join(PIECES[:3]) + RECORD_MARK * 3 + bytes(100) + b"".join(PIECES[3:]),
    "swapped": b"".join([*PIECES[:4], PIECES[5], PIECES[4]]),
    "long length": DATA[: STARTS[1] + 8] + b"\x00\x0f\xff\xff" + DATA[STARTS[1] + 12 :],
    "not ours": b"something else" * 20,
    "half a header": DATA[:20],
}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 19, 64])
@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED.keys())
def test_chunks_make_no_difference(data: bytes, size: int) -> None:
    """Fed in pieces of any size, a file gives the same records and the same end as at once."""
    assert scan_in_chunks(data, size) == scan(data)


def test_memory_stays_bounded_behind_damage() -> None:
    """However much garbage follows, the scanner holds no more than it must to find a record."""
    scanner = Scanner()
    scanner.feed(PIECES[0] + PIECES[1] + b"damage")
    for _ in range(200):
        scanner.feed(b"\xf5RE" * 1000)
        assert len(scanner._buffer) < 10_000
    scanner.feed(encode_record(7, b"evidence", SEED))
    for _ in range(10):
        scanner.feed(bytes(10_000))
        assert scanner._buffer == b""
    end = scanner.finish()
    assert end.reason is Reason.CORRUPT
    assert end.good_bytes == STARTS[1]
    assert end.total_bytes == STARTS[1] + 6 + 600_000 + FRAME_BYTES + 8 + 100_000
