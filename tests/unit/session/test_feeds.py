"""Feeds: what a venue may declare, which feed serves a symbol, and whose HTTP API a session asks."""

from unittest.mock import Mock

import attrs
import pytest

from engine.clock import SystemClock
from engine.model.feeds import FeedMap, feed_id_of
from engine.session import making
from engine.session.backoff import Backoff
from engine.session.feeds import Feed
from tests.kit.twofeeds import TENCENT, VENUE, FeedProtocol, Settings

LETTERS, DIGITS = VENUE.feeds


def alone(settings: object, secrets: object) -> FeedProtocol:
    return FeedProtocol("")


def test_a_feed_is_called_like_its_venue_unless_it_has_a_name():
    """The only feed of a venue is the venue."""
    assert feed_id_of("wooxpro", "") == "wooxpro"
    assert feed_id_of("alltick", "stock") == "alltick.stock"


def test_a_map_names_the_exceptions_only():
    """Instruments of venues with one feed need no entry."""
    feeds = FeedMap({TENCENT: "twofeeds.digits"})

    assert feeds.of(TENCENT) == "twofeeds.digits"
    assert feeds.of("BTCUSDT.WOOXPRO") == "wooxpro"
    assert feeds.of("700.HK.LONGBRIDGE") == "longbridge"


def test_the_first_feed_that_serves_a_symbol_is_used():
    """Also of several that would."""
    greedy = attrs.evolve(DIGITS, serves=lambda _symbol: True)
    venue = attrs.evolve(VENUE, feeds=(LETTERS, greedy))

    assert VENUE.feed_of("AAPL.US") == LETTERS
    assert VENUE.feed_of("700.HK") == DIGITS
    assert VENUE.feed_of(".DJI.US") is None
    assert venue.feed_of("AAPL.US") == LETTERS
    assert venue.feed_of(".DJI.US") == greedy


def test_a_venue_with_one_connection_has_one_feed_for_everything():
    """It has no name, so nothing is called differently."""
    (feed,) = attrs.evolve(VENUE, feeds=(), data=alone).data_feeds

    assert feed.name == ""
    assert feed.serves(".DJI.US")
    assert feed.data is alone


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"feeds": ()}, "either data or feeds"),
        ({"data": alone}, "either data or feeds"),
        ({"feeds": (LETTERS, LETTERS)}, "each its own"),
        ({"feeds": (attrs.evolve(LETTERS, name=""), DIGITS)}, "need names"),
    ],
)
def test_a_wrong_declaration_is_refused(changes, said):
    """At the import of the venue's package, where it is a clear error."""
    with pytest.raises(ValueError, match=said):
        attrs.evolve(VENUE, **changes)


@pytest.mark.parametrize("name", ["Stock", "a.b", "a" * 17, "1st", "a-b"])
def test_feed_names_are_parts_of_file_names(name):
    """They stand in sockets and process names."""
    with pytest.raises(ValueError, match="feed name"):
        Feed(name=name, serves=lambda _symbol: True, data=alone)


@pytest.mark.parametrize(
    ("feed", "url"),
    [(LETTERS, "http://127.0.0.1:1"), (DIGITS, "http://127.0.0.1:2"), (None, "http://127.0.0.1:2")],
)
def test_a_session_asks_the_http_api_of_its_feed(monkeypatch, feed, url):
    """A feed without one of its own, and a trade session, ask the venue's."""
    asked = []
    monkeypatch.setattr(making, "HttpDriver", lambda base_url, *_a, **_k: asked.append(base_url))
    making.make_driver(
        VENUE,
        Settings(letters_http="http://127.0.0.1:1", others_http="http://127.0.0.1:2"),
        FeedProtocol("x"),
        plain=True,
        backoff=Backoff(),
        clock=SystemClock(),
        sink=Mock(),
        feed=feed,
    )

    assert asked == [url]
