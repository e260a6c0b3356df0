import pytest

from engine.messages.market import Book, Quote
from engine.messages.venue import UpdateKind
from engine.model.enums import Liquidity, Side
from tests.kit.market import BTC, btc
from tests.kit.paper import BUY, FOK, IOC, SELL, Bench, D

ACCEPTED, REJECTED = (UpdateKind.ACCEPTED, ""), UpdateKind.REJECTED
CANCELLED = UpdateKind.CANCELLED


def ended(code):
    return [ACCEPTED, (CANCELLED, code)]


# --- takers --------------------------------------------------------------------------------------


@pytest.fixture
def bench():
    """Asks 10 at 100.1 and 20 at 100.2, bids 10 at 99.9 and 20 at 99.8."""
    bench = Bench()
    bench.book()
    return bench


def test_a_market_order_walks_the_depth(bench):
    """Each level fills at its own price, as a taker, until the order is done."""
    bench.submit(quantity=15, price=None)
    assert bench.fills_of("c1") == [(10, D("100.1")), (5, D("100.2"))]
    assert {fill.liquidity for fill in bench.fills} == {Liquidity.TAKER}
    assert [fill.cum_qty for fill in bench.fills] == [10, 15]
    assert bench.updates() == [ACCEPTED]


def test_a_market_order_ends_where_the_depth_ends(bench):
    """The rest is cancelled, not invented."""
    bench.submit(side=SELL, quantity=31, price=None)
    assert bench.fills_of("c1") == [(10, D("99.9")), (20, D("99.8"))]
    assert bench.updates() == ended("NO_LIQUIDITY")


def test_a_market_order_without_a_market_is_rejected():
    """No visible price: NO_MARKET; a side that is not there is no market either."""
    bench = Bench()
    bench.submit(price=None)
    assert bench.updates() == [(REJECTED, "NO_MARKET")]
    bench.book(bids=(), asks=((100.1, 1.0),))
    bench.submit("c2", side=SELL, price=None)
    assert bench.updates("c2") == [(REJECTED, "NO_MARKET")]


def test_a_crossing_limit_takes_up_to_its_price_and_rests(bench):
    """Never worse than its limit; what is left is a maker."""
    bench.submit(quantity=15, price="100.1")
    assert bench.fills_of("c1") == [(10, D("100.1"))]
    bench.trade(100.1, 3)
    assert bench.fills_of("c1") == [(10, D("100.1")), (3, D("100.1"))]
    assert [fill.liquidity for fill in bench.fills] == [Liquidity.TAKER, Liquidity.MAKER]


def test_depth_is_taken_once(bench):
    """What one order took is not there for the next, however often the same view is repeated."""
    bench.submit("c1", quantity=8, price="100.1")
    bench.book()
    bench.submit("c2", quantity=8, price="100.1", time_in_force=IOC)
    assert bench.fills_of("c2") == [(2, D("100.1"))]
    bench.submit("c3", quantity=8, price="100.1", time_in_force=IOC)
    assert bench.fills_of("c3") == []
    assert bench.updates("c3") == ended("IOC")


def test_ioc_takes_what_is_there_and_ends(bench):
    """Immediate or cancel: the rest never rests."""
    bench.submit(quantity=15, price="100.1", time_in_force=IOC)
    assert bench.fills_of("c1") == [(10, D("100.1"))]
    assert bench.updates() == ended("IOC")


@pytest.mark.parametrize(("quantity", "filled"), [(30, 30), (31, 0)])
def test_fok_fills_whole_or_not_at_all(bench, quantity, filled):
    """Fill or kill looks at the whole reachable depth first."""
    bench.submit(quantity=quantity, price="100.2", time_in_force=FOK)
    assert sum(quantity for quantity, _ in bench.fills_of("c1")) == filled
    assert bench.updates() == ([ACCEPTED] if filled else ended("FOK"))


@pytest.mark.parametrize(
    ("side", "price", "refused"),
    [(BUY, "100.1", True), (BUY, "100.0", False), (SELL, "99.9", True), (SELL, "100.0", False)],
)
def test_post_only_never_takes(bench, side, price, refused):
    """A post-only order that would trade at once is refused, also against a level we emptied."""
    bench.submit("t", side=side, quantity=10, price=None)
    bench.submit(side=side, price=price, post_only=True)
    expected = (REJECTED, "POST_ONLY_WOULD_CROSS") if refused else ACCEPTED
    assert bench.updates() == [expected]


