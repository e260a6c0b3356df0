"""The market: generated or recorded, on one time line; recordings are read where they are."""

import os
from itertools import pairwise

import pytest

from actors.venues.alltick.simulator import SimulatorSettings
from actors.venues.alltick.simulator.catalog import BY_CODE, CATALOG
from actors.venues.alltick.simulator.connection import Watch
from actors.venues.alltick.simulator.market import Market, listed
from actors.venues.alltick.simulator.venue import Venue
from engine.errors import ConfigError
from engine.exchange.feeds import LevelSet, OutsideTrade, TopSet
from tests.kit.alltick_simulator import SECOND_NS, START, Sink, later
from tests.kit.recordings import RECORDINGS, recorded_folder

FIRST_NS = {
    "BTCUSDT": 1_723_161_256_313_000_000,
    "EURUSD": 1_399_507_208_715_000_000,
    "SPY.US": 1_381_152_600_094_000_000,
    "BAC.US": 1_381_152_600_019_000_000,
    "GOLD": 1_381_104_000_276_000_000,
}
NAMES = {
    "BTCUSDT": "btcusdt-perp-20240808",
    "EURUSD": "eurusd-20140508",
    "SPY.US": "spy-20131007",
    "BAC.US": "bac-20131007",
    "GOLD": "gc-20131007",
}


def market(**knobs) -> Market:
    """A market in which everything that is listed is awake."""
    settings = SimulatorSettings(**knobs)
    one = Market(settings, listed(settings), START)
    for listing in listed(settings):
        if not one.awake(listing.code):
            assert one.wake(listing.code, START) == []
    return one


def folder(code: str) -> str:
    return str(recorded_folder(NAMES[code]))


def drive(one: Market, seconds: float, step_s: float = 0.5) -> list:
    """Start the market and take what comes within a time."""
    one.start(START)
    found, at = [], 0.0
    while at < seconds:
        at = min(seconds, at + step_s)
        while batch := one.advance(later(at)):
            found += batch
    return found


def test_an_unknown_code_is_a_configuration_error():
    """All of them at once."""
    with pytest.raises(ConfigError) as raised:
        listed(SimulatorSettings(symbols=("BTCUSDT", "DOGE", "btcusdt")))
    assert len(raised.value.problems) == 2


def test_a_generated_market_is_the_same_for_the_same_seed():
    """However its time is cut; all instruments move; another seed is another market."""

    def events(step_s: float, seed: int = 5) -> list:
        return drive(market(seed=seed, symbols=("BTCUSDT", "700.HK", "EURUSD")), 5, step_s)

    assert events(5.0) == events(0.1)
    assert {event.symbol for event in events(5.0)} == {"BTCUSDT", "700.HK", "EURUSD"}
    assert events(5.0, seed=6) != events(5.0)


def test_a_faster_market_has_more_of_it():
    """Ten times as much in the same time, stamped with the wall clock."""
    slow = drive(market(symbols=("BTCUSDT",)), 5)
    one = market(symbols=("BTCUSDT",), speed=10.0)
    fast = drive(one, 5)
    assert 5 < len(fast) / len(slow) < 20
    stamp_ns = one.stamp_ns("BTCUSDT", fast[-1].at_ns)
    assert START.wall_ns < stamp_ns <= later(5).wall_ns


def test_every_catalog_entry_generates_prices_on_its_grid():
    """And near its reference."""
    one = Venue(SimulatorSettings(seed=3), START)
    for listing in CATALOG:
        one.wake(listing.code, START)
    for second in range(1, 6):
        one.advance(later(second))
        while one.next_deadline_ns() <= later(second).mono_ns:
            one.advance(later(second))
    for listing in CATALOG:
        state = one.symbols[listing.code]
        assert state.book is not None, listing.code
        price = state.book.bids[0][0] * listing.price_increment
        assert abs(price / listing.reference_price - 1) < 0.05, listing.code


def test_a_held_market_does_not_move():
    """Until everything it waits for has a subscriber; either kind where none is named."""
    venue = Venue(SimulatorSettings(hold_for=("depth:BTCUSDT", "EURUSD")), START)
    sink = Sink()
    assert venue.market.next_deadline_ns() is None
    venue.watch(sink, Watch("trade", {"BTCUSDT": 1}), START)
    venue.watch(sink, Watch("depth", {"BTCUSDT": 1}), START)
    venue.advance(later(9))
    assert not venue.market.started
    assert sink.texts == []
    venue.watch(sink, Watch("trade", {"EURUSD": 1}), later(10))
    venue.advance(later(11))
    assert venue.market.started
    assert sink.texts


