"""Orders folded from their events: newest wins, each trade once, whatever the order of arrival."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.t4.orderimages import Order, Step
from actors.venues.t4.orders import Orders
from actors.venues.t4.orderstates import Meaning, Standing
from actors.venues.t4.proto import enums_pb2 as e
from actors.venues.t4.proto import orderrouting_pb2
from engine.errors import RemoteProtocolError
from engine.model.enums import Lifecycle
from tests.kit.t4_trade import (
    accepted_image,
    failed,
    image,
    last_trade,
    price,
    status,
    trade,
    traded_in_image,
)


def given_to(orders: Orders, event: Any) -> Step | None:
    readers = {
        orderrouting_pb2.OrderUpdate: orders.shown,
        orderrouting_pb2.OrderUpdateStatus: orders.status,
        orderrouting_pb2.OrderUpdateTrade: orders.traded,
        orderrouting_pb2.OrderUpdateFailed: orders.failed,
    }
    return readers[type(event)](event, 0)


def folded(*events: Any) -> Order:
    orders = Orders()
    for event in events:
        given_to(orders, event)
    (order,) = orders
    return order


def test_the_ordinary_life():
    orders = Orders()
    order = orders.shown(image(), 0).order
    assert (order.accepted, order.lifecycle, order.whole) == (False, Lifecycle.OPEN, 2)
    given_to(orders, status())
    assert (order.accepted, order.volume, order.limit) == (True, 2, "4800")
    given_to(orders, trade())
    assert (order.lifecycle, order.filled, order.counted) == (Lifecycle.PARTLY_FILLED, 1, 1)
    given_to(orders, last_trade())
    assert (order.lifecycle, order.filled, order.counted) == (Lifecycle.FILLED, 2, 2)
    assert orders.find("p1", "") is orders.find("", "u-1") is order
    assert orders.working() == []


def test_events_of_an_order_that_was_never_shown_are_for_the_caller():
    """Side and account stand in the full image only; nothing is made up, nothing breaks."""
    orders = Orders()
    assert [given_to(orders, each) for each in (status(), trade(), failed())] == [None] * 3
    assert len(orders) == 0


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_trades_count_once_in_any_order_of_arrival(order: tuple[int, ...]):
    events = [status(), trade(), last_trade()]
    shuffled = [events[place] for place in order]
    found = folded(image(), *shuffled, *shuffled)
    assert (found.lifecycle, found.filled) == (Lifecycle.FILLED, 2)
    assert sorted(found.trades) == [3, 4]
    assert sorted(found.untold) == [3, 4]


EVENTS = st.sampled_from(
    [
        status(),
        status(change=e.ORDER_CHANGE_REVISION_SUCCESS, new_volume=3, sequence_order=5),
        status(
            change=e.ORDER_CHANGE_PULL_SUCCESS,
            status=e.ORDER_STATUS_FINISHED,
            sequence_order=7,
        ),
        trade(),
        trade(sequence_order=6, exchange_trade_id="x-6", total_fill_volume=2),
        accepted_image(),
        accepted_image(
            sequence_order=6,
            total_fill_volume=2,
            change=e.ORDER_CHANGE_TRADE,
            trades=[traded_in_image(), traded_in_image(sequence_order=6)],
        ),
        failed(sequence_order=4),
    ]
)


@given(st.lists(EVENTS, max_size=12))
def test_whatever_comes_numbers_never_fall_and_no_trade_counts_twice(events: list[Any]):
    orders = Orders()
    order = orders.shown(image(), 0).order
    highest, ended = order.sequence, False
    for event in events:
        given_to(orders, event)
        assert order.sequence >= highest
        highest = order.sequence
        assert not ended or order.ended, "the pull is the newest of all: nothing undoes it"
        ended = order.sequence == 7
        assert order.counted == len(order.trades) <= 2
    assert len(order.untold) == len(set(order.untold))


def test_an_older_event_changes_no_state():
    order = folded(
        image(),
        status(
            sequence_order=9,
            change=e.ORDER_CHANGE_PULL_SUCCESS,
            status=e.ORDER_STATUS_FINISHED,
        ),
        status(sequence_order=8),
        accepted_image(sequence_order=7),
    )
    assert (order.standing, order.sequence) == (Standing.FINISHED, 9)


def test_a_repeated_event_is_no_news():
    orders = Orders()
    orders.shown(image(), 0)
    first, again = given_to(orders, failed()), given_to(orders, failed())
    assert first is not None
    assert again is not None
    assert (first.meaning, again.meaning) == (Meaning.PULL_REFUSED, Meaning.NOTHING)


def test_two_trades_with_one_exchange_id_are_two():
    """Legs of a spread share one; the number of the order tells them apart."""
    order = folded(image(), trade(), last_trade(exchange_trade_id="x-1"))
    assert order.counted == 2


def test_two_orders_with_the_same_numbers_are_two():
    orders = Orders()
    for name in ("u-1", "u-2"):
        orders.shown(image(unique_id=name, tag=name.replace("-", "")), 0)
        orders.traded(trade(unique_id=name), 0)
    assert [order.counted for order in orders] == [1, 1]


def test_a_trade_without_a_number_is_a_doubt_and_not_counted():
    orders = Orders()
    orders.shown(image(), 0)
    step = orders.traded(trade(sequence_order=0), 0)
    assert step is not None
    assert step.doubt
    assert step.order.counted == 0
    assert step.order.filled == 1, "the venue's own count is believed"


# --- terms -------------------------------------------------------------------------------------


def test_what_a_status_does_not_tell_stays():
    order = folded(image(), status(), status(change=e.ORDER_CHANGE_NONE, sequence_order=3))
    assert (order.volume, order.limit, order.price_type) == (2, "4800", e.PRICE_TYPE_LIMIT)


def test_new_terms_hold_once_they_are_confirmed():
    asked = status(
        change=e.ORDER_CHANGE_REVISION_SENT,
        response_pending=e.RESPONSE_PENDING_REVISION,
        new_volume=5,
        new_limit_price=price("4799"),
        sequence_order=3,
    )
    order = folded(image(), status(), asked)
    assert (order.volume, order.limit) == (2, "4800")
    done = status(change=e.ORDER_CHANGE_REVISION_SUCCESS, sequence_order=4)
    order = folded(image(), status(), asked, done)
    assert (order.volume, order.limit) == (5, "4799")


@pytest.mark.parametrize(
    "refusal",
    [
        status(change=e.ORDER_CHANGE_REVISION_REJECTED, sequence_order=4),
        failed(change=e.ORDER_CHANGE_REVISION_FAILED, sequence_order=4),
    ],
)
def test_a_refused_change_leaves_the_terms_and_forgets_what_was_asked(refusal: Any):
    asked = status(change=e.ORDER_CHANGE_REVISION_SENT, new_volume=5, sequence_order=3)
    order = folded(image(), status(), asked, refusal)
    assert (order.volume, order.new_volume) == (2, 2)


def test_no_change_keeps_status_and_pending():
    keep = status(
        status=e.ORDER_STATUS_NO_CHANGE,
        response_pending=e.RESPONSE_PENDING_NO_CHANGE,
        change=e.ORDER_CHANGE_TAG_SUCCESS,
        sequence_order=2,
    )
    order = folded(image(), keep)
    assert not order.accepted
    assert order.standing is Standing.WORKING
    held = image(status=e.ORDER_STATUS_HELD, response_pending=e.RESPONSE_PENDING_NONE)
    order = folded(held, keep)
    assert order.standing is Standing.HELD


def test_a_held_exit_has_no_volume_until_it_is_activated():
    held = image(
        status=e.ORDER_STATUS_HELD,
        change=e.ORDER_CHANGE_SUBMISSION_SUCCESS,
        response_pending=e.RESPONSE_PENDING_NONE,
        new_volume=0,
        working_volume=0,
    )
    order = folded(held)
    assert (order.accepted, order.whole, order.standing) == (True, 0, Standing.HELD)
    activated = status(
        current_volume=1,
        activation_type=e.ACTIVATION_TYPE_TRIGGERED,
        sequence_order=2,
    )
    order = folded(held, activated)
    assert (order.whole, order.standing) == (1, Standing.WORKING)


def test_a_stop_that_trades_was_triggered():
    order = folded(
        image(price_type=e.PRICE_TYPE_STOP_LIMIT, new_stop_price=price("4801")), status(), trade()
    )
    assert order.price_type == e.PRICE_TYPE_LIMIT


def test_an_order_of_the_day_expires_with_it():
    rolled = status(
        change=e.ORDER_CHANGE_ROLLOVER, status=e.ORDER_STATUS_FINISHED, sequence_order=3
    )
    order = folded(image(), status(), rolled)
    assert order.lifecycle is Lifecycle.EXPIRED
    later = status(change=e.ORDER_CHANGE_TAG_SUCCESS, status=0, sequence_order=4)
    assert folded(image(), status(), rolled, later).lifecycle is Lifecycle.EXPIRED


def test_an_image_of_a_later_day_counts_though_its_numbers_begin_anew():
    order = folded(
        image(trade_date=20261120),
        status(sequence_order=40),
        accepted_image(
            trade_date=20261123,
            sequence_order=1,
            change=e.ORDER_CHANGE_ROLLOVER,
            current_volume=1,
        ),
    )
    assert (order.volume, order.lifecycle) == (1, Lifecycle.OPEN)
    assert order.sequence == 1, "and goes on from there"


def test_an_image_repeats_what_an_event_has_told_and_says_nothing_of_it():
    """A refusal of an earlier cancel is no answer to a later one."""
    orders = Orders()
    orders.shown(image(), 0)
    told = given_to(orders, failed())
    again = orders.shown(
        accepted_image(change=e.ORDER_CHANGE_PULL_FAILED, sequence_order=failed().sequence_order), 0
    )
    missed = orders.shown(
        accepted_image(change=e.ORDER_CHANGE_REVISION_REJECTED, sequence_order=8), 0
    )
    assert told is not None
    assert (told.meaning, again.meaning, missed.meaning) == (
        Meaning.PULL_REFUSED,
        Meaning.NOTHING,
        Meaning.REVISION_REFUSED,
    )


def test_two_different_trades_of_one_number_are_a_doubt():
    orders = Orders()
    for event in (image(), trade()):
        given_to(orders, event)
    step = orders.traded(trade(price=price("4801"), sequence_order=3), 0)
    assert step is not None
    assert step.doubt == "two trades of one number"
    shown = accepted_image(
        total_fill_volume=1, sequence_order=9, trades=[traded_in_image(volume=2)]
    )
    assert orders.shown(shown, 0).doubt == "two trades of one number"
    assert step.order.counted == 1


# --- busts -------------------------------------------------------------------------------------


def bust(**changes: Any) -> Any:
    fields = {
        "change": e.ORDER_CHANGE_TRADE_BUSTED,
        "total_fill_volume": 0,
        "sequence_order": 9,
    }
    return trade(**{**fields, **changes})


def test_a_bust_names_its_trade_by_the_exchange_id():
    orders = Orders()
    for event in (image(), status(), trade(), last_trade()):
        given_to(orders, event)
    step = orders.traded(bust(exchange_trade_id="x-2", total_fill_volume=1), 0)
    assert step is not None
    assert [gone.sequence for gone in step.busted] == [4]
    assert (step.order.counted, step.order.filled, step.doubt) == (1, 1, "")


def test_a_bust_is_told_once_and_its_trade_never_counts_again():
    orders = Orders()
    for event in (image(), status(), trade()):
        given_to(orders, event)
    orders.traded(bust(), 0)
    again = orders.traded(bust(sequence_order=10), 0)
    assert again is not None
    assert (again.busted, again.doubt) == ((), "")
    given_to(orders, trade())
    (order,) = orders
    assert order.counted == 0


def test_a_bust_without_an_id_takes_the_only_trade_like_it():
    orders = Orders()
    for event in (image(), trade(), last_trade(price=price("4801"))):
        given_to(orders, event)
    step = orders.traded(bust(exchange_trade_id="", price=price("4801"), total_fill_volume=1), 0)
    assert step is not None
    assert [gone.sequence for gone in step.busted] == [4]


def test_a_bust_that_several_trades_are_like_is_a_doubt():
    orders = Orders()
    for event in (image(), trade(), last_trade()):
        given_to(orders, event)
    step = orders.traded(bust(exchange_trade_id=""), 0)
    assert step is not None
    assert (step.busted, bool(step.doubt), step.order.counted) == ((), True, 2)


def test_an_image_after_a_bust_shows_which_trade_is_gone():
    orders = Orders()
    for event in (image(), trade(), last_trade()):
        given_to(orders, event)
    shown = accepted_image(
        change=e.ORDER_CHANGE_TRADE_BUSTED,
        total_fill_volume=1,
        trades=[traded_in_image()],
        sequence_order=9,
    )
    step = orders.shown(shown, 0)
    assert [gone.sequence for gone in step.busted] == [4]
    assert step.order.filled == 1


def test_a_count_that_fell_for_no_reason_takes_no_trade_back():
    """It may be the count of another day."""
    orders = Orders()
    for event in (image(), trade()):
        given_to(orders, event)
    step = orders.shown(accepted_image(sequence_order=9), 0)
    assert (step.busted, bool(step.doubt)) == ((), True)
    assert (step.order.counted, step.order.filled) == (1, 1)


# --- names and bounds ----------------------------------------------------------------------------


def test_a_tag_that_was_lost_does_not_make_a_stranger():
    orders = Orders()
    orders.shown(image(), 0)
    orders.shown(accepted_image(tag=""), 0)
    found = orders.find("p1", "")
    assert found is not None
    assert found.volume == 2


@pytest.mark.parametrize("tag", ["", "my order", "täg", "x" * 65])
def test_words_of_a_person_are_no_client_order_id(tag: str):
    orders = Orders()
    assert orders.shown(image(tag=tag), 0).order.tag == ""


def test_an_id_told_by_a_batch_names_an_order_without_a_tag():
    orders = Orders()
    orders.expect("u-1", "p1")
    orders.shown(image(tag=""), 0)
    assert orders.find("p1", "") is not None


def test_of_too_many_orders_an_ended_one_is_forgotten_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("actors.venues.t4.orders.ORDERS_MAX", 9)
    orders = Orders()
    orders.shown(image(unique_id="first"), 0)
    orders.shown(
        image(unique_id="ended", status=e.ORDER_STATUS_FINISHED, tag="p2"),
        0,
    )
    for number in range(9 - 2):
        orders.shown(image(unique_id=f"n{number}", tag=f"t{number}"), 0)
    assert not orders.forgot_ended
    orders.shown(image(unique_id="last", tag="p9"), 0)
    assert orders.forgot_ended
    assert orders.get("ended") is None
    assert orders.get("first") is not None
    assert len(orders) == 9


@pytest.mark.parametrize(
    "changes",
    [{"buy_sell": 0}, {"unique_id": ""}, {"market_id": "\n"}, {"account_id": ""}],
)
def test_an_image_that_cannot_be_is_refused(changes: dict[str, Any]):
    orders = Orders()
    with pytest.raises(RemoteProtocolError):
        orders.shown(image(**changes), 0)
    assert len(orders) == 0
