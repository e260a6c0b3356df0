"""Data is good when nobody doubts it, and the doubts of the dead do not last."""

import pytest

from engine.messages.market import MarketStale, MarketStatus
from engine.model.enums import VenueStateWord
from engine.model.feeds import FeedMap
from engine.strategy.doubts import Doubts
from tests.kit.market import BTC

AAPL, TENCENT = "AAPL.US.TWO", "700.HK.TWO"
ETH, OTHER = "ETHUSDT.WOOXPRO", "SPY.LONGBRIDGE"


@pytest.fixture
def doubts() -> Doubts:
    return Doubts((BTC, ETH, OTHER))


def stale(stream: str = "quote", *, fresh: bool = False, boot: int = 1, instrument: str = BTC):
    return MarketStale(
        instrument=instrument, boot=boot, sequence=1, stream=stream, fresh=fresh, reason=""
    )


def status(state: VenueStateWord, *, boot: int = 1, venue: str = "WOOXPRO") -> MarketStatus:
    return MarketStatus(instrument=venue, boot=boot, sequence=1, state=state, reason="", ts_ns=0)


def test_data_is_trusted_until_it_is_doubted(doubts):
    """Silence is no doubt, and neither is what is said of instruments of others."""
    assert doubts.told(stale(instrument="XYZ.WOOXPRO")) == []
    assert not any(doubts.is_stale(name) for name in (BTC, ETH, "XYZ.WOOXPRO"))


def test_only_changes_of_belief_are_told(doubts):
    """The second doubt and the first relief are no news."""
    assert doubts.told(stale("quote")) == [BTC]
    assert doubts.told(stale("book")) == []
    assert doubts.told(stale("quote", fresh=True)) == []
    assert doubts.told(stale("book", fresh=True)) == [BTC]
    assert doubts.told(stale("book", fresh=True)) == []


def test_the_reader_cannot_speak_for_the_session(doubts):
    """The link is good again, but the venue still sends nothing: the data stays doubted."""
    doubts.told(stale("quote"))
    doubts.linked(BTC, "quote", fresh=False)

    assert doubts.linked(BTC, "quote", fresh=True) == []
    assert doubts.is_stale(BTC)


@pytest.mark.parametrize(
    ("state", "is_stale"),
    [
        (VenueStateWord.DISCONNECTED, True),
        (VenueStateWord.CONNECTING, True),
        (VenueStateWord.LOGGING_IN, True),
        (VenueStateWord.RECONCILING, False),
        (VenueStateWord.READY, False),
        (VenueStateWord.CLOSED, True),
        (VenueStateWord.DOWN, True),
    ],
)
def test_a_session_without_a_connection_makes_its_instruments_stale(doubts, state, is_stale):
    """Who starts in an outage does not take the last quote for the present; other venues do not care."""
    doubts.status(status(state))

    assert (doubts.is_stale(BTC), doubts.is_stale(ETH)) == (is_stale, is_stale)
    assert not doubts.is_stale(OTHER)


def test_a_venue_comes_and_goes_for_all_its_instruments(doubts):
    """Each change is told once for each instrument whose belief it changes."""
    doubts.told(stale("quote", instrument=ETH))

    assert doubts.status(status(VenueStateWord.DISCONNECTED)) == [BTC]
    assert doubts.status(status(VenueStateWord.CONNECTING)) == []
    assert doubts.status(status(VenueStateWord.READY)) == [BTC]
    assert doubts.is_stale(ETH)


def test_a_dead_session_takes_its_doubts_with_it(doubts):
    """The next boot knows nothing of them and could never take them back."""
    doubts.told(stale("quote", boot=1))
    doubts.told(stale("book", boot=1))
    assert doubts.status(status(VenueStateWord.CONNECTING, boot=2)) == [ETH]
    assert doubts.status(status(VenueStateWord.READY, boot=2)) == [BTC, ETH]
    assert not doubts.is_stale(BTC)


def test_a_session_that_only_reconnects_keeps_its_doubts(doubts):
    """The same boot will say itself when a stream is good again."""
    doubts.told(stale("quote", boot=1))
    doubts.status(status(VenueStateWord.CONNECTING, boot=1))
    doubts.status(status(VenueStateWord.READY, boot=1))
    assert doubts.is_stale(BTC)


def test_a_new_session_does_not_end_the_readers_doubts(doubts):
    """What our own reader misses it must find itself."""
    doubts.linked(BTC, "trade", fresh=False)
    doubts.status(status(VenueStateWord.READY, boot=2))
    assert doubts.is_stale(BTC)


def test_a_venue_that_is_out_of_reach_is_doubted_as_a_whole(doubts):
    """The reader's word on the venue's own topic is about all of its instruments."""
    assert doubts.linked("WOOXPRO", "marketstatus", fresh=False) == [BTC, ETH]
    assert doubts.linked("WOOXPRO", "marketstatus", fresh=True) == [BTC, ETH]


def test_a_doubt_about_everything_is_a_doubt(doubts):
    """An empty stream stands for all streams of the instrument."""
    assert doubts.told(stale("")) == [BTC]
    assert doubts.told(stale("", fresh=True)) == [BTC]


def test_a_feed_speaks_of_its_own_instruments_only():
    """Of a venue with several feeds each has a topic of its own."""
    doubts = Doubts((AAPL, TENCENT), FeedMap({AAPL: "two.stock", TENCENT: "two.other"}))

    assert doubts.status(status(VenueStateWord.DISCONNECTED, venue="TWO.STOCK")) == [AAPL]
    assert doubts.linked("TWO.OTHER", "marketstatus", fresh=False) == [TENCENT]
    assert doubts.status(status(VenueStateWord.READY, venue="TWO")) == []
    assert doubts.status(status(VenueStateWord.READY, venue="TWO.STOCK")) == [AAPL]
    assert doubts.is_stale(TENCENT)
