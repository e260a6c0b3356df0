"""The moving-average cross reaches its target position and holds still when it should."""

from decimal import Decimal

import pytest

from engine.errors import ConfigError
from engine.messages.orders import SubmitIntent
from engine.model.enums import OrdType, Side
from strategies.sma_cross import SmaCross
from tests.kit.desk import Desk


def desk(**parameters) -> Desk:
    """Fast 2, slow 3 bars of one second; target 10."""
    given = {"fast": 2, "slow": 3, "bar_s": 1, "quantity": Decimal(10), **parameters}
    return Desk(SmaCross, **given)


def walk(desk: Desk, *mids: float) -> list[SubmitIntent]:
    """One quote a second; each closes the bar of the one before."""
    asked = []
    for mid in mids:
        asked += desk.quote(mid - 0.1, mid + 0.1, after_s=1.0)
    return asked


def test_it_waits_until_the_slow_average_is_complete():
    """Three bars are closed by the fourth quote, not before."""
    one = desk()

    assert walk(one, 100, 101, 102) == []
    assert len(walk(one, 103)) == 1


def test_a_rise_leads_to_the_target_and_no_further():
    """One market order for the whole target; once it is held, nothing more is asked for."""
    one = desk()
    (order,) = walk(one, 100, 101, 102, 103)

    assert (order.side, order.quantity, order.ord_type) == (Side.BUY, Decimal(10), OrdType.MARKET)
    one.accept()
    one.fill(order)
    assert walk(one, 104, 105, 106) == []


def test_one_order_at_a_time():
    """While the outcome of an order is open, no second one is sent, however long it takes."""
    one = desk()
    (order,) = walk(one, 100, 101, 102, 103)
    assert walk(one, 104, 105) == []
    one.accept()
    one.fill(order, 4)
    assert walk(one, 106, 107) == []


def test_a_fall_turns_the_position_around():
    """From long to short is the sum of both targets."""
    one = desk()
    (order,) = walk(one, 100, 101, 102, 103)
    one.fill(order)
    (turn,) = walk(one, 90, 80)

    assert (turn.side, turn.quantity) == (Side.SELL, Decimal(20))
    one.fill(turn)
    assert one.position == -10
    assert walk(one, 70, 60) == []


def test_without_shorting_a_fall_only_closes():
    """The target is flat, so a flat strategy does nothing and a long one sells what it holds."""
    assert walk(desk(allow_short=False), 103, 102, 101, 100) == []
    one = desk(allow_short=False)
    (order,) = walk(one, 100, 101, 102, 103)
    one.fill(order)
    (close,) = walk(one, 90, 80)
    assert (close.side, close.quantity) == (Side.SELL, Decimal(10))


def test_only_what_is_missing_is_ordered():
    """An order that was filled in part and ended leaves the rest to the next one."""
    one = desk()
    one.hold(4)
    (order,) = walk(one, 100, 101, 102, 103)

    assert (order.side, order.quantity) == (Side.BUY, Decimal(6))


def test_doubted_data_is_not_traded_on():
    """It goes on where it would be now, once the data is good again."""
    one = desk()
    one.doubt()
    assert walk(one, 100, 101, 102, 103, 104) == []
    one.doubt(fresh=True)
    assert len(walk(one, 105)) == 1


def test_the_fast_average_must_be_the_faster():
    """A configuration the other way round is refused with both numbers."""
    with pytest.raises(ConfigError, match=r"fast \(3\) must be below slow \(3\)"):
        desk(fast=3)
