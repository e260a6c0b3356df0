"""Public pushes: golden frames of the sheet, and who is told what when."""

import json

import pytest

from actors.venues.wooxpro.simulator.payloads import rfc3339
from actors.venues.wooxpro.simulator.symbols import price_printer
from actors.venues.wooxpro.simulator.topics import parse
from engine.exchange.feeds import LevelSet, TopSet
from engine.exchange.model import Side
from tests.kit.wooxpro_simulator import START, Quiet, Sink

BTC = "BTCUSDT"


@pytest.fixture
def quiet() -> Quiet:
    made = Quiet()
    made.book({301_076: 11, 301_075: 40}, {301_077: 234, 301_078: 1587})
    return made


def test_a_depth_subscription_starts_with_both_sides_one_per_message(quiet):
    """Golden frames: way 1 bids, way 2 asks, best first, contracts as text."""
    sink = quiet.subscribe("futures/depth50:BTCUSDT")
    at_ms = START.wall_ms
    assert sink.texts == [
        (
            '{"group":"futures/depth50:BTCUSDT","data":{"symbol":"BTCUSDT","way":1,"depths":'
            '[{"price":"30107.6","vol":"11"},{"price":"30107.5","vol":"40"}],'
            f'"ms_t":{at_ms}}}}}'
        ),
        (
            '{"group":"futures/depth50:BTCUSDT","data":{"symbol":"BTCUSDT","way":2,"depths":'
            '[{"price":"30107.7","vol":"234"},{"price":"30107.8","vol":"1587"}],'
            f'"ms_t":{at_ms}}}}}'
        ),
    ]


def test_only_the_side_that_changed_is_pushed_and_not_before_its_time(quiet):
    """The default pace is 200 ms; within it changes conflate."""
    sink = quiet.subscribe("futures/depth50:BTCUSDT")
    sink.take()
    quiet.advance(0.1)
    quiet.book({301_076: 11, 301_075: 40}, {301_077: 1, 301_078: 1587})
    quiet.book({301_076: 11, 301_075: 40}, {301_077: 2, 301_078: 1587})
    assert sink.take() == []
    quiet.advance(0.1)
    pushed = sink.take()
    assert [(frame["data"]["way"], frame["data"]["depths"][0]) for frame in pushed] == [
        (2, {"price": "30107.7", "vol": "2"})
    ]


def test_an_explicit_speed_sets_pace_and_group(quiet):
    """@100ms pushes after 100 ms and repeats the speed in the group."""
    sink = quiet.subscribe("futures/depth5:BTCUSDT@100ms")
    sink.take()
    quiet.book({301_076: 12, 301_075: 40}, {301_077: 234, 301_078: 1587})
    quiet.advance(0.1)
    assert [frame["group"] for frame in sink.take()] == ["futures/depth5:BTCUSDT@100ms"]


def test_a_newcomer_does_not_hide_changes_from_the_others(quiet):
    """The snapshot for the second subscriber leaves the first one's change due."""
    first = quiet.subscribe("futures/depth5:BTCUSDT")
    first.take()
    quiet.book({301_076: 12, 301_075: 40}, {301_077: 234, 301_078: 1587})
    quiet.subscribe("futures/depth5:BTCUSDT")
    quiet.advance(0.2)
    assert [frame["data"]["way"] for frame in first.take()] == [1]


def test_depth_all_shows_both_sides_cut_to_its_depth(quiet):
    """Five levels of six, asks and bids in one message."""
    quiet.book({100 - n: 1 for n in range(6)}, {101 + n: 1 for n in range(6)})
    data = quiet.subscribe("futures/depthAll5:BTCUSDT").take()[0]["data"]
    assert [len(data["asks"]), len(data["bids"])] == [5, 5]
    assert data["bids"][0] == {"price": "10.0", "vol": "1"}
    assert list(data) == ["symbol", "asks", "bids", "ms_t"]


def test_depth_increase_starts_with_a_snapshot_and_counts_up(quiet):
    """Snapshot, then changes with version + 1; a level that is gone has vol 0."""
    sink = quiet.subscribe("futures/depthIncrease50:BTCUSDT")
    quiet.book({301_076: 11}, {301_077: 234, 301_078: 5})
    quiet.advance(0.2)
    snapshot, update = sink.take()
    assert snapshot["group"] == update["group"] == "futures/depthIncrease50:BTCUSDT@200ms"
    assert (snapshot["data"]["type"], update["data"]["type"]) == ("snapshot", "update")
    assert update["data"]["version"] == snapshot["data"]["version"] + 1
    assert update["data"]["asks"] == [{"price": "30107.8", "vol": "5"}]
    assert update["data"]["bids"] == [{"price": "30107.5", "vol": "0"}]