def test_fills_are_whole_lots():
    """A level of a fraction of a lot gives its whole lots only."""
    bench = Bench()
    bench.book(asks=((100.1, 0.9), (100.2, 2.5)))
    bench.submit(quantity=5, price=None)
    assert bench.fills_of("c1") == [(2, D("100.2"))]


# --- own orders ------------------------------------------------------------------------------------


def test_a_taker_ends_where_it_meets_an_own_order(bench):
    """The market before the own order is taken; the rest is cancelled instead of matched."""
    bench.submit("own", side=SELL, quantity=5, price="100.1")
    bench.submit("taker", quantity=15, price=None)
    assert bench.fills_of("taker") == [(10, D("100.1"))]
    assert bench.updates("taker") == ended("SELF_MATCH")
    assert bench.fills_of("own") == []


def test_an_own_order_that_is_first_blocks_at_once(bench):
    """Inside the spread nobody is before the own order: nothing trades, neither rests crossed."""
    bench.submit("own", quantity=5, price="100.0")
    bench.submit("taker", side=SELL, quantity=5, price="100.0")
    assert bench.updates("taker") == ended("SELF_MATCH")
    bench.submit("fok", side=SELL, quantity=5, price="99.9", time_in_force=FOK)
    assert bench.updates("fok") == ended("FOK")
    bench.submit("maker", side=SELL, quantity=5, price="100.0", post_only=True)
    assert bench.updates("maker") == [(REJECTED, "POST_ONLY_WOULD_CROSS")]


def test_only_what_stands_before_the_own_order_is_taken(bench):
    """Size that came to the level after our order is behind it, out of the taker's reach."""
    bench.submit("own", side=SELL, quantity=5, price="100.1")
    bench.book(asks=((100.1, 14.0), (100.2, 20.0)))
    bench.submit("taker", quantity=15, price=None)
    assert bench.fills_of("taker") == [(10, D("100.1"))]


def test_the_nearest_own_order_counts(bench):
    """Of several own orders the one the taker would meet first ends it."""
    bench.submit("far", side=SELL, quantity=5, price="100.2")
    bench.submit("near", side=SELL, quantity=5, price="100.1")
    bench.submit("again", side=SELL, quantity=5, price="100.1")
    bench.submit("taker", quantity=40, price=None)
    assert bench.fills_of("taker") == [(10, D("100.1"))]


def test_taking_before_an_own_order_brings_it_forward(bench):
    """What we took ourselves stands no longer before our resting order."""
    bench.submit("own", side=SELL, quantity=5, price="100.1")
    bench.submit("taker", quantity=8, price="100.1")
    bench.trade(100.1, 3, aggressor=1)
    assert bench.fills_of("own") == [(1, D("100.1"))]


# --- makers ----------------------------------------------------------------------------------------


def test_a_resting_order_waits_behind_what_was_visible(bench):
    """Prints at its price use up the queue first; only what is beyond fills it."""
    bench.submit(quantity=5, price="99.9")
    bench.trade(99.9, 6)
    assert bench.fills == []
    bench.trade(99.9, 6)
    assert bench.fills_of("c1") == [(2, D("99.9"))]
    bench.trade(99.9, 6)
    assert bench.fills_of("c1") == [(2, D("99.9")), (3, D("99.9"))]
    assert bench.fills[0].liquidity is Liquidity.MAKER


def test_a_level_that_shrinks_shortens_the_queue(bench):
    """Less size than the queue means that some before us left; growth comes behind us."""
    bench.submit(quantity=5, price="99.9")
    bench.book(bids=((99.9, 2.0),))
    bench.book(bids=((99.9, 50.0),))
    bench.trade(99.9, 4)
    assert bench.fills_of("c1") == [(2, D("99.9"))]


def test_a_print_through_the_price_fills_at_the_own_price(bench):
    """Whoever sold lower met us before; at most the print's size."""
    bench.submit(quantity=5, price="99.9")
    bench.trade(99.8, 3)
    assert bench.fills_of("c1") == [(3, D("99.9"))]
    bench.trade(99.9, 1)
    assert bench.fills_of("c1") == [(3, D("99.9")), (1, D("99.9"))]


def test_one_print_fills_its_size_once(bench):
    """Several own orders share a print: best price first, then time, each behind its queue."""
    bench.submit("first", quantity=2, price="99.9")
    bench.submit("second", quantity=2, price="99.9")
    bench.submit("best", quantity=1, price="100.0")
    bench.trade(99.9, 14)
    assert bench.fills_of("best") == [(1, D("100.0"))]
    assert bench.fills_of("first") == [(2, D("99.9"))]
    assert bench.fills_of("second") == [(1, D("99.9"))]


