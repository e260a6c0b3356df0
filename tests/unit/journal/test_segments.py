"""A journal in several files: rotation, what a crash leaves of one, and reading over the borders."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import JournalCorrupt, JournalError, JournalFull
from engine.journal import Chain, Durability, JournalTail, Reason, encode_header, verify
from engine.journal.reader import mark_of
from engine.journal.segments import archive_path, archive_paths, begin_next, continuation
from tests.kit.journal import HEADER, FaultyFile, open_writer, pieces


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "live.journal"


def three_segments(path: Path) -> list[bytes]:
    """Records 1-2, 3-4, 5-6."""
    bodies = [b"one", b"two", b"three", b"four", b"five", b"six"]
    with open_writer(path) as writer:
        for first in (0, 2, 4):
            if first:
                assert writer.rotate(created_ns=first)
            writer.append(bodies[first])
            writer.append(bodies[first + 1])
    return bodies


def replayed(path: Path, after: int = 0) -> list[bytes]:
    """What opening the journal for writing hands over."""
    found: list[bytes] = []
    with open_writer(path, after=after, on_record=lambda record: found.append(record.body)):
        pass
    return found


def chained(path: Path, after: int = 0) -> tuple[list[bytes], Chain]:
    """What reading the journal gives, and how it ended."""
    chain = Chain(path, after=after)
    return [record.body for record in chain], chain


def test_segments_read_as_one(path: Path) -> None:
    """Numbers go on over the border, and every reader and the next opening get all records."""
    bodies = three_segments(path)
    found, chain = chained(path)
    assert found == bodies
    assert (chain.reason, chain.segments, chain.records) == (Reason.CLEAN, 3, 6)
    assert [each.name for each in archive_paths(path)] == [
        "live.journal.000000000001",
        "live.journal.000000000003",
    ]
    assert replayed(path) == bodies
    checked = verify(path)
    assert (checked.ok, checked.records, checked.segments) == (True, 6, 3)


@pytest.mark.parametrize("after", range(7))
def test_only_what_is_needed_is_read(path: Path, after: int) -> None:
    """Of a journal that is known up to a record, older segments need not even be readable."""
    bodies = three_segments(path)
    for archive in archive_paths(path):
        if int(archive.name[-12:]) + 1 <= after:
            archive.write_bytes(b"garbage")
    assert chained(path, after)[0] == bodies[after:]
    assert replayed(path, after) == bodies[after:]


def test_a_file_without_records_is_not_put_aside(path: Path) -> None:
    """There would be nothing in it, and nothing to follow."""
    with open_writer(path) as writer:
        assert not writer.rotate(created_ns=1)
        writer.append(b"one")
        assert writer.rotate(created_ns=1)
        assert not writer.rotate(created_ns=2)
    assert len(archive_paths(path)) == 1


def test_rotation_right_after_opening(path: Path) -> None:
    """The checksum the next file is tied to comes from the records found."""
    three_segments(path)
    with open_writer(path) as writer:
        assert writer.rotate(created_ns=9)
        writer.append(b"seven")
    assert verify(path).ok
    assert replayed(path)[-1] == b"seven"


def test_rotation_after_a_batch(path: Path) -> None:
    """The next file is tied to the last record of the batch, not to its first."""
    with open_writer(path) as writer:
        writer.append_batch([b"one", b"two"])
        writer.rotate(created_ns=9)
        writer.append(b"three")
    assert verify(path).ok


def test_both_files_and_the_name_are_on_the_disk(path: Path) -> None:
    """Rotation syncs at every durability level: a power loss leaves whole segments."""
    with open_writer(path, Durability.PROCESS, open_file=FaultyFile.open) as writer:
        writer.append(b"one")
        old = writer._file
        assert isinstance(old, FaultyFile)
        writer.rotate(created_ns=1)
        new = writer._file
        assert isinstance(new, FaultyFile)
        assert (old.syncs, new.syncs, new.directory_syncs) == (1, 1, 1)
        assert new.path == path


# --- rotation that fails ----------------------------------------------------------------------


@pytest.mark.parametrize("step", ["open", "header", "sync_new", "link", "rename"])
def test_a_rotation_that_fails_changes_nothing(path: Path, step: str) -> None:
    """F-19, F-20: whatever the disk refuses, the file goes on and the next rotation may succeed."""
    failing = True

    class Refusing(FaultyFile):
        def write(self, data: bytes) -> int:
            if step == "header" and failing and self.path != path:
                self.space = 10
            return super().write(data)

        def sync(self) -> None:
            if step == "sync_new" and failing and self.path != path:
                raise OSError(errno.EIO, "broken")
            super().sync()

        def link(self, other: Path) -> None:
            if step == "link" and failing:
                raise OSError(errno.ENOSPC, "full")
            super().link(other)

        def rename(self, other: Path) -> None:
            if step == "rename" and failing:
                raise OSError(errno.EIO, "broken")
            super().rename(other)

    def open_file(where: Path) -> FaultyFile:
        if step == "open" and failing and where != path:
            raise JournalError("cannot be opened")
        made = Refusing.open(where)
        assert isinstance(made, FaultyFile)
        return made

    with open_writer(path, open_file=open_file) as writer:
        writer.append(b"one")
        with pytest.raises(JournalError):
            writer.rotate(created_ns=1)
        assert not writer.poisoned
        assert [each.name for each in path.parent.iterdir()] == [path.name]
        writer.append(b"two")
        failing = False
        assert writer.rotate(created_ns=2)
        writer.append(b"three")
    assert replayed(path) == [b"one", b"two", b"three"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rotation_that_may_be_lost_poisons(path: Path, when: str) -> None:
    """F-20: a failed sync of the old file or of the new name proves nothing: open it again."""

    class Failing(FaultyFile):
        def sync_directory(self) -> None:
            if when == "after":
                raise OSError(errno.EIO, "broken")

    with open_writer(path, open_file=Failing.open) as writer:
        writer.append(b"one")
        file = writer._file
        assert isinstance(file, FaultyFile)
        file.fail_sync = errno.EIO if when == "before" else None
        with pytest.raises(JournalError):
            writer.rotate(created_ns=1)
        assert writer.poisoned
        with pytest.raises(JournalError):
            writer.append(b"two")
    assert replayed(path) == [b"one"]


def crashes(path: Path) -> Iterator[str]:
    """The directory after a crash at each step of a rotation, one after the other."""
    temporary = path.with_name(path.name + ".next")
    for step in ("torn header", "whole header", "linked", "renamed"):
        for each in path.parent.iterdir():
            each.unlink()
        with open_writer(path) as writer:
            writer.append(b"one")
            writer.append(b"two")
            header = continuation(writer.header, 2, writer._last_crc(), 5)
            if step == "torn header":
                temporary.write_bytes(encode_header(header)[:20])
            elif step == "whole header":
                temporary.write_bytes(encode_header(header))
            elif step == "linked":
                temporary.write_bytes(encode_header(header))
                writer._file.link(archive_path(path, 1))
            else:
                begin_next(writer._file, 1, header, FaultyFile.open).close()
        yield step


def test_a_crash_within_a_rotation_loses_nothing(path: Path) -> None:
    """At every step the records are there once, the numbers go on, and the journal is whole."""
    for step in crashes(path):
        assert chained(path)[0] == [b"one", b"two"], step
        with open_writer(path) as writer:
            assert writer.sequence == 2, step
            assert not path.with_name(path.name + ".next").exists()
            writer.append(b"three")
            writer.rotate(created_ns=6)
            writer.append(b"four")
        assert replayed(path) == [b"one", b"two", b"three", b"four"], step
        assert verify(path).ok, step


# --- damage (T-071 over segments) -------------------------------------------------------------


def damaged(path: Path, offset: int) -> int:
    """Flip the last bit of a byte; where it was."""
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(bytes(data))
    return offset % len(data)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("where", ["header", "first", "last", "cut", "zeros", "empty", "gone"])
def test_t071_damage_in_a_segment_put_aside_is_refused(path: Path, number: int, where: str) -> None:
    """Also at its very end: what follows shows that it had been whole. Readers say which file."""
    three_segments(path)
    archive = archive_paths(path)[number]
    whole = archive.read_bytes()
    match where:
        case "header":
            damaged(archive, 20)
        case "first":
            damaged(archive, 60)
        case "last":
            damaged(archive, len(whole) - 1)
        case "cut":
            archive.write_bytes(whole[:-1])
        case "zeros":
            archive.write_bytes(whole + bytes(40))
        case "empty":
            archive.write_bytes(b"")
        case "gone":
            archive.unlink()
    if where == "gone" and number == 0:
        # Nothing shows that there was one before; but without a snapshot nobody may go on from there.
        assert verify(path).ok
        with pytest.raises(JournalError, match="begins with record 3"):
            replayed(path)
        return
    checked = verify(path)
    assert not checked.ok
    assert not checked.recoverable
    assert checked.bad_file in (archive, archive_paths(path)[0])
    with pytest.raises(JournalCorrupt):
        replayed(path)


@pytest.mark.parametrize("swap", ["archives", "foreign", "emptied"])
def test_t071_segments_in_the_wrong_place_are_refused(path: Path, swap: str) -> None:
    """Swapped files, one of another journal, and a file being written that was emptied."""
    three_segments(path)
    first, second = archive_paths(path)
    if swap == "archives":
        data = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(data)
    elif swap == "foreign":
        header = continuation(HEADER, 2, 77, 0)
        second.write_bytes(b"".join(pieces([b"three", b"four"], header)))
    else:
        path.write_bytes(b"")
    checked = verify(path)
    assert not checked.ok
    assert not checked.recoverable
    with pytest.raises(JournalError):
        replayed(path)


def test_t071_the_last_file_may_be_torn(path: Path) -> None:
    """A torn end of the file being written is cut off as ever, at every byte of it."""
    bodies = three_segments(path)
    whole = path.read_bytes()
    ends = [len(b"".join(pieces(bodies[4:6])[: count + 1])) for count in range(3)]
    for cut in range(ends[0], len(whole) + 1):
        path.write_bytes(whole[:cut])
        kept = sum(end <= cut for end in ends[1:])
        assert replayed(path) == bodies[: 4 + kept]


def test_a_journal_that_lost_what_is_known_is_refused(path: Path) -> None:
    """Who opens it knows record 7 was written: going on from record 6 would use its number again."""
    three_segments(path)
    with pytest.raises(JournalCorrupt, match="7 had been written"):
        replayed(path, after=7)


def test_a_full_disk_while_rotating_is_a_full_disk(path: Path) -> None:
    """JournalFull, so that the caller knows that it may pass."""
    with open_writer(path, open_file=FaultyFile.open) as writer:
        writer.append(b"one")

        def full(_: Path) -> FaultyFile:
            made = FaultyFile.open(_)
            assert isinstance(made, FaultyFile)
            made.space = 0
            return made

        writer._open_file = full
        with pytest.raises(JournalFull):
            writer.rotate(created_ns=1)


# --- following --------------------------------------------------------------------------------


def test_a_tail_follows_over_the_border(path: Path) -> None:
    """Records that came just before the rotation are read from the file put aside."""
    with open_writer(path) as writer, JournalTail(path) as tail:
        writer.append(b"one")
        assert [r.body for r in tail.read(10)] == [b"one"]
        writer.append(b"two")
        writer.rotate(created_ns=1)
        assert [r.body for r in tail.read(10)] == [b"two"]
        assert tail.read(10) == []
        writer.append(b"three")
        assert [r.body for r in tail.read(10)] == [b"three"]
        writer.rotate(created_ns=2)
        writer.append(b"four")
        writer.rotate(created_ns=3)
        writer.append(b"five")
        assert [r.body for _ in range(2) for r in tail.read(10)] == [b"four", b"five"]
        assert tail.header == writer.header


def test_a_tail_resumes_in_a_segment_put_aside(path: Path) -> None:
    """The place is known by the segment's id, wherever the segment is by now."""
    bodies = three_segments(path)
    with JournalTail(path) as tail:
        places = []
        while records := tail.read(10):
            places += [(mark_of(record), tail.header.file_id) for record in records]
    assert len(places) == 6
    for number, (mark, file_id) in enumerate(places, 1):
        with JournalTail(path) as tail:
            assert tail.resume(mark, file_id)
            found = []
            while records := tail.read(10):
                found += [record.body for record in records]
            assert found == bodies[number:]
    with JournalTail(path) as tail:
        assert not tail.resume(places[0][0], bytes(16))
