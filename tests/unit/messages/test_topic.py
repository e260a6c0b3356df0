"""Topics: instruments are told apart whole, whatever characters their symbols have."""

import pytest

from engine.messages.codec import encode, prefix
from engine.messages.market import Quote
from engine.messages.topic import parse_subscription, topic_of
from tests.kit.market import quote

NAMES = ("700.HK.LONGBRIDGE", ".DJI.US.ALLTICK", "BRK.B.US.LONGBRIDGE", "399001.SZ.ALLTICK")


@pytest.mark.parametrize("name", NAMES)
def test_symbols_with_dots_have_topics_of_their_own(name):
    """What is published is what is subscribed, and what the publisher understands."""
    topic = topic_of(encode(quote(1.0, 1.1, instrument=name)))

    assert topic == prefix(Quote, name)
    assert parse_subscription(topic).instrument == name


@pytest.mark.parametrize("name", NAMES)
def test_no_instrument_is_the_beginning_of_another(name):
    """A reader of one never gets the other, for ZeroMQ compares beginnings."""
    for other in (f"{name}2", f"{name}.X", name[1:], name[:-1]):
        assert not encode(quote(1.0, 1.1, instrument=other)).startswith(prefix(Quote, name))
