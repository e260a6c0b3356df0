"""Orders and fills of the past come from the query index beside the journal."""

import json
from pathlib import Path

import pytest

from actors.command import app, exits, history
from engine.journal import JournalIndex, JournalTail
from engine.orders.projection import TABLES, project
from tests.kit.journal import open_writer
from tests.kit.orders import Bench
from tests.unit.command.test_journals import written


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    """Two orders, one with two fills."""
    bench = Bench().open_venue()
    bench.greet()
    order = bench.submit(note="[/x]")
    bench.fill(order, "f1", "4")
    bench.fill(order, "f2", "1")
    bench.submit(note="again")
    return bench.journal


@pytest.fixture
def file(tmp_path: Path, bodies: list[bytes]) -> Path:
    return written(tmp_path / "live.journal", bodies)


def answer(capsys, *words: str) -> list[dict]:
    assert app.main(["journal", *words, "--json"]) == exits.OK
    return json.loads(capsys.readouterr().out)


def test_fills_are_listed_without_an_engine(file: Path, capsys):
    """The index is made when there is none; names are those of the messages."""
    fills = answer(capsys, "fills", str(file))

    assert [(row["fill_key"], row["last_qty"]) for row in fills] == [("f1", "4"), ("f2", "1")]
    assert fills[0]["client_order_id"]


def test_the_newest_come_last_and_others_are_left_out(file: Path, capsys):
    """A limit keeps the newest."""
    every = answer(capsys, "orders", str(file))
    (last,) = answer(capsys, "orders", str(file), "--limit", "1")

    assert len(every) == 2
    assert last == every[-1]
    assert all(row["client_order_id"] for row in every)


def test_what_was_written_since_is_taken_in(file: Path, bodies, tmp_path: Path, capsys):
    """An engine that was killed leaves its index behind the journal."""
    early = written(tmp_path / "early" / "live.journal", bodies[:3])
    assert answer(capsys, "fills", str(early)) == []
    early.write_bytes(file.read_bytes())

    assert len(answer(capsys, "fills", str(early))) == 2


def test_a_running_engine_keeps_its_index_itself(file: Path, bodies, capsys):
    """While somebody writes the journal its index is only read, and never rebuilt."""
    with JournalTail(file) as tail, JournalIndex(history._file(file), TABLES, project) as index:
        index.catch_up(tail, 10_000)
        before = index.last_sequence
        with open_writer(file) as journal:
            journal.append(bodies[-1])
            journal.commit()
            assert len(answer(capsys, "fills", str(file))) == 2
            assert app.main(["journal", "rebuild-index", str(file)]) == exits.TRY_AGAIN
        assert index.last_sequence == before
    assert "being written" in capsys.readouterr().err


def test_a_running_engine_without_index_is_said(file: Path, capsys):
    """With what to do about it."""
    with open_writer(file):
        assert history.table("fills", file, 5, as_json=True) == exits.CHECK_FAILED
    assert "rebuild-index" in capsys.readouterr().err


def test_the_index_is_made_anew(file: Path, bodies, capsys):
    """Whatever was there before."""
    history._file(file).write_bytes(b"rubbish" * 1000)

    assert app.main(["journal", "rebuild-index", str(file)]) == exits.OK
    assert f"{len(bodies)} records" in capsys.readouterr().out
    assert len(answer(capsys, "fills", str(file))) == 2


@pytest.mark.parametrize("words", ["show", "orders", "fills", "rebuild-index"])
def test_what_is_no_journal_is_left_alone(tmp_path: Path, words, capsys):
    """It is said, and neither the file nor its mode is changed."""
    file = tmp_path / "notes.txt"
    file.write_text("nothing of the kind" * 20)
    file.chmod(0o644)

    assert app.main(["journal", words, str(file)]) == exits.CHECK_FAILED
    assert str(file) in capsys.readouterr().err
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_people_see_a_table(file: Path, capsys):
    """With the day, because the past is more than a day."""
    for verb in ("orders", "fills"):
        assert history.table(verb, file, 5, as_json=False) == exits.OK
        out = capsys.readouterr().out
        titles, *rows = out.splitlines()
        assert titles.startswith("time ")
        assert len(rows) == 2
        assert all(row.startswith("2023-11-14 ") for row in rows)
