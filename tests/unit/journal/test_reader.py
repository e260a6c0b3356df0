"""Reading whole files, verifying them, and following one that is being written."""

import tracemalloc
from pathlib import Path

import pytest

from engine.errors import InvariantViolation, JournalCorrupt, JournalError
from engine.journal.chain import verify
from engine.journal.file import READ_CHUNK_BYTES
from engine.journal.reader import JournalTail, Verification, mark_of, read
from engine.journal.record import HEADER_BYTES, RECORD_BYTES_MAX
from engine.journal.scan import Reason
from tests.kit.journal import HEADER, open_writer, pieces

BODIES = [b"one", b"two", b"three"]
PIECES = pieces(BODIES)
DATA = b"".join(PIECES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


# --- read and verify --------------------------------------------------------------------------


def test_reading_a_whole_file(path: Path) -> None:
    """All records in order, then a clean end, and no descriptor stays."""
    path.write_bytes(DATA)
    before = descriptors()
    recovery = read(path)
    assert recovery.header == HEADER
    assert [record.body for record in recovery] == BODIES
    assert (recovery.clean, recovery.dropped_bytes, recovery.reason) == (True, 0, Reason.CLEAN)
    assert descriptors() == before
    assert list(recovery) == []


def test_the_end_is_not_known_before_the_last_record(path: Path) -> None:
    """Asking why the records end before they have ended is a bug and raised as one."""
    path.write_bytes(DATA)
    with read(path) as recovery:
        next(recovery)
        with pytest.raises(InvariantViolation):
            _ = recovery.clean


def test_leaving_early_releases_the_file(path: Path) -> None:
    """A reader that stops in the middle holds nothing once its block ends."""
    path.write_bytes(DATA)
    before = descriptors()
    with read(path) as recovery:
        next(recovery)
    assert descriptors() == before


def test_records_larger_than_a_chunk(path: Path) -> None:
    """Records of every size up to the largest come out whole, across the borders of chunks."""
    bodies = [b"x" * size for size in (READ_CHUNK_BYTES, 1, RECORD_BYTES_MAX, READ_CHUNK_BYTES - 3)]
    path.write_bytes(b"".join(pieces(bodies)))
    assert [record.body for record in read(path)] == bodies
    tail = JournalTail(path)
    assert [record.body for _ in bodies for record in tail.read(10)] == bodies
    tail.close()


def test_reading_needs_memory_for_a_chunk_not_for_the_file(path: Path) -> None:
    """A file of 8 MiB is read in far less memory than that."""
    path.write_bytes(b"".join(pieces([b"x" * 1000] * 8192)))
    tracemalloc.start()
    assert sum(1 for _ in read(path)) == 8192
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * READ_CHUNK_BYTES


def test_a_missing_journal_is_an_error_of_ours(path: Path) -> None:
    """Reading what is not there is a JournalError that names it."""
    for call in (read, verify, JournalTail):
        with pytest.raises(JournalError, match="journal"):
            call(path)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (DATA, (3, True, None, "clean", True)),
        (DATA[:-1], (2, False, len(DATA) - len(PIECES[3]), "torn_tail", True)),
        (DATA + bytes(9), (3, False, len(DATA), "zero_tail", True)),
        (PIECES[0] + PIECES[2], (0, False, HEADER_BYTES, "corrupt", False)),
        (b"x" + DATA[1:], (0, False, 0, "bad_header", False)),
        (b"", (0, False, 0, "torn_header", True)),
    ],
)
def test_verification(path: Path, data: bytes, expected: tuple[object, ...]) -> None:
    """The check of a file counts its records and names the first bad byte and the reason."""
    path.write_bytes(data)
    found = verify(path)
    assert isinstance(found, Verification)
    given = (found.records, found.ok, found.first_bad_offset, found.reason, found.recoverable)
    assert given == expected
    assert bool(found.detail) is not found.ok


