"""The prefix property (INV-10) on journals of any shape, cut, filled, flipped or chopped anywhere."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import JournalFull
from engine.journal.reader import read
from engine.journal.record import HEADER_BYTES, RECORD_MARK, JournalHeader, Record
from engine.journal.scan import Reason, Scan, Scanner, scan
from engine.model.enums import Mode
from tests.kit.journal import FaultyFile, open_writer, pieces

# Bodies that look like what stands around them are the ones to be afraid of.
BODY = st.one_of(
    st.binary(min_size=1, max_size=60),
    st.sampled_from([bytes(40), RECORD_MARK, RECORD_MARK * 8, b"".join(pieces([b"x", b"y"])[:2])]),
)
BODIES = st.lists(BODY, max_size=8)


def ends_of(parts: list[bytes]) -> list[int]:
    """Where the header and each record end."""
    return [sum(map(len, parts[: count + 1])) for count in range(len(parts))]


def bodies_of(found: Scan) -> list[bytes]:
    return [record.body for record in found.records]


@given(BODIES, st.data())
def test_a_cut_gives_exactly_what_was_whole(bodies: list[bytes], data: st.DataObject) -> None:
    """A journal cut anywhere, and zero-filled or not, gives the records whole before the cut."""
    parts = pieces(bodies)
    whole_file = b"".join(parts)
    cut = data.draw(st.integers(HEADER_BYTES, len(whole_file)), label="cut")
    zeros = data.draw(st.sampled_from([0, 1, 19, 20, 400]), label="zeros")
    found = scan(whole_file[:cut] + bytes(zeros))
    whole = sum(end <= cut for end in ends_of(parts)) - 1
    # A record that itself ends in zeros may be completed by the zeros that follow it.
    assert bodies_of(found)[:whole] == bodies[:whole]
    assert bodies_of(found) == bodies[: len(found.records)]
    assert len(found.records) == whole or (zeros and whole_file[cut:].count(0))
    assert found.end.reason.recoverable


@given(BODIES.filter(bool), st.data())
def test_a_change_never_makes_a_record(bodies: list[bytes], data: st.DataObject) -> None:
    """Bytes overwritten anywhere behind the header never yield a record that was not written."""
    parts = pieces(bodies)
    changed = bytearray(b"".join(parts))
    at = data.draw(st.integers(HEADER_BYTES, len(changed) - 1), label="at")
    junk = data.draw(st.binary(min_size=1, max_size=50), label="junk")
    changed[at : at + len(junk)] = junk
    found = scan(bytes(changed))
    assert bodies_of(found) == bodies[: len(found.records)]
    untouched = sum(end <= at for end in ends_of(parts)) - 1
    assert len(found.records) >= untouched
    behind = [start for start in ends_of(parts)[:-1] if start >= at + len(junk)]
    if len(found.records) < len(bodies) and behind:
        assert found.end.reason is Reason.CORRUPT


@given(BODIES, st.binary(max_size=200), st.lists(st.integers(1, 90), min_size=1, max_size=5))
def test_chunks_make_no_difference(bodies: list[bytes], tail: bytes, sizes: list[int]) -> None:
    """However the bytes arrive, records and end are the same."""
    data = b"".join(pieces(bodies)) + tail
    scanner, records, at, turn = Scanner(), list[Record](), 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        records += scanner.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    assert Scan(header=scanner.header, records=records, end=scanner.finish()) == scan(data)


@given(st.binary(max_size=300))
def test_any_bytes_can_be_scanned(data: bytes) -> None:
    """No bytes make the scanner raise, and none of them invent a record."""
    found = scan(data)
    assert found.records == []
    assert not found.end.clean


@given(BODIES, st.integers(1, 1 << 40))
def test_numbers_begin_where_the_header_says(bodies: list[bytes], first: int) -> None:
    """Sequences are gapless from the header's first one."""
    header = JournalHeader(
        mode=Mode.LIVE, format_version=1, created_ns=0, file_id=bytes(16), first_sequence=first
    )
    found = scan(b"".join(pieces(bodies, header)))
    assert [record.sequence for record in found.records] == list(range(first, first + len(bodies)))


STEP = st.one_of(
    st.tuples(st.just("append"), BODY),
    st.tuples(st.just("batch"), st.lists(BODY, max_size=4)),
    st.tuples(st.just("space"), st.one_of(st.none(), st.integers(0, 120))),
    st.tuples(st.just("reopen"), st.integers(0, 30)),
)


@settings(deadline=None)
@given(st.lists(STEP, max_size=12))
def test_the_file_is_always_what_was_acknowledged(steps: list[tuple[str, object]]) -> None:
    """Whatever runs full, is torn or reopened, the file holds exactly what was acknowledged."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        writer = open_writer(path, open_file=FaultyFile.open)
        acknowledged: list[bytes] = []
        for kind, argument in steps:
            if kind == "append":
                acknowledged += taken(writer.append, argument, [argument])
            elif kind == "batch":
                acknowledged += taken(writer.append_batch, argument, argument)
            elif kind == "space":
                writer._file.space = argument
            else:
                writer.close()
                with path.open("ab") as file:  # a write that a crash cut short
                    file.write(pieces([b"torn" * 9], writer.header)[1][:argument])
                writer = open_writer(path, open_file=FaultyFile.open)
                assert writer.recovered.dropped_bytes == argument
            assert writer.sequence == len(acknowledged)
            assert [record.body for record in read(path)] == acknowledged
        writer.close()


def taken(call: Callable[[object], object], argument: object, bodies: list[bytes]) -> list[bytes]:
    """The bodies when the call took them, none when the disk was full."""
    try:
        call(argument)
    except JournalFull:
        return []
    return bodies
