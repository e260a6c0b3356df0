import attrs
import msgpack
import pytest

from engine.errors import BadEnvelope, InvariantViolation
from engine.messages.codec import encode
from engine.messages.venue import Fill, SubmitOrder, UpdateKind
from engine.paper.records import OrderArrived, OrderTraded, from_bytes, to_bytes
from tests.kit.commands import submit
from tests.kit.paper import IOC, SELL, Bench, D, dump

WITHOUT_TRAIL = [field.name for field in attrs.fields(SubmitOrder)].index("trail")
ACCEPTED = (UpdateKind.ACCEPTED, "")


@pytest.fixture
def bench():
    """A position, a partly filled order, resting orders, finished ones."""
    bench = Bench()
    bench.book()
    bench.submit("done", quantity=3, price=None)
    bench.submit("part", quantity=15, price="100.1")
    bench.submit("rests", quantity=5, price="99.9")
    bench.submit("moved", quantity=5, price="99.0")
    bench.replace("moved", quantity=7, price="99.1")
    bench.submit("gone", price="98.0")
    bench.cancel("gone")
    bench.submit("bad", price="98.01")
    return bench


def test_replaying_the_journal_gives_the_state_that_was(bench):
    """Orders, their place in time, fills, positions, cash, definitions: all from records."""
    assert dump(bench.restart().venue) == dump(bench.venue)


def test_nothing_depends_on_the_clock_of_the_new_process(bench):
    """A replay at any time gives the same; times come from the records."""
    first, second = bench.restart(), bench.restart()
    second.mono_ns += 10**15
    assert dump(first.venue) == dump(second.venue)


def test_answers_are_the_same_after_a_restart(bench):
    """The router hears the same orders, fills, positions and cash as before."""
    before, after = bench.reconcile(), bench.restart().reconcile()
    assert before == after


def test_resting_orders_go_on_after_a_restart(bench):
    """They fill once their market is seen again, behind everything then visible."""
    after = bench.restart()
    after.trade(99.9, 100)
    assert after.fills_of("rests") == [], "the queue is not known yet"
    after.book(asks=((100.2, 5.0),))
    after.trade(99.9, 12)
    assert after.fills_of("rests") == [(2, D("99.9"))]


def test_ids_are_new_in_each_process_whatever_became_of_the_journal(bench):
    """Trade and order ids carry the boot, so a lost journal cannot make one come twice."""
    lost = Bench(tag="b")
    again = bench.restart(tag="c")
    for other in (lost, again):
        other.book()
        other.submit("x", quantity=1, price=None)
    every = [fill.fill_key for each in (bench, lost, again) for fill in each.fills]
    assert len(set(every)) == len(every)
    assert all(fill.trade_id == fill.fill_key for fill in bench.fills)


def test_used_ids_stay_used(bench):
    """A repeated client order id is refused after a restart as well."""
    after = bench.restart()
    for used in ("done", "rests", "gone", "bad"):
        after.submit(used)
        assert after.updates(used) == [(UpdateKind.REJECTED, "DUPLICATE_ID")]


def test_what_was_on_its_way_never_took_effect():
    """An order that had arrived but not taken effect is refused; a cancel on its way is gone."""
    bench = Bench(latency_ms=5.0)
    bench.submit("rests", price="99.0")
    bench.wait(6)
    bench.submit("way", price="99.0")
    bench.cancel("rests")
    after = bench.restart()
    assert after.updates("way") == [(UpdateKind.REJECTED, "VENUE_RESTARTED")]
    (part,) = after.reconcile()
    assert [(o.client_order_id, o.lifecycle) for o in part.orders] == [
        ("way", "rejected"),
        ("rests", "open"),
    ]
    assert dump(after.restart(tag="c").venue) == dump(after.venue)


def test_a_journal_cut_anywhere_recovers_to_a_sound_state(bench):
    """After any prefix: nothing rests that may not, and a second restart changes nothing more."""
    bench.submit("ioc", quantity=50, price="100.2", time_in_force=IOC)
    bench.submit("market", quantity=50, price=None)
    for end in range(len(bench.journal) + 1):
        cut = Bench(bench.journal[:end], tag="b", instruments=())
        assert all(o.is_working and o.may_rest for o in cut.venue.book.orders.values())
        assert dump(cut.restart(tag="c").venue) == dump(cut.venue)


def test_a_reduce_only_order_without_a_position_ends_at_the_restart():
    """Its cancel may have been the record that was lost."""
    bench = Bench()
    bench.book()
    bench.submit("open", quantity=5, price=None)
    bench.submit("reduce", side=SELL, quantity=5, price=101, reduce_only=True)
    bench.submit("close", side=SELL, quantity=5, price=None)
    assert bench.updates("reduce")[-1] == (UpdateKind.CANCELLED, "REDUCE_ONLY")
    cut = Bench(bench.journal[:-1], tag="b", instruments=())
    assert cut.updates("reduce") == [(UpdateKind.CANCELLED, "REDUCE_ONLY")]


def test_the_journal_can_be_continued_by_many_boots(bench):
    """Each process begins where the last one ended."""
    current = bench
    for number in range(5):
        current = current.restart(tag=f"t{number}")
        current.book()
        current.submit(f"n{number}", quantity=1, price=None)
    assert dump(current.restart(tag="z").venue) == dump(current.venue)
    assert len({fill.fill_key for fill in current.venue.book.history.fills_since(0)}) >= 7


def as_before(body: bytes) -> bytes:
    """A record as a release without `trail` and what came after it wrote its order."""
    tag, *values = msgpack.unpackb(body, use_list=False)
    if isinstance(from_bytes(body), OrderArrived):
        command, *rest = values
        values = [command[:WITHOUT_TRAIL], *rest]
    return msgpack.packb((tag, *values))


def test_the_journal_of_an_older_release_is_read(bench):
    """Found: a paper venue did not start any more on what the release before had written."""
    older = [as_before(body) for body in bench.journal]
    assert older != bench.journal
    assert dump(Bench(older, tag="b", instruments=()).venue) == dump(bench.venue)


def test_a_foreign_record_is_refused():
    """A message of the bus is no record of the journal, and the reverse."""
    with pytest.raises(BadEnvelope):
        from_bytes(encode(submit()) + b"x")
    with pytest.raises(BadEnvelope):
        from_bytes(encode(submit()))


def test_a_fill_of_nothing_is_a_broken_invariant(bench):
    """A journal whose records do not follow from each other is not guessed at."""
    (fill, *_) = bench.fills
    assert isinstance(fill, Fill)
    record = to_bytes(OrderTraded(fill=fill))
    with pytest.raises(InvariantViolation):
        Bench([record])
