import pytest

from engine.messages.market import MarketStatus
from engine.model.enums import VenueStateWord
from engine.paper.sight import Sight, Sights

RECONCILING, DISCONNECTED = VenueStateWord.RECONCILING, VenueStateWord.DISCONNECTED


def status(state, reason="", feed="wooxpro"):
    return MarketStatus(
        instrument=feed.upper(), boot=1, sequence=1, state=state, reason=reason, ts_ns=1
    )


def test_before_the_first_word_the_venue_is_connecting():
    """Nothing is claimed about a market nobody has spoken of."""
    word, reason = Sight().state()
    assert word is VenueStateWord.CONNECTING
    assert reason


@pytest.mark.parametrize("word", list(VenueStateWord))
def test_the_data_sessions_word_is_passed_on_unless_it_is_live(word):
    """Live data brings the venue as far as reconciling; anything else is said as it is."""
    sight = Sight()
    live = sight.told(status(word, "why"))
    expected = (RECONCILING, "") if live else (word, "market data: why")
    assert sight.state() == expected
    assert live is (word in (VenueStateWord.READY, RECONCILING))


def test_a_silent_data_session_is_a_disconnected_venue():
    """Gone is gone whatever was told last; back again, the last word holds."""
    sight = Sight()
    sight.told(status(VenueStateWord.READY))
    sight.gone("gone")
    assert sight.state() == (DISCONNECTED, "market data session: gone")
    sight.back()
    assert sight.state() == (RECONCILING, "")


def test_a_venue_with_several_feeds_is_as_well_as_the_worst():
    """All must be seen before orders are taken; the reason is that of the worst."""
    sights = Sights(("two.stock", "two.other"))
    sights.told(status(VenueStateWord.READY, feed="two.stock"))
    assert sights.state()[0] is VenueStateWord.CONNECTING
    sights.told(status(VenueStateWord.READY, feed="two.other"))
    assert sights.state() == (RECONCILING, "")
    sights.gone("two.stock", "gone")
    assert sights.state() == (DISCONNECTED, "market data session: gone")
    sights.back("two.stock")
    assert not sights.told(status(VenueStateWord.DOWN, "why", "two.other"))
    assert sights.state() == (VenueStateWord.DOWN, "market data: why")


def test_a_venue_without_a_feed_misses_nothing():
    """Nothing is traded there, so it waits for nobody."""
    assert Sights(()).state() == (RECONCILING, "")