def test_a_generated_instrument_sleeps_until_somebody_asks():
    """Its book is there at once then, its past arrives where it begins, and no other wakes with it."""
    venue, sink = Venue(SimulatorSettings(), START), Sink()
    assert venue.market.started
    assert venue.market.next_deadline_ns() is None
    asked = later(3_600)
    venue.watch(sink, Watch("depth", {"BTCUSDT": 5}), asked)
    (frame,) = sink.take()
    assert frame["data"]["tick_time"] == asked.wall_ns // 10**6
    assert venue.symbols["BTCUSDT"].past.end_s == asked.wall_ns // 10**9 // 60 * 60
    assert [each.code for each in CATALOG if venue.market.awake(each.code)] == ["BTCUSDT"]
    venue.advance(later(3_602))
    assert sink.take()
    assert venue.wake("BTCUSDT", later(9_999)).past.end_s == asked.wall_ns // 10**9 // 60 * 60


# --- recordings -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", NAMES)
def test_a_recording_is_replayed_from_its_first_row(code):
    """With its own stamps, its own reference price, and nothing of the others."""
    one = market(replay=folder(code), timestamps="recorded", symbols=(code, "700.HK"))
    assert one.held
    events = [event for event in drive(one, 60) if event.symbol == code]
    assert one.stamp_ns(code, events[0].at_ns) == FIRST_NS[code]
    assert one.source(BY_CODE[code]) == f"recorded: {NAMES[code]}"
    assert one.source(BY_CODE["700.HK"]) == "generated"
    stamps = [one.stamp_ns(code, event.at_ns) for event in events]
    assert stamps == sorted(stamps)
    assert stamps[-1] - stamps[0] <= 60 * SECOND_NS


def test_recordings_of_one_moment_keep_their_distance_others_begin_together():
    """75 ms between SPY and BAC; none to EUR/USD of another year nor to gold, 13 hours before.

    Found: gold and the shares are of one day, so the shares were silent for 13 hours.
    """
    codes = ("SPY.US", "BAC.US", "EURUSD", "GOLD")
    one = market(replay=os.pathsep.join(map(folder, codes)), symbols=codes, timestamps="recorded")
    first: dict[str, int] = {}
    for event in drive(one, 30):
        first.setdefault(event.symbol, event.at_ns)
    assert first == {"BAC.US": 0, "SPY.US": 75_000_000, "EURUSD": 0, "GOLD": 0}
    assert {code: one.stamp_ns(code, first[code]) for code in codes} == {
        code: FIRST_NS[code] for code in codes
    }


def test_a_folder_of_recordings_gives_what_is_listed():
    """The others stay where they are, and what is missing is generated and says so."""
    recorded_folder(NAMES["BTCUSDT"])
    one = market(replay=str(RECORDINGS), symbols=("BTCUSDT", "BAC.US", "SOLUSDT"))
    assert set(one.recordings) == {"BTCUSDT", "BAC.US"}
    alone = market(replay=folder("BTCUSDT"), symbols=("BTCUSDT", "EURUSD"))
    assert alone.source(BY_CODE["EURUSD"]) == "generated: no recording of EUR/USD was found"


def test_a_recording_of_something_unlisted_is_refused():
    """Named itself; in a folder of recordings it would be passed over."""
    with pytest.raises(ConfigError, match="BTCUSDT"):
        market(replay=folder("BTCUSDT"), symbols=("EURUSD",))


def test_a_folder_without_a_recording_is_a_configuration_error(tmp_path):
    """Found at start, not when the first client comes."""
    with pytest.raises(ConfigError):
        market(replay=str(tmp_path))
    with pytest.raises(ConfigError):
        market(replay=str(tmp_path / "missing"))


@pytest.mark.parametrize("speed", [1.0, 20.0])
def test_no_row_of_a_replay_is_lost_at_any_speed(speed):
    """BTC/USDT from end to end; the times of the recording are kept."""
    one = market(replay=folder("BTCUSDT"), symbols=("BTCUSDT",), speed=speed, timestamps="recorded")
    counts = {TopSet: 0, OutsideTrade: 0, LevelSet: 0}
    events = drive(one, 345 / speed, 10 / speed)
    for event in events:
        counts[type(event)] += 1
    assert counts == {TopSet: 66_089, OutsideTrade: 21_313, LevelSet: 6_548}
    assert one.next_deadline_ns() is None
    assert one.stamp_ns("BTCUSDT", events[-1].at_ns) == last_row_ns("BTCUSDT")


