"""Snapshot files: written whole or not at all, used only where they fit, kept only while needed."""

import errno
import os
import resource
from pathlib import Path

import attrs
import pytest

from engine.errors import JournalCorrupt, JournalError, JournalFull
from engine.journal import JournalTail
from engine.journal.reader import mark_of
from engine.journal.segments import archive_paths
from engine.journal.snapshot import (
    HEADER_BYTES,
    Found,
    SnapshotHeader,
    SnapshotUnusable,
    newest,
    prune,
    read_snapshot,
    snapshot_path,
    snapshot_paths,
    write_snapshot,
)
from tests.kit.journal import HEADER, flips, open_writer

FORMAT = HEADER.format_version


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Records 1 to 6 in three files."""
    path = tmp_path / "live.journal"
    with open_writer(path) as writer:
        for number in range(1, 7):
            writer.append(b"record %d" % number)
            if number in (2, 4):
                writer.rotate(created_ns=number)
    return path


def header_at(journal: Path, sequence: int) -> SnapshotHeader:
    """What a snapshot after this record says of itself."""
    with JournalTail(journal) as tail:
        while records := tail.read(1):
            if records[0].sequence == sequence:
                mark, file_id = mark_of(records[0]), tail.header.file_id
                return SnapshotHeader(mark=mark, file_id=file_id, format_version=FORMAT)
    raise AssertionError(sequence)


def snap(journal: Path, sequence: int, body: bytes = b"") -> Path:
    """A snapshot after this record."""
    return write_snapshot(journal, header_at(journal, sequence), body or b"state %d" % sequence)


def replayed(journal: Path, after: int) -> list[int]:
    """The records that opening the journal hands over."""
    found: list[int] = []
    with open_writer(journal, after=after, on_record=lambda record: found.append(record.sequence)):
        return found


def chosen(journal: Path, *, same: bool = True) -> Found[bytes]:
    """The snapshot that recovery would begin from."""
    return newest(journal, lambda body: (body, same), format_version=FORMAT)


def test_a_snapshot_is_read_as_it_was_written(journal: Path) -> None:
    """Header and body, in a file of its owner's alone."""
    path = snap(journal, 5)
    assert path == snapshot_path(journal, 5)
    assert read_snapshot(path) == (header_at(journal, 5), b"state 5")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in journal.parent.glob("*.tmp")] == []


def test_the_newest_that_can_be_used_is_used(journal: Path) -> None:
    """Nothing to begin from is no problem either."""
    assert chosen(journal) == Found(state=None, sequence=0, problems=())
    for number in (1, 3, 6):
        snap(journal, number)
    assert chosen(journal) == Found(state=b"state 6", sequence=6, problems=())
    found = newest(journal, lambda body: (body, True), format_version=FORMAT, at_most=5)
    assert found.sequence == 3


def test_every_flipped_bit_is_noticed(journal: Path) -> None:
    """T-071: a damaged snapshot is passed over, told of, and the one before is used."""
    snap(journal, 3)
    path = snap(journal, 6)
    whole = path.read_bytes()
    for _, changed in flips(whole):
        path.write_bytes(changed)
        found = chosen(journal)
        assert found.sequence == 3
        assert path.name in found.problems[0]


def test_every_cut_is_noticed(journal: Path) -> None:
    """T-071: half a snapshot is none, nor one with something behind it."""
    snap(journal, 3)
    path = snap(journal, 6)
    whole = path.read_bytes()
    for wrong in [whole[:cut] for cut in range(len(whole))] + [whole + b"\0", bytes(len(whole))]:
        path.write_bytes(wrong)
        assert chosen(journal).sequence == 3


def test_what_the_owner_cannot_read_is_passed_over(journal: Path) -> None:
    """A body that makes no sense to who reads it is as good as damaged."""
    snap(journal, 3)
    snap(journal, 6, b"nonsense")

    def state_of(body: bytes) -> tuple[bytes, bool]:
        if body == b"nonsense":
            raise ValueError("makes no sense")
        return body, True

    found = newest(journal, state_of, format_version=FORMAT)
    assert (found.sequence, len(found.problems)) == (3, 1)


def test_a_snapshot_of_another_journal_is_passed_over(journal: Path) -> None:
    """Its number would fit, its segment does not."""
    header = attrs.evolve(header_at(journal, 6), file_id=bytes(16))
    write_snapshot(journal, header, b"foreign")
    found = chosen(journal)
    assert found.state is None
    assert "another journal" in found.problems[0]


