from engine.messages.market import MarketStale, Quote, Trade
from engine.session.freshness import Freshness


def quote(instrument="A.V"):
    return Quote(instrument, 0, 0, 0, 0, 0, 1.0, 1.0, 2.0, 1.0)


def trade(instrument="A.V"):
    return Trade(instrument, 0, 0, 0, 0, 0, 1.0, 1.0, 1, "1")


def told(instrument="A.V", stream="quote", *, fresh):
    return MarketStale(
        instrument=instrument, boot=0, sequence=0, stream=stream, fresh=fresh, reason="r"
    )


def streams(messages):
    return [(m.instrument, m.stream, m.fresh) for m in messages]


def test_a_lost_connection_makes_every_topic_with_data_stale_once():
    """Each topic that had data is told stale, and not again while the connection stays away."""
    freshness = Freshness()
    for message in (quote(), quote(), trade(), quote("B.V")):
        assert freshness.arrived(message) is None
    assert streams(freshness.lost("gone")) == [
        ("A.V", "quote", False),
        ("A.V", "trade", False),
        ("B.V", "quote", False),
    ]
    assert freshness.lost("gone again") == []
    assert freshness.stale == 3


def test_the_first_data_afterwards_makes_its_own_topic_fresh():
    """Fresh is told once, before the data, for the topic that has data again and no other."""
    freshness = Freshness()
    freshness.arrived(quote())
    freshness.arrived(trade())
    freshness.lost("gone")
    assert streams([freshness.arrived(quote())]) == [("A.V", "quote", True)]
    assert freshness.arrived(quote()) is None
    assert freshness.stale == 1
    assert streams(freshness.lost("again")) == [("A.V", "quote", False)]


def test_a_protocols_doubt_is_passed_on_once_and_is_its_own_to_end():
    """Data does not end a doubt that the protocol has told; its own word does."""
    freshness = Freshness()
    assert freshness.doubted(told(fresh=False))
    assert not freshness.doubted(told(fresh=False))
    assert freshness.arrived(quote()) is None
    assert freshness.stale == 1
    assert freshness.doubted(told(fresh=True))
    assert not freshness.doubted(told(fresh=True))
    assert freshness.stale == 0


def test_protocol_and_connection_do_not_tell_the_same_twice():
    """Where both see the loss and both see the return, readers hear of each once."""
    freshness = Freshness()
    freshness.arrived(quote())
    assert len(freshness.lost("gone")) == 1
    assert not freshness.doubted(told(fresh=False))
    assert freshness.doubted(told(fresh=True))
    assert freshness.arrived(quote()) is None


def test_a_doubted_topic_is_not_told_stale_again_by_the_loss():
    """A topic that is stale already is not news, but after a loss its first data relieves it."""
    freshness = Freshness()
    freshness.arrived(quote())
    freshness.doubted(told(fresh=False))
    assert freshness.lost("gone") == []
    assert streams([freshness.arrived(quote())]) == [("A.V", "quote", True)]
