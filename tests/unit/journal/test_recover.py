"""Opening a journal to continue it: what is dropped, what is refused, what is synced."""

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from engine.errors import JournalCorrupt, JournalError, JournalFull
from engine.journal.file import JournalFile
from engine.journal.record import HEADER_BYTES, Record, encode_header
from engine.journal.recover import Opened, recover
from engine.journal.scan import Reason
from engine.model.enums import Mode
from tests.kit.journal import HEADER, FaultyFile, pieces

BODIES = [b"one", b"two", b"three"]
PIECES = pieces(BODIES)
DATA = b"".join(PIECES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def opened(path: Path) -> Iterator[Callable[[], FaultyFile]]:
    files: list[JournalFile] = []

    def open_file() -> FaultyFile:
        file = FaultyFile.open(path)
        assert isinstance(file, FaultyFile)
        files.append(file)
        return file

    yield open_file
    for file in files:
        file.close()


def recovered(file: JournalFile, *, power: bool = False) -> tuple[Opened, list[bytes]]:
    bodies: list[bytes] = []

    def take(record: Record) -> None:
        bodies.append(record.body)

    return recover(file, HEADER, power=power, on_record=take), bodies


@pytest.mark.parametrize("begun", [b"", b"PBJRN", encode_header(HEADER)[:51], bytes(30)])
def test_a_file_that_never_held_a_record_is_begun(
    path: Path, opened: Callable, begun: bytes
) -> None:
    """An empty file or a torn header becomes a new journal, and what was there is told."""
    path.write_bytes(begun)
    result, bodies = recovered(opened())
    assert path.read_bytes() == encode_header(HEADER)
    assert bodies == []
    assert (result.created, result.dropped_bytes) == (not begun, len(begun))
    assert (result.last_sequence, result.size_bytes) == (0, HEADER_BYTES)


def test_a_whole_file_is_left_as_it_is(path: Path, opened: Callable) -> None:
    """An undamaged journal gives its records and keeps its bytes and its own header."""
    path.write_bytes(DATA)
    file = opened()
    wanted = attrs.evolve(HEADER, file_id=b"f" * 16, created_ns=5)
    result = recover(file, wanted, power=False)
    assert result.header == HEADER
    assert (result.last_sequence, result.size_bytes, result.dropped_bytes) == (3, len(DATA), 0)
    assert not result.created
    assert path.read_bytes() == DATA


@pytest.mark.parametrize(
    ("tail", "reason"), [(b"\0" * 99, Reason.ZERO_TAIL), (PIECES[3][:-1], Reason.TORN_TAIL)]
)
def test_a_tail_is_cut_off(path: Path, opened: Callable, tail: bytes, reason: Reason) -> None:
    """A torn or zero tail is dropped from the file and reported with its size."""
    whole = b"".join(PIECES[:3])
    path.write_bytes(whole + tail)
    result, bodies = recovered(opened())
    assert bodies == BODIES[:2]
    assert (result.end.reason, result.dropped_bytes) == (reason, len(tail))
    assert path.read_bytes() == whole


def test_middle_damage_is_refused_with_its_place(path: Path, opened: Callable) -> None:
    """Damage with a record behind it is an error with the offset, and the file is not touched."""
    data = bytearray(DATA)
    at = HEADER_BYTES + len(PIECES[1]) + 21
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(JournalCorrupt) as caught:
        recovered(opened())
    assert caught.value.offset == HEADER_BYTES + len(PIECES[1])
    assert path.read_bytes() == data


def test_a_foreign_file_is_refused(path: Path, opened: Callable) -> None:
    """A file that is no journal is refused and not touched, short or long."""
    for data in (b"notes", b"notes" * 100):
        path.write_bytes(data)
        with pytest.raises(JournalCorrupt) as caught:
            recovered(opened())
        assert caught.value.offset == 0
        assert path.read_bytes() == data
        path.unlink()


@pytest.mark.parametrize("change", [{"mode": Mode.LIVE}, {"format_version": 4}])
def test_another_mode_or_format_is_refused_before_replay(
    path: Path, opened: Callable, change: dict[str, object]
) -> None:
    """A paper journal never becomes a live one, and records of another format are not replayed."""
    path.write_bytes(DATA)
    replayed: list[Record] = []
    with pytest.raises(JournalError, match="this engine"):
        recover(opened(), attrs.evolve(HEADER, **change), power=False, on_record=replayed.append)
    assert replayed == []
    assert path.read_bytes() == DATA


def test_power_syncs_before_it_promises(path: Path, opened: Callable) -> None:
    """At the power level an opened journal is on the disk; at the process level nothing is synced."""
    path.write_bytes(DATA + b"torn")
    file = opened()
    recovered(file, power=False)
    assert (file.syncs, file.directory_syncs, file.forgotten) == (0, 0, 0)
    file.close()
    path.write_bytes(DATA + b"torn")
    file = opened()
    recovered(file, power=True)
    # Synced before reading and after cutting; read from the disk, not from the cache.
    assert (file.syncs, file.directory_syncs, file.forgotten) == (2, 0, 1)
    file.close()
    path.unlink()
    file = opened()
    recovered(file, power=True)
    assert (file.syncs, file.directory_syncs) == (2, 1)  # the new name as well
    assert path.read_bytes() == encode_header(HEADER)


def test_a_full_disk_leaves_no_half_header(path: Path, opened: Callable) -> None:
    """When the header does not fit, the file is left empty and can be begun later."""
    file = opened()
    for space in (20, 0):
        file.space = space
        with pytest.raises(JournalFull):
            recovered(file)
        assert path.read_bytes() == b""
    file.space = None
    assert recovered(file)[0].created


@pytest.mark.parametrize("failing", ["fail_write", "fail_sync", "fail_truncate"])
def test_disk_errors_while_opening(opened: Callable, failing: str) -> None:
    """An error of the disk while opening is a JournalError, not an OSError."""
    file = opened()
    setattr(file, failing, errno.EIO)
    with pytest.raises(JournalError, match="not opened"):
        recovered(file, power=True)


def test_replay_may_refuse(path: Path, opened: Callable) -> None:
    """What the replaying callback raises comes out unchanged."""
    path.write_bytes(DATA)

    def refuse(record: Record) -> None:
        raise ValueError(record.sequence)

    with pytest.raises(ValueError, match="1"):
        recover(opened(), HEADER, power=False, on_record=refuse)
