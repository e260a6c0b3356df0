"""Reconciliation: a fresh snapshot, told as what it is, and what its silence proves."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.t4.proto import account_pb2
from actors.venues.t4.proto import enums_pb2 as e
from actors.venues.t4.reconcile import Coverage, TradingDay
from engine.messages.venue import FillBust
from engine.model.enums import Lifecycle, OrdType, Side, TimeInForce
from engine.session.contract import Note, Now
from tests.kit.t4_trade import (
    ES,
    WALL_NS,
    accepted_image,
    at,
    fills,
    image,
    kinds,
    money,
    multi,
    open_desk,
    parts,
    position,
    price,
    request,
    sent,
    show,
    stamp,
    status,
    submit,
    tell,
    trade,
    traded_in_image,
    working_desk,
)

FILLED = accepted_image(
    change=e.ORDER_CHANGE_TRADE_COMPLETED,
    status=e.ORDER_STATUS_FINISHED,
    total_fill_volume=2,
    sequence_order=4,
    time=stamp(3),
    trades=[
        traded_in_image(),
        traded_in_image(sequence_order=4, price=price("4800.25"), exchange_trade_id="x-2"),
    ],
)
DAY = TradingDay("17:00", "America/Chicago")
DAY_NS = 86_400 * 10**9


def answered(desk: Any, *content: Any, second: float = 1, **changes: Any) -> Any:
    assert [kind for kind, _ in sent(desk.reconcile(request(**changes), at(second)))]
    (part,) = parts(show(desk, *content, second=second))
    return part


def test_everything_of_the_account_is_told():
    part = answered(open_desk(), multi(FILLED), position(), money())
    (order,) = part.orders
    assert (order.client_order_id, order.venue_order_id, order.instrument) == ("p1", "u-1", ES)
    assert (order.side, order.ord_type, order.time_in_force) == (
        Side.BUY,
        OrdType.LIMIT,
        TimeInForce.DAY,
    )
    assert (order.quantity, order.price, order.cum_qty) == (2, Decimal(4800), 2)
    assert (order.avg_px, order.lifecycle) == (Decimal("4800.125"), Lifecycle.FILLED)
    assert [(f.fill_key, f.last_px) for f in part.fills] == [
        ("u-1/3", Decimal(4800)),
        ("u-1/4", Decimal("4800.25")),
    ]
    assert [(p.instrument, p.quantity) for p in part.positions] == [(ES, 2)]
    assert [b.total for b in part.balances] == [Decimal(100_000)]
    assert (part.complete, part.since_ns, part.error) == (True, request().since_ns, "")


def test_stream_and_snapshot_give_one_key():
    desk = working_desk()
    (live,) = fills(tell(desk, trade()))
    part = answered(desk, multi(accepted_image(total_fill_volume=1, trades=[traded_in_image()])))
    assert [f.fill_key for f in part.fills] == [live.fill_key]


def test_what_is_older_than_asked_for_is_left_out_but_for_open_orders():
    old = accepted_image(
        unique_id="u-0", tag="p0", status=e.ORDER_STATUS_FINISHED, time=stamp(-3_000)
    )
    resting = accepted_image(time=stamp(-3_000))
    part = answered(open_desk(), multi(old, resting))
    assert [order.client_order_id for order in part.orders] == ["p1"]


def test_news_that_the_snapshot_brings_are_told_before_its_answer():
    desk = open_desk()
    desk.submit(submit(), at(0))
    desk.reconcile(request(), at(1))
    effects = show(desk, multi(accepted_image(total_fill_volume=1, trades=[traded_in_image()])))
    assert kinds(effects) == ["accepted"]
    assert effects.index(fills(effects)[0]) < effects.index(parts(effects)[0])
    assert desk.deadline() is None


def test_a_bust_that_only_the_snapshot_shows_is_told_before_its_answer():
    desk = working_desk()
    tell(desk, trade())
    desk.reconcile(request(), at(2))
    shown = accepted_image(
        change=e.ORDER_CHANGE_TRADE_BUSTED, sequence_order=8, total_fill_volume=0
    )
    effects = show(desk, multi(shown), second=2)
    (bust,) = [each for each in effects if isinstance(each, FillBust)]
    (part,) = parts(effects)
    assert effects.index(bust) < effects.index(part)
    assert part.fills == ()
    assert part.orders[0].cum_qty == 0


def test_a_lost_connection_a_second_question_and_silence_end_a_question():
    desk = open_desk(reconcile_timeout_s=4, account_timeout_s=3)
    desk.reconcile(request(), at(0))
    assert [p.error for p in parts(desk.lost("cut", at(1)))] == ["connection lost: cut"]
    desk = open_desk(reconcile_timeout_s=4, account_timeout_s=3)
    desk.reconcile(request(), at(0))
    (given_up,) = parts(desk.reconcile(request(request_id=2), at(1)))
    assert (given_up.request_id, given_up.complete) == (1, False)
    assert [p.request_id for p in parts(desk.due(at(3)))] == [2]
    desk.lost("cut", at(5))
    assert [p.error for p in parts(desk.reconcile(request(), at(6)))]


def test_the_first_of_two_snapshots_does_not_answer_the_second_question():
    desk = open_desk()
    desk.reconcile(request(), at(0))
    desk.reconcile(request(request_id=2), at(0))
    assert parts(show(desk, multi(accepted_image()))) == []
    (part,) = parts(show(desk, multi(accepted_image())))
    assert part.request_id == 2


def test_an_order_that_cannot_be_read_makes_the_answer_incomplete():
    part = answered(open_desk(), multi(image(buy_sell=0)))
    assert not part.complete


def test_without_details_other_price_formats_tell_no_fills_and_say_so():
    desk = open_desk(price_format="decimal")
    part = answered(desk, multi(FILLED))
    assert (part.fills, part.complete) == ((), False)


def test_money_that_is_none_fails_the_answer():
    part = answered(open_desk(), money(balance=float("nan")))
    assert (part.complete, bool(part.error)) == (False, True)


# --- what absence proves ------------------------------------------------------------------------------


def test_an_order_that_is_not_listed_any_more_is_absent_from_the_answer():
    desk = working_desk()
    desk.reconcile(request(), at(2))
    effects = show(desk, second=2)
    assert Note("order_not_listed", "p1", alert=True) in effects
    (part,) = parts(effects)
    assert (part.orders, part.complete) == ((), True)


def test_an_order_that_was_heard_of_after_the_question_is_not_absent():
    """The snapshot may have been made before it came."""
    desk = open_desk()
    desk.reconcile(request(), at(2))
    tell(desk, image(), status(), second=2.1)
    effects = show(desk, second=2.2)
    assert not [each for each in effects if isinstance(each, Note)]
    (part,) = parts(effects)
    assert [order.client_order_id for order in part.orders] == ["p1"]
    desk.reconcile(request(request_id=2), at(3))
    assert Note("order_not_listed", "p1", alert=True) in show(desk, second=3)


def test_an_order_for_the_day_that_a_later_day_does_not_list_has_expired():
    desk = open_desk(multi(accepted_image(time=stamp(-30 * 3600))))
    desk.reconcile(request(), at(2))
    effects = show(desk, second=2)
    assert kinds(effects) == ["expired"]


def test_absence_proves_something_from_the_beginning_of_the_trading_day():
    part = answered(open_desk(), since_ns=WALL_NS - 5 * DAY_NS)
    assert part.since_ns == DAY.began_ns(WALL_NS)
    assert part.complete


def test_a_session_that_was_there_all_the_time_reaches_further_back():
    began = DAY.began_ns(WALL_NS)
    coverage = Coverage(DAY)
    assert coverage.from_ns(WALL_NS) == began
    coverage.shown(WALL_NS)
    assert coverage.from_ns(WALL_NS + 3 * DAY_NS) == began
    coverage.lost(WALL_NS + 3 * DAY_NS)
    coverage.shown(WALL_NS + 3 * DAY_NS + 1)
    assert coverage.from_ns(WALL_NS + 3 * DAY_NS + 1) == began
    coverage.forgot(WALL_NS + 3 * DAY_NS)
    assert coverage.from_ns(WALL_NS + 3 * DAY_NS) == began + 3 * DAY_NS


def test_with_more_orders_than_can_be_remembered_absence_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("actors.venues.t4.orders.ORDERS_MAX", 1)
    ended = accepted_image(unique_id="u-0", tag="p0", status=e.ORDER_STATUS_FINISHED)
    desk = open_desk()
    part = answered(desk, multi(ended, accepted_image()))
    assert not part.complete
    assert [order.client_order_id for order in part.orders] == ["p1"]
    monkeypatch.undo()
    assert answered(desk, multi(ended, accepted_image()), request_id=2).complete


def test_orders_that_are_over_are_not_read_again_and_still_told():
    """A day has thousands of them, and every snapshot repeats them all."""
    desk = open_desk(multi(FILLED))
    broken = image(buy_sell=0, sequence_order=4, status=e.ORDER_STATUS_FINISHED, current_volume=-5)
    part = answered(desk, multi(broken))
    assert part.complete
    assert [order.lifecycle for order in part.orders] == [Lifecycle.FILLED]
    part = answered(desk, multi(image(sequence_order=5, current_volume=-5)), request_id=2)
    assert not part.complete, "what is newer is read"


def test_a_loss_over_the_end_of_a_day_hides_what_ended_in_it():
    coverage = Coverage(DAY)
    coverage.shown(WALL_NS)
    coverage.lost(WALL_NS)
    coverage.shown(WALL_NS + DAY_NS)
    assert coverage.from_ns(WALL_NS + DAY_NS) == DAY.began_ns(WALL_NS) + DAY_NS


@pytest.mark.parametrize(
    ("now", "began"),
    [
        ("2026-11-27T22:59:59+00:00", "2026-11-26T23:00:00+00:00"),
        ("2026-11-27T23:00:00+00:00", "2026-11-27T23:00:00+00:00"),
        ("2026-07-01T21:59:59+00:00", "2026-06-30T22:00:00+00:00"),
        ("2026-07-01T22:00:00+00:00", "2026-07-01T22:00:00+00:00"),
        # The clock goes back an hour in the night before.
        ("2026-11-01T22:30:00+00:00", "2026-10-31T22:00:00+00:00"),
    ],
)
def test_the_trading_day_begins_at_its_hour_in_its_place(now: str, began: str):
    moment = int(datetime.fromisoformat(now).timestamp()) * 10**9
    expected = int(datetime.fromisoformat(began).timestamp()) * 10**9
    assert DAY.began_ns(moment) == expected


@given(st.integers(0, 4_000_000_000))
def test_a_day_has_begun_and_not_more_than_25_hours_ago(second: int):
    moment = second * 10**9
    began = DAY.began_ns(moment)
    assert began <= moment < began + 25 * 3600 * 10**9
    assert datetime.fromtimestamp(began // 10**9, UTC).minute == 0


def test_a_snapshot_that_nobody_asked_for_is_news():
    """The venue sends such after losses of its own."""
    desk = working_desk()
    shown = account_pb2.AccountSnapshot(account_id="a-1", due_to_connection=True)
    part = shown.messages.add()
    part.order_update_multi.CopyFrom(
        multi(
            accepted_image(
                status=e.ORDER_STATUS_FINISHED,
                change=e.ORDER_CHANGE_PULL_SUCCESS,
                sequence_order=6,
            )
        )
    )
    assert kinds(desk.heard("account_snapshot", shown, Now(5, WALL_NS))) == ["cancelled"]


def test_status_of_an_earlier_moment_after_a_snapshot_is_old():
    desk = working_desk()
    desk.reconcile(request(), at(2))
    show(desk, multi(accepted_image(sequence_order=9)), second=2)
    assert kinds(tell(desk, status(change=e.ORDER_CHANGE_PULL_SENT, sequence_order=8))) == []
