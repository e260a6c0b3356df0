"""Feeds: streams pulled along a driver's clock, alone and merged."""

from engine.exchange.feeds import BookReset, MergedFeed, StreamFeed


def _stream(symbol, *times):
    return StreamFeed(BookReset(symbol, at_ns) for at_ns in times)


def _seen(events):
    return [(event.symbol, event.at_ns) for event in events]


def test_a_stream_hands_out_each_event_once_and_in_time():
    """Advancing gives what is due, and nothing twice."""
    feed = _stream("A", 1, 2, 2, 5)
    assert feed.next_at_ns() == 1
    assert _seen(feed.advance(2)) == [("A", 1), ("A", 2), ("A", 2)]
    assert feed.advance(4) == []
    assert feed.next_at_ns() == 5
    assert _seen(feed.advance(9)) == [("A", 5)]
    assert feed.next_at_ns() is None
    assert feed.advance(99) == []


def test_a_limit_cuts_a_batch_without_losing_anything():
    """What a limit holds back comes with the next call, also within one moment."""
    feed = _stream("A", 1, 1, 1)
    assert len(feed.advance(1, 2)) == 2
    assert feed.next_at_ns() == 1
    assert len(feed.advance(1, 2)) == 1


def test_merged_feeds_run_in_time_order_and_respect_the_limit():
    """Several feeds look like one, first named first at equal times."""
    feed = MergedFeed([_stream("A", 1, 4, 6), _stream("B", 1, 2, 4)])
    assert _seen(feed.advance(3)) == [("A", 1), ("B", 1), ("B", 2)]
    assert _seen(feed.advance(9, 1)) == [("A", 4)]
    assert _seen(feed.advance(9)) == [("B", 4), ("A", 6)]
    assert feed.next_at_ns() is None
    assert MergedFeed([]).next_at_ns() is None
