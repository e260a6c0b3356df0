"""Snapshots of a router's journal: made by folding it, in a process of its own, and recovered from."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from actors import folding
from actors.folding import Task, fold, make_snapshot
from actors.recovering import Recovered, recover
from engine.clock import SystemClock
from engine.errors import JournalCorrupt, JournalError
from engine.journal import Durability, JournalHeader, JournalWriter
from engine.journal.segments import archive_paths
from engine.journal.snapshot import snapshot_paths
from engine.messages.venue import UpdateKind
from engine.model.enums import Mode
from engine.orders.records import FORMAT_VERSION
from engine.orders.router import RouterCore
from tests.kit.orders import Bench, settings

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    """The records of some orders, open and filled."""
    bench = Bench().open_venue()
    bench.greet()
    for number in range(6):
        order = bench.submit()
        bench.update(order, UpdateKind.ACCEPTED)
        bench.fill(order, f"f{number}", "10" if number % 2 else "3")
    return bench.journal


@pytest.fixture
def journal(tmp_path: Path, bodies: list[bytes]) -> Path:
    return written(tmp_path / "journal" / "live.journal", bodies)


def written(path: Path, bodies: list[bytes], *, rotate_every: int = 0) -> Path:
    """A router's journal with these records."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = JournalHeader(
        mode=Mode.LIVE, format_version=FORMAT_VERSION, created_ns=1, file_id=bytes(16)
    )
    with JournalWriter(path, Durability.PROCESS, header=header, clock_ns=lambda: 0) as writer:
        for number, body in enumerate(bodies, 1):
            writer.append(body)
            if rotate_every and number % rotate_every == 0:
                writer.rotate(created_ns=number)
    return path


def recovered(path: Path) -> tuple[bytes, Recovered]:
    """What a router would begin with."""
    core = RouterCore(settings(), lambda _: None)
    found = recover(path, Durability.PROCESS, mode=Mode.LIVE, core=core, clock=SystemClock())
    found.journal.close()
    return core.dump(), found


def task(path: Path, through: int, keep_from_ns: int = 0) -> Task:
    return Task(journal=path, through=through, keep_from_ns=keep_from_ns)


def test_recovery_from_a_snapshot_at_every_record(tmp_path: Path, bodies: list[bytes]) -> None:
    """INV-11: whatever record it was made after, and over segments, the state is the same bytes."""
    path = written(tmp_path / "live.journal", bodies, rotate_every=7)
    expected, plain = recovered(path)
    assert plain.snapshot_sequence == 0
    for through in range(1, len(bodies) + 1):
        make_snapshot(task(path, through))
        state, found = recovered(path)
        assert (found.snapshot_sequence, found.problems) == (through, ())
        assert state == expected
    assert len(snapshot_paths(path)) == 2


def test_each_snapshot_is_made_from_the_one_before(journal: Path, bodies: list[bytes]) -> None:
    """Only what is new is read: damage before it is not seen, as in a segment long gone."""
    make_snapshot(task(journal, 9))
    expected, _ = recovered(journal)
    with JournalWriter(
        journal,
        Durability.PROCESS,
        header=JournalHeader(
            mode=Mode.LIVE, format_version=FORMAT_VERSION, created_ns=1, file_id=bytes(16)
        ),
        clock_ns=lambda: 0,
    ) as writer:
        writer.rotate(created_ns=5)
        writer.append(bodies[-1].replace(b"f5", b"f6"))
    make_snapshot(task(journal, len(bodies)))
    archive_paths(journal)[0].write_bytes(b"gone")
    with pytest.raises(JournalError):
        recovered(journal)
    assert expected


def test_nothing_new_makes_nothing(journal: Path) -> None:
    """The same record again: the file that is there is left alone."""
    make_snapshot(task(journal, 5))
    before = snapshot_paths(journal)[0].stat()
    assert fold(task(journal, 5)) is None
    make_snapshot(task(journal, 5))
    assert snapshot_paths(journal)[0].stat() == before


def test_what_was_asked_for_must_be_there(journal: Path, bodies: list[bytes]) -> None:
    """A journal without the record that the router says is durable is not folded."""
    with pytest.raises(JournalCorrupt):
        fold(task(journal, len(bodies) + 1))
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(bytes(data))
    with pytest.raises(JournalCorrupt):
        make_snapshot(task(journal, len(bodies)))
    assert snapshot_paths(journal) == []


def test_a_damaged_snapshot_is_told_and_the_one_before_used(journal: Path, bodies) -> None:
    """F-21: and without any the whole journal is read; the state is the same each time."""
    expected, _ = recovered(journal)
    make_snapshot(task(journal, 5))
    make_snapshot(task(journal, len(bodies) - 2))
    newest, older = snapshot_paths(journal)
    for path, sequence in ((newest, 5), (older, 0)):
        data = bytearray(path.read_bytes())
        data[-9] ^= 4
        path.write_bytes(bytes(data))
        state, found = recovered(journal)
        assert state == expected
        assert found.snapshot_sequence == sequence
        assert path.name in " ".join(found.problems)


def test_segments_are_removed_when_their_time_is_over(tmp_path: Path, bodies) -> None:
    """Recovery then begins with the snapshot; without it nobody may go on."""
    path = written(tmp_path / "live.journal", bodies, rotate_every=4)
    expected, _ = recovered(path)
    make_snapshot(task(path, len(bodies) - 1))
    done = make_snapshot(task(path, len(bodies), keep_from_ns=1 << 62))
    assert done["removed"]
    state, found = recovered(path)
    assert (state, found.snapshot_sequence) == (expected, len(bodies))
    for snapshot in snapshot_paths(path):
        snapshot.unlink()
    with pytest.raises(JournalError, match="snapshots"):
        recovered(path)


def test_a_torn_tail_is_told(journal: Path) -> None:
    """T-071: the prefix is recovered, and the router has something to alarm."""
    expected, _ = recovered(journal)
    with journal.open("ab") as file:
        file.write(b"\xf5RECtorn")
    state, found = recovered(journal)
    assert state == expected
    assert "dropped" in found.problems[0]


def run_process(*arguments: object, parent: int | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "actors.folding", "router", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_process_says_what_it_did(journal: Path, bodies: list[bytes]) -> None:
    """One JSON line, or one line of why not."""
    done = run_process(journal, len(bodies), 0)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sequence"] == len(bodies)
    failed = run_process(journal, len(bodies) + 9, 0)
    assert failed.returncode == 1
    assert failed.stderr.startswith("JournalCorrupt")
    assert "Traceback" not in failed.stderr


def test_it_ends_with_its_router(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A router that was killed leaves no process that works on."""
    monkeypatch.setattr(folding, "LOOK_EVERY_RECORDS", 2)
    assert fold(task(journal, 9), parent=os.getppid()) is not None
    with pytest.raises(InterruptedError):
        fold(task(journal, 9), parent=-1)