def test_an_order_that_grew_waits_behind_the_other_own_ones(bench):
    """Its time at its price is that of the change."""
    bench.submit("first", quantity=2, price="100.0")
    bench.submit("second", quantity=2, price="100.0")
    bench.replace("first", quantity=3)
    bench.trade(100.0, 2)
    assert bench.fills_of("second") == [(2, 100)]
    assert bench.fills_of("first") == []


def test_after_a_print_through_the_price_nobody_is_before_it(bench):
    """Whoever was in the queue has traded; the next print at the price is ours."""
    bench.submit(quantity=5, price="99.9")
    bench.trade(99.8, 1)
    bench.trade(99.9, 1)
    assert len(bench.fills) == 2


@pytest.mark.parametrize(("aggressor", "filled"), [(-1, 1), (1, 0), (0, 1)])
def test_the_aggressor_of_our_side_does_not_fill_us(bench, aggressor, filled):
    """Buyers do not trade with our bids; an unknown aggressor may."""
    bench.submit(quantity=1, price="100.0")
    bench.trade(100.0, 1, aggressor)
    assert len(bench.fills) == filled


def test_prints_from_before_the_order_do_not_fill_it(bench):
    """A repaired gap brings old prints late; they were before our order took effect."""
    bench.submit(quantity=1, price="100.0")
    old = bench.mono_ns - 2_000
    bench.mono_ns, now = old, bench.mono_ns
    bench.trade(99.0, 5)
    assert bench.fills == []
    bench.mono_ns = now
    bench.trade(99.0, 5)
    assert len(bench.fills) == 1


def test_the_market_coming_to_us_fills_as_a_maker(bench):
    """The other side's best crosses our price: our price, bounded by what is visible, once."""
    bench.submit(quantity=5, price="99.9")
    for _ in range(3):
        bench.book(bids=((99.7, 1.0),), asks=((99.8, 3.0), (99.95, 9.0)))
    assert bench.fills_of("c1") == [(3, D("99.9"))]
    bench.quote(99.7, 99.9, size=10.0)
    assert bench.fills_of("c1") == [(3, D("99.9")), (2, D("99.9"))]
    assert {fill.liquidity for fill in bench.fills} == {Liquidity.MAKER}


def test_crossing_levels_are_shared_by_priority(bench):
    """A visible level fills the better own order first and is not there twice."""
    bench.submit("low", quantity=5, price="99.9")
    bench.submit("high", quantity=5, price="100.0")
    bench.book(bids=(), asks=((99.8, 7.0),))
    assert bench.fills_of("high") == [(5, D("100.0"))]
    assert bench.fills_of("low") == [(2, D("99.9"))]


def test_a_price_out_of_sight_has_an_unknown_queue():
    """Where the feed does not reach, prints at the price fill nothing until the level was seen."""
    bench = Bench()
    bench.quote(99.9, 100.1)
    bench.submit(quantity=5, price="99.0")
    bench.trade(99.0, 100)
    assert bench.fills == []
    bench.quote(99.0, 99.2, size=4.0)
    bench.trade(99.0, 5)
    assert bench.fills_of("c1") == [(1, D("99.0"))]


def test_nothing_fills_from_a_market_in_doubt(bench):
    """Doubted depth neither fills nor judges; resting orders stay and trade when it is believed."""
    bench.submit("resting", quantity=5, price="99.9")
    for kind in (Book, Quote):
        bench.venue.doubt(BTC, kind, "bus")
    bench.book(asks=((99.0, 50.0),))
    bench.submit("market", price=None)
    assert bench.fills == []
    assert bench.updates("market") == [(REJECTED, "NO_MARKET")]
    bench.venue.believe(BTC, Book, "bus")
    assert bench.fills == []
    bench.book(asks=((99.0, 50.0),))
    assert bench.fills_of("resting") == [(5, D("99.9"))]


def test_a_blind_venue_keeps_its_orders(bench):
    """With the data session gone nothing is visible; what rests goes on resting."""
    bench.submit("resting", quantity=5, price="99.9")
    bench.venue.blind()
    bench.submit("market", price=None)
    assert bench.updates("market") == [(REJECTED, "NO_MARKET")]
    assert bench.updates("resting") == [ACCEPTED]
    bench.book(asks=((99.9, 50.0),))
    assert bench.fills_of("resting") == [(5, D("99.9"))]


