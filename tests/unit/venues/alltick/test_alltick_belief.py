"""How far data is believed: stale until heard, silent, crossed, contradictory, cut off by the venue."""

import pytest

from actors.venues.alltick.settings import Family, Quiet
from engine.errors import RemoteProtocolError
from engine.messages.market import Book, MarketStale, Quote, Ticker, Trade
from engine.session.contract import CallFailure, Define, Drop, Note
from tests.kit.alltick import (
    MS,
    Bench,
    answer,
    at,
    calls_in,
    depth,
    last,
    lists_in,
    of,
    topic,
)


def serving(*texts: str, family: Family = Family.OTHER, **chosen) -> Bench:
    """A session whose lists were granted at second 0, and at 1.1."""
    bench = Bench(family, **chosen)
    bench.open()
    bench.grant(bench.want(*texts))
    bench.grant(bench.pass_to(1.1))
    return bench


def told(effects) -> list[tuple[str, str, bool]]:
    return [
        (s.instrument.removesuffix(".ALLTICK"), s.stream, s.fresh) for s in of(MarketStale, effects)
    ]


def test_one_push_makes_what_is_wanted_of_it():
    """Book and quote of one, trade and ticker of the other; nothing that nobody wants."""
    bench = serving(
        "Quote BTCUSDT", "Book BTCUSDT", "Trade BTCUSDT", "Ticker BTCUSDT", "Ticker GOLD"
    )
    assert [type(e) for e in bench.hear(depth("BTCUSDT"))] == [Book, Quote]
    assert [type(e) for e in bench.hear(last("BTCUSDT"))] == [Trade, Ticker]
    assert [type(e) for e in bench.hear(last("GOLD"))] == [Ticker]
    assert bench.hear(depth("GOLD")) == []
    assert bench.hear(last("XAUUSD")) == []


def test_older_and_repeated_numbers_are_dropped():
    """Each kind counts for itself."""
    bench = serving("Quote BTCUSDT", "Trade BTCUSDT")
    assert of(Quote, bench.hear(depth("BTCUSDT", seq=5)))
    assert bench.hear(depth("BTCUSDT", seq=5)) == []
    assert bench.hear(depth("BTCUSDT", seq=4)) == []
    assert of(Trade, bench.hear(last("BTCUSDT", seq=3)))
    assert bench.hear(last("BTCUSDT", seq=3)) == []
    assert of(Quote, bench.hear(depth("BTCUSDT", seq=9)))  # numbers have holes


def test_t049_numbers_that_begin_anew_are_stale_within_one_push_and_then_believed():
    """Older numbers with newer times."""
    bench = serving("Book BTCUSDT")
    bench.hear(depth("BTCUSDT", seq=1_000))
    assert told(bench.hear(depth("BTCUSDT", seq=1, tick_time=MS + 1))) == [
        ("BTCUSDT", "book", False)
    ]
    assert bench.hear(depth("BTCUSDT", seq=2, tick_time=MS + 2)) == []
    effects = bench.hear(depth("BTCUSDT", "9.05", "9.06", seq=3, tick_time=MS + 3))
    assert told(effects) == [("BTCUSDT", "book", True)]
    assert of(Book, effects)[0].bids == ((9.05, 5.0),)
    assert of(Note, effects)[0].event == "numbering_restarted"


def test_a_crossed_book_is_withheld_and_stale_only_if_it_lasts():
    """An auction shows it for minutes, a burst for a moment."""
    bench = serving("Quote BTCUSDT")
    bench.hear(depth("BTCUSDT", seq=1))
    assert bench.hear(depth("BTCUSDT", "9.14", "9.13", seq=2)) == []
    bench.pass_to(2)
    assert of(Quote, bench.hear(depth("BTCUSDT", seq=3)))
    assert told(bench.effects) == []
    bench.hear(depth("BTCUSDT", "9.14", "9.13", seq=4))
    assert told(bench.pass_to(4.1)) == [("BTCUSDT", "quote", False)]
    assert bench.hear(depth("BTCUSDT", "9.14", "9.13", seq=5)) == []
    assert bench.hear(depth("BTCUSDT", "9.14", "9.13", seq=5)) == []
    effects = bench.hear(depth("BTCUSDT", seq=6))
    assert told(effects) == [("BTCUSDT", "quote", True)]