def test_depth_increase_rebuilds_the_book_for_early_and_late_subscribers(quiet):
    """Applying the messages of any subscriber gives the book that the exchange holds."""
    sinks = [quiet.subscribe("futures/depthIncrease5:BTCUSDT")]
    for step in range(1, 12):
        quiet.book(
            {301_070 - n * step: 10 + n for n in range(5)},
            {301_071 + (n * step) % 7: 20 + step for n in range(7)},
        )
        quiet.advance(0.2)
        sinks.append(quiet.subscribe("futures/depthIncrease5:BTCUSDT"))
    view = quiet.venue.exchange.book(BTC, 5)
    expected = {f"{ticks / 10:.1f}": str(lots) for ticks, lots in (*view.bids, *view.asks)}
    for sink in sinks:
        assert rebuilt(sink) == expected


def rebuilt(sink: Sink) -> dict[str, str]:
    book: dict[str, str] = {}
    version = None
    for frame in sink.take():
        data = frame["data"]
        if data["type"] == "snapshot":
            book, version = {}, data["version"] - 1
        assert data["version"] == version + 1
        version = data["version"]
        for level in (*data["asks"], *data["bids"]):
            book.pop(level["price"], None)
            if level["vol"] != "0":
                book[level["price"]] = level["vol"]
    return book


def test_every_quote_is_a_bookticker_even_an_equal_one(quiet):
    """Never conflated: one push per recorded quote, with the fields of the sheet."""
    sink = quiet.subscribe("futures/bookticker:BTCUSDT")
    sink.take()
    for lots in (5, 5, 6):
        quiet.feed(TopSet(BTC, 301_076, lots, 301_077, 9, START.wall_ns))
    assert len(sink.texts) == 3
    assert sink.texts[2] == (
        '{"group":"futures/bookticker:BTCUSDT","data":{"symbol":"BTCUSDT",'
        '"best_bid_price":"30107.6","best_bid_vol":"6","best_ask_price":"30107.7",'
        f'"best_ask_vol":"9","ms_t":{START.wall_ms}}}}}'
    )


def test_a_trade_shows_the_maker_first_and_the_aggressor_in_m(quiet):
    """Taker sold: m true, way 1; taker bought: m false, way 5; nanoseconds in the stamp."""
    sink = quiet.subscribe("futures/trade:BTCUSDT")
    quiet.trade(301_076, 3, Side.SELL)
    quiet.trade(301_077, 4, Side.BUY)
    sold, bought = (frame["data"][0] for frame in sink.take())
    assert (sold["m"], sold["way"], sold["deal_price"], sold["deal_vol"]) == (
        True,
        1,
        "30107.6",
        "3",
    )
    assert (bought["m"], bought["way"]) == (False, 5)
    assert sold["created_at"] == "2024-10-31T18:40:00.000000000Z"
    assert bought["trade_id"] > sold["trade_id"]


def test_trades_of_one_sweep_come_in_one_message_newest_first(quiet):
    """A market order through two levels prints twice."""
    sink = quiet.subscribe("futures/trade:BTCUSDT")
    quiet.submit(type="market", size=300)
    (frame,) = sink.take()
    assert [row["deal_price"] for row in frame["data"]] == ["30107.8", "30107.7"]
    assert [row["deal_vol"] for row in frame["data"]] == ["66", "234"]


def test_presence_of_m_and_way_can_be_switched_off():
    """Clients must cope with either being absent."""
    quiet = Quiet(trade_m=False, trade_way=False)
    sink = quiet.subscribe("futures/trade:BTCUSDT")
    quiet.trade(301_076, 3, Side.SELL)
    assert not {"m", "way"} & set(sink.take()[0]["data"][0])


def test_the_ticker_comes_at_once_and_then_at_most_once_a_second(quiet):
    """All values are text, there is no time; changes wait for their second."""
    sink = quiet.subscribe("futures/ticker:BTCUSDT")
    quiet.trade(301_077, 4, Side.BUY)
    quiet.advance(0.9)
    (first,) = sink.take()
    assert first["group"] == "futures/ticker:BTCUSDT@100ms"
    assert first["data"] == {
        "symbol": "BTCUSDT",
        "last_price": "61800.2",
        "volume_24": "0",
        "range": "0",
        "mark_price": "30107.6",
        "index_price": "30107.6",
        "ask_price": "30107.7",
        "ask_vol": "234",
        "bid_price": "30107.6",
        "bid_vol": "11",
    }
    quiet.advance(0.1)
    (second,) = sink.take()
    assert (second["data"]["last_price"], second["data"]["volume_24"]) == ("30107.7", "4")


def test_a_bare_ticker_is_all_contracts(quiet):
    """One push per contract."""
    quiet.book({100: 1}, {101: 1}, symbol="ETHUSDT")
    frames = quiet.subscribe("futures/ticker").take()
    assert [frame["data"]["symbol"] for frame in frames] == ["BTCUSDT", "ETHUSDT"]


