"""The follower trades the twin of what it watches, and nothing on data that is doubted."""

from decimal import Decimal

from engine.messages.orders import SubmitIntent
from engine.model.enums import OrdType, Side
from strategies.twin_follower import TwinFollower
from tests.kit.desk import Desk
from tests.kit.market import BTC

WATCHED = "BTCUSDT.ALLTICK"


def desk(**parameters) -> Desk:
    """A move of 100 bps over three quotes is followed with 5."""
    given = {"quotes": 3, "move_bps": 100.0, "quantity": Decimal(5), **parameters}
    return Desk(TwinFollower, watched=WATCHED, **given)


def walk(desk: Desk, *mids: float) -> list[SubmitIntent]:
    return [order for mid in mids for order in desk.quote(mid - 0.1, mid + 0.1)]


def test_a_move_is_followed_in_the_twin():
    """One market order for the target, at the venue that takes orders, made from the watched data."""
    one = desk()
    one.now_s = 5.0
    (order,) = walk(one, 100, 100, 102)

    assert (order.instrument, order.side, order.quantity) == (BTC, Side.BUY, Decimal(5))
    assert order.ord_type is OrdType.MARKET
    assert order.data_mono_ns == one.now_ns
    one.accept()
    one.fill(order)
    assert walk(one, 103, 105) == []


def test_a_fall_turns_it_around_and_calm_ends_it():
    """Targets are reached from where the position is."""
    one = desk()
    one.hold(5)
    (order,) = walk(one, 100, 100, 98)
    assert (order.side, order.quantity) == (Side.SELL, Decimal(10))
    one.accept()
    one.fill(order)
    (back,) = walk(one, 98, 98)
    assert (back.side, back.quantity) == (Side.BUY, Decimal(5))


def test_it_waits_for_its_quotes_and_ignores_half_a_market():
    """A quote with one side says nothing of the price."""
    one = desk()

    assert one.quote(0.0, 100.0) == []
    assert walk(one, 100, 102) == []


def test_a_gap_in_the_watched_data_begins_the_measure_anew():
    """What moved while nobody looked is not followed."""
    one = desk()
    walk(one, 100, 100)
    one.doubt()
    assert walk(one, 110) == []
    one.doubt(fresh=True)
    assert walk(one, 110) == []


def test_doubted_data_of_the_traded_instrument_holds_it_back():
    """It would trade blind."""
    one = desk()
    one.host.doubted(BTC, "quote", fresh=False, mono_ns=1, wall_ns=1)
    assert walk(one, 100, 100, 102) == []
    one.host.doubted(BTC, "quote", fresh=True, mono_ns=1, wall_ns=1)
    assert len(walk(one, 104)) == 1


def test_an_instrument_without_a_twin_is_only_traded():
    """The strategy subscribes to what it watches and to nothing else."""
    one = Desk(TwinFollower, quotes=3)

    assert one.host.strategy is not None
    assert not one.host.strategy.mids  # type: ignore[attr-defined]