def test_t048_a_code_that_falls_silent_is_stale_and_its_list_is_sent_again():
    """Within half a second of its limit; each renewal in vain doubles the patience."""
    bench = serving(
        "Quote BTCUSDT", "Quote EURUSD", quiet=Quiet(quote_s=10), heartbeat_timeout_s=60
    )
    bench.hear(depth("BTCUSDT"))
    bench.hear(depth("EURUSD"))
    seen = []
    for second in range(2, 34):
        bench.hear(depth("EURUSD", seq=second))
        effects = bench.pass_to(second)
        bench.grant(effects)
        seen += [(second, told(effects), lists_in(effects))] if told(effects) else []
        seen += [(second, "again")] if lists_in(effects) and not told(effects) else []
    assert seen[0][0] in (11, 12)
    assert seen[0][1:] == ([("BTCUSDT", "quote", False)], [(22002, ["BTCUSDT", "EURUSD"])])
    assert [row[0] for row in seen[1:]] == [pytest.approx(31.5, abs=1)]
    # The list comes with what is known already: that is a sign of life as good as any.
    assert told(bench.hear(depth("BTCUSDT"))) == [("BTCUSDT", "quote", True)]


def test_a_night_of_silence_costs_a_request_every_sixteen_minutes():
    """Found by review: at the end of the doubling the list was sent again at every look."""
    bench = serving("Quote BTCUSDT", quiet=Quiet(quote_s=60), fill_gaps=True)
    bench.hear(depth("BTCUSDT"))
    requests, calls = 0, 0
    for second in range(5, 8 * 3_600, 5):
        effects = bench.pass_to(second)
        bench.hear('{"ret":200,"msg":"ok","cmd_id":22001,"seq_id":1,"trace":"","data":{}}')
        bench.grant(effects)
        for call in calls_in(effects):
            response = answer({"tick_list": []})
            bench.take(bench.protocol.answered(call.call_id, response, at(bench.second)))
        requests += len(lists_in(effects))
        calls += len(calls_in(effects))
    assert of(Drop, bench.effects) == []
    assert 8 * 60 // 16 <= requests <= 8 * 60 // 16 + 6
    assert calls <= requests + 1


def test_a_market_that_is_closed_is_left_alone():
    """With `quiet` at 0 nothing is renewed, ever."""
    bench = serving("Quote BTCUSDT", quiet=Quiet(quote_s=0), heartbeat_timeout_s=60)
    bench.hear(depth("BTCUSDT"))
    assert told(bench.pass_to(50)) == []


FIVE = ("AUDUSD", "BTCUSDT", "EURUSD", "GBPUSD", "GOLD")


def test_a_list_that_the_venue_cut_silently_is_noticed_and_told():
    """`ret` is 200 and the end of the list never comes: the mark of the plan's limit (section 4)."""
    bench = serving(*(f"Quote {code}" for code in FIVE), unheard_after_s=10, heartbeat_timeout_s=60)
    for code in FIVE[:3]:
        bench.hear(depth(code))
    effects = bench.pass_to(12)
    assert told(effects) == [("GBPUSD", "quote", False), ("GOLD", "quote", False)]
    (note,) = [n for n in of(Note, effects) if n.event == "codes_unheard"]
    assert note.alert
    assert "the last 2 of 5" in note.detail
    assert "serve 3 codes" in note.detail
    assert [n for n in of(Note, bench.pass_to(40)) if n.event == "codes_unheard"] == []
    assert told(bench.hear(depth("GOLD"))) == [("GOLD", "quote", True)]


def test_one_silent_code_in_the_middle_is_no_alert():
    """It may rest; nobody knows."""
    bench = serving(*(f"Quote {code}" for code in FIVE), unheard_after_s=10, heartbeat_timeout_s=60)
    for code in FIVE:
        if code != "EURUSD":
            bench.hear(depth(code))
    effects = bench.pass_to(12)
    assert told(effects) == [("EURUSD", "quote", False)]
    assert [n.alert for n in of(Note, effects)] == [False]


