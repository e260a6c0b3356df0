"""The reader's decisions, without sockets: trust, lateness, silence, repairs and their limits."""

import attrs
import pytest

from engine.bus import ordered
from engine.bus.readercore import ReaderCore, ReaderLimits
from engine.bus.track import Fresh, Lost, Outlet, Stale
from engine.errors import LocalProtocolError
from engine.messages.codec import encode, kind_of, prefix
from engine.messages.joined import join
from engine.messages.market import Quote, Trade
from engine.messages.replay import ReplayAnswer
from tests.kit.bus import INSTRUMENT, quote, trade

S = 1_000_000_000


class Rig:
    """A core with everything it says written down."""

    def __init__(self, **limits):
        self.events, self.requests = [], []
        note = self.events.append
        outlet = Outlet(
            note, note, note, note, lambda _track, request: self.requests.append(request)
        )
        self.core = ReaderCore(outlet, ReaderLimits(**limits))
        self.stats = self.core.stats

    def open(self, cls, instrument=INSTRUMENT, conflate=False):
        return self.core.open(cls, instrument, conflate=conflate)

    def send(self, *messages, now_s=1.0):
        self.core.take([encode(message) for message in messages], int(now_s * S))

    def send_joined(self, *messages, now_s=1.0):
        cls = type(messages[0])
        data = [encode(message) for message in messages]
        joined = join(prefix(cls, INSTRUMENT), len(kind_of(cls).fields), data)
        self.core.take([joined], int(now_s * S))

    def tick(self, now_s, connected=True):
        self.core.tick(int(now_s * S), connected=connected)

    def answer(self, numbers=(), *, lost=0, now_s=1.0, boot=1, head=100, last=None, **changes):
        request = self.requests[-1]
        answer = ReplayAnswer(
            request_id=request.request_id, tag=request.tag, instrument=request.instrument, boot=boot,
            after=request.after, lost=lost, messages=tuple(encode(tr(n)) for n in numbers),
            through=request.after + lost + len(numbers), head=head,
            last_value=encode(last) if last else b"",
        )  # fmt: skip
        self.core.answered(encode(attrs.evolve(answer, **changes)), int(now_s * S))

    def trades(self):
        return [event.sequence for event in self.events if type(event) is Trade]

    def told(self):
        """Everything but messages."""
        return [event for event in self.events if type(event) in (Stale, Fresh, Lost)]


def tr(sequence, boot=1, *, mono_s=1.0):
    return attrs.evolve(trade(sequence, mono_ns=int(mono_s * S)), boot=boot, sequence=sequence)


def qu(sequence, boot=1, *, price=1.0, mono_s=1.0):
    return attrs.evolve(quote(price, mono_ns=int(mono_s * S)), boot=boot, sequence=sequence)


def stale(reason, cls=Trade):
    return Stale(INSTRUMENT, cls, reason)


FRESH = Fresh(INSTRUMENT, Trade)


def test_a_gap_is_repaired_in_order():
    """Stale at the gap, then the missing, then what was held, then fresh."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    rig.send(tr(4))
    rig.send(tr(5))
    assert rig.trades() == [1]
    assert [(r.after, r.through, r.boot) for r in rig.requests] == [(1, 3, 1)]
    rig.answer([2, 3])
    assert rig.trades() == [1, 2, 3, 4, 5]
    assert rig.told() == [stale("gap"), FRESH]


def test_what_the_ring_lost_is_told_at_its_place():
    """Lost stands exactly where the missing messages would have been."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    rig.send(tr(6))
    rig.answer([4, 5], lost=2)
    assert [e.sequence if type(e) is Trade else e for e in rig.events] == [
        1, stale("gap"), Lost(INSTRUMENT, Trade, 2), 4, 5, 6, FRESH,
    ]  # fmt: skip


