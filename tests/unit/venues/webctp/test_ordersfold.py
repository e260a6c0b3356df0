"""Legs folded into one order: the same in whatever order, and however often, its news come."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.webctp.legs import LegPlan, Offset
from actors.venues.webctp.ordersday import DayOrders
from actors.venues.webctp.ordersfold import LegEnd, standing
from actors.venues.webctp.ordersnews import venue_order
from actors.venues.webctp.ordersrows import OrderKey, OrderRow, PriceType, Status, TradeRow
from actors.venues.webctp.positions import Held, PositionBook
from engine.messages.venue import UpdateKind
from engine.model.enums import Lifecycle, Side
from engine.session.contract import Now
from tests.kit.webctp_trading import submit

K = UpdateKind
NOW = Now(1, 1)
NAME = "10000100001"
REFS = {1: ("100001000010",), 2: ("100001000011", "100001000012")}


def day() -> DayOrders:
    """An empty day."""
    found = DayOrders(PositionBook())
    found.begin_day("20301202")
    found.proven = True
    return found


def row(ref: str, status: Status, traded: int, quantity: int, **changes: object) -> OrderRow:
    """A leg as a push shows it."""
    number = ref[-1]
    given: dict[str, object] = {
        "key": OrderKey("SHFE", f"{number:>12}"),
        "ref": ref,
        "order_sys_id": f"{number:>12}",
        "symbol": "rb2101",
        "side": Side.BUY,
        "offset": Offset.OPEN,
        "price_type": PriceType.LIMITED,
        "immediate": False,
        "status": status,
        "rejected": False,
        "traded": traded,
        "remaining": quantity - traded,
        "status_text": "",
        "time_text": "",
    }
    return OrderRow(**given | changes)  # type: ignore[arg-type]


def trade(ref: str, number: int, quantity: int) -> TradeRow:
    """One trade of a leg."""
    return TradeRow(
        key=OrderKey("SHFE", f"{ref[-1]:>12}"),
        ref=ref,
        order_sys_id="",
        trade_id=f"{ref[-1]}{number}",
        side=Side.BUY,
        offset=Offset.OPEN,
        quantity=quantity,
    )


def life(ref: str, quantity: int, trades: list[int], *, cancelled: bool) -> list[object]:
    """All that the venue says of a leg with these trades."""
    news: list[object] = [row(ref, Status.UNKNOWN, 0, quantity)]
    news.append(row(ref, Status.NOT_TRADED_QUEUEING, 0, quantity))
    done = 0
    for number, count in enumerate(trades):
        done += count
        working = Status.ALL_TRADED if done == quantity else Status.PART_TRADED_QUEUEING
        news += [row(ref, working, done, quantity), trade(ref, number, count)]
    if cancelled and done < quantity:
        news.append(row(ref, Status.CANCELED, done, quantity))
    return news


LIVES = st.lists(
    st.tuples(st.integers(1, 6), st.lists(st.integers(1, 3), max_size=3), st.booleans()),
    min_size=1,
    max_size=2,
)


def told(news: list[object], quantities: list[int]) -> tuple[object, ...]:
    """What they make of the order, and of the book."""
    found = day()
    command = submit(NAME, quantity=Decimal(sum(quantities)))
    order = found.begin(command, "rb2101", "SHFE")
    found.plan(order, tuple(LegPlan(Offset.OPEN, count) for count in quantities))
    for each in news:
        if isinstance(each, TradeRow):
            found.traded(each, NOW)
        elif isinstance(each, OrderRow):
            found.shown(each, NOW)
    now_is = standing(order)
    lots = found.positions.lots("rb2101", Held.LONG).total
    return now_is.kind, now_is.cum_qty, now_is.quantity, lots


@given(LIVES, st.data())
def test_what_news_make_of_an_order_does_not_depend_on_their_order(lives, data):
    """Shuffled and doubled, as replays and late pushes do."""
    quantities, news = [], []
    for number, (quantity, wanted, cancelled) in enumerate(lives):
        trades, left = [], quantity
        for count in wanted:
            trades.append(min(count, left))
            left -= trades[-1]
        quantities.append(quantity)
        ref = REFS[len(lives)][number]
        news += life(ref, quantity, [t for t in trades if t], cancelled=cancelled)
    again = data.draw(st.permutations(news + data.draw(st.lists(st.sampled_from(news)))))
    assert told(news, quantities) == told(list(again), quantities)
    assert told(news, quantities)[1] == told(news, quantities)[3]


def test_an_end_waits_for_the_trades_that_it_counts():
    """20 (ORDER_DELETED) is not the end of fills."""
    ref = REFS[1][0]
    news: list[object] = [row(ref, Status.CANCELED, 2, 5)]
    assert told(news, [5])[0] is None
    assert told([*news, trade(ref, 0, 2)], [5])[:2] == (K.CANCELLED, 2)


def test_a_trade_that_comes_before_its_order_is_kept_for_it():
    """The gateway may have dropped the push before it."""
    ref = REFS[1][0]
    assert told([trade(ref, 0, 5), row(ref, Status.ALL_TRADED, 5, 5)], [5])[:2] == (K.FILLED, 5)


def test_an_older_sight_changes_nothing():
    """A query that was asked before the last push."""
    ref = REFS[1][0]
    news: list[object] = [
        row(ref, Status.CANCELED, 0, 5),
        row(ref, Status.NOT_TRADED_QUEUEING, 0, 5),
    ]
    assert told(news, [5])[0] is K.CANCELLED


@pytest.mark.parametrize(
    ("ends", "kind"),
    [
        ((LegEnd.REJECTED, LegEnd.NOT_SENT), K.REJECTED),
        ((LegEnd.NOT_SENT, LegEnd.NOT_SENT), K.NOT_SENT),
        ((LegEnd.NEVER_ARRIVED, LegEnd.NOT_SENT), None),
        ((LegEnd.CANCELLED, LegEnd.REJECTED), K.CANCELLED),
    ],
)
def test_what_legs_that_did_not_trade_make_of_their_order(ends, kind):
    """Not sent only if no leg left; never arrived is for the router to judge."""
    found = day()
    order = found.begin(submit(NAME, quantity=Decimal(2)), "rb2101", "SHFE")
    found.plan(order, (LegPlan(Offset.CLOSE_TODAY, 1), LegPlan(Offset.OPEN, 1)))
    for leg, end in zip(order.legs, ends, strict=True):
        leg.drop(end, "", "")
    assert standing(order).kind is kind


def test_a_leg_that_was_given_up_and_turns_up_works_again():
    """A zombie: the router decides what becomes of it."""
    found = day()
    order = found.begin(submit(NAME, quantity=Decimal(5)), "rb2101", "SHFE")
    found.plan(order, (LegPlan(Offset.OPEN, 5),))
    order.legs[0].drop(LegEnd.NEVER_ARRIVED, "", "")
    found.shown(row(REFS[1][0], Status.NOT_TRADED_QUEUEING, 0, 5), NOW)
    assert standing(order).kind is K.ACCEPTED
    assert order in found.working()


def test_a_ref_that_only_looks_like_ours_is_a_strangers():
    """The memo proves it, which queries alone show."""
    found = day()
    shown = found.shown(row(REFS[1][0], Status.NOT_TRADED_QUEUEING, 0, 5), NOW)
    assert shown.client_order_id == ""
    found.shown(row(REFS[1][0], Status.NOT_TRADED_QUEUEING, 0, 5, memo="somebody"), NOW)
    assert found.named(NAME) is None
    found.shown(row(REFS[1][0], Status.NOT_TRADED_QUEUEING, 0, 5, memo=NAME), NOW)
    order = found.named(NAME)
    assert order is shown
    assert order.quantity == 5


def test_legs_of_an_earlier_boot_find_together():
    """Two CTP orders with one memo are one order of ours."""
    found = day()
    for ref in REFS[2]:
        found.shown(row(ref, Status.PART_TRADED_QUEUEING, 1, 3, memo=NAME), NOW)
        found.traded(trade(ref, 0, 1), NOW)
    (order,) = found.working()
    assert (len(order.legs), order.quantity, order.filled) == (2, 6, 2)


@pytest.mark.parametrize(("legs", "lifecycle"), [(1, Lifecycle.CANCELLED), (2, Lifecycle.FILLED)])
def test_an_order_whose_last_leg_an_earlier_boot_never_sent_is_not_filled(legs, lifecycle):
    """A router that is told "filled" would wait for lots that nobody ordered."""
    found = day()
    for ref in REFS[2][:legs]:
        found.shown(row(ref, Status.ALL_TRADED, 3, 3, memo=NAME), NOW)
        found.traded(trade(ref, 0, 3), NOW)
    (order,) = found
    assert venue_order(order, found.name_of(order), NOW).lifecycle is lifecycle
