"""The query index: follows its journal, never lies about it, and can be thrown away."""

import sqlite3
import stat
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from engine.errors import InvariantViolation
from engine.journal.index import SELECT_ROWS_MAX, IndexFailed, IndexReader, JournalIndex
from engine.journal.reader import JournalTail
from engine.journal.schema import Row, Table
from tests.kit.journal import HEADER, open_writer, pieces

ORDERS = Table("orders", ("state", "price"), ("state",))
FILLS = Table("fills", ("order_id", "quantity"))
TABLES = (ORDERS, FILLS)


def project(body: bytes) -> Iterator[Row]:
    """`key state price` sets both, `key state` the state only, `fill key order quantity` a fill."""
    match body.decode().split():
        case ["fill", key, order, quantity]:
            yield Row("fills", key, {"order_id": order, "quantity": Decimal(quantity)})
            yield Row("orders", order, {"state": "filled"})
        case [key, state, price]:
            yield Row("orders", key, {"state": state, "price": Decimal(price)})
        case [key, state]:
            yield Row("orders", key, {"state": state})
        case ["nothing"]:
            pass
        case _:
            raise ValueError(body)


BODIES = [b"a open 1.50", b"b open 2", b"nothing", b"fill f1 a 0.10", b"b cancelled"]


@attrs.frozen
class Place:
    """A journal and its index in one folder."""

    journal: Path
    index: Path

    def write(self, bodies: list[bytes], header: object = HEADER) -> None:
        self.journal.write_bytes(b"".join(pieces(bodies, header)))

    def open(self, tables: tuple[Table, ...] = TABLES) -> JournalIndex:
        return JournalIndex(self.index, tables, project, busy_timeout_s=0.01)

    def caught_up(self) -> list[dict[str, object]]:
        """Open the index anew, catch up, and give all orders."""
        with self.open() as index, JournalTail(self.journal) as tail:
            while index.catch_up(tail, 2):
                pass
            return index.select("orders")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "journal", tmp_path / "journal.sqlite")


def states(rows: list[dict[str, object]]) -> dict[object, object]:
    return {row["key"]: row["state"] for row in rows}


def test_rows_follow_the_records(place: Place) -> None:
    """Rows carry what the records said last, the columns not named stay, sequences tell when."""
    place.write(BODIES)
    with place.open() as index, JournalTail(place.journal) as tail:
        assert index.catch_up(tail, 100) == 5
        assert index.catch_up(tail, 100) == 0
        assert index.last_sequence == 5
        assert index.file_id == HEADER.file_id
        a, b = index.select("orders")
        assert a == {
            "key": "a", "state": "filled", "price": "1.50", "first_sequence": 1, "last_sequence": 4,
        }  # fmt: skip
        assert (b["state"], b["price"], b["first_sequence"], b["last_sequence"]) == (
            "cancelled", "2", 2, 5,
        )  # fmt: skip
        assert [row["quantity"] for row in index.fills({"order_id": "a"})] == ["0.10"]
        assert [row["key"] for row in index.orders()] == ["b", "a"]


def test_catching_up_is_bounded(place: Place) -> None:
    """One call takes in no more records than it was allowed."""
    place.write(BODIES)
    with place.open() as index, JournalTail(place.journal) as tail:
        assert index.catch_up(tail, 2) == 2
        assert states(index.select("orders")) == {"a": "open", "b": "open"}
        assert index.last_sequence == 2


def test_an_opened_index_goes_on(place: Place) -> None:
    """After closing, the index continues behind the last record it took and repeats none."""
    place.write(BODIES[:2])
    place.caught_up()
    place.write(BODIES)
    with place.open() as index, JournalTail(place.journal) as tail:
        assert index.last_sequence == 2
        assert index.catch_up(tail, 100) == 3
        assert states(index.select("orders")) == {"a": "filled", "b": "cancelled"}


def test_following_a_live_writer(place: Place) -> None:
    """Records appended between two calls are taken in by the second."""
    with open_writer(place.journal) as writer, place.open() as index:
        tail = JournalTail(place.journal)
        for body in BODIES:
            writer.append(body)
            assert index.catch_up(tail, 100) == 1
        assert states(index.select("orders")) == {"a": "filled", "b": "cancelled"}
        tail.close()