def last_row_ns(code: str) -> int:
    import pyarrow.parquet as pq

    path = recorded_folder(NAMES[code])
    tables = [pq.read_table(each, columns=["ts_ns"]) for each in path.glob("*.parquet")]
    return max(table.column(0)[-1].as_py() for table in tables)


def pushed(code: str, seconds: float, **knobs) -> tuple[list[dict], list[dict]]:
    """(books, trades) that a subscriber of one code is sent."""
    settings = SimulatorSettings(
        replay=folder(code), symbols=(code,), timestamps="recorded", **knobs
    )
    venue, sink = Venue(settings, START), Sink()
    venue.watch(sink, Watch("depth", {code: 10}), START)
    venue.watch(sink, Watch("trade", {code: 1}), START)
    while (due_ns := venue.next_deadline_ns()) <= later(seconds).mono_ns:
        venue.advance(later(max(0.0, (due_ns - START.mono_ns) / SECOND_NS + 0.05)))
    frames = sink.take()
    books = [frame["data"] for frame in frames if frame["cmd_id"] == 22999]
    trades = [frame["data"] for frame in frames if frame["cmd_id"] == 22998]
    return books, trades


def rows(code: str, table: str, count: int) -> list[dict]:
    import pyarrow.parquet as pq

    path = recorded_folder(NAMES[code]) / f"{table}.parquet"
    found = pq.ParquetFile(path).iter_batches(batch_size=count)
    return next(found).to_pylist()


def test_recorded_trades_are_pushed_one_by_one():
    """Price, size, time and aggressor of each row of BTC/USDT."""
    _, trades = pushed("BTCUSDT", 10)
    wanted = rows("BTCUSDT", "trades", len(trades))
    assert len(trades) > 100
    for row, trade in zip(wanted, trades, strict=True):
        assert float(trade["price"]) == row["price"]
        assert float(trade["volume"]) == row["size"]
        assert trade["tick_time"] == row["ts_ns"] // 10**6
        assert trade["trade_direction"] == (1 if row["aggressor"] == 1 else 2)


def test_a_dealers_quotes_are_books_and_its_bid_the_last_price():
    """EUR/USD has no trades and no sizes."""
    books, trades = pushed("EURUSD", 120)
    wanted = rows("EURUSD", "quotes", 5_000)
    changed = [wanted[0]] + [
        row
        for last, row in pairwise(wanted)
        if (last["bid_price"], last["ask_price"]) != (row["bid_price"], row["ask_price"])
    ]
    assert len(books) > 10
    for row, book in zip(changed, books, strict=False):
        assert float(book["bids"][0]["price"]) == row["bid_price"]
        assert float(book["asks"][0]["price"]) == row["ask_price"]
    bids = [row["bid_price"] for row in wanted]
    moves = [bids[0]] + [bid for last, bid in pairwise(bids) if bid != last]
    assert [float(trade["price"]) for trade in trades] == moves[: len(trades)]
    assert {trade["trade_direction"] for trade in trades} == {1}


def test_prints_without_quotes_get_a_quote_around_them():
    """SPY: a tick to either side of the last print."""
    books, trades = pushed("SPY.US", 20)
    assert len(books) > 10
    last = books[-1]
    price = float(trades[-1]["price"])
    assert float(last["bids"][0]["price"]) == pytest.approx(price - 0.01)
    assert float(last["asks"][0]["price"]) == pytest.approx(price + 0.01)
    assert all(
        float(trade["price"]) == row["price"]
        for trade, row in zip(trades, rows("SPY.US", "trades", len(trades)), strict=True)
    )


def test_direction_of_stock_prints_follows_the_quote():
    """BAC has no aggressor, so its prints at bid and ask tell."""
    _, trades = pushed("BAC.US", 30)
    assert {trade["trade_direction"] for trade in trades} >= {1, 2}


def test_a_recording_may_start_over():
    """At its end, with later stamps."""
    one = market(replay=folder("GOLD"), symbols=("GOLD",), repeat=True, speed=30_000.0)
    rows = 39_610
    events = drive(one, 86_400 / 30_000 + 0.5, 0.1)
    assert len(events) > rows + 100
    assert events[rows].at_ns > events[rows - 1].at_ns
    assert one.next_deadline_ns() is not None
