"""The quote session as a whole, without a venue: look-ups, limits, halving, pacing, long requests."""

import pytest

from actors.venues.longbridge.packets import decode
from actors.venues.longbridge.proto import quote_pb2
from actors.venues.longbridge.public import QuoteProtocol
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.streams import NUMBERING_DOUBTS_MAX
from engine.errors import ConfigError, PeerSilent
from engine.messages.market import Bar, Book, MarketStale, Quote, Ticker, Trade
from engine.model.enums import VenueStateWord
from engine.session.contract import Define, Drop, Note, SendFrame, SetState, Topic
from tests.kit.longbridge_quote import (
    TENCENT,
    WALL_S,
    Desk,
    at,
    push,
    static_of,
)

ALL = tuple((kind, TENCENT) for kind in (Quote, Book, Trade, Bar, Ticker))


def states(desk):
    return [effect.state for effect in desk.of(SetState)]


def test_credentials_are_needed():
    """Market data needs a password, too."""
    with pytest.raises(ConfigError, match="access_token"):
        QuoteProtocol(Settings(), {"app_key": "k", "app_secret": "s"})


def test_ready_when_everything_is_answered():
    """Not before, and once per connection."""
    desk = Desk()
    desk.want(*ALL)
    desk.log_in()
    assert VenueStateWord.READY not in states(desk)
    desk.serve()
    assert states(desk).count(VenueStateWord.READY) == 1
    assert [define.instrument.id for define in desk.of(Define)] == ["700.HK.LONGBRIDGE"]


def test_without_any_wish_it_is_ready_as_well():
    """Nothing is subscribed for its own sake."""
    desk = Desk()
    desk.log_in()
    desk.serve()
    assert states(desk)[-1] is VenueStateWord.READY


def test_five_hundred_symbols_take_few_requests():
    """Look-ups and subscriptions go in batches of 500, compressed; the rest is told by an alert."""
    names = [f"{number}.HK" for number in range(1, 620)]
    desk = Desk()
    desk.want(*((Quote, name) for name in names))
    desk.log_in()
    desk.serve()
    sent = [decode(e.data) for e in desk.of(SendFrame)]
    counts = {command: sum(p.command == command for p in sent) for command in (6, 10, 11)}
    assert counts == {6: 1, 10: 2, 11: 2}
    assert len(desk.of(Define)) == len(names)
    assert [note.event for note in desk.of(Note) if note.alert] == ["subscription_limit"]
    long = max((e.data for e in desk.of(SendFrame)), key=lambda data: len(decode(data).body))
    assert long[0] & 0x20
    assert len(long) < len(decode(long).body)


def test_requests_keep_the_venues_pace():
    """Ten in a second and five at a time, whatever is asked."""
    desk = Desk(first_push=False)
    names = [f"{number}.HK" for number in range(1, 60)]
    desk.want(*((Quote, name) for name in names))
    desk.log_in()
    desk.serve()
    assert len(desk.of(SendFrame)) > 60
    assert desk.second > 5.5


def test_a_symbol_that_spoils_look_ups_is_found():
    """A refused batch is halved until it stands alone; the others are there."""
    desk = Desk()
    desk.want((Quote, "1.HK"), (Quote, "2.HK"), (Quote, "3.HK"))
    desk.log_in()
    desk.serve(spoiling="2.HK")
    assert {d.instrument.symbol for d in desk.of(Define)} == {"1.HK", "3.HK"}
    events = [note.event for note in desk.of(Note)]
    assert events.count("query_refused") == 1
    assert events.count("topic_not_available") == 1


def test_a_request_without_answers_ends_the_connection():
    """Asked three times; a subscription likewise."""
    desk = Desk(request_timeout_s=1)
    desk.want((Quote, TENCENT))
    desk.log_in()
    desk.wait(3.5)
    drops = desk.of(Drop)
    assert drops
    assert isinstance(drops[0].error, PeerSilent)


def test_topics_of_other_venues_are_not_asked_for():
    """Noted once, whatever they are."""
    desk = Desk()
    desk.log_in()
    for name in ("BTCUSDT.WOOXPRO", "x", "700.HK.LONGBRIDGE.X", ".LONGBRIDGE"):
        for _ in range(2):
            desk.take(desk.protocol.demand(frozenset({Topic(Quote, name)}), at(0)))
    desk.serve()
    assert [note.event for note in desk.of(Note)] == ["topic_not_available"] * 4
    assert not desk.of(Define)


def test_what_nobody_wants_any_more_is_not_told():
    """Pushes that are under way meanwhile change nothing."""
    desk = Desk()
    desk.want((Quote, TENCENT), (Ticker, TENCENT))
    desk.log_in()
    desk.serve()
    desk.want((Ticker, TENCENT))
    depth = quote_pb2.PushDepth(
        symbol=TENCENT,
        ask=[quote_pb2.Depth(position=1, price="321", volume=5)],
        bid=[quote_pb2.Depth(position=1, price="320", volume=5)],
    )
    desk.effects.clear()
    desk.receive(push(102, depth))
    desk.want()
    desk.receive(push(101, quote_pb2.PushQuote(symbol=TENCENT, last_done="1")))
    assert not desk.of(Quote) + desk.of(Ticker)