def test_an_answer_that_covers_a_part_is_asked_on():
    """A range larger than one answer is asked for piece by piece."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    rig.send(tr(10))
    for numbers in ([2, 3, 4], [5, 6], [7, 8, 9]):
        rig.answer(numbers)
    assert rig.trades() == list(range(1, 11))
    assert [r.after for r in rig.requests] == [1, 4, 6]


def test_held_messages_go_on_in_order():
    """What arrived out of order during a repair is sorted, without a further question."""
    rig = Rig()
    rig.open(Trade)
    for number in (1, 4, 6, 5):
        rig.send(tr(number))
    rig.answer([2, 3])
    assert rig.trades() == [1, 2, 3, 4, 5, 6]
    assert len(rig.requests) == 1


def test_an_answer_with_a_hole_is_not_believed():
    """Messages that do not continue where we stand are not handed on; the missing are lost."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    rig.send(tr(5))
    rig.answer([3, 4])
    assert rig.trades() == [1, 5]
    assert [event.count for event in rig.told() if type(event) is Lost] == [3]


def test_unanswered_requests_end_in_lost():
    """Three tries without an answer, then the missing are given up and all goes on."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    rig.send(tr(3))
    for second in (2.5, 4.0, 5.5):
        rig.tick(second)
    assert len(rig.requests) == ordered.REPAIR_TRIES_MAX
    assert rig.told() == [stale("gap"), Lost(INSTRUMENT, Trade, 1), FRESH]
    assert rig.trades() == [1, 3]


def test_answers_of_an_older_request_are_ignored():
    """A late answer to a repeated request changes nothing."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    rig.send(tr(3))
    old = rig.requests[0].request_id
    rig.tick(3.0)
    rig.answer([2], request_id=old)
    assert rig.trades() == [1]
    rig.answer([2])
    assert rig.trades() == [1, 2, 3]


def test_too_many_held_messages_end_the_repair():
    """A repair that never comes holds a bounded number of messages."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    rig.send(*(tr(number) for number in range(3, 4 + ordered.HELD_MAX)))
    assert rig.trades() == [1, *range(3, 4 + ordered.HELD_MAX)]
    assert rig.stats.lost == 1


def test_a_new_boot_is_repaired_from_its_first_number():
    """What a restarted publisher sent before we heard it is asked for; the old boot is over."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(7))
    rig.send(attrs.evolve(tr(3), boot=2))
    assert [(r.boot, r.after, r.through) for r in rig.requests] == [(2, 0, 2)]
    rig.send(tr(8))
    messages = tuple(encode(tr(number, boot=2)) for number in (1, 2))
    rig.answer(boot=2, messages=messages, through=2)
    assert rig.trades() == [7, 1, 2, 3]
    assert rig.told() == [stale("restart"), FRESH]
    assert rig.stats.repeats == 1


