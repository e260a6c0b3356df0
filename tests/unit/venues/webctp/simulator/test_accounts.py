"""Positions as CTP keeps them, margin by its rules, and an account whose sums are right."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.simulator.listings import BY_SYMBOL
from actors.venues.webctp.simulator.positions import Holding, Lot, Pool
from engine.exchange.model import Side
from tests.kit.webctp_simulator import CLOSE, OPEN, SELL, TODAY, YESTERDAY, Quiet

RB = BY_SYMBOL["rb2101"]


def check(row):
    """The sheet's formulas over the fields that are sent."""
    assert "balance" not in row
    assert "reserve" not in row
    static = (
        row["pre_balance"]
        - row["pre_credit"]
        - row["pre_mortgage"]
        + row["mortgage"]
        - row["withdraw"]
        + row["deposit"]
    )
    equity = (
        static + row["close_profit"] + row["position_profit"] + row["cash_in"] - row["commission"]
    )
    bound = (
        row["current_margin"]
        + row["frozen_margin"]
        + row["frozen_cash"]
        + row["frozen_commission"]
        + row["delivery_margin"]
    )
    assert row["available"] == pytest.approx(equity - bound)
    return equity


def trader(**knobs):
    quiet = Quiet(**knobs)
    quiet.book("rb2101", {4379: 100}, {4380: 100})
    quiet.book("m2105", {3529: 100}, {3530: 100})
    link = quiet.trade()
    link.log_in()
    return link


def test_an_open_order_freezes_margin_and_commission():
    link = trader()
    link.insert(price=4300, volume=2)
    row = link.account()
    assert row["frozen_margin"] == pytest.approx(4300 * 10 * 0.1 * 2)
    assert row["frozen_commission"] == pytest.approx(4300 * 10 * 0.0001 * 2)
    check(row)
    link.delete(f"{1:12d}")
    row = link.account()
    assert row["frozen_margin"] == row["frozen_commission"] == 0.0
    assert row["available"] == row["pre_balance"]


def test_a_round_trip_of_today():
    link = trader()
    link.insert(volume=2)
    row = link.account()
    assert row["current_margin"] == pytest.approx(4380 * 10 * 0.1 * 2)
    assert row["commission"] == pytest.approx(4380 * 10 * 0.0001 * 2)
    link.insert(price=4379, direction=SELL, offset=TODAY, volume=2)
    row = link.account()
    assert row["current_margin"] == 0.0
    assert row["close_profit"] == pytest.approx(-20.0)
    assert row["position_profit"] == 0.0
    check(row)


def test_yesterdays_lots_have_the_settlement_price_as_basis():
    link = trader(positions=("rb2101 long 3",))
    row = link.account()
    assert row["current_margin"] == pytest.approx(3 * 4365 * 10 * 0.1)
    assert row["position_profit"] == pytest.approx((4380 - 4365) * 10 * 3)
    link.insert(price=4379, direction=SELL, offset=YESTERDAY, volume=3)
    row = link.account()
    assert row["close_profit"] == pytest.approx((4379 - 4365) * 10 * 3)
    assert check(row) == pytest.approx(10_000_000 + row["close_profit"] - row["commission"])


def test_todays_and_yesterdays_lots_are_closed_apart():
    link = trader(positions=("rb2101 long 3",))
    link.insert(volume=2)
    sell = {"direction": SELL, "price": 4379}
    assert link.insert(**sell, offset=TODAY, volume=3) == ["13:50", "14:50"]
    assert link.insert(**sell, offset=YESTERDAY, volume=4) == ["13:51", "14:51"]
    assert link.insert(**sell, offset=CLOSE, volume=4) == ["13:51", "14:51"]
    assert link.insert(**sell, offset=TODAY, volume=2)[-1] == "16:2"
    assert link.insert(**sell, offset=CLOSE, volume=3)[-1] == "16:3"


def test_an_order_that_closes_keeps_its_lots_for_itself():
    link = trader(positions=("rb2101 long 3",))
    link.insert(price=4500, direction=SELL, offset=YESTERDAY, volume=2)
    assert link.insert(price=4379, direction=SELL, offset=YESTERDAY, volume=2) == [
        "13:51",
        "14:51",
    ]
    link.delete(f"{1:12d}")
    told = link.insert(price=4379, direction=SELL, offset=YESTERDAY, volume=2)
    assert told[-1] == "16:2"


