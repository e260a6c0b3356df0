"""`journal show` and `journal verify` look into a router's journal, whether or not it runs."""

import json
from pathlib import Path

import pytest

from actors import journalplace
from actors.command import exits, journals
from actors.command.exits import BadUsage
from actors.command.operating import RUNNING_MARK
from actors.command.places import default_run_dir, default_state_dir
from engine.errors import ConfigError
from engine.orders.records import PlannedOrder, from_bytes
from tests.kit.journal import open_writer
from tests.kit.orders import Bench


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    """The records of a small day: one order, partly filled."""
    bench = Bench().open_venue()
    bench.greet()
    order = bench.submit(note="[/x] first")
    bench.fill(order, "f1", "4")
    return bench.journal


@pytest.fixture
def file(tmp_path: Path, bodies: list[bytes]) -> Path:
    return written(tmp_path / "live.journal", bodies)


def written(file: Path, bodies: list[bytes]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with open_writer(file) as journal:
        for body in bodies:
            journal.append(body)
    return file


def rows(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_record_is_shown_in_order(file: Path, bodies, capsys):
    """One JSON object a line, with its number and its kind, money as plain text."""
    assert journals.show(file, None, 0, as_json=True) == exits.OK
    found = rows(capsys)

    assert [row["sequence"] for row in found] == list(range(1, len(bodies) + 1))
    (planned,) = [row for row in found if row["record"] == "PlannedOrder"]
    assert planned["intent"]["quantity"] == "10"
    (fill,) = [row for row in found if row["record"] == "FillRecord"]
    assert (fill["last_qty"], fill["last_px"]) == ("4", "100")


def test_only_the_last_are_shown_when_asked(file: Path, bodies, capsys):
    """The end of a journal is what people look for."""
    journals.show(file, None, 2, as_json=True)

    assert [row["sequence"] for row in rows(capsys)] == [len(bodies) - 1, len(bodies)]


def test_people_see_a_line_for_each(file: Path, bodies, capsys):
    """With the fields that say something; text of others is shown as it is."""
    journals.show(file, None, 0, as_json=False)
    lines = capsys.readouterr().out.splitlines()

    assert len(lines) == len(bodies)
    assert sum("PlannedOrder" in line and "[/x] first" in line for line in lines) == 1


def test_a_record_of_another_release_is_shown_as_unreadable(tmp_path: Path, bodies, capsys):
    """The others are still shown."""
    file = written(tmp_path / "x.journal", [b"not a record", bodies[0]])
    assert journals.show(file, None, 0, as_json=True) == exits.OK
    first, second = rows(capsys)

    assert first["record"] == "unreadable"
    assert second["record"] == "BootRecord"


def test_a_good_journal_is_verified(file: Path, bodies, capsys):
    """Every checksum, every record applied, and the invariants that a journal speaks of."""
    assert journals.verify(file, None, as_json=True) == exits.OK
    answer = json.loads(capsys.readouterr().out)

    assert answer["ok"]
    assert answer["records"] == len(bodies)
    assert answer["first_bad_offset"] is None
    held = {name for name, row in answer["invariants"].items() if row["held"]}
    assert held == {"replay"} | {f"INV-{number}" for number in (1, 4, 5, 8, 9, 10, 11)}


def test_a_flipped_bit_is_found(file: Path, capsys):
    """Damage in the middle is named with its offset; the state is not rebuilt from what is left."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)

    assert journals.verify(file, None, as_json=True) == exits.CHECK_FAILED
    answer = json.loads(capsys.readouterr().out)
    assert not answer["ok"]
    assert 0 < answer["first_bad_offset"] <= len(data) // 2
    assert answer["invariants"] == {}


def test_records_that_make_no_sense_are_found(tmp_path: Path, bodies, capsys):
    """Sound bytes that cannot be applied: a fill of an order that was never planned."""
    left = [body for body in bodies if not isinstance(from_bytes(body), PlannedOrder)]
    file = written(tmp_path / "x.journal", left)

    assert journals.verify(file, None, as_json=False) == exits.CHECK_FAILED
    assert "BROKEN  replay: there is no order" in capsys.readouterr().out


def test_what_is_damaged_is_not_shown_as_complete(file: Path, bodies, capsys):
    """What can be read is shown, and then that it is not all."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)

    assert journals.show(file, None, 0, as_json=True) == exits.CHECK_FAILED
    out, err = capsys.readouterr()
    assert 0 < len(out.splitlines()) < len(bodies)
    assert "corrupt" in err


def test_a_torn_tail_is_no_damage(file: Path, bodies, capsys):
    """A record under way, or cut off by a crash, is what the next start drops as well."""
    file.write_bytes(file.read_bytes()[:-3])

    assert journals.show(file, None, 0, as_json=True) == exits.OK
    assert len(rows(capsys)) == len(bodies) - 1


def test_what_is_no_journal_is_refused(tmp_path: Path, capsys):
    """Neither shown as empty nor taken for a good one."""
    file = tmp_path / "x.journal"
    file.write_bytes(b"something else entirely, and long enough for a header of any kind" * 3)

    assert journals.show(file, None, 0, as_json=True) == exits.CHECK_FAILED
    assert "is no journal" in capsys.readouterr().err
    assert journals.verify(file, None, as_json=True) == exits.CHECK_FAILED


def test_the_named_file_must_be_there(tmp_path: Path):
    """A typing error is the user's, and is said so."""
    with pytest.raises(ConfigError, match="there is no journal"):
        journals.find(tmp_path / "none", None)


def test_the_only_journal_is_found(tmp_path: Path, monkeypatch):
    """In the run directory that is named, else wherever engines keep their state; never a guess."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "kept"))
    with pytest.raises(BadUsage, match="no journal is found"):
        journals.find(None, None)
    kept = written(default_state_dir("desk") / "journal" / "live.journal", [])
    assert journals.find(None, None) == kept
    demo = written(default_run_dir("demo") / "state" / "journal" / "paper.journal", [])
    with pytest.raises(BadUsage, match=r"(?s)live\.journal.*paper\.journal|paper.*live"):
        journals.find(None, None)
    journalplace.note(default_run_dir("demo"), demo)
    assert journals.find(None, default_run_dir("demo")) == demo
    assert journals.find(kept, default_run_dir("demo")) == kept
    (default_run_dir("demo") / RUNNING_MARK).touch()
    assert journals.find(None, None) == demo  # the only one that runs


def test_a_journal_that_a_run_noted_is_one_of_those_found(tmp_path: Path, monkeypatch):
    """Wherever the state is kept; a run that is known by both ways counts once."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "kept"))
    run_dir = tmp_path / "runs" / "pitboss" / "desk"
    run_dir.mkdir(parents=True)
    elsewhere = written(tmp_path / "mine" / "journal" / "live.journal", [])
    journalplace.note(run_dir, elsewhere)
    assert journals.find(None, None) == elsewhere
    elsewhere.unlink()
    kept = written(default_state_dir("desk") / "journal" / "live.journal", [])
    journalplace.note(run_dir, kept)
    assert journals.find(None, None) == kept


def test_a_run_directory_without_a_journal_is_said_so(tmp_path: Path):
    """No engine ran there, or its journal is gone: two things, and what to do about each."""
    with pytest.raises(ConfigError, match="no engine has run in") as caught:
        journals.find(None, tmp_path)
    assert "-c" in str(caught.value)
    journalplace.note(tmp_path, tmp_path / "mine" / "live.journal")
    with pytest.raises(ConfigError, match=r"kept its journal in .*live\.journal"):
        journals.find(None, tmp_path)


def test_the_journal_of_a_configuration_is_found(tmp_path: Path, monkeypatch):
    """Where `start` keeps it: by state directory, or by the engine's name, and by mode."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "kept"))
    config = tmp_path / "desk.toml"
    config.write_text('[engine]\nname = "desk"\n')
    with pytest.raises(ConfigError, match="has not run"):
        journals.find(None, None, config)
    written(default_state_dir("desk") / "journal" / "live.journal", [])
    paper = written(default_state_dir("desk") / "journal" / "paper.journal", [])
    assert journals.find(None, None, config) == paper
    config.write_text('[engine]\nname = "desk"\nstate_dir = "mine"\n')
    mine = written(tmp_path / "mine" / "journal" / "paper.journal", [])
    assert journals.find(None, None, config) == mine
