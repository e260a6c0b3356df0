"""Bars: the chart before, trades after, in US Central wall clock."""

from datetime import UTC, datetime

import pytest

from actors.venues.t4.bars import central_ns, chart_query
from actors.venues.t4.settings import Settings
from engine.errors import RemoteProtocolError
from engine.messages.market import Bar
from engine.session.contract import Note
from tests.kit.t4_data import ES, Desk, at, details, said, snapshot, trade

MINUTE_NS = 60 * 10**9


def row(minutes: int, price: str = "4800.25", **changes):
    """A bar that began so many minutes before half past nine in Chicago."""
    moment = datetime(2024, 1, 10, 9, 30 - minutes, tzinfo=UTC).replace(tzinfo=None)
    prices = dict.fromkeys(("openPrice", "highPrice", "lowPrice", "closePrice"), price)
    return {"time": moment.isoformat(), "marketID": ES, "volume": 5, **prices, **changes}


def waiting(**settings) -> Desk:
    """Bars are wanted and details are known: the chart was asked for."""
    desk = Desk(**settings)
    desk.log_in()
    desk.want(Bar)
    assert desk.calls == []
    desk.hear(details())
    desk.hear(snapshot())
    return desk


def bars_of(effects) -> list[Bar]:
    return [effect for effect in effects if isinstance(effect, Bar)]


def test_the_chart_and_then_trades():
    """Finished bars come first; the running one goes on with what it held."""
    desk = waiting()
    call = desk.calls[0]
    assert call.path == "/chart/barchart"
    assert call.query["marketID"] == ES
    assert (call.query["barInterval"], call.query["barPeriod"]) == ("Minute", "1")
    told = bars_of(desk.answer({"bars": [row(2, "4799.00"), row(1), row(0, "4801.00")]}))
    assert [bar.close for bar in told] == [4799.0, 4800.25]
    assert told[-1].ts_ns == at(0).wall_ns - MINUTE_NS
    assert desk.hear(said(market_depth_trade=trade(1, "4802.00", 2, second=10))) == []
    (closed,) = bars_of(desk.hear(said(market_depth_trade=trade(2, "4800.00", second=61))))
    assert (closed.open, closed.high, closed.volume) == (4801.0, 4802.0, 7.0)


def test_no_more_than_wanted():
    """The last ones."""
    desk = waiting(warm_up_bars=2)
    told = bars_of(desk.answer({"bars": [row(n, f"{n}.00") for n in (9, 8, 7, 6)]}))
    assert [bar.close for bar in told] == [7.0, 6.0]


def test_without_warm_up_nothing_is_asked():
    """Bars begin with the next trade."""
    desk = waiting(warm_up_bars=0)
    assert desk.calls == []
    desk.hear(said(market_depth_trade=trade(1, "4802.00", second=10)))
    assert len(bars_of(desk.hear(said(market_depth_trade=trade(2, "4802.00", second=70))))) == 1


def test_a_reconnect_brings_what_was_missed():
    """And no bar twice."""
    desk = waiting()
    desk.answer({"bars": [row(2), row(1)]})
    desk.lose()
    desk.second = 125
    desk.log_in()
    desk.hear(details())
    told = bars_of(desk.answer({"bars": [row(2), row(1), row(0), row(-1)]}))
    assert [bar.ts_ns for bar in told] == [at(0).wall_ns, at(0).wall_ns + MINUTE_NS]


@pytest.mark.parametrize(
    "wrong",
    [
        {"bars": [row(1, time="yesterday")]},
        {"bars": [row(1, time=None)]},
        {"bars": [row(1, "x")]},
        {"bars": [row(1, lowPrice="4801.00")]},
        {"bars": [row(1, volume=-1)]},
        {"bars": {}},
        [],
    ],
)
def test_a_chart_that_cannot_be(wrong):
    """Told once; bars are made of trades then."""
    desk = waiting()
    notes = [e for e in desk.answer(wrong) if isinstance(e, Note)]
    assert [note.event for note in notes] == ["chart_failed"]
    desk.hear(said(market_depth_trade=trade(1, "4802.00", second=10)))
    assert len(bars_of(desk.hear(said(market_depth_trade=trade(2, "4802.00", second=70))))) == 1


def notes_of(effects) -> list[str]:
    return [effect.event for effect in effects if isinstance(effect, Note)]


def test_no_chart_to_be_had():
    """The same when the venue refuses it."""
    assert notes_of(waiting().answer({}, status=404)) == ["chart_failed"]


def test_a_chart_that_fails_is_asked_for_again_a_few_times():
    """Found: one answer that came too late, and the bars began without those before."""
    desk = waiting()
    for pause_s in (2, 4):
        assert notes_of(desk.fail()) == []
        assert desk.calls == []
        assert notes_of(desk.pass_time(pause_s)) == []
        assert [call.path for call in desk.calls] == ["/chart/barchart"]
    assert notes_of(desk.fail()) == ["chart_failed"]
    assert notes_of(desk.pass_time(30)) == []
    assert desk.calls == []


def test_a_chart_that_comes_late_begins_the_bars_all_the_same():
    """Trades on the way are not made into bars that lack what was before."""
    desk = waiting()
    assert notes_of(desk.answer({}, status=503)) == []
    assert desk.hear(said(market_depth_trade=trade(1, "4802.00", second=1))) == []
    desk.pass_time(2)
    assert len(bars_of(desk.answer({"bars": [row(2), row(1)]}))) == 2


def test_rows_of_other_markets_are_left_out():
    """A continuous chart would have them."""
    desk = waiting()
    told = bars_of(desk.answer({"bars": [row(2, marketID="XCME_Eq ES (Z23)"), row(1)]}))
    assert len(told) == 1


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-01-10T09:30:00", datetime(2024, 1, 10, 15, 30, tzinfo=UTC)),
        ("2024-07-10T09:30:00", datetime(2024, 7, 10, 14, 30, tzinfo=UTC)),
        ("2024-03-10T17:00:00", datetime(2024, 3, 10, 22, 0, tzinfo=UTC)),
        ("2024-01-10T09:30:00.5", datetime(2024, 1, 10, 15, 30, 0, 500_000, tzinfo=UTC)),
        ("2024-01-10T09:30:00Z", datetime(2024, 1, 10, 9, 30, tzinfo=UTC)),
    ],
)
def test_central_time(text: str, utc: datetime):
    """Winter and summer; a time that has an offset says itself."""
    assert central_ns(text, "time") == int(utc.timestamp() * 10**6) * 1_000


@pytest.mark.parametrize("text", ["", "x", None, 5, "1969-01-01T00:00:00", "0001-01-01T00:00:00"])
def test_times_that_cannot_be(text):
    """One way to fail."""
    with pytest.raises(RemoteProtocolError):
        central_ns(text, "time")


def test_the_query_reaches_back_over_a_weekend():
    """And forward to the trading day that begins this evening."""
    query = chart_query("CME_Eq", "ES", ES, Settings(warm_up_bars=100), at(0))
    assert (query["tradeDateStart"], query["tradeDateEnd"]) == ("2024-01-05", "2024-01-11")
    assert chart_query("E", "C", ES, Settings(warm_up_bars=1_000, bar_interval="1h"), at(0))[
        "tradeDateStart"
    ] == ("2023-12-11")