def test_definitions_are_renewed():
    """Lots change with splits: facts and calendars are asked for again every hour."""
    desk = Desk(static_interval_s=600.0, heartbeat_interval_s=60, silence_limit_s=100)
    desk.want((Ticker, TENCENT))
    desk.log_in()
    desk.serve()
    desk.wait(601)
    (request,) = desk.requests(10)
    assert request.body == quote_pb2.MultiSecurityRequest(symbol=[TENCENT]).SerializeToString()
    desk.answer(10, static_of([TENCENT], lot_size=200))
    desk.serve()
    assert [define.instrument.quantity_increment for define in desk.of(Define)] == [100, 200]


def test_a_profile_that_limits_commands_is_obeyed():
    """Two requests of one command a second."""
    desk = Desk(first_push=False)
    desk.log_in()
    limit = quote_pb2.RateLimit(command=14, limit=2, burst=2)
    desk.answer(4, quote_pb2.UserQuoteProfileResponse(rate_limit=[limit]))
    desk.want(*((Quote, f"{number}.HK") for number in range(1, 11)))
    desk.serve()
    assert desk.second > 4


def test_silence_outside_of_trading_hours_is_quiet():
    """The calendar says when silence means something."""
    periods = quote_pb2.MarketTradePeriodResponse(
        market_trade_session=[
            quote_pb2.MarketTradePeriod(
                market="HK", trade_session=[quote_pb2.TradePeriod(beg_time=930, end_time=944)]
            )
        ]
    )
    for any_hour, renewed in ((False, 1), (True, 4)):
        quiet = type(Settings().quiet)(depth_s=10, quote_s=0, any_hour=any_hour)
        desk = Desk(quiet=quiet, heartbeat_interval_s=60, silence_limit_s=100)
        desk.want((Quote, TENCENT))
        desk.log_in()
        desk.answer(8, periods)
        desk.serve()
        for second in range(1, 200):
            desk.wait(float(second))
            desk.serve()
        marks = [note for note in desk.of(Note) if note.event == "subscription_silent"]
        assert len(marks) == renewed, any_hour


def test_a_heartbeat_of_the_venue_needs_no_login():
    """Answered at any time after the connection is open."""
    desk = Desk()
    (call,) = desk.protocol.prepare(at(0))
    assert call.path == "/v1/socket/token"
    beat = bytes.fromhex("010100000005000000000908a8aad6de9f341005")
    assert len(desk.protocol.received(beat, at(0))) == 1


def test_the_overnight_session_is_asked_for_at_the_login():
    """As metadata, in a form that does not change from run to run."""
    desk = Desk(overnight=True)
    desk.log_in()
    assert desk.protocol._gateway._metadata == {
        "accept-language": "en",
        "need_over_night_quote": "true",
    }


def test_lost_feeds_are_marked_once():
    """And only those that had data."""
    desk = Desk()
    desk.want((Quote, TENCENT), (Ticker, TENCENT))
    desk.log_in()
    desk.serve()
    desk.effects.clear()
    desk.take(desk.protocol.lost("gone", at(desk.second)))
    desk.take(desk.protocol.lost("gone", at(desk.second)))
    assert [(mark.stream, mark.fresh) for mark in desk.of(MarketStale)] == [("ticker", False)]


def depth_of(sequence, price):
    level = quote_pb2.Depth(position=1, price=str(price), volume=5)
    return push(102, quote_pb2.PushDepth(symbol=TENCENT, sequence=sequence, bid=[level]))


def trades_of(sequence, price):
    row = quote_pb2.Trade(price=str(price), volume=5, timestamp=WALL_S)
    return push(104, quote_pb2.PushTrade(symbol=TENCENT, sequence=sequence, trade=[row]))


def served(*wanted):
    desk = Desk()
    desk.want(*wanted)
    desk.log_in()
    desk.serve()
    desk.effects.clear()
    return desk


def test_numbers_that_mean_nothing_cost_no_data():
    """Going back again and again they are ignored, so that depth flows."""
    desk = served((Quote, TENCENT))
    for count in range(1, 2 * NUMBERING_DOUBTS_MAX + 2):
        desk.receive(depth_of(9, 300 + count))
        desk.receive(depth_of(3, 200 + count))
        desk.serve()
    doubts = [mark for mark in desk.of(MarketStale) if not mark.fresh]
    assert len(doubts) == NUMBERING_DOUBTS_MAX
    assert desk.of(Quote)[-1].bid_price == 200 + 2 * NUMBERING_DOUBTS_MAX + 1


def test_a_number_that_never_changes_costs_no_trades():
    """Only equal trades under an equal number are a repetition."""
    desk = served((Trade, TENCENT))
    for price in (320, 321, 321, 322):
        desk.receive(trades_of(1, price))
    assert [trade.price for trade in desk.of(Trade)] == [320, 321, 322]
