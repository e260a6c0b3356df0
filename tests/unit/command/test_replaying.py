"""`journal verify` over segments and snapshots."""

import json
from pathlib import Path

import pytest

from actors.command import exits, journals
from actors.folding import Task, make_snapshot
from engine.journal.segments import archive_paths, first_kept
from engine.journal.snapshot import SnapshotHeader, read_snapshot, snapshot_paths, write_snapshot
from engine.messages.venue import UpdateKind
from tests.kit.orders import Bench
from tests.unit.actors.test_folding import written


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    bench = Bench().open_venue()
    bench.greet()
    for number in range(4):
        order = bench.submit()
        bench.update(order, UpdateKind.ACCEPTED)
        bench.fill(order, f"f{number}", "3")
    return bench.journal


@pytest.fixture
def journal(tmp_path: Path, bodies: list[bytes]) -> Path:
    return written(tmp_path / "live.journal", bodies, rotate_every=5)


def verdict(journal: Path, capsys) -> tuple[int, dict]:
    code = journals.verify(journal, None, as_json=True)
    return code, json.loads(capsys.readouterr().out)


def snap(journal: Path, through: int, keep_from_ns: int = 0) -> None:
    make_snapshot(Task(journal=journal, through=through, keep_from_ns=keep_from_ns))


def test_snapshots_are_compared_with_the_replay(journal: Path, bodies, capsys) -> None:
    """Each is the state after its record."""
    snap(journal, 7)
    snap(journal, len(bodies) - 1)
    code, found = verdict(journal, capsys)
    assert code == exits.OK
    assert (found["records"], found["ok"], found["first_bad_offset"]) == (len(bodies), True, None)
    assert found["segments"] == len(archive_paths(journal)) + 1
    held = {name for name, row in found["invariants"].items() if row["held"]}
    assert {"replay", "INV-11", "snapshot 7", f"snapshot {len(bodies) - 1}"} <= held


def test_a_snapshot_with_another_state_is_found(journal: Path, capsys) -> None:
    """Whole, of this journal, and wrong: only a replay can tell."""
    snap(journal, 7)
    header, _ = read_snapshot(snapshot_paths(journal)[0])
    snap(journal, 9)
    _, body = read_snapshot(snapshot_paths(journal)[0])
    write_snapshot(
        journal,
        SnapshotHeader(
            mark=header.mark, file_id=header.file_id, format_version=header.format_version
        ),
        body,
    )
    code, found = verdict(journal, capsys)
    assert code == exits.CHECK_FAILED
    assert not found["invariants"]["snapshot 7"]["held"]
    assert found["invariants"]["snapshot 9"]["held"]


def test_a_damaged_snapshot_is_found(journal: Path, capsys) -> None:
    """It would be passed over; somebody should know."""
    snap(journal, 7)
    path = snapshot_paths(journal)[0]
    path.write_bytes(path.read_bytes()[:-1])
    code, found = verdict(journal, capsys)
    assert code == exits.CHECK_FAILED
    assert not found["invariants"]["snapshots"]["held"]


def test_what_begins_with_a_snapshot_is_replayed_from_it(journal: Path, bodies, capsys) -> None:
    """After the first segments were removed; without the snapshots nothing can be said."""
    snap(journal, len(bodies) - 2)
    snap(journal, len(bodies), keep_from_ns=1 << 62)
    assert first_kept(journal) > 1
    code, found = verdict(journal, capsys)
    assert code == exits.OK
    assert f"snapshot of record {len(bodies) - 2}" in found["invariants"]["replay"]["detail"]
    for path in snapshot_paths(journal):
        path.unlink()
    assert verdict(journal, capsys)[0] == exits.CHECK_FAILED


def test_damage_is_shown_with_its_file(journal: Path, capsys) -> None:
    """Which of the files it is in, and at which byte of it."""
    archive = archive_paths(journal)[0]
    data = bytearray(archive.read_bytes())
    data[60] ^= 1
    archive.write_bytes(bytes(data))
    code, found = verdict(journal, capsys)
    assert code == exits.CHECK_FAILED
    assert (found["first_bad_offset"], found["bad_file"]) == (52, str(archive))
    journals.verify(journal, None, as_json=False)
    assert archive.name in capsys.readouterr().out
