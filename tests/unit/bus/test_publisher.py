"""The publisher's bookkeeping, with a list in place of the socket."""

import math

import pytest

from engine.bus import publisher as module
from engine.bus.publisher import ECHO_AGAIN, Publisher
from engine.bus.replayserver import ReplayServer
from engine.bus.sockets import Received
from engine.errors import LimitExceeded, LocalProtocolError
from engine.messages.codec import decode, encode, prefix
from engine.messages.joined import JOINED_BYTES_MAX, JOINED_MAX, is_joined, split
from engine.messages.market import MarketStatus, Quote, Trade
from engine.messages.orders import ReportSeen
from engine.messages.replay import ReplayRequest
from engine.model.enums import VenueStateWord
from tests.kit.bus import INSTRUMENT, quote, trade


class Sink(list):
    """Takes what is sent."""

    send = list.append


class AnswerSink(list):
    """Takes answers, as a ROUTER would."""

    def send(self, identity, payload):
        self.append((identity, decode(payload)))


def publishing(**options):
    sink = Sink()
    return sink, Publisher(sink, boot=9, **options)


def ask(publisher, *, boot=9, after=0, through=0, tag=31):
    server = ReplayServer(AnswerSink(), publisher)
    request = ReplayRequest(
        request_id=4, tag=tag, instrument=INSTRUMENT, boot=boot, after=after, through=through
    )
    server.on_requests([Received(None, b"who", encode(request))])
    (identity, answer) = server._socket[0]
    assert identity == b"who"
    return answer


def test_numbers_count_per_topic():
    """Each kind of each instrument has its own numbers, and every message its boot."""
    sink, publisher = publishing()
    publisher.on_subscription(True, b"")
    for message in (quote(), trade(1), quote(instrument="B.TEST"), quote(), trade(2)):
        publisher.publish(message)
    sent = [decode(data) for data in sink]
    assert [m.sequence for m in sent] == [1, 1, 1, 2, 2]
    assert {m.boot for m in sent} == {9}


def test_frozen_messages_are_numbered_in_a_copy():
    """A frozen message is not changed; what travels carries boot and number."""
    sink, publisher = publishing()
    publisher.on_subscription(True, b"")
    status = MarketStatus(
        instrument="TEST", boot=0, sequence=0, state=VenueStateWord.READY, reason="", ts_ns=1
    )
    publisher.publish(status)
    assert (status.boot, status.sequence) == (0, 0)
    assert (decode(sink[0]).boot, decode(sink[0]).sequence) == (9, 1)


def test_a_refused_message_takes_no_number():
    """After a message that cannot travel the next number is still free."""
    sink, publisher = publishing()
    publisher.on_subscription(True, b"")
    publisher.publish(quote())
    with pytest.raises(LocalProtocolError):
        publisher.publish(quote(math.nan))
    with pytest.raises(LimitExceeded):
        publisher.publish(Trade(INSTRUMENT, 0, 0, 0, 0, 0, 1.0, 1.0, 1, "x" * 2_000_000))
    publisher.publish(quote())
    assert [decode(data).sequence for data in sink] == [1, 2]


def test_what_nobody_wants_is_kept_not_sent():
    """Without a reader nothing is sent; the first one gets the last value of a conflatable kind only."""
    sink, publisher = publishing()
    for number in range(3):
        publisher.publish(quote(float(number)))
        publisher.publish(trade(number))
    assert not sink
    publisher.on_subscription(True, prefix(Trade, INSTRUMENT))
    assert not sink
    publisher.on_subscription(True, prefix(Quote, INSTRUMENT))
    publisher.on_subscription(True, prefix(Quote))
    assert [decode(data).bid_price for data in sink] == [2.0, 2.0]


def test_demand_is_the_union_of_all_prefixes():
    """A topic is sent as long as any subscription that covers it is left."""
    sink, publisher = publishing()
    wanted = (prefix(Quote, INSTRUMENT), prefix(Quote), b"")
    for each in wanted:
        publisher.on_subscription(True, each)
    for each in wanted:
        del sink[:]
        publisher.publish(quote())
        assert len(sink) == 1
        publisher.on_subscription(False, each)
    publisher.publish(quote())
    assert len(sink) == 1
    assert publisher.demand() == ()


def test_foreign_subscriptions_are_ignored_and_counted():
    """Prefixes that are none of ours cause neither demand nor errors."""
    calls = []
    _, publisher = publishing(
        on_demand=lambda *c: calls.append(c), on_release=lambda *c: calls.append(c)
    )
    for foreign in (
        b"\x9b",
        b"junk",
        prefix(Quote, "A.B")[:-1],
        prefix(Quote, "A.B") + b"x",
        b"\x91\x41",
    ):
        publisher.on_subscription(True, foreign)
        publisher.on_subscription(False, foreign)
    publisher.on_subscription(False, prefix(Quote, "never.subscribed"))
    assert not calls
    assert publisher.stats.foreign_subscriptions == 10