def test_records_of_another_format_are_not_what_it_was_made_of(journal: Path) -> None:
    """The journal itself will be refused; the snapshot decides nothing."""
    snap(journal, 6)
    found = newest(journal, lambda body: (body, True), format_version=FORMAT + 1)
    assert found.state is None


def test_another_release_reads_the_journal_while_it_reaches_back(journal: Path) -> None:
    """And takes the snapshot as well as it can once the first segments are gone."""
    snap(journal, 6)
    found = chosen(journal, same=False)
    assert (found.state, len(found.problems)) == (None, 1)
    archive_paths(journal)[0].unlink()
    found = chosen(journal, same=False)
    assert (found.sequence, len(found.problems)) == (6, 1)


@pytest.mark.parametrize("how", ["cut", "emptied", "removed", "segment"])
def test_a_snapshot_proves_that_a_record_was_lost(journal: Path, how: str) -> None:
    """A journal that ends before it lost something that had been on the disk: refuse, say which."""
    snap(journal, 5)
    if how == "cut":
        os.truncate(journal, 52)
    elif how == "emptied":
        for path in archive_paths(journal):
            path.unlink()
        os.truncate(journal, 0)
    elif how == "removed":
        for path in (journal, *archive_paths(journal)):
            path.unlink()
    else:
        os.truncate(journal, 52 + 3)
    with pytest.raises(JournalCorrupt, match="snapshot"):
        chosen(journal)


def test_a_failed_write_leaves_nothing(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-19, F-20: no half snapshot has the name of one, and what killed writers left is cleared."""
    leftover = journal.with_name(f"{journal.name}.000000000001.snapshot.77.tmp")
    leftover.write_bytes(b"half")
    for number, kind in ((errno.ENOSPC, JournalFull), (errno.EIO, JournalError)):
        before = set(journal.parent.iterdir()) - {leftover}
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", _failing(number))
            with pytest.raises(kind):
                snap(journal, 5)
        assert set(journal.parent.iterdir()) == before


def _failing(number: int):
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_t072_a_snapshot_beyond_the_space_is_no_snapshot(journal: Path) -> None:
    """F-19 for real: the file may not grow, the write fails, the journal is as it was."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        with pytest.raises(JournalFull):
            snap(journal, 5, b"x" * (1 << 17))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert snapshot_paths(journal) == []
    assert chosen(journal).state is None


# --- what is kept -----------------------------------------------------------------------------


def test_only_two_snapshots_are_kept(journal: Path) -> None:
    """The second is for when the newest cannot be read."""
    for number in (1, 2, 3, 5):
        snap(journal, number)
    prune(journal, keep_from_ns=0)
    assert snapshot_paths(journal) == [snapshot_path(journal, n) for n in (5, 3)]


@pytest.mark.parametrize(
    ("snapshots", "keep_from_ns", "left"),
    [
        ((5, 6), 100, 0),
        ((3, 6), 100, 1),  # the segment of record 3 shows that the older snapshot fits
        ((5, 6), 4, 1),  # its day is not over: the one after it was begun at 4
        ((5, 6), 3, 1),
        ((5, 6), 2, 2),
        ((2, 6), 100, 2),
        ((6,), 100, 2),  # one snapshot may be damaged: then all is needed
        ((), 100, 2),
    ],
)
def test_segments_go_when_two_snapshots_cover_them_and_their_time_is_over(
    journal: Path, snapshots: tuple[int, ...], keep_from_ns: int, left: int
) -> None:
    """And never before both; what is left can be recovered from either snapshot."""
    for number in snapshots:
        snap(journal, number)
    prune(journal, keep_from_ns=keep_from_ns)
    assert len(archive_paths(journal)) == left
    for path in snapshot_paths(journal)[:1] + snapshot_paths(journal):
        found = chosen(journal)
        assert replayed(journal, found.sequence) == list(range(found.sequence + 1, 7))
        if len(snapshots) > 1:
            path.write_bytes(path.read_bytes()[: HEADER_BYTES - 1])


def test_damage_in_a_name_is_not_followed(journal: Path) -> None:
    """A link in the place of a snapshot is no snapshot."""
    path = snap(journal, 5)
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")
    assert chosen(journal).state is None
    with pytest.raises(SnapshotUnusable):
        read_snapshot(path)
