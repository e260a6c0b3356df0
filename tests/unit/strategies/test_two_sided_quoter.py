"""The quoter: two quotes that never cross, lean against the position and follow the market."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigError
from engine.messages.orders import CancelAllIntent, CancelIntent, SubmitIntent
from engine.model.enums import Lifecycle, OrdType, Side, TimeInForce, VenueStateWord
from engine.strategy.loading import load_parameters
from strategies.two_sided_quoter import TwoSidedQuoter
from tests.kit.desk import Desk
from tests.kit.market import BTC

TICK = Decimal("0.1")


def desk(**parameters) -> Desk:
    """A quoter of 5 lots, at most 50, one tick from the reservation price, on an open venue.

    It may requote at once; the tests of its pace say otherwise.
    """
    one = Desk(TwoSidedQuoter, **{"requote_interval_s": 0.0, **parameters})
    one.venue()
    return one


def prices(asked: list) -> dict[Side, Decimal]:
    return {intent.side: intent.price for intent in asked if isinstance(intent, SubmitIntent)}


def test_it_quotes_both_sides_around_the_middle():
    """Post-only limit orders of the configured size, one tick to each side."""
    bid, ask = desk().quote(100.0, 100.4)

    assert (bid.side, bid.price, ask.side, ask.price) == (
        Side.BUY,
        Decimal("100.1"),
        Side.SELL,
        Decimal("100.3"),
    )
    for intent in (bid, ask):
        assert intent.post_only
        assert intent.ord_type is OrdType.LIMIT
        assert intent.quantity == 5


def test_it_quotes_where_a_venue_knows_no_post_only():
    assert not any(intent.post_only for intent in desk(post_only=False).quote(100.0, 100.4))


def test_a_closed_venue_is_not_quoted():
    """It begins when the venue opens, and pulls its quotes when the venue closes."""
    one = Desk(TwoSidedQuoter)
    assert one.quote(100.0, 100.4) == []
    one.venue()
    assert len(one.quote(100.0, 100.4)) == 2
    one.accept()
    one.venue(VenueStateWord.RECONCILING)
    assert [type(intent) for intent in one.quote(100.0, 100.4)] == [CancelIntent] * 2


def test_a_quote_that_is_right_is_left_alone():
    """A market that does not move costs no messages, and keeps the place in the queue."""
    one = desk()
    one.quote(100.0, 100.4)
    one.accept()

    assert one.quote(100.0, 100.4) == []


@pytest.mark.parametrize(("requote_ticks", "moves"), [(1, 2), (2, 2), (3, 0)])
def test_it_requotes_when_the_market_has_moved_far_enough(requote_ticks, moves):
    """Cancel first, and a new quote once the old one is gone: never two on a side."""
    one = desk(requote_ticks=requote_ticks)
    one.quote(100.0, 100.4)
    one.accept()
    cancels = one.quote(100.2, 100.6)

    assert [type(intent) for intent in cancels] == [CancelIntent] * moves
    assert one.quote(100.2, 100.6) == []
    one.cancelled(*cancels)
    renewed = one.quote(100.2, 100.6)
    assert len(renewed) == moves
    if moves:
        assert prices(renewed) == {Side.BUY: Decimal("100.3"), Side.SELL: Decimal("100.5")}


def test_the_more_it_holds_the_lower_it_quotes():
    """Half of the limit shifts the reservation price by half of the skew; short the other way."""
    flat, long, short = desk(), desk(), desk()
    long.hold(25)
    short.hold(-25)
    by_position = [prices(one.quote(99.0, 101.0)) for one in (short, flat, long)]

    assert [found[Side.BUY] for found in by_position] == [
        Decimal("100.1"),
        Decimal("99.9"),
        Decimal("99.7"),
    ]
    assert [found[Side.SELL] for found in by_position] == [
        Decimal("100.3"),
        Decimal("100.1"),
        Decimal("99.9"),
    ]


@pytest.mark.parametrize(
    ("held", "sides"),
    [
        (0, {Side.BUY, Side.SELL}),
        (45, {Side.BUY, Side.SELL}),
        (46, {Side.SELL}),
        (50, {Side.SELL}),
        (-46, {Side.BUY}),
        (70, {Side.SELL}),
        (-70, {Side.BUY}),
    ],
)
def test_it_stops_quoting_the_side_that_would_go_beyond(held, sides):
    """A position beyond the limit is still worked off: only the other side is quoted."""
    one = desk()
    one.hold(held)

    assert set(prices(one.quote(99.0, 101.0))) == sides


def test_a_quote_that_would_go_beyond_is_pulled():
    """At the limit the quote of that side is taken away, and comes back when there is room again."""
    one = desk(position_max=Decimal(5), skew_ticks=0.0)
    bid, ask = one.quote(99.0, 101.0)
    one.accept()
    one.hold(5)
    (pulled,) = one.quote(99.0, 101.0)
    assert pulled.target == bid.intent_id
    one.cancelled(pulled)
    assert one.quote(99.0, 101.0) == []
    one.fill(ask)
    assert set(prices(one.quote(99.0, 101.0))) == {Side.BUY, Side.SELL}


def test_a_filled_quote_is_replaced():
    """The other side stays where it is unless the price moves."""
    one = desk(skew_ticks=0.0)
    bid, _ = one.quote(100.0, 100.4)
    one.accept()
    one.fill(bid, 2)
    assert one.quote(100.0, 100.4) == []
    one.fill(bid)
    (renewed,) = one.quote(100.0, 100.4)
    assert (renewed.side, renewed.price) == (bid.side, bid.price)


def test_a_market_that_cannot_be_seen_is_not_quoted():
    """Everything is pulled at once, and quoted again when the data is good."""
    one = desk()
    one.quote(100.0, 100.4)
    one.accept()
    (pull,) = one.doubt()
    assert isinstance(pull, CancelAllIntent)
    assert pull.instrument == BTC
    one.cancelled(pull)
    assert one.quote(100.0, 100.4) == []
    assert one.doubt(fresh=True) == []
    assert len(one.quote(100.0, 100.4)) == 2


def test_a_market_with_one_side_is_not_quoted():
    """Without a middle there is nothing to quote around."""
    assert desk().quote(100.0, 0.0) == []
    assert desk().quote(0.0, 100.0) == []


def former(counter: int, side: Side, price: str) -> SubmitIntent:
    """A quote that an earlier process of the strategy left behind."""
    return SubmitIntent(
        intent_id=f"s:1:{counter}",
        strategy="s",
        boot=1,
        counter=counter,
        instrument=BTC,
        side=side,
        ord_type=OrdType.LIMIT,
        quantity=Decimal(5),
        price=Decimal(price),
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=True,
        reduce_only=False,
        created_mono_ns=0,
        data_mono_ns=0,
        note="quote",
    )


def test_a_restarted_quoter_takes_its_quotes_over():
    """What still rests is kept when it is right; a second one of the same side is cancelled."""
    left = (
        former(1, Side.BUY, "100.1"),
        former(2, Side.BUY, "100.0"),
        former(3, Side.SELL, "100.3"),
    )
    one = Desk(TwoSidedQuoter, adopted=left)
    one.venue()

    assert [intent.target for intent in one.taken()] == ["s:1:2"]
    assert one.quote(100.0, 100.4) == []


@pytest.mark.parametrize(("quantity", "position_max"), [(0, 50), (0, 0), (5, 0), (-1, 50)])
def test_sizes_of_zero_are_refused(quantity, position_max):
    """Nothing to quote, or a limit that nothing can be divided by: each must be above zero."""
    raw = {"quantity": str(quantity), "position_max": str(position_max)}
    with pytest.raises(ConfigError, match=r"must be at least 0\.00000001"):
        load_parameters(TwoSidedQuoter, raw)


def test_a_quote_beyond_the_limit_is_refused():
    """There would be no room for one fill."""
    with pytest.raises(ConfigError, match=r"quantity \(51\) must not be above position_max \(50\)"):
        desk(quantity=Decimal(51), position_max=Decimal(50))


def test_a_side_is_placed_and_moved_only_so_often():
    """The market may run: the quotes rest, then follow it at once."""
    one = desk(requote_interval_s=0.5)
    one.quote(100.0, 100.4)
    one.accept()
    for bid in range(1, 5):
        assert one.quote(100.0 + bid, 100.4 + bid, after_s=0.1) == []
    cancels = one.quote(106.0, 106.4, after_s=0.1)
    assert [type(intent) for intent in cancels] == [CancelIntent] * 2
    one.cancelled(*cancels)
    assert set(prices(one.quote(106.0, 106.4))) == set(Side)


def test_a_filled_quote_is_replaced_only_so_often():
    """A market that takes every quote at once does not make it faster."""
    one = desk(requote_interval_s=0.5, skew_ticks=0.0)
    bid, _ = one.quote(100.0, 100.4)
    one.accept()
    one.fill(bid)
    assert one.quote(100.0, 100.4, after_s=0.4) == []
    assert set(prices(one.quote(100.0, 100.4, after_s=0.1))) == {Side.BUY}


def test_a_quote_follows_a_market_that_falls_silent():
    """What moved while it rested is not forgotten when no further quote comes."""
    one = desk(requote_interval_s=0.5)
    one.quote(100.0, 100.4)
    one.accept()
    assert one.quote(101.0, 101.4) == []
    one.wait(0.5)
    assert [type(intent) for intent in one.taken()] == [CancelIntent] * 2


def test_a_quote_that_rests_is_still_pulled():
    """Safety does not wait: neither for a full position nor for a market that cannot be seen."""
    one = desk(requote_interval_s=60.0, position_max=Decimal(5))
    one.quote(100.0, 100.4)
    one.accept()
    one.hold(5)
    (pulled,) = one.quote(100.0, 100.4)
    assert isinstance(pulled, CancelIntent)
    (pull,) = one.doubt()
    assert isinstance(pull, CancelAllIntent)


def test_a_quote_that_was_thought_to_be_over_is_cancelled():
    """When it comes back its side is not quoted twice."""
    one = desk()
    bid, _ = one.quote(100.0, 100.4)
    one.accept()
    one.over(bid)
    (renewed,) = one.quote(100.0, 100.4)
    one.accept()
    one.over(bid, Lifecycle.OPEN)
    (cancel,) = one.quote(100.0, 100.4)
    assert cancel.target == bid.intent_id
    one.cancelled(cancel)
    assert one.live(Side.BUY) == [renewed]
    assert one.quote(100.0, 100.4) == []


@given(st.lists(st.tuples(st.integers(900, 1_100), st.floats(0.0, 0.3)), max_size=60))
def test_orders_stay_within_the_pace(moves):
    """Two sides at two a second: at most four orders in any second, whatever the market does."""
    one = desk(requote_interval_s=0.5)
    placed = []
    for bid_ticks, after_s in moves:
        asked = one.quote(float(bid_ticks * TICK), float((bid_ticks + 4) * TICK), after_s=after_s)
        one.accept()
        one.cancelled(*(i for i in asked if isinstance(i, CancelIntent)))
        placed += [one.now_s for intent in asked if isinstance(intent, SubmitIntent)]
    for start in placed:
        assert sum(start <= at < start + 0.999 for at in placed) <= 4


@given(
    bid_ticks=st.integers(500, 2_000),
    spread_ticks=st.integers(1, 30),
    held=st.integers(-60, 60),
    half_spread_ticks=st.floats(0.5, 20.0),
    skew_ticks=st.floats(0.0, 50.0),
)
def test_quotes_never_cross(bid_ticks, spread_ticks, held, half_spread_ticks, skew_ticks):
    """Neither each other nor the market, on the tick grid, whatever position and parameters."""
    one = desk(half_spread_ticks=half_spread_ticks, skew_ticks=skew_ticks)
    one.hold(held)
    bid, ask = bid_ticks * TICK, (bid_ticks + spread_ticks) * TICK
    found = prices(one.quote(float(bid), float(ask)))

    assert found
    assert all(price % TICK == 0 for price in found.values())
    assert found.get(Side.BUY, Decimal(0)) < ask
    assert found.get(Side.SELL, Decimal(10**9)) > bid
    if len(found) == 2:
        assert found[Side.BUY] < found[Side.SELL]


@given(
    st.lists(st.tuples(st.integers(950, 1_050), st.integers(1, 5), st.integers(0, 3)), max_size=12)
)
def test_there_is_never_more_than_one_quote_on_a_side(moves):
    """However the market moves and whatever the venue has answered by then."""
    one = desk()
    for bid_ticks, spread_ticks, answer in moves:
        bid, ask = bid_ticks * TICK, (bid_ticks + spread_ticks) * TICK
        asked = one.quote(float(bid), float(ask))
        if answer:
            one.accept()
        if answer == 2:
            one.cancelled(*(i for i in asked if isinstance(i, CancelIntent)))
        if answer == 3 and one.live(Side.BUY):
            one.fill(one.live(Side.BUY)[0])
        assert len(one.live(Side.BUY)) <= 1
        assert len(one.live(Side.SELL)) <= 1
        assert abs(one.position) <= 50