def test_topics_and_demand_are_bounded(monkeypatch):
    """Beyond the bound, new topics are refused and new subscriptions ignored; known ones go on."""
    monkeypatch.setattr(module, "TOPICS_MAX", 2)
    monkeypatch.setattr(module, "DEMAND_MAX", 2)
    sink, publisher = publishing()
    for name in ("A", "B", "C"):
        publisher.on_subscription(True, prefix(Quote, name))
    publisher.publish(quote(instrument="A"))
    publisher.publish(quote(instrument="B"))
    with pytest.raises(LimitExceeded):
        publisher.publish(quote(instrument="C"))
    publisher.publish(quote(instrument="A"))
    assert len(sink) == 3
    assert publisher.stats.refused_subscriptions == 1


def test_messages_without_topic_are_refused():
    """Only market messages are published."""
    _, publisher = publishing()
    with pytest.raises((LocalProtocolError, AttributeError)):
        publisher.publish(ReportSeen(strategy="s", boot=1, through=1))


def test_quiet_topics_are_echoed():
    """A topic that fell quiet is sent again once soon and then now and then; a busy one is not."""
    sink, publisher = publishing()
    publisher.on_subscription(True, prefix(Trade))
    publisher.publish(trade(1))
    del sink[:]
    counts = []
    for _ in range(2 * ECHO_AGAIN):
        publisher.publish(trade(2, "BUSY.TEST"))
        publisher.publish(quote())
        del sink[:]
        publisher.echo()
        counts.append(len(sink))
    assert counts == [0, 1, 0, 0, 1, 0, 0, 0, 0, 1]


def test_answers_come_from_the_ring():
    """The missing range is answered with the very bytes that were sent."""
    sink, publisher = publishing()
    publisher.on_subscription(True, b"")
    for number in range(5):
        publisher.publish(trade(number))
    answer = ask(publisher, after=1, through=4)
    assert answer.messages == tuple(sink[1:4])
    assert (answer.lost, answer.through, answer.head, answer.last_value) == (0, 4, 5, sink[4])


def test_questions_nobody_can_answer():
    """Another boot, an unknown topic, an unknown tag and junk get no messages, and junk no answer."""
    _, publisher = publishing()
    publisher.publish(trade(1))
    for answer in (
        ask(publisher, boot=8, after=0, through=1),
        ask(publisher, after=0, through=1, tag=33),
        ask(publisher, after=0, through=1, tag=99),
    ):
        assert answer.messages == ()
        assert (answer.lost, answer.boot) == (0, 9)
    server = ReplayServer(AnswerSink(), publisher)
    server.on_requests([Received(None, b"who", b"junk")])
    assert not server._socket
    assert server.stats.bad_requests == 1


def test_neighbours_of_one_topic_travel_together():
    """What is held leaves at the release, in order; only neighbours of one topic are joined."""
    sink, publisher = publishing()
    publisher.on_subscription(True, b"")
    publisher.hold()
    for message in (quote(), quote(), trade(1), quote(), quote()):
        publisher.publish(message)
    assert len(sink) == 2  # the runs before the last have left
    publisher.release()
    topic = prefix(Quote, INSTRUMENT)
    first, alone, last = sink
    assert [decode(data).sequence for data in split(first, len(topic))] == [1, 2]
    assert decode(alone).sequence == 1
    assert [decode(data).sequence for data in split(last, len(topic))] == [3, 4]
    publisher.publish(quote())
    assert decode(sink[-1]).sequence == 5


def test_what_is_held_is_bounded_by_number_and_bytes():
    """No joined message grows beyond its bounds, and nothing is held back for them."""
    sink, publisher = publishing()
    publisher.on_subscription(True, b"")
    publisher.hold()
    for _ in range(3 * JOINED_MAX + 1):
        publisher.publish(quote())
    publisher.release()
    topic = len(prefix(Quote, INSTRUMENT))
    pieces = [split(data, topic) if is_joined(data, topic) else (data,) for data in sink]
    assert max(map(len, pieces)) <= JOINED_MAX
    assert max(map(len, sink)) <= JOINED_BYTES_MAX + 1024
    numbers = [decode(data).sequence for piece in pieces for data in piece]
    assert numbers == list(range(1, 3 * JOINED_MAX + 2))


def test_nothing_of_a_topic_that_nobody_reads_is_held():
    """It is numbered and remembered, as without holding."""
    sink, publisher = publishing()
    publisher.hold()
    publisher.publish(quote())
    publisher.release()
    assert not sink
    assert publisher.stats.published == 1
