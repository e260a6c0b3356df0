"""Replay of recordings: every row once, in order, with its own values."""

from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from engine.errors import ConfigError
from engine.exchange.events import BookTop, TradePrinted
from engine.exchange.exchange import Exchange
from engine.exchange.feeds import BookReset, LevelSet, OutsideTrade, TopSet
from engine.exchange.model import Side
from engine.exchange.recording import BATCH_ROWS, instrument_of
from engine.exchange.replay import REPEAT_PAUSE_NS, Replay, ReplayOptions
from tests.kit.exchange import instrument
from tests.kit.recordings import recorded_folder

TOML = """
symbol = "XY"
price_increment = 1e-05
size_increment = 0.001
multiplier = 1.0
currency = "USD"
[tables.quotes]
[tables.trades]
[tables.book]
"""
END_NS = 1 << 62
CONTRACT = instrument(price_increment=Decimal("0.00001"), contract_size=Decimal("0.001"))


def _write(folder, quotes=(), trades=(), book=()):
    """A small recording; rows are (ts_ns, values …) in the order of the schema."""
    (folder / "instrument.toml").write_text(TOML)
    tables = {
        "quotes": (("ts_ns", "bid_price", "bid_size", "ask_price", "ask_size"), "iffff", quotes),
        "trades": (("ts_ns", "price", "size", "aggressor", "trade_id"), "iffbi", trades),
        "book": (
            ("ts_ns", "update_id", "is_snapshot", "side", "price", "size"),
            "iiobff",
            book,
        ),
    }
    types = {"i": pa.int64(), "f": pa.float64(), "b": pa.int8(), "o": pa.bool_()}
    for name, (columns, kinds, rows) in tables.items():
        arrays = [pa.array([row[at] for row in rows], types[kind]) for at, kind in enumerate(kinds)]
        pq.write_table(
            pa.table(dict(zip(columns, arrays, strict=True))), folder / f"{name}.parquet"
        )
    return folder


def _play(folder, listed=CONTRACT, **options):
    return Replay(folder, listed, ReplayOptions(**options)).advance(END_NS)


def test_the_instrument_is_read_exactly(tmp_path):
    """Increments written as floats become exact Decimals in plain notation."""
    recorded = instrument_of(_write(tmp_path, quotes=[(5, 1.39101, 1.0, 1.39114, 1.0)]))
    assert format(recorded.price_increment, "f") == str(recorded.price_increment) == "0.00001"
    assert (recorded.size_increment, recorded.multiplier) == (Decimal("0.001"), Decimal(1))
    assert recorded.reference_price == Decimal("1.39101")
    assert recorded.listed().lots(Decimal("0.012")) == 12


def test_rows_become_events_in_time_order(tmp_path):
    """At one time trades come before quotes before depth; sizes are contracts; update ids stay together."""
    folder = _write(
        tmp_path,
        quotes=[(10, 1.0, 0.012, 1.1, 0.003), (20, 1.0, 0.012, 1.1, 0.003)],
        trades=[(20, 1.1, 0.004, 1, 77), (20, 1.0, 0.001, 0, None)],
        book=[
            (20, 1, True, 1, 0.9, 0.05),
            (20, 1, True, -1, 1.2, 0.06),
            (20, 2, False, 1, 0.9, 0.0),
        ],
    )
    quote = TopSet("XY", 100_000, 12, 110_000, 3, 10, keep_depth=True)
    assert _play(folder) == [
        quote,
        OutsideTrade("XY", 110_000, 4, Side.BUY, 77, 20),
        OutsideTrade("XY", 100_000, 1, None, None, 20),
        TopSet("XY", 100_000, 12, 110_000, 3, 20, keep_depth=True),
        LevelSet(
            "XY",
            ((Side.BUY, 90_000, 50), (Side.SELL, 120_000, 60)),
            20,
            snapshot=True,
            beneath_top=True,
        ),
        LevelSet("XY", ((Side.BUY, 90_000, 0),), 20, beneath_top=True),
    ]
    assert _play(folder, depth=False)[0] == TopSet("XY", 100_000, 12, 110_000, 3, 10)