def test_a_bar_is_pushed_on_change_one_second_after_its_start(quiet):
    """Open, high, low, close and volume of the running minute; ts is the captured quirk."""
    sink = quiet.subscribe("futures/klineBin1m:BTCUSDT")
    for ticks in (301_080, 301_090, 301_070, 301_085):
        quiet.trade(ticks, 2, Side.BUY)
    quiet.advance(0.5)
    (frame,) = sink.take()
    assert frame["data"]["items"] == [
        {
            "o": "30108.0",
            "h": "30109.0",
            "l": "30107.0",
            "c": "30108.5",
            "v": "8",
            "ts": START.wall_ns // 10**9 // 60 * 60 + 1,
        }
    ]


def test_mark_bars_follow_the_middle_of_the_quote(quiet):
    """Without volume."""
    sink = quiet.subscribe("futures/markPriceKlineBin1H:BTCUSDT")
    item = sink.take()[0]["data"]["items"][0]
    assert (item["c"], item["v"]) == ("30107.6", "0")


def test_funding_comes_at_once_each_minute_and_on_request(quiet):
    """Three ways to the same object."""
    sink = quiet.subscribe("futures/fundingRate:BTCUSDT")
    quiet.advance(60)
    first, second = sink.take()
    data = first["data"]
    assert set(data) == {
        "symbol",
        "fundingRate",
        "fundingTime",
        "nextFundingRate",
        "nextFundingTime",
        "funding_upper_limit",
        "funding_lower_limit",
        "ts",
    }
    assert data["fundingTime"] == 1_730_419_200_000
    assert data["nextFundingTime"] - data["fundingTime"] == 8 * 3_600_000
    assert second["data"]["ts"] == data["ts"] + 60_000
    asker = Sink()
    topic = parse("futures/fundingRate:BTCUSDT", quiet.venue.symbols)
    assert topic is not None
    quiet.venue.request(asker, topic, quiet.now)
    quiet.advance(120)
    assert len(asker.take()) == 1


def test_nothing_comes_after_unsubscribing_or_dropping(quiet):
    """One topic stops, or all of them do."""
    sink = quiet.subscribe("futures/bookticker:BTCUSDT", "futures/trade:BTCUSDT")
    sink.take()
    topic = parse("futures/bookticker:BTCUSDT", quiet.venue.symbols)
    assert topic is not None
    quiet.venue.unsubscribe(sink, topic)
    quiet.trade(301_076, 3, Side.SELL)
    assert {frame["group"] for frame in sink.take()} == {"futures/trade:BTCUSDT"}
    quiet.venue.hub.drop(sink)
    quiet.trade(301_076, 3, Side.SELL)
    assert sink.take() == []


def test_an_empty_side_is_shown_as_zero(quiet):
    """A missing best price is not null and not a crash."""
    sink = quiet.subscribe("futures/bookticker:BTCUSDT")
    quiet.feed(LevelSet(BTC, ((Side.SELL, 301_077, 4),), START.wall_ns, snapshot=True))
    data = sink.take()[-1]["data"]
    assert (data["best_bid_price"], data["best_bid_vol"]) == ("0", "0")


@pytest.mark.parametrize(
    ("increment", "ticks", "text"),
    [
        ("0.1", 7, "0.7"),
        ("0.1", 301_077, "30107.7"),
        ("0.0001", 3, "0.0003"),
        ("1", 12, "12"),
        ("0.25", 5, "1.25"),
        ("0.5", 3, "1.5"),
        ("10", 3, "30"),
    ],
)
def test_prices_print_with_the_decimals_of_the_tick(increment, ticks, text):
    """Powers of ten take the quick way, others the exact one."""
    from decimal import Decimal

    assert price_printer(Decimal(increment))(ticks) == text


def test_times_carry_all_nanoseconds():
    """The example of the docs."""
    assert rfc3339(1_740_319_199_646_490_751) == "2025-02-23T13:59:59.646490751Z"


def test_every_push_is_valid_compact_json(quiet):
    """The frames put together by hand are what the encoder would write."""
    sink = quiet.subscribe("futures/bookticker:BTCUSDT", "futures/trade:BTCUSDT")
    quiet.trade(301_076, 3, Side.SELL)
    for text in sink.texts:
        assert json.dumps(json.loads(text), separators=(",", ":")) == text


def test_an_empty_book_pushes_nothing_until_its_first_quote():
    """Held markets are empty: the first depth messages are real ones, and a snapshot comes first."""
    quiet = Quiet()
    topics = ("futures/depth5", "futures/depthAll5", "futures/depthIncrease5", "futures/ticker")
    early = quiet.subscribe(*(f"{topic}:BTCUSDT" for topic in topics))
    assert early.take() == []
    quiet.book({600_000: 5}, {600_010: 6})
    late = quiet.subscribe("futures/depthIncrease5:BTCUSDT")
    quiet.advance(1)
    groups = [
        frame["group"].partition(":")[0]
        for frame in early.take()
        if "type" not in frame["data"] or frame["data"]["type"] == "snapshot"
    ]
    assert sorted(groups) == sorted([*topics, "futures/depth5"])
    assert [frame["data"]["type"] for frame in late.take()] == ["snapshot"]