def test_another_journal_starts_the_index_again(place: Place) -> None:
    """An index of another file is emptied, even when the numbers would fit."""
    place.write(BODIES)
    place.caught_up()
    place.write([b"c open 3", *[b"nothing"] * 9], attrs.evolve(HEADER, file_id=b"another file id."))
    assert states(place.caught_up()) == {"c": "open"}


def test_a_tail_written_anew_starts_the_index_again(place: Place) -> None:
    """When the journal lost records the index had, and got others by the same numbers, none stay.

    A power loss can do so: the index reached the disk and the journal's last pages did not.
    """
    place.write(BODIES)
    place.caught_up()
    place.write([*BODIES[:1], b"c open 3", b"c open 3", b"c open 3", b"d gone    ", b"e open 1"])
    assert states(place.caught_up()) == {"a": "open", "c": "open", "d": "gone", "e": "open"}


def test_a_shorter_journal_starts_the_index_again(place: Place) -> None:
    """An index that is ahead of its journal does not keep what the journal does not hold."""
    place.write(BODIES)
    place.caught_up()
    place.write(BODIES[:1])
    assert states(place.caught_up()) == {"a": "open"}


def test_other_tables_start_the_index_again(place: Place) -> None:
    """An index made for other columns is made anew when it is opened."""
    place.write(BODIES)
    place.caught_up()
    more = Table("orders", ("state", "price", "note"), ("state",))
    with place.open((more, FILLS)) as index, JournalTail(place.journal) as tail:
        assert index.last_sequence == 0
        assert index.select("orders") == []
        index.catch_up(tail, 100)
        assert index.select("orders")[0]["note"] is None
    with place.open() as index:
        assert index.last_sequence == 0


def test_a_rebuilt_index_equals_one_that_followed(place: Place) -> None:
    """Throwing the rows away and taking in the whole journal gives the same rows."""
    place.write(BODIES)
    followed = place.caught_up()
    with place.open() as index, JournalTail(place.journal) as tail:
        assert index.rebuild(tail) == 5
        assert index.select("orders") == followed
        assert index.catch_up(tail, 10) == 0


@pytest.mark.parametrize("damage", [b"not a database at all" * 300, b"SQLite format 3\x00 broken"])
def test_a_damaged_index_is_thrown_away(place: Place, damage: bytes) -> None:
    """A file that is no database costs a rebuild, nothing else."""
    place.write(BODIES)
    place.index.write_bytes(damage)
    assert states(place.caught_up()) == {"a": "filled", "b": "cancelled"}


def test_damage_found_while_writing_is_thrown_away(place: Place) -> None:
    """Pages damaged under an open index fail the call; the next calls build it again."""
    place.write([b"%d open 1" % number for number in range(2000)])
    place.caught_up()
    size, spared = place.index.stat().st_size, 8 * 4096  # what opening looks at stays whole
    with place.index.open("r+b") as file:
        file.seek(spared)
        file.write(b"\xa5" * (size - spared))
    place.write([b"%d shut 1" % number for number in range(3000)])
    with place.open() as index, JournalTail(place.journal) as tail:
        with pytest.raises(IndexFailed, match="malformed"):
            [index.catch_up(tail, 1000) for _ in range(4)]
        assert index.last_sequence == 0
        while index.catch_up(tail, 1000):
            pass
        assert index.last_sequence == 3000
        assert len(index.select("orders", {"state": "shut"})) == 3000


def test_a_projection_that_fails_leaves_the_index_as_it_was(place: Place) -> None:
    """A batch is taken in whole or not at all, and the same records are asked for again."""
    place.write([*BODIES[:2], b"this makes no sense at all"])
    with place.open() as index, JournalTail(place.journal) as tail:
        for _ in range(2):
            with pytest.raises(ValueError, match="no sense"):
                index.catch_up(tail, 100)
            assert index.select("orders") == []
            assert index.last_sequence == 0
        assert index.catch_up(tail, 2) == 2
        for _ in range(2):
            with pytest.raises(ValueError, match="no sense"):
                index.catch_up(tail, 100)
            assert index.last_sequence == 2