def test_a_venue_that_is_blind_in_part_sees_the_rest(bench):
    """Another feed's outage hides no instrument of this one."""
    bench.venue.blind(lambda name: name != BTC)
    bench.submit("market", quantity=5, price=None)
    assert bench.updates("market")[0] == ACCEPTED


# --- reduce-only -----------------------------------------------------------------------------------


def long(bench, quantity=10):
    """A long position, bought from a deep market."""
    bench.book(asks=((100.1, 1000.0),))
    bench.submit("open", quantity=quantity, price=None)
    bench.book()
    assert bench.position() == quantity


@pytest.mark.parametrize(
    ("held", "side", "quantity", "taken"),
    [(10, SELL, 10, True), (10, SELL, 11, False), (10, BUY, 1, False), (0, SELL, 1, False)],
)
def test_reduce_only_only_reduces(bench, held, side, quantity, taken):
    """An order for more than the position, or away from it, is refused."""
    if held:
        long(bench, held)
    bench.submit(side=side, quantity=quantity, price=None, reduce_only=True)
    assert bench.updates()[0] == (ACCEPTED if taken else (REJECTED, "REDUCE_ONLY"))


def test_reduce_only_orders_promise_the_position_once(bench):
    """What resting reduce-only orders will close is no longer there for another one."""
    long(bench)
    bench.submit("r1", side=SELL, quantity=6, price=101, reduce_only=True)
    bench.submit("r2", side=SELL, quantity=5, price=101, reduce_only=True)
    assert bench.updates("r2") == [(REJECTED, "REDUCE_ONLY")]
    bench.submit("r3", side=SELL, quantity=4, price=101, reduce_only=True)
    assert bench.updates("r3") == [ACCEPTED]


def test_a_shrinking_position_ends_the_newest_reduce_only_orders(bench):
    """When other orders close the position, what it no longer covers is cancelled."""
    long(bench)
    bench.submit("r1", side=SELL, quantity=5, price=101, reduce_only=True)
    bench.submit("r2", side=SELL, quantity=5, price=101, reduce_only=True)
    bench.submit("plain", side=SELL, quantity=4, price=None)
    assert bench.updates("r2") == ended("REDUCE_ONLY")
    assert bench.updates("r1") == [ACCEPTED]
    bench.trade(102, 5, aggressor=1)
    assert bench.position() == 1


def test_one_print_cannot_fill_an_order_it_ended(bench):
    """A fill that ends a reduce-only order in the middle of a print leaves that one alone."""
    long(bench)
    bench.submit("plain", side=SELL, quantity=8, price="100.5")
    bench.submit("reduce", side=SELL, quantity=10, price=101, reduce_only=True)
    bench.trade(102, 50, aggressor=1)
    assert bench.fills_of("reduce") == []
    assert bench.updates("reduce") == ended("REDUCE_ONLY")
    assert bench.position() == 2


def test_a_crossing_market_cannot_fill_an_order_it_ended(bench):
    """The same when the market comes to both orders at once."""
    long(bench)
    bench.submit("plain", side=SELL, quantity=8, price="100.5")
    bench.submit("reduce", side=SELL, quantity=10, price=101, reduce_only=True)
    bench.book(bids=((102.0, 50.0),), asks=())
    assert bench.fills_of("reduce") == []
    assert bench.position() == 2


def test_a_reduce_only_order_may_grow_as_far_as_the_position(bench):
    """A change is judged like a new order, its own promise given back."""
    long(bench)
    bench.submit(side=SELL, quantity=4, price=101, reduce_only=True)
    bench.replace(quantity=10)
    bench.replace(quantity=11)
    assert bench.updates()[1:] == [
        (UpdateKind.REPLACED, ""),
        (UpdateKind.REPLACE_REJECTED, "REDUCE_ONLY"),
    ]


def test_instruments_do_not_touch_each_other():
    """Depth, prints and orders of one instrument say nothing about another."""
    eth = "ETHUSDT.WOOXPRO"
    bench = Bench(instruments=(btc(), btc(eth)))
    bench.book()
    bench.book(asks=((50.0, 10.0),), bids=(), instrument=eth)
    bench.submit("b", quantity=5, price="99.9")
    bench.submit("e", quantity=5, price=None, instrument=eth)
    bench.trade(10.0, 100, instrument=eth)
    assert bench.fills_of("e") == [(5, 50)]
    assert bench.fills_of("b") == []
    assert bench.position(eth) == 5
    assert {fill.side for fill in bench.fills} == {Side.BUY}
