"""What the day knows of orders that the counter shows late, without a name, or not at all."""

from decimal import Decimal

import attrs
import pytest

from actors.venues.webctp.legs import LegPlan, Offset
from actors.venues.webctp.ordersday import ABSENCES_NEEDED, DayOrders
from actors.venues.webctp.ordersfold import Followed, LegEnd, LegStage
from actors.venues.webctp.ordersrows import OrderKey, OrderRow, PriceType, Status, TradeRow
from actors.venues.webctp.positions import PositionBook
from engine.model.enums import Side
from engine.session.contract import Now
from tests.kit.webctp_trading import submit

BLANK = OrderKey("SHFE", " " * 12)
FIRST, SECOND = OrderKey("SHFE", f"{1:12d}"), OrderKey("SHFE", f"{2:12d}")
NOW = Now(50_000_000_000, 1_609_725_020_000_000_000)


def row(ref: str, key: OrderKey, **changes: object) -> OrderRow:
    """An order to buy two lots."""
    made = OrderRow(
        key=key,
        ref=ref,
        order_sys_id="",
        symbol="rb2101",
        side=Side.BUY,
        offset=Offset.OPEN,
        price_type=PriceType.LIMITED,
        immediate=False,
        status=Status.UNKNOWN,
        rejected=False,
        traded=0,
        remaining=2,
        status_text="",
        time_text="",
    )
    return attrs.evolve(made, **changes)


def trade(key: OrderKey, trade_id: str, order_sys_id: str = "") -> TradeRow:
    return TradeRow(
        key=key,
        ref="",
        order_sys_id=order_sys_id,
        trade_id=trade_id,
        side=Side.BUY,
        offset=Offset.OPEN,
        quantity=1,
    )


@pytest.fixture
def day() -> DayOrders:
    made = DayOrders(PositionBook())
    made.begin_day("20210104")
    return made


def sent(day: DayOrders, name: str) -> Followed:
    """An order of ours of two lots, on its way."""
    order = day.begin(submit(name, quantity=Decimal(2)), "rb2101", "SHFE")
    day.plan(order, (LegPlan(Offset.OPEN, 2),))
    order.legs[0].stage, order.legs[0].sent_ns = LegStage.DOUBTFUL, NOW.mono_ns
    return order


def test_orders_that_the_counter_has_not_named_are_told_apart_by_their_refs(day):
    """Two first pushes without `order_local_id` are two orders; the later pushes with it find theirs."""
    one, two = sent(day, "10000100001"), sent(day, "10000100002")
    for order in (one, two):
        assert day.shown(row(order.legs[0].ref, BLANK), NOW) is order
    assert day.name_of(one) == ""
    assert day.shown(row(two.legs[0].ref, SECOND), NOW) is two
    assert day.shown(row(one.legs[0].ref, FIRST), NOW) is one
    assert day.traded(trade(SECOND, "7"), NOW) is two
    assert [each.legs[0].filled for each in (one, two)] == [0, 1]
    assert day.name_of(one) != day.name_of(two) != ""


def test_a_name_once_said_is_kept(day):
    """A later message without it is about the same order and takes nothing away."""
    order = sent(day, "10000100001")
    day.shown(row(order.legs[0].ref, FIRST), NOW)
    assert day.shown(row(order.legs[0].ref, BLANK), NOW) is order
    assert order.legs[0].key == FIRST


def test_a_strangers_order_is_one_before_and_after_it_has_a_name(day):
    """Of another terminal: its ref is not ours, and it counts once."""
    first = day.shown(row("7", BLANK), NOW)
    assert day.shown(row("7", FIRST), NOW) is first
    assert day.shown(row("8", BLANK), NOW) is not first
    assert len(list(day)) == 2


def test_a_trade_without_a_name_is_found_by_the_exchanges_id(day):
    """And one of which nothing is known stays a stray."""
    order = sent(day, "10000100001")
    day.shown(row(order.legs[0].ref, BLANK, order_sys_id=f"{5:12d}"), NOW)
    assert day.traded(trade(BLANK, "7", f"{5:12d}"), NOW) is order
    assert day.traded(trade(BLANK, "8"), NOW) is None
    assert day.strays == 1


def test_an_order_in_doubt_is_absent_twice_before_it_never_arrived(day):
    """One whole answer may lack a row that the gateway dropped."""
    order = sent(day, "10000100001")
    for _ in range(ABSENCES_NEEDED - 1):
        assert day.absent(frozenset(), NOW.mono_ns) == []
    assert day.absent(frozenset(), NOW.mono_ns) == [order]
    assert order.legs[0].end is LegEnd.NEVER_ARRIVED


def test_what_was_shown_in_between_is_not_absent(day):
    """Answers in a row are counted, and none from before its horizon."""
    order = sent(day, "10000100001")
    leg = order.legs[0]
    assert day.absent(frozenset(), NOW.mono_ns - 1) == []
    assert leg.absences == 0
    day.absent(frozenset(), NOW.mono_ns)
    assert day.absent(frozenset({leg.ref}), NOW.mono_ns) == []
    day.shown(row(leg.ref, FIRST), NOW)
    assert leg.absences == 0
    assert day.absent(frozenset(), NOW.mono_ns) == []