def test_an_update_across_batches_stays_one_update(tmp_path):
    """An update id whose rows straddle the reader's batches is applied as one."""
    rows = [(10, 1, True, 1, round(i * 0.00001, 5), 1.0) for i in range(1, BATCH_ROWS + 10)]
    (update,) = _play(_write(tmp_path, book=rows))
    assert len(update.levels) == BATCH_ROWS + 9


def test_time_can_be_moved_and_stretched(tmp_path):
    """The first row starts where told, distances are divided by the speed."""
    folder = _write(tmp_path, quotes=[(1_000, 1.0, 1.0, 1.1, 1.0), (3_000, 1.0, 1.0, 1.1, 1.0)])
    assert [e.at_ns for e in _play(folder)] == [1_000, 3_000]
    assert [e.at_ns for e in _play(folder, start_ns=50)] == [50, 2_050]
    assert [e.at_ns for e in _play(folder, start_ns=50, speed=4.0)] == [50, 550]


def test_a_repeated_recording_starts_over_without_its_trade_ids(tmp_path):
    """Between rounds the book is reset, time goes on, and no trade id occurs twice."""
    folder = _write(tmp_path, quotes=[(10, 1.0, 1.0, 1.1, 1.0)], trades=[(15, 1.0, 0.001, -1, 77)])
    feed = Replay(folder, CONTRACT, ReplayOptions(start_ns=0, repeat=True))
    first, second = 0, 5 + REPEAT_PAUSE_NS
    events = feed.advance(second + 5)
    assert [(type(e), e.at_ns) for e in events] == [
        (TopSet, first),
        (OutsideTrade, 5),
        (BookReset, second),
        (TopSet, second),
        (OutsideTrade, second + 5),
    ]
    assert [e.trade_id for e in events if isinstance(e, OutsideTrade)] == [77, None]


def test_sizes_that_are_no_whole_contracts_are_refused_or_rounded_by_name(tmp_path):
    """Off-grid sizes are an error unless inexact sizes are allowed; then none becomes zero."""
    folder = _write(tmp_path, quotes=[(1, 1.0, 0.001, 1.1, 0.027)])
    coarse = instrument(price_increment=Decimal("0.00001"), contract_size=Decimal("0.01"))
    with pytest.raises(ConfigError, match="not a multiple"):
        _play(folder, coarse)
    (quote,) = _play(folder, coarse, inexact_sizes=True)
    assert (quote.bid_lots, quote.ask_lots) == (1, 3)


def test_a_price_off_the_grid_is_never_rounded(tmp_path):
    """A recording with another tick than the instrument does not play."""
    folder = _write(tmp_path, quotes=[(1, 1.00001, 1.0, 1.1, 1.0)])
    with pytest.raises(ConfigError, match="price"):
        _play(folder, instrument(contract_size=Decimal("0.001")), inexact_sizes=True)


def test_unpublished_sizes_become_the_stated_one(tmp_path):
    """Quotes without sizes get the size the options name."""
    folder = _write(tmp_path, quotes=[(1, 1.0, None, 1.1, None)])
    (quote,) = _play(folder, unknown_size=Decimal(2))
    assert (quote.bid_lots, quote.ask_lots) == (2_000, 2_000)


def test_a_folder_without_a_recording_is_a_configuration_error(tmp_path):
    """A wrong path is told as such, with the folder's name."""
    with pytest.raises(ConfigError, match=tmp_path.name):
        Replay(tmp_path, CONTRACT)


QUOTES = 12_000
"""As many quotes of a recording are replayed for every change; all of them are `long`."""


