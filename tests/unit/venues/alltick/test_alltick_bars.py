"""`bars` and `polling`: K-lines of the HTTP API as bars."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.alltick.bars import BarReader, read_rows
from actors.venues.alltick.codes import listing_of
from actors.venues.alltick.settings import Quiet
from engine.errors import RemoteProtocolError
from engine.messages.market import Bar, MarketStale
from engine.session.contract import CallFailure
from tests.kit.alltick import MS, Bench, answer, at, calls_in, of

BEGIN_S = MS // 1_000 // 60 * 60
"""The minute in which pure tests begin; it is 44 s old at second 0."""


def row(minute: int, close: str = "2", **more: Any) -> dict[str, Any]:
    """A K-line that began so many minutes after the first."""
    return {
        "timestamp": str(BEGIN_S + 60 * minute),
        "open_price": "2",
        "high_price": "3",
        "low_price": "1",
        "close_price": close,
        "volume": "10",
        "turnover": "20",
        **more,
    }


def reader() -> BarReader:
    listing = listing_of("EURUSD", {})
    assert listing is not None
    return BarReader(listing, 60)


@given(st.permutations(list(range(-6, 1))))
def test_rows_in_any_order_are_told_in_time_order(minutes: list[int]):
    """The order of rows is not documented (section 8)."""
    bars = reader().read(read_rows([row(minute) for minute in minutes]), at(0))
    assert [bar.ts_ns for bar in bars] == [(BEGIN_S + 60 * n) * 10**9 for n in range(-6, 1)]
    assert [bar.closed for bar in bars] == [True] * 6 + [False]


def test_each_bar_is_told_closed_once_and_the_running_one_when_it_changes():
    """Two rows a poll."""
    bars = reader()
    assert [b.closed for b in bars.read(read_rows([row(-1), row(0)]), at(0))] == [True, False]
    assert bars.read(read_rows([row(-1), row(0)]), at(5)) == []
    (running,) = bars.read(read_rows([row(-1), row(0, "3")]), at(10))
    assert (running.close, running.closed) == (3.0, False)
    closed, following = bars.read(read_rows([row(0, "1"), row(1)]), at(20))
    assert (closed.close, closed.closed, following.closed) == (1.0, True, False)


def test_a_bar_closes_by_time_when_nothing_follows():
    """The last minute of a trading day has no successor until the next one."""
    bars = reader()
    bars.read(read_rows([row(0)]), at(0))
    assert bars.read(read_rows([row(0)]), at(20)) == []
    (closed,) = bars.read(read_rows([row(0)]), at(21.5))  # the minute ended at second 16
    assert closed.closed
    assert bars.read(read_rows([row(0, "3")]), at(30)) == []


def test_a_hole_is_counted_once():
    """What is missing between the last closed bar and the rows."""
    bars = reader()
    assert bars.missing(read_rows([row(5), row(6)])) == 0
    bars.read(read_rows([row(-1), row(0)]), at(0))
    assert bars.missing(read_rows([row(0), row(1)])) == 0
    assert bars.missing(read_rows([row(5), row(6)])) == 5
    assert bars.missing(read_rows([row(5), row(6)])) == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"timestamp": None}, {"timestamp": str(MS)}, {"high_price": "1.5"}, {"low_price": "2.5"},
        {"close_price": ""}, {"volume": "x"},
    ],
)  # fmt: skip
def test_rows_that_cannot_be_read(bad: dict[str, Any]):
    """All of the answer is doubted."""
    with pytest.raises(RemoteProtocolError):
        read_rows([row(0), row(1, **bad)])


def bench(**chosen: Any) -> Bench:
    made = Bench(**{"bars_history": 3, **chosen})
    made.open()
    return made


def test_history_first_then_polls_of_all_codes():
    """One `/kline` a code, then `/batch-kline`; a code whose history is to come is not polled yet."""
    session = bench()
    calls = calls_in(session.want("Bar EURUSD", "Bar BTCUSDT")) + calls_in(session.pass_to(0))
    (kline,) = calls
    assert (kline.path, kline.budget) == ("/kline", "kline")
    assert '"query_kline_num":4' in kline.query["query"]
    assert '"code":"BTCUSDT"' in kline.query["query"]
    data = {"code": "BTCUSDT", "kline_type": 1, "kline_list": [row(-1), row(0), row(-2)]}
    effects = session.take(session.protocol.answered(kline.call_id, answer(data), at(0)))
    assert [bar.closed for bar in of(Bar, effects)] == [True, True, False]
    (second,) = calls_in(effects)
    assert '"code":"EURUSD"' in second.query["query"]
    session.take(session.protocol.failed(second.call_id, CallFailure(False, "x"), at(0)))
    (batch,) = calls_in(session.pass_to(10))
    assert (batch.method, batch.path, batch.budget) == ("POST", "/batch-kline", "batch_kline")
    assert batch.body.decode().count('"query_kline_num":2') == 2
    groups = [
        {"code": "BTCUSDT", "kline_type": 1, "kline_data": [row(-1), row(0, "3")]},
        {"code": "EURUSD", "kline_type": 1, "kline_data": [row(0)]},
        {"code": "OTHER", "kline_type": 1, "kline_data": [row(0)]},
    ]
    effects = session.take(
        session.protocol.answered(batch.call_id, answer({"kline_list": groups}), at(10))
    )
    assert [bar.instrument for bar in of(Bar, effects)] == ["BTCUSDT.ALLTICK", "EURUSD.ALLTICK"]


def test_a_hole_is_filled_from_the_history_before_newer_bars_are_told():
    """After a pause of the venue, or of ours."""
    session = bench(bars_history=0)
    (batch,) = calls_in(session.want("Bar EURUSD")) or calls_in(session.pass_to(0))
    group = {"code": "EURUSD", "kline_data": [row(-1), row(0)]}
    session.take(session.protocol.answered(batch.call_id, answer({"kline_list": [group]}), at(0)))
    (batch,) = calls_in(session.pass_to(10))
    group = {"code": "EURUSD", "kline_data": [row(4), row(5)]}
    effects = session.take(
        session.protocol.answered(batch.call_id, answer({"kline_list": [group]}), at(10))
    )
    assert of(Bar, effects) == []
    (kline,) = calls_in(effects)
    assert '"query_kline_num":6' in kline.query["query"]
    data = {"kline_list": [row(minute) for minute in range(6)]}
    effects = session.take(session.protocol.answered(kline.call_id, answer(data), at(10)))
    assert [bar.closed for bar in of(Bar, effects)] == [True] * 5 + [False]


def test_bars_that_stay_away_are_stale_and_come_back():
    """Also when the connection is lost, for then nothing is asked for."""
    session = bench(bars_history=0, bar_poll_s=10, quiet=Quiet(bar_s=30))
    effects = [*session.want("Bar EURUSD"), *session.pass_to(0)]
    failure = CallFailure(not_sent=False, reason="timeout")
    for second in (10, 20, 30):
        assert of(MarketStale, effects) == []
        (batch,) = calls_in(effects)
        (note,) = session.take(session.protocol.failed(batch.call_id, failure, at(second - 9)))
        assert note.event == "query_failed"
        effects = session.pass_to(second)
    (stale,) = of(MarketStale, effects)
    assert (stale.stream, stale.fresh) == ("bar", False)
    (batch,) = calls_in(effects)
    group = {"code": "EURUSD", "kline_data": [row(0)]}
    effects = session.take(
        session.protocol.answered(batch.call_id, answer({"kline_list": [group]}), at(200))
    )
    assert of(MarketStale, effects)[0].fresh
    assert not of(MarketStale, session.lose())[0].fresh
    assert session.pass_to(400) == []
