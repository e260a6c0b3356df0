"""Framing of the header and of single records."""

import struct
import zlib

import pytest

from engine.errors import JournalCorrupt, LimitExceeded, LocalProtocolError
from engine.journal.record import (
    FRAME_BYTES,
    HEADER_BYTES,
    RECORD_BYTES_MAX,
    RECORD_MARK,
    JournalHeader,
    Stop,
    decode_header,
    encode_header,
    encode_record,
    find_record,
    split,
)
from engine.model.enums import Mode
from tests.kit.journal import HEADER, SEED, flips


def header(**changes: object) -> JournalHeader:
    given = {
        "mode": Mode.PAPER,
        "format_version": 1,
        "created_ns": 1,
        "file_id": bytes(16),
        **changes,
    }
    return JournalHeader(**given)


def test_golden_header() -> None:
    """The header's bytes are those of the table in the module's docstring."""
    fields = (
        b"PBJRNL\r\n"
        b"\x00\x01\x00\x03P\x00\x00\x00"
        b"\x17\x97\x9c\xfe\x36\x2a\x00\x00"
        b"\x00\x00\x00\x00\x00\x00\x00\x01" + bytes(range(16))
    )
    assert encode_header(HEADER) == fields + struct.pack(">I", zlib.crc32(fields))
    assert len(encode_header(HEADER)) == HEADER_BYTES == 52


def test_golden_record() -> None:
    """A record's bytes are those of the table, its checksum started from the header's."""
    checked = b"\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x07abc"
    expected = RECORD_MARK + struct.pack(">I", zlib.crc32(checked, SEED)) + checked
    assert encode_record(7, b"abc", SEED) == expected


@pytest.mark.parametrize("mode", list(Mode))
def test_header_round_trip(mode: Mode) -> None:
    """What a header says is what is read back, at the bounds of each field."""
    top = (1 << 64) - 1
    for given in (
        header(mode=mode),
        header(mode=mode, format_version=0xFFFF, created_ns=top, first_sequence=top),
    ):
        assert decode_header(encode_header(given)) == given


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": "demo"},
        {"format_version": -1},
        {"format_version": 1 << 16},
        {"created_ns": -1},
        {"created_ns": 1 << 64},
        {"file_id": bytes(15)},
        {"first_sequence": 0},
        {"first_sequence": 1 << 64},
    ],
)
def test_impossible_headers_cannot_be_built(changes: dict[str, object]) -> None:
    """A header that could not be written is refused where it is made."""
    with pytest.raises(LocalProtocolError):
        header(**changes)


def test_every_flipped_bit_of_the_header_is_noticed() -> None:
    """No single flipped bit leaves a header readable."""
    for offset, data in flips(encode_header(HEADER)):
        with pytest.raises(JournalCorrupt) as caught:
            decode_header(data)
        assert caught.value.offset == 0, offset


@pytest.mark.parametrize(
    ("at", "value", "says"),
    [
        (8, b"\x00\x02", "framing version 2"),
        (12, b"X", "impossible fields"),
        (13, b"\x01", "impossible fields"),
        (24, bytes(8), "impossible fields"),
    ],
)
def test_a_right_checksum_does_not_excuse_wrong_fields(at: int, value: bytes, says: str) -> None:
    """A header of another version, or with fields nobody writes, is refused even if its sum fits."""
    fields = bytearray(encode_header(HEADER)[:-4])
    fields[at : at + len(value)] = value
    with pytest.raises(JournalCorrupt, match=says):
        decode_header(bytes(fields) + struct.pack(">I", zlib.crc32(fields)))


def test_short_header() -> None:
    """Fewer bytes than a header are no header."""
    with pytest.raises(JournalCorrupt, match="51 of 52"):
        decode_header(encode_header(HEADER)[:-1])


def test_body_bounds() -> None:
    """Bodies of 1 to record_bytes_max bytes are framed, others are refused."""
    for size in (1, RECORD_BYTES_MAX):
        data = encode_record(1, bytes(size), SEED)
        assert split(data, seed=SEED, sequence=1, base=0).records[0].body == bytes(size)
    for size in (0, RECORD_BYTES_MAX + 1):
        with pytest.raises(LimitExceeded, match="record_bytes_max"):
            encode_record(1, bytes(size), SEED)


def test_split_says_where_records_stand() -> None:
    """Offsets count from the base, a start skips what is before it, ends meet the next offset."""
    data = b"skip" + encode_record(5, b"one", SEED) + encode_record(6, b"three", SEED) + b"\xf5R"
    found = split(data, seed=SEED, sequence=5, base=1000, start=4)
    assert [(record.sequence, record.offset, record.body) for record in found.records] == [
        (5, 1004, b"one"),
        (6, 1004 + FRAME_BYTES + 3, b"three"),
    ]
    assert found.records[0].end == found.records[1].offset
    assert found.used == len(data) - 4 - 2
    assert found.stop is Stop.INCOMPLETE


@pytest.mark.parametrize(
    ("data", "stop"),
    [
        (b"", Stop.INCOMPLETE),
        (encode_record(1, b"x", SEED)[:-1], Stop.INCOMPLETE),
        (bytes(FRAME_BYTES), Stop.DAMAGED),
        (encode_record(1, b"x", SEED ^ 1), Stop.DAMAGED),
        (encode_record(1, b"x", 0), Stop.DAMAGED),
        (RECORD_MARK + bytes(FRAME_BYTES), Stop.DAMAGED),
        (RECORD_MARK + b"\xff" * FRAME_BYTES, Stop.DAMAGED),
        (encode_record(2, b"x", SEED), Stop.MISPLACED),
    ],
)
def test_split_says_why_it_stopped(data: bytes, stop: Stop) -> None:
    """Too few bytes, no record, and a record out of order are three different answers."""
    assert split(data, seed=SEED, sequence=1, base=0) == ([], 0, stop)


def test_find_record_passes_by_what_only_looks_like_one() -> None:
    """Marks without a right checksum, an impossible length or too few bytes do not count."""
    lookalikes = (
        RECORD_MARK + b"\xff" * 20 + RECORD_MARK + bytes(20) + encode_record(1, b"other", SEED ^ 1)
    )
    real = encode_record(900, b"real", SEED)
    data = lookalikes + real
    assert find_record(data, seed=SEED, start=0, final=True) == (True, len(lookalikes))
    assert find_record(data[:-1], seed=SEED, start=0, final=True)[0] is False
    assert find_record(data, seed=SEED, start=len(lookalikes) + 1, final=True)[0] is False


def test_find_record_waits_for_a_candidate_only_while_more_may_come() -> None:
    """A candidate past the end is kept for later, or passed by when these are the last bytes."""
    long_candidate = RECORD_MARK + bytes(4) + struct.pack(">IQ", 100, 1)
    data = b"...." + long_candidate + encode_record(3, b"real", SEED)
    assert find_record(data, seed=SEED, start=0, final=False) == (False, 4)
    assert find_record(data, seed=SEED, start=0, final=True) == (True, 4 + FRAME_BYTES)
    assert find_record(b"..\xf5REC", seed=SEED, start=0, final=False) == (False, 2)
    assert find_record(b"....\xf5RE", seed=SEED, start=0, final=False) == (False, 4)