# --- following --------------------------------------------------------------------------------


def test_following_a_writer(path: Path) -> None:
    """A tail gives each record once, in order, as soon as it is written, and never more than asked."""
    with open_writer(path) as writer, JournalTail(path) as tail:
        assert tail.header == HEADER
        assert tail.read(10) == []
        writer.append_batch([b"1", b"2", b"3"])
        assert [record.body for record in tail.read(2)] == [b"1", b"2"]
        assert tail.next_sequence == 3
        writer.append(b"4")
        assert [record.body for record in tail.read(10)] == [b"3", b"4"]
        assert tail.read(10) == []
        tail.rewind()
        assert [record.sequence for record in tail.read(10)] == [1, 2, 3, 4]


def test_a_half_written_record_is_waited_for(path: Path) -> None:
    """Nothing of a half-written record is kept: it may be cut back and written as another one."""
    path.write_bytes(DATA[:-1])
    with JournalTail(path) as tail:
        assert [record.body for record in tail.read(10)] == BODIES[:2]
        assert tail.read(10) == []
        path.write_bytes(b"".join(pieces([*BODIES[:2], b"another"])))
        assert [record.body for record in tail.read(10)] == [b"another"]


def test_following_stops_at_damage_and_may_be_repeated(path: Path) -> None:
    """Damage is an error with its offset; the records before it come first; a repeat may succeed."""
    path.write_bytes(b"".join(PIECES[:2]) + b"x" * 40)
    with JournalTail(path) as tail:
        assert [record.body for record in tail.read(10)] == BODIES[:1]
        for _ in range(2):
            with pytest.raises(JournalCorrupt) as caught:
                tail.read(10)
            assert caught.value.offset == HEADER_BYTES + len(PIECES[1])
        path.write_bytes(DATA)
        assert [record.body for record in tail.read(10)] == BODIES[1:]


def test_resuming_behind_a_mark(path: Path) -> None:
    """A tail goes on behind a record it is shown the mark of."""
    path.write_bytes(DATA)
    with JournalTail(path) as tail:
        marks = [mark_of(record) for record in tail.read(10)]
    with JournalTail(path) as tail:
        assert tail.resume(marks[1])
        assert [record.body for record in tail.read(10)] == BODIES[2:]
        assert tail.resume(marks[2])
        assert tail.read(10) == []


def test_a_mark_of_what_is_gone_is_refused(path: Path) -> None:
    """A mark fits only the very record it was made of; otherwise the tail stays where it is."""
    path.write_bytes(DATA)
    with JournalTail(path) as tail:
        mark = mark_of(tail.read(10)[1])
    for bodies in ([b"one"], [b"one", b"TWO", b"three"], [b"longer", b"two"]):
        path.write_bytes(b"".join(pieces(bodies)))
        with JournalTail(path) as tail:
            assert not tail.resume(mark)
            assert tail.next_sequence == 1
    path.write_bytes(DATA)
    with JournalTail(path) as tail:
        for wrong in (mark._replace(sequence=1), mark._replace(offset=0), mark._replace(crc=0)):
            assert not tail.resume(wrong)


def test_a_tail_needs_a_header(path: Path) -> None:
    """A file without a readable header cannot be followed, and the refusal holds nothing."""
    before = descriptors()
    for data in (b"", DATA[:20], b"x" + DATA[1:]):
        path.write_bytes(data)
        with pytest.raises(JournalCorrupt):
            JournalTail(path)
    assert descriptors() == before


def test_a_closed_reader_says_so(path: Path) -> None:
    """Reading on after close is an error of ours, not one of the system."""
    path.write_bytes(b"".join(pieces([b"x" * READ_CHUNK_BYTES] * 2)))
    tail = JournalTail(path)
    tail.close()
    with pytest.raises(JournalError, match="descriptor"):
        tail.read(1)
    recovery = read(path)
    recovery.close()
    assert list(recovery) == []
