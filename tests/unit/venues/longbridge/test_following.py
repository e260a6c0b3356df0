"""What is told of orders when the venue shows them in any order: each thing once, ends after their fills."""

from decimal import Decimal
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.following import ORDERS_MAX, Following, is_older
from actors.venues.longbridge.records import Execution, Seen, executions_in, seen_in_push
from engine.messages.venue import Fill, OrderUpdate, UpdateKind
from engine.model.enums import Side
from tests.kit.longbridge_trade import WALL_S, execution_row, push_data

ID = "701276261045858304"


def seen(status: str = "NewStatus", executed: int = 0, second: int = 0, **changes: Any) -> Seen:
    times = {"updated_at": str(WALL_S + second)}
    row = push_data(status=status, executed_quantity=str(executed), **times, **changes)
    return seen_in_push(row)


def traded(*numbers: int, **changes: Any) -> list[Execution]:
    return executions_in({"trades": [execution_row(number, **changes) for number in numbers]})


LIFE = [
    seen("WaitToNew"),
    seen("NewStatus"),
    seen("PartialFilledStatus", 100),
    seen("FilledStatus", 200),
]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_whatever_the_order_of_pushes_the_end_is_told_last_and_once(order: tuple[int, ...]):
    """Seen at the real account: WaitToNew, Filled, New. All four carry the same second."""
    following = Following()
    told: list[object] = []
    for number in order:
        told += following.shown(LIFE[number])
    told += following.traded(traded(1, 2))
    told += following.traded(traded(1, 2))
    assert [fill.trade_id[-1] for fill in told if isinstance(fill, Fill)] == ["1", "2"]
    last = told[-1]
    assert isinstance(last, OrderUpdate)
    assert (last.kind, last.cum_qty) == (UpdateKind.FILLED, Decimal(200))
    ends = [each for each in told if getattr(each, "kind", None) is UpdateKind.FILLED]
    assert ends == [last]


STATES = st.lists(
    st.tuples(
        st.sampled_from(
            ["WaitToNew", "NewStatus", "PartialFilledStatus", "CanceledStatus", "ReplacedStatus"]
        ),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=12,
)


@given(STATES)
def test_cumulative_quantities_never_go_down_and_nothing_follows_an_end(
    states: list[tuple[str, int, int]],
):
    """Whatever nonsense the venue shows; only more executed quantity comes after an end."""
    following = Following()
    told: list[OrderUpdate] = []
    for status, executed, second in states:
        told += following.shown(seen(status, executed * 100, second))
        numbers = range(1, executed + 1)
        told += [u for u in following.traded(traded(*numbers)) if isinstance(u, OrderUpdate)]
    quantities = [news.cum_qty or Decimal(0) for news in told]
    assert quantities == sorted(quantities)
    for news, later in pairwise(told):
        if news.kind is UpdateKind.CANCELLED:
            assert (later.cum_qty or 0) > (news.cum_qty or 0)


def test_an_end_waits_for_the_fills_that_it_counts():
    """Then it comes right behind them."""
    following = Following()
    assert following.shown(seen("PartialWithdrawal", 100)) == []
    order = following.get(ID)
    assert order is not None
    assert order.owes_fills
    fill, end = following.traded(traded(1))
    assert isinstance(fill, Fill)
    assert isinstance(end, OrderUpdate)
    assert (fill.client_order_id, end.kind) == ("p1", UpdateKind.CANCELLED)
    assert following.released(order) == []


def test_an_end_that_waits_in_vain_can_be_told():
    """With what the venue claims, so that the router keeps it reserved."""
    following = Following()
    following.shown(seen("FilledStatus", 200))
    order = following.get(ID)
    assert order is not None
    (end,) = following.released(order)
    assert (end.kind, end.cum_qty) == (UpdateKind.FILLED, Decimal(200))


def test_news_are_told_once_unless_somebody_asks():
    """A question is answered with what is known, also if the answer is older than that."""
    following = Following()
    assert len(following.shown(seen())) == 1
    assert following.shown(seen(second=1)) == []
    assert len(following.shown(seen(second=2), asked=True)) == 1
    following.shown(seen("CanceledStatus", second=3))
    (again,) = following.shown(seen(second=2), asked=True)
    assert again.kind is UpdateKind.CANCELLED


def test_work_on_a_cancel_is_told_as_that():
    """But to a question the answer is that it works."""
    following = Following()
    (news,) = following.shown(seen("PendingCancelStatus"))
    assert news.kind is UpdateKind.CANCEL_PENDING
    (answered,) = following.shown(seen("PendingCancelStatus"), asked=True)
    assert answered.kind is UpdateKind.ACCEPTED


def test_a_lost_remark_does_not_make_an_order_a_stranger_s():
    """Its id was learned with the answer to its submission."""
    following = Following()
    following.taken("p1", ID, "700.HK", Side.BUY)
    (news,) = following.shown(seen(remark=""))
    assert news.client_order_id == "p1"
    assert following.named("p1") is following.get(ID)


def test_trades_of_unknown_orders_are_left_to_the_reconciliation():
    """Their side is not known."""
    following = Following()
    assert following.traded(traded(1)) == []
    following.shown(seen(remark=""))
    (fill,) = following.traded(traded(1))
    assert isinstance(fill, Fill)
    assert (fill.client_order_id, fill.venue_order_id, fill.side) == ("", ID, Side.BUY)


def test_what_a_reconciliation_told_is_not_told_again():
    """Neither its fills nor, by an old push, its orders."""
    following = Following()
    following.counted([seen("FilledStatus", 200, 5)], traded(1, 2))
    assert following.traded(traded(1, 2)) == []
    assert following.shown(seen("PartialFilledStatus", 100, 4)) == []
    order = following.get(ID)
    assert order is not None
    assert not order.owes_fills


def test_more_orders_than_are_remembered_cost_ended_ones_first():
    """One that works is kept while there are others."""
    following = Following()
    following.shown(seen(order_id="1", remark="first"))
    for number in range(2, ORDERS_MAX + 5):
        following.shown(seen("CanceledStatus", order_id=str(number), remark=f"c{number}"))
    assert following.named("first") is not None
    assert following.named("c2") is None
    assert len(following.working()) == 1


def test_working_orders_of_one_symbol():
    """For cancelling them."""
    following = Following()
    following.shown(seen(order_id="1"))
    following.shown(seen(order_id="2", symbol="9988.HK"))
    following.shown(seen("RejectedStatus", order_id="3"))
    assert [order.venue_order_id for order in following.working("700.HK")] == ["1"]
    assert len(following.working()) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (seen("NewStatus", 0, 9), seen("PartialFilledStatus", 100, 1)),
        (seen("NewStatus", 0, 9), seen("CanceledStatus", 0, 1)),
        (seen("NewStatus", 0, 1), seen("WaitToNew", 0, 2)),
        (seen("WaitToNew", 0, 1), seen("NewStatus", 0, 1)),
        (seen("CanceledStatus", 100, 1), seen("FilledStatus", 200, 1)),
    ],
)
def test_which_of_two_sights_is_older(one: Seen, other: Seen):
    """By what was executed, then by an end, then by the clock, then by rank."""
    assert is_older(one, other)
    assert not is_older(other, one)
