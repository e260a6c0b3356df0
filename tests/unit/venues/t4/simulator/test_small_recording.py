"""A recording of a few rows: auction, open, end, and the beginning anew, as a client hears it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.errors import ConfigError
from tests.kit.t4_simulator import ALL, ALL_LEVELS, ES, OPEN, PRE_OPEN, Still

SECOND = 1_000_000_000
OPENED = 1_703_545_200 * SECOND
END, PART, SHOWN = 128, 0, 32
BUY, SELL, NONE = 1, -1, 0
INSTRUMENT = """
symbol = "ESH4"
price_increment = 0.25
size_increment = 1.0
multiplier = 50.0
currency = "USD"
[tables.orders]
[tables.trades]
"""
ROWS = [
    (OPENED - 9 * SECOND, "A", BUY, 1, 4800.5, 3, SHOWN),
    (OPENED - 9 * SECOND, "A", SELL, 2, 4800.0, 2, SHOWN | END),
    (OPENED - 1 * SECOND, "A", SELL, 3, 4801.0, 4, END),
    (OPENED, "T", NONE, 0, 4800.25, 2, PART),
    (OPENED, "F", NONE, 1, 4800.25, 2, PART),
    (OPENED, "F", NONE, 2, 4800.25, 2, PART),
    (OPENED, "M", BUY, 1, 4800.5, 1, PART),
    (OPENED, "C", SELL, 2, 4800.0, 2, END),
    (OPENED + 1 * SECOND, "T", BUY, 9, 4801.0, 3, PART),
    (OPENED + 1 * SECOND, "F", SELL, 3, 4801.0, 3, PART),
    (OPENED + 1 * SECOND, "C", SELL, 3, 4801.0, 3, END),
]


def recording(folder: Path) -> str:
    """The rows as a recording."""
    columns = list(zip(*ROWS, strict=True))
    names = ("ts_event", "action", "side", "order_id", "price", "size", "flags")
    kinds = (
        pa.int64(),
        pa.string(),
        pa.int8(),
        pa.int64(),
        pa.float64(),
        pa.float64(),
        pa.uint8(),
    )
    arrays = [pa.array(each, kind) for each, kind in zip(columns, kinds, strict=True)]
    pq.write_table(pa.table(arrays, names), folder / "orders.parquet")
    trades = [row for row in ROWS if row[1] == "T"]
    table = {
        "ts_ns": pa.array([row[0] for row in trades], pa.int64()),
        "price": pa.array([row[4] for row in trades], pa.float64()),
    }
    pq.write_table(pa.table(table), folder / "trades.parquet")
    (folder / "instrument.toml").write_text(INSTRUMENT, "utf-8")
    return str(folder)


def played(venue: Still, seconds: float) -> None:
    """Let it run in small steps."""
    for _ in range(int(seconds * 10)):
        venue.wait(0.1)


def test_it_is_told_as_recorded_and_begins_anew(tmp_path):
    """Two rounds: the second begins with CLEAR and everything that stood, without a gap."""
    venue = Still(replay=recording(tmp_path), markets=(ES,), hold_for=(), pre_open_s=5.0)
    line = venue.line()
    image = line.depth(buffer=ALL, levels=ALL_LEVELS)[1][1]["messages"][0]["market_depth"]
    assert (image["bids"][0]["price"], image["offers"][0]["price"]) == ("4800.5", "4800")
    snapshot = line.by_order()[0][1]
    assert [each["order_id"] for each in snapshot["orders"]] == [1, 2]
    played(venue, 6.5)
    came = line.take()
    trades = [body for name, body in came if name == "market_by_order_trade"]
    assert [(each["trade_price"], each["trade_volume"]) for each in trades] == [
        ("4800.25", 2),
        ("4801", 3),
    ]
    assert [each["order_id"] for each in trades[0]["orders"]] == [1, 2]
    modes = [body["mode"] for name, body in came if name == "market_depth"]
    assert (modes[0], modes[-1]) == (PRE_OPEN, OPEN)
    played(venue, 7.0)
    came += line.take()
    updates = [body for name, body in came if name == "market_by_order_update"]
    assert [each["sequence"] for each in updates] == list(range(1, len(updates) + 1))
    cleared = next(each for each in updates if each["updates"][0].get("update_type") == 2)
    assert cleared["mode"] == PRE_OPEN
    assert [each["order_id"] for each in cleared["updates"][1:]] == [1, 2]
    again = [body for name, body in came if name == "market_by_order_trade"]
    assert len(again) == 4
    images = [body for name, body in came if name == "market_depth"]
    assert images[-1]["mode"] == OPEN
    assert [(each["price"], each["volume"]) for each in images[-1]["bids"]] == [("4800.5", 1)]
    assert [(each["price"], each["volume"]) for each in images[-1]["offers"]] == [("4801", 1)]
    assert images[-1]["trade_data"]["total_traded_volume"] == 10


def test_it_stands_still_at_its_end_where_it_is_not_to_repeat(tmp_path):
    """The book stays."""
    folder = recording(tmp_path)
    venue = Still(replay=folder, markets=(ES,), hold_for=(), pre_open_s=0.0, repeat=False)
    line = venue.line()
    line.depth(buffer=ALL)
    played(venue, 5)
    assert venue.venue.market.next_deadline_ns() is None
    assert venue.venue.market.book(ES, 5) == (((19_202, 1),), ((19_204, 1),))


def test_a_level_of_a_client_stands_beside_the_recorded_orders(tmp_path):
    """And outlives the beginning anew."""
    venue = Still(replay=recording(tmp_path), markets=(ES,), hold_for=(), pre_open_s=5.0)
    state = venue.venue.market.states[ES]
    orders = venue.venue.market.states[ES].orders
    orders.show(*next((o.side, 19_000) for o in orders.standing()), 2, traded=False)
    orders.clear_recorded()
    assert [(o.ticks, o.lots) for o in state.orders.standing()] == [(19_000, 2)]


def test_recordings_without_orders_are_refused(tmp_path):
    """They say what is missing."""
    folder = Path(recording(tmp_path))
    text = INSTRUMENT.replace("[tables.orders]", "")
    (folder / "instrument.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="no market by order"):
        Still(replay=str(folder), markets=(ES,))