def test_when_nothing_is_heard_no_code_is_blamed():
    """Markets are closed."""
    bench = serving(*(f"Quote {code}" for code in FIVE), unheard_after_s=10, heartbeat_timeout_s=60)
    assert told(bench.pass_to(40)) == []


def test_after_a_loss_everything_is_stale_until_its_first_push():
    """A book of the same number counts, for the connection is new; a trade that was told is not told twice."""
    bench = serving("Book BTCUSDT", "Trade BTCUSDT")
    bench.hear(depth("BTCUSDT", seq=5))
    bench.hear(last("BTCUSDT", seq=5))
    bench.lose()
    bench.second = 10
    bench.grant(bench.open())
    effects = bench.hear(depth("BTCUSDT", seq=5))
    assert told(effects) == [("BTCUSDT", "book", True)]
    assert of(Book, effects)
    effects = bench.hear(last("BTCUSDT", seq=5))
    assert told(effects) == [("BTCUSDT", "trade", True)]
    assert of(Trade, effects) == []
    assert of(Trade, bench.hear(last("BTCUSDT", seq=6)))


def test_what_the_stream_does_not_bring_is_asked_for_over_http():
    """After a connection was made; what comes counts like a push, what is older does not (8)."""
    bench = serving("Quote BTCUSDT", "Quote EURUSD", "Trade BTCUSDT", fill_gaps=True)
    bench.hear(depth("EURUSD"))
    books, trades = calls_in(bench.pass_to(5))
    assert (books.path, trades.path) == ("/depth-tick", "/trade-tick")
    assert books.query["query"].endswith('"data":{"symbol_list":[{"code":"BTCUSDT"}]}}')
    row = {
        "code": "BTCUSDT",
        "seq": "7",
        "tick_time": str(MS),
        "bids": [{"price": "9", "volume": "1"}],
        "asks": [{"price": "10", "volume": "1"}],
    }
    data = {"tick_list": [row, {**row, "code": "OTHER"}, {"code": 7}]}
    effects = bench.take(bench.protocol.answered(books.call_id, answer(data), at(bench.second)))
    assert [type(effect) for effect in effects] == [Quote]
    assert bench.hear(depth("BTCUSDT", seq=6)) == []
    tick = {"code": "BTCUSDT", "seq": "3", "tick_time": str(MS), "price": "9.5", "volume": "1"}
    data = {"tick_list": [tick]}
    effects = bench.take(bench.protocol.answered(trades.call_id, answer(data), at(bench.second)))
    assert [type(effect) for effect in effects] == [Trade]
    assert bench.hear(last("BTCUSDT", seq=3)) == []


def test_an_answer_is_not_believed_by_halves():
    """One row that cannot be read and none counts: a push with the same number is still news."""
    bench = serving("Quote BTCUSDT", "Quote EURUSD", fill_gaps=True)
    (books,) = calls_in(bench.pass_to(5))
    good = {"code": "BTCUSDT", "seq": "7", "tick_time": str(MS), "bids": [], "asks": []}
    response = answer({"tick_list": [good, {**good, "code": "EURUSD", "seq": "x"}]})
    with pytest.raises(RemoteProtocolError, match="seq"):
        bench.protocol.answered(books.call_id, response, at(bench.second))
    failure = CallFailure(not_sent=False, reason="unreadable")
    assert bench.take(bench.protocol.failed(books.call_id, failure, at(bench.second)))
    assert of(Quote, bench.hear(depth("BTCUSDT", seq=7)))