def _replayed(name, quotes):
    """Tops and prints of an exchange that replays a recording in its own units, and the rows."""
    folder = recorded_folder(name)
    recorded = instrument_of(folder)
    listed = recorded.listed()
    exchange = Exchange([listed])
    feed = Replay(folder, listed)
    rows = {t: pq.read_table(folder / f"{t}.parquet") for t in recorded.tables if t != "orders"}
    times = rows["quotes"]["ts_ns"]
    end_ns = END_NS if quotes is None or quotes >= len(times) else times[quotes].as_py()
    tops, prints = [], []
    while batch := feed.advance(end_ns, 1_000):
        for event in batch:
            for answer in exchange.market(event, event.at_ns):
                if isinstance(answer, BookTop):
                    tops.append(answer)
                elif isinstance(answer, TradePrinted):
                    prints.append(answer)
    until = {name: table.filter(pc.field("ts_ns") <= end_ns) for name, table in rows.items()}
    return listed, tops, prints, until


def _values(table, *columns):
    return list(zip(*(table[column].to_pylist() for column in columns), strict=True))


def _check(name, quotes):
    """Without clients tops and prints are the recorded rows: same values, same number, same order."""
    listed, tops, prints, rows = _replayed(name, quotes)

    def price(ticks):
        return float(listed.price(ticks))

    def size(lots):
        return float(listed.quantity(lots))

    seen = [
        (t.at_ns, price(t.bid_ticks), size(t.bid_lots), price(t.ask_ticks), size(t.ask_lots))
        for t in tops
    ]
    columns = ("ts_ns", "bid_price", "bid_size", "ask_price", "ask_size")
    assert seen == _values(rows["quotes"], *columns)
    if name not in WITH_TRADES:
        return
    aggressors = {Side.BUY: 1, Side.SELL: -1, None: 0}
    printed = [
        (p.at_ns, price(p.price_ticks), size(p.lots), aggressors[p.aggressor]) for p in prints
    ]
    assert printed
    assert printed == _values(rows["trades"], "ts_ns", "price", "size", "aggressor")
    ids = [trade_id for (trade_id,) in _values(rows["trades"], "trade_id")]
    if None not in ids:
        assert [p.trade_id for p in prints] == ids


RECORDED = (
    "btcusdt-perp-20240808",
    "ethusdt-perp-20240808",
    "bac-20131007",
    "if2101-ctp-20210104",
    "esh4-mbo-20231225",
)
WITH_TRADES = ("btcusdt-perp-20240808", "esh4-mbo-20231225")


@pytest.mark.parametrize("name", RECORDED)
def test_what_is_published_is_what_was_recorded(name):
    """The first part of each recording: values, number and order of quotes and trades."""
    _check(name, QUOTES)


@pytest.mark.long
@pytest.mark.parametrize("name", RECORDED)
def test_all_that_is_published_is_what_was_recorded(name):
    """The same to the end of each."""
    _check(name, None)


def test_the_published_depth_is_the_recorded_book_beneath_the_quotes():
    """After each depth update the published book equals the rebuilt one, but for newer best quotes."""
    folder = recorded_folder("btcusdt-perp-20240808")
    listed = instrument_of(folder).listed()
    exchange = Exchange([listed])
    feed = Replay(folder, listed)
    rebuilt = {Side.BUY: {}, Side.SELL: {}}
    compared = equal = 0
    for event in feed.advance(feed.next_at_ns() + 15_000_000_000):
        exchange.market(event, event.at_ns)
        if not isinstance(event, LevelSet):
            continue
        for side, ticks, lots in event.levels:
            rebuilt[side][ticks] = lots
        book = exchange.book(listed.symbol, 20)
        bids = sorted((p, q) for p, q in rebuilt[Side.BUY].items() if q)[::-1][:20]
        asks = sorted((p, q) for p, q in rebuilt[Side.SELL].items() if q)[:20]
        if bids[0] == book.bids[0] and asks[0] == book.asks[0]:  # no newer quote in this moment
            compared += 1
            equal += (list(book.bids), list(book.asks)) == (bids, asks)
    assert compared > 200
    assert equal == compared