def test_a_restart_in_the_middle_of_a_repair():
    """What was held goes out with its gaps told as lost, then the new boot begins."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    rig.send(tr(4), tr(6))
    rig.send(tr(1, boot=2))
    assert [(e.boot, e.sequence) for e in rig.events if type(e) is Trade] == [
        (1, 1),
        (1, 4),
        (1, 6),
        (2, 1),
    ]
    assert [e.count for e in rig.events if type(e) is Lost] == [2, 1]
    assert not rig.core.is_stale(Trade, INSTRUMENT)


def test_late_messages_are_marked_before_they_are_handed_on():
    """A message older than the limit comes after the word that it is late; a timely one clears it."""
    rig = Rig(age_max_s=2.0)
    rig.open(Quote, conflate=True)
    rig.send(qu(1, mono_s=1.0), now_s=90.0)  # a cached last value may be old
    rig.send(qu(2, mono_s=90.0), now_s=92.1)
    rig.send(qu(3, mono_s=92.0), now_s=92.2)
    assert [type(event) for event in rig.events] == [Quote, Stale, Quote, Fresh, Quote]
    assert rig.told()[0].reason == "late"
    assert rig.stats.late == 1


def test_lateness_is_forgiven_when_nothing_waits():
    """A quiet reader is not behind: after a tick without a batch old data is old at the venue."""
    rig = Rig()
    rig.open(Quote, conflate=True)
    rig.send(qu(1), now_s=1.0)
    rig.send(qu(2, mono_s=1.0), now_s=9.0)
    for second in (9.1, 9.4):
        rig.tick(second)
        assert rig.core.is_stale(Quote, INSTRUMENT)
    rig.tick(9.7)
    assert not rig.core.is_stale(Quote, INSTRUMENT)


def test_silence_is_noticed_asked_about_and_healed_by_any_word():
    """A topic without even an echo turns stale; a repeat or an answer is enough to trust it again."""
    rig = Rig(silence_max_s=15.0)
    rig.open(Trade)
    rig.send(tr(5), now_s=1.0)
    rig.tick(15.9)
    assert not rig.told()
    rig.tick(16.1)
    assert rig.told() == [stale("silent")]
    assert [(r.after, r.through) for r in rig.requests] == [(5, 0)]
    rig.answer(head=5, last=tr(5), now_s=16.2)
    assert rig.told()[1:] == [FRESH]
    for second in (16.3, 16.5, 16.7, 40.0):
        rig.tick(second)
    rig.send(tr(5), now_s=40.1)
    assert rig.told()[2:] == [stale("silent"), FRESH]


def test_an_answer_about_a_silent_topic_shows_a_lost_tail():
    """When the publisher's last number is beyond ours, the tail is repaired."""
    rig = Rig(silence_max_s=15.0)
    rig.open(Trade)
    rig.send(tr(5), now_s=1.0)
    rig.tick(20.0)
    rig.answer(head=7, last=tr(7), now_s=20.1)
    for second in (20.2, 20.4, 20.6):
        rig.tick(second)
    rig.answer([6], now_s=20.7)
    assert rig.trades() == [5, 6, 7]
    assert not rig.core.is_stale(Trade, INSTRUMENT)


def test_a_tail_still_under_way_is_not_taken_for_lost():
    """An answer that overtakes the messages themselves causes no repair and no loss."""
    rig = Rig(silence_max_s=15.0)
    rig.open(Trade)
    rig.send(tr(5), now_s=1.0)
    rig.tick(20.0)
    rig.answer(head=7, last=tr(7), now_s=20.1)
    rig.send(tr(6, mono_s=20), tr(7, mono_s=20), now_s=20.2)
    for second in (20.3, 20.5, 20.7, 20.9):
        rig.tick(second)
    assert rig.trades() == [5, 6, 7]
    assert len(rig.requests) == 1