def test_refresh_asks_for_one_code_and_not_twice_at_once():
    """Over HTTP, or by sending the list again where that is switched off."""
    bench = serving("Quote BTCUSDT", fill_gaps=True)
    bench.hear(depth("BTCUSDT"))
    bench.pass_to(5)
    quote = topic("Quote BTCUSDT")
    (call,) = calls_in(bench.take(bench.protocol.refresh(quote, at(bench.second))))
    assert call.path == "/depth-tick"
    assert bench.protocol.refresh(quote, at(bench.second)) == ()
    for other in ("Book BTCUSDT", "Quote EURUSD", "Bar BTCUSDT", "FundingRate BTCUSDT"):
        assert bench.protocol.refresh(topic(other), at(bench.second)) == ()
    plain = serving("Quote BTCUSDT")
    plain.second = 5
    assert lists_in(plain.take(plain.protocol.refresh(quote, at(plain.second)))) == [
        (22002, ["BTCUSDT"])
    ]


def test_topics_that_cannot_be_had_are_noted_once():
    """The other family's codes, codes without a form, kinds the venue lacks."""
    bench = Bench()
    bench.open()
    wanted = ("Quote AAPL.US", "Quote gold", "FundingRate BTCUSDT", "InstrumentDefinition BTCUSDT")
    notes = of(Note, bench.want(*wanted))
    assert [note.event for note in notes] == ["topic_not_available"] * 3
    assert bench.want(*wanted) == []


@pytest.mark.parametrize(("interval", "stock_calls"), [("1h", 1), ("2h", 0), ("4h", 0)])
def test_stocks_have_no_bars_of_two_and_four_hours(interval: str, stock_calls: int):
    """Section 8; the other family has them."""
    for family, code, count in ((Family.STOCK, "HSI.HK", stock_calls), (Family.OTHER, "EURUSD", 1)):
        bench = Bench(family, bar_interval=interval)
        bench.open()
        effects = [*bench.want(f"Bar {code}"), *bench.pass_to(0)]
        assert len(calls_in(effects)) == count
        assert len(of(Note, effects)) == 1 - count


def test_instruments_of_the_table_are_told_at_the_start_and_others_when_wanted():
    """Each once; the lots of stocks are asked for."""
    bench = Bench(Family.STOCK)
    known = {d.instrument.id for d in bench.protocol.start(at(bench.second))}
    assert "AAPL.US.ALLTICK" in known
    assert "BTCUSDT.ALLTICK" not in known
    bench.open()
    effects = bench.want("Quote 2318.HK", "Quote HSI.HK")
    assert [d.instrument.id for d in of(Define, effects)] == ["2318.HK.ALLTICK"]
    (call,) = calls_in(effects)
    assert call.path == "/static_info"
    data = {"static_info_list": [{"symbol": "2318.HK", "lot_size": "500", "currency": "HKD"}]}
    effects = bench.take(bench.protocol.answered(call.call_id, answer(data), at(bench.second)))
    assert of(Define, effects)[0].instrument.quantity_increment == 500


def test_a_lot_that_could_not_be_had_is_asked_for_again_with_the_next_connection():
    """A failed call is no answer."""
    bench = Bench(Family.STOCK)
    bench.open()
    (call,) = calls_in(bench.want("Quote 2318.HK"))
    failure = CallFailure(not_sent=False, reason="timeout")
    assert calls_in(bench.take(bench.protocol.failed(call.call_id, failure, at(0)))) == []
    bench.lose()
    bench.second = 10
    (again,) = calls_in(bench.open())
    assert again.path == "/static_info"
    data = {"static_info_list": [{"symbol": "2318.HK", "lot_size": "500", "currency": "HKD"}]}
    bench.take(bench.protocol.answered(again.call_id, answer(data), at(10)))
    bench.lose()
    bench.second = 20
    assert calls_in(bench.open()) == []


def test_unknown_pushes_are_noted_once_and_data_without_a_code_is_an_error():
    """Newer servers may say more than the sheet."""
    bench = serving("Quote BTCUSDT")
    assert of(Note, bench.hear('{"cmd_id":22997,"data":{}}'))
    assert bench.hear('{"cmd_id":22997,"data":{}}') == []
    for code in ("", "null", "7", "[]", "{}"):
        text = (
            f'{{"cmd_id":22999,"data":{{"code":{code}}}}}' if code else '{"cmd_id":22999,"data":{}}'
        )
        with pytest.raises(RemoteProtocolError, match="without a code"):
            bench.hear(text)
