"""`journal export`: what other programs get, whole or not at all."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from actors.command import exits, exporting
from actors.command.exporting import export
from engine.orders.records import PlannedOrder, from_bytes
from tests.kit.journal import open_writer
from tests.kit.orders import Bench


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    bench = Bench().open_venue()
    bench.greet()
    order = bench.submit(note="first")
    bench.tick(60.0)
    bench.fill(order, "f1", "4")
    return bench.journal


@pytest.fixture
def journal(tmp_path: Path, bodies: list[bytes]) -> Path:
    """In two segments."""
    path = tmp_path / "live.journal"
    with open_writer(path) as writer:
        for body in bodies:
            writer.append(body)
            if writer.sequence == 4:
                writer.rotate(created_ns=1)
    return path


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_record_is_a_line(journal: Path, bodies: list[bytes], tmp_path: Path, capsys) -> None:
    """In order, over segments, to standard output or into a file."""
    assert export(journal) == exits.OK
    shown = capsys.readouterr()
    rows = lines(shown.out)
    assert [row["sequence"] for row in rows] == list(range(1, len(bodies) + 1))
    assert f"{len(bodies)} records" in shown.err
    output = tmp_path / "out.jsonl"
    assert export(journal, output=output) == exits.OK
    assert lines(output.read_text()) == rows
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.jsonl"]


def test_a_table_has_common_columns_and_the_record(journal: Path, bodies, tmp_path: Path) -> None:
    """Of an order wish the strategy and the instrument are found inside the intent."""
    output = tmp_path / "out.parquet"
    assert export(journal, form="parquet", output=output) == exits.OK
    rows = pq.read_table(output).to_pylist()
    assert len(rows) == len(bodies)
    (planned,) = [row for row in rows if row["record"] == "PlannedOrder"]
    record = next(r for r in map(from_bytes, bodies) if isinstance(r, PlannedOrder))
    assert (planned["strategy"], planned["instrument"]) == ("alpha", record.intent.instrument)
    assert planned["client_order_id"] == record.client_order_id
    assert json.loads(planned["content"])["intent"]["quantity"] == "10"


def test_large_tables_are_written_in_batches(journal: Path, bodies, tmp_path, monkeypatch) -> None:
    """Memory is bounded by a batch, and nothing is lost at its border."""
    monkeypatch.setattr(exporting, "BATCH_ROWS", 3)
    export(journal, form="parquet", output=tmp_path / "x")
    assert pq.read_table(tmp_path / "x").column("sequence").to_pylist() == list(
        range(1, len(bodies) + 1)
    )


def test_kinds_and_times_choose(journal: Path, bodies, capsys) -> None:
    """Both must fit; a time without a zone is UTC."""
    export(journal, wanted=["FillRecord", "PlannedOrder"])
    assert [row["record"] for row in lines(capsys.readouterr().out)] == [
        "PlannedOrder",
        "FillRecord",
    ]
    last_ns = from_bytes(bodies[-1]).ts_ns  # type: ignore[attr-defined]
    since = datetime.fromtimestamp(last_ns / 1e9 - 30, tz=UTC)
    for when in (since, since.replace(tzinfo=None)):
        export(journal, since=when)
        found = [row["record"] for row in lines(capsys.readouterr().out)]
        assert found[-1] == "FillRecord"
        assert "PlannedOrder" not in found


@pytest.mark.parametrize(
    "wrong", [{"form": "xml"}, {"form": "parquet"}, {"wanted": ["Order"]}], ids=str
)
def test_what_cannot_be_is_said_at_once(journal: Path, wrong: dict, capsys) -> None:
    """Nothing is written."""
    with pytest.raises(exits.BadUsage):
        export(journal, **wrong)
    assert capsys.readouterr().out == ""


def test_damage_ends_the_export_and_is_told(journal: Path, tmp_path: Path, capsys) -> None:
    """What was whole is written; the exit code says that it is not all."""
    data = bytearray(journal.read_bytes())
    data[80] ^= 1
    journal.write_bytes(bytes(data))
    output = tmp_path / "out.jsonl"
    assert export(journal, output=output) == exits.CHECK_FAILED
    assert len(lines(output.read_text())) == 4
    assert "corrupt" in capsys.readouterr().err


def test_an_interrupted_export_leaves_the_older_one(journal: Path, tmp_path, monkeypatch) -> None:
    """The file has its name only when it is whole."""
    output = tmp_path / "out.jsonl"
    output.write_text("older")
    monkeypatch.setattr(exporting, "from_bytes", _interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(journal, output=output)
    assert output.read_text() == "older"
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.jsonl"]


def _interrupted(_: bytes) -> object:
    raise KeyboardInterrupt