def test_damage_in_the_journal_is_a_failure_of_the_index_only(place: Place) -> None:
    """What the index cannot read is its own failure class, which stops no trading."""
    place.write(BODIES)
    with place.journal.open("ab") as file:
        file.write(b"x" * 40)
    with place.open() as index, JournalTail(place.journal) as tail:
        assert index.catch_up(tail, 100) == 5
        with pytest.raises(IndexFailed, match="no record at byte"):
            index.catch_up(tail, 100)
        assert len(index.select("orders")) == 2


def test_a_locked_index_fails_and_goes_on_later(place: Place) -> None:
    """While another process holds the write lock a call fails after a bounded wait and loses nothing."""
    place.write(BODIES)
    with place.open() as index, JournalTail(place.journal) as tail:
        other = sqlite3.connect(place.index, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(IndexFailed, match="locked"):
            index.catch_up(tail, 100)
        other.execute("ROLLBACK")
        other.close()
        assert index.catch_up(tail, 100) == 5


def test_an_index_locked_at_opening_is_not_thrown_away(place: Place) -> None:
    """Another owner's lock is no damage: opening fails and the rows stay."""
    place.write(BODIES)
    place.caught_up()
    other = sqlite3.connect(place.index, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(IndexFailed, match="locked"):
        place.open()
    other.execute("ROLLBACK")
    other.close()
    with place.open() as index:
        assert index.last_sequence == 5


def test_readers_see_whole_batches(place: Place) -> None:
    """A reader of another process sees what was taken in, and may not write."""
    place.write(BODIES)
    with (
        place.open() as index,
        JournalTail(place.journal) as tail,
        IndexReader(place.index, TABLES) as reader,
    ):
        assert reader.select("orders") == []
        index.catch_up(tail, 100)
        assert states(reader.orders()) == {"a": "filled", "b": "cancelled"}
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._connection.execute("DELETE FROM orders")
    with IndexReader(place.index, TABLES) as reader:
        assert len(reader.fills()) == 1


def test_calls_may_come_from_threads(place: Place) -> None:
    """An actor may catch up in a worker thread and query from another."""
    place.write(BODIES)
    counts: list[int] = []
    with place.open() as index, JournalTail(place.journal) as tail:
        thread = threading.Thread(target=lambda: counts.append(index.catch_up(tail, 100)))
        thread.start()
        thread.join()
        assert counts == [5]
        assert len(index.select("orders")) == 2


def test_queries(place: Place) -> None:
    """Conditions, order and limit do what they say; what is not there is refused."""
    place.write([b"%d %s %d" % (n, b"open" if n % 2 else b"shut", n) for n in range(10, 20)])
    place.caught_up()
    with IndexReader(place.index, TABLES) as reader:
        assert [row["key"] for row in reader.select("orders", {"state": "shut"}, limit=2)] == [
            "10",
            "12",
        ]
        newest = reader.select("orders", {"price": ["11", "12"]}, newest_first=True)
        assert [row["key"] for row in newest] == ["12", "11"]
        assert reader.select("orders", {"state": "x' OR '1'='1"}) == []
        assert reader.select("orders", {"state": []}) == []
        assert reader.select("orders", limit=-1) == []
        assert len(reader.select("orders", limit=SELECT_ROWS_MAX * 2)) == 10
        with pytest.raises(InvariantViolation, match="no table"):
            reader.select("sqlite_master")
        with pytest.raises(InvariantViolation, match="no column"):
            reader.select("orders", {"1=1; --": 1})


def test_the_index_is_its_owners_alone(place: Place, tmp_path: Path) -> None:
    """All files of the index have mode 0600, and it is not made through a link or without a folder."""
    place.write(BODIES)
    with place.open() as index, JournalTail(place.journal) as tail:
        index.catch_up(tail, 100)
        files = list(tmp_path.glob("journal.sqlite*"))
        assert len(files) == 3
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    for bad in (link, tmp_path / "missing" / "index"):
        with pytest.raises(IndexFailed, match="cannot be opened"):
            JournalIndex(bad, TABLES, project)
    with pytest.raises(IndexFailed, match="cannot be opened"):
        IndexReader(tmp_path / "missing", TABLES)