def test_an_answer_after_the_repair_was_abandoned_means_nothing():
    """The publisher's head in a late answer is no gap: the messages before it are on their way."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    rig.send(*(tr(number) for number in range(3, 4 + ordered.HELD_MAX)))
    last = 3 + ordered.HELD_MAX
    rig.answer([2], head=last + 50, last=tr(last + 50))
    for second in (1.2, 1.4, 1.6):
        rig.tick(second)
    rig.send(tr(last + 1))
    assert len(rig.requests) == 1
    assert rig.trades()[-2:] == [last, last + 1]


def test_a_lost_publisher_makes_everything_stale_at_once():
    """Disconnected means stale for every topic that was heard of, until it is heard again."""
    rig = Rig()
    rig.open(Trade)
    rig.open(Quote, conflate=True)
    rig.open(Quote, "OTHER.TEST", conflate=True)
    rig.send(tr(1), qu(1))
    rig.tick(1.1, connected=False)
    assert rig.told() == [stale("gone"), stale("gone", Quote)]
    assert not rig.requests
    rig.tick(2.2, connected=True)
    assert len(rig.requests) == 2
    rig.send(tr(1), qu(1), now_s=2.3)
    assert len(rig.told()) == 4


def test_conflation_takes_the_newest_and_counts_the_rest():
    """Of one batch the newest quote goes on, behind the trades that came before it."""
    rig = Rig()
    rig.open(Trade)
    rig.open(Quote, conflate=True)
    rig.send(qu(1), tr(1), qu(2), tr(2), qu(3), tr(3))
    assert [(type(e).__name__, e.sequence) for e in rig.events] == [
        ("Trade", 1), ("Trade", 2), ("Quote", 3), ("Trade", 3),
    ]  # fmt: skip
    assert rig.stats.conflated == 2


def test_conflated_gaps_and_repeats_are_counted():
    """Missing numbers of a conflated topic are counted, and repeats are dropped."""
    rig = Rig()
    rig.open(Quote, conflate=True)
    rig.send(qu(1))
    rig.send(qu(2), qu(2), qu(5), qu(5), qu(4))
    rig.send(qu(5))
    assert [e.sequence for e in rig.events] == [1, 5]
    assert (rig.stats.gaps, rig.stats.missing, rig.stats.repeats) == (1, 2, 4)
    assert rig.stats.conflated == 1


def test_a_whole_kind_is_followed_as_it_appears():
    """A subscription to all instruments opens a track per instrument with its first message."""
    rig = Rig()
    assert rig.open(Trade, None) == prefix(Trade)
    for name in ("A.TEST", "B.TEST"):
        rig.send(attrs.evolve(tr(1), instrument=name))
    rig.send(qu(1))
    assert [event.instrument for event in rig.events] == ["A.TEST", "B.TEST"]
    assert rig.stats.unknown == 1
    assert rig.core.close(Trade, None) == prefix(Trade)
    rig.send(attrs.evolve(tr(2), instrument="A.TEST"))
    assert len(rig.events) == 2


def test_opening_twice_and_wrongly():
    """Opening again is nothing new; conflating what may not be, or both ways, is refused."""
    rig = Rig()
    assert rig.open(Quote) is not None
    assert rig.open(Quote) is None
    with pytest.raises(LocalProtocolError):
        rig.open(Quote, conflate=True)
    with pytest.raises(LocalProtocolError):
        rig.open(Trade, conflate=True)
    assert rig.core.close(Trade, INSTRUMENT) is None


def test_foreign_bytes_are_counted_and_skipped():
    """Garbage and cut messages neither raise nor stop the rest of the batch."""
    rig = Rig()
    rig.open(Trade)
    rig.open(Quote, conflate=True)
    cut = encode(qu(1))[:-3]
    rig.core.take([b"", b"junk", cut, encode(tr(1)), b"\xff"], 1)
    rig.core.take([cut], 1)
    rig.core.answered(b"junk", 1)
    assert rig.trades() == [1]
    assert rig.stats.bad == 6


def test_a_trade_that_cannot_be_read_is_lost_not_forgotten():
    """A numbered message with a broken body is told as lost; the next one follows."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    rig.core.take([encode(tr(2))[:-1]], 1)
    rig.send(tr(3))
    assert rig.trades() == [1, 3]
    assert rig.told() == [Lost(INSTRUMENT, Trade, 1)]


def test_joined_messages_are_handed_on_one_by_one():
    """In order, between plain ones; a gap before them is a gap."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    rig.send_joined(tr(2), tr(3))
    rig.send(tr(4))
    assert rig.trades() == [1, 2, 3, 4]
    assert rig.stats.received == 4
    rig.send_joined(tr(6), tr(7))
    assert rig.trades() == [1, 2, 3, 4]
    rig.answer([5])
    assert rig.trades() == [1, 2, 3, 4, 5, 6, 7]


def test_of_joined_messages_of_a_conflated_topic_the_newest_goes_on():
    """Those that it replaces are counted, as when they come one by one."""
    rig = Rig()
    rig.open(Quote, conflate=True)
    rig.send_joined(qu(1), qu(2), qu(3, price=7.0))
    assert [event.bid_price for event in rig.events if type(event) is Quote] == [7.0]
    assert rig.stats.conflated == 2
    assert rig.stats.gaps == 0


def test_a_damaged_joined_message_is_counted_and_skipped():
    """Its numbers are then missing, which the next message shows."""
    rig = Rig()
    rig.open(Trade)
    rig.send(tr(1))
    topic = prefix(Trade, INSTRUMENT)
    rig.core.take([topic + b"\x92"], S)
    rig.core.take([topic + b"\x92", encode(tr(3))], S)
    assert rig.trades() == [1]
    assert rig.stats.bad == 2
    assert [(r.after, r.through) for r in rig.requests] == [(1, 2)]