def test_elsewhere_yesterdays_lots_go_first():
    link = trader(positions=("m2105 long 1",))
    dce = {"instrument": "m2105", "exchange": "DCE"}
    link.insert(**dce, price=3530, volume=1)
    link.insert(**dce, price=3529, direction=SELL, offset=CLOSE)
    assert link.account()["close_profit"] == pytest.approx((3529 - 3518) * 10)
    link.insert(**dce, price=3529, direction=SELL, offset=CLOSE)
    assert link.account()["close_profit"] == pytest.approx((3529 - 3518 + 3529 - 3530) * 10)


def test_the_larger_side_of_a_product_alone_is_charged_at_shfe():
    link = trader(positions=("rb2101 long 3", "rb2101 short 2", "m2105 long 3", "m2105 short 2"))
    expected = 3 * 4365 * 10 * 0.1 + 5 * 3518 * 10 * 0.1
    assert link.account()["current_margin"] == pytest.approx(expected)


def test_too_little_money_counts_what_is_frozen():
    link = trader(balance=9_000)
    assert link.insert(price=4300, volume=2)[-1] == "15:3"
    assert link.insert(price=4300, volume=1) == ["13:31", "14:31"]


def test_margin_by_the_last_price():
    link = trader(ratio_margin_by="last")
    link.insert(volume=1)
    link.quiet.print("rb2101", 4400, 1, Side.BUY)
    assert link.account()["current_margin"] == pytest.approx(4400 * 10 * 0.1)


def test_settlement_makes_todays_lots_yesterdays():
    link = trader()
    link.insert(volume=2)
    link.insert(price=4300)
    before = check(link.account())
    statements = set(link.quiet.venue.investors["9999", "100001"].statements)
    assert link.quiet.venue.end_day(link.quiet.now) == 1
    link.take()
    row = link.account()
    assert row["trading_day"] == "20210105"
    assert row["pre_balance"] == pytest.approx(before)
    assert check(row) == pytest.approx(before)
    assert row["commission"] == 0.0
    assert len(link.rows("query_order")[0]) == 2
    assert link.insert() == ["13:42", "14:42"]
    link.ask("confirm_settlement_info")
    assert link.insert(price=4379, direction=SELL, offset=TODAY) == ["13:50", "14:50"]
    assert link.insert(price=4379, direction=SELL, offset=YESTERDAY, volume=2)[-1] == "16:2"
    made = set(link.quiet.venue.investors["9999", "100001"].statements) - statements
    assert made == {"20210104"}


@given(
    st.lists(
        st.tuples(st.sampled_from(["open", "today", "yesterday", "any"]), st.integers(1, 5)),
        max_size=30,
    ),
    st.integers(0, 10),
)
def test_lots_are_neither_lost_nor_made(steps, overnight):
    holding = Holding(RB, [Lot(overnight, Decimal(100), today=False)] if overnight else [])
    expected = overnight
    for what, volume in steps:
        if what == "open":
            holding.take(volume, Decimal(101))
            expected += volume
        else:
            pool = Pool(what)
            closable = min(volume, holding.held(pool))
            closed = holding.give(closable, pool)
            assert sum(lot.volume for lot in closed) == closable
            if pool is not Pool.ANY:
                assert {lot.today for lot in closed} <= {pool is Pool.TODAY}
            expected -= closable
        assert holding.held(Pool.ANY) == expected
        assert holding.held(Pool.TODAY) + holding.held(Pool.YESTERDAY) == expected
        assert all(lot.volume > 0 for lot in holding.lots)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1]),
            st.sampled_from([OPEN, CLOSE, TODAY, YESTERDAY]),
            st.integers(1, 3),
            st.sampled_from([4300, 4379, 4380, 4500]),
        ),
        max_size=12,
    )
)
def test_the_sums_hold_whatever_is_traded(orders):
    link = trader(positions=("rb2101 long 2", "rb2101 short 1"))
    for direction, offset, volume, price in orders:
        link.insert(direction=direction, offset=offset, volume=volume, price=price)
    check(link.account())
    investor = link.quiet.venue.investors["9999", "100001"]
    for _, holding in investor.positions:
        for pool in (Pool.TODAY, Pool.YESTERDAY):
            assert 0 <= holding.frozen[pool] <= holding.held(pool)
