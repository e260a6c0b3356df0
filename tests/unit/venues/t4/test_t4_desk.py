"""The trade desk: commands out, events in, and what becomes of everything that gets no answer."""

from decimal import Decimal
from typing import Any

import pytest

from actors.venues.t4.deskcommands import NO_ID, NOT_SUBSCRIBED
from actors.venues.t4.proto import account_pb2
from actors.venues.t4.proto import enums_pb2 as e
from engine.errors import ConfigError, PeerSilent, PermissionMissing
from engine.messages.venue import CancelAllOrders, FillBust
from engine.model.enums import Pending, VenueStateWord
from engine.session.contract import Drop, GiveUp, Note, SetState
from tests.kit.t4_trade import (
    ACCOUNT,
    MARKET,
    accepted_image,
    at,
    cancel,
    failed,
    fills,
    frames,
    image,
    kinds,
    last_trade,
    login,
    money,
    multi,
    new_desk,
    open_desk,
    price,
    query,
    replace,
    sent,
    show,
    status,
    submit,
    tell,
    trade,
    updates,
    working_desk,
)

PULLED = status(
    change=e.ORDER_CHANGE_PULL_SUCCESS, status=e.ORDER_STATUS_FINISHED, sequence_order=9
)


def notes(effects: Any) -> list[str]:
    return [effect.event for effect in effects if isinstance(effect, Note)]


# --- the account -----------------------------------------------------------------------------------


def test_the_account_of_the_login_is_subscribed_and_then_the_session_is_in_service():
    desk = new_desk()
    (ask,) = sent(desk.logged_in(login(), at(0)))
    assert ask[0] == "account_subscribe"
    assert list(ask[1].account_id) == [ACCOUNT]
    assert ask[1].subscribe == e.ACCOUNT_SUBSCRIBE_TYPE_ALL_UPDATES
    assert not ask[1].subscribe_all_accounts
    assert not desk.feed.subscribed
    effects = show(desk, multi(accepted_image()), money())
    assert [each.state for each in effects if isinstance(each, SetState)] == [
        VenueStateWord.RECONCILING
    ]
    assert updates(effects) == [], "the reconciliation that follows tells what there is"
    assert desk.feed.subscribed


@pytest.mark.parametrize(
    ("listed", "wanted"), [(("a-1", "a-2"), ""), (("a-1",), "a-9"), (("a-1",), "N")]
)
def test_an_account_that_the_login_does_not_list_is_none(listed: tuple[str, ...], wanted: str):
    desk = new_desk(account=wanted)
    (effect,) = desk.logged_in(login(*listed), at(0))
    assert isinstance(effect, GiveUp)
    assert isinstance(effect.error, ConfigError)
    assert "Na-1" in str(effect.error)


def test_an_account_may_be_named_by_its_number():
    desk = new_desk(account="Na-2")
    ((_, ask),) = sent(desk.logged_in(login("a-1", "a-2"), at(0)))
    assert list(ask.account_id) == ["a-2"]


def test_a_refused_subscription_ends_the_connection():
    desk = new_desk()
    desk.logged_in(login(), at(0))
    refusal = account_pb2.AccountSubscribeResponse(success=False, errors=["not yours"])
    note, drop = desk.heard("account_subscribe_response", refusal, at(0))
    assert isinstance(note, Note)
    assert note.alert
    assert isinstance(drop, Drop)
    assert isinstance(drop.error, PermissionMissing)


def test_an_account_that_is_not_shown_in_time_ends_the_connection():
    desk = new_desk(account_timeout_s=3)
    desk.logged_in(login(), at(0))
    assert desk.deadline() == at(3).mono_ns
    (drop,) = desk.due(at(3))
    assert isinstance(drop, Drop)
    assert isinstance(drop.error, PeerSilent)


def test_a_snapshot_before_the_grant_is_nobodys():
    desk = new_desk()
    desk.logged_in(login(), at(0))
    desk.heard("account_snapshot", account_pb2.AccountSnapshot(account_id=ACCOUNT), at(0))
    assert not desk.feed.subscribed


def test_orders_into_an_account_that_is_not_subscribed_are_never_sent():
    desk = new_desk()
    desk.logged_in(login(), at(0))
    (news,) = updates(desk.submit(submit(), at(0)))
    assert (news.kind.value, news.command, news.code) == ("not_sent", Pending.NEW, NOT_SUBSCRIBED)
    desk = open_desk()
    desk.lost("cut", at(1))
    assert kinds(desk.submit(submit(), at(2))) == ["not_sent"]
    everything = CancelAllOrders(session_boot=1, router_boot=1, instrument="")
    effects = desk.cancel_all(everything)
    assert notes(effects) == ["cancel_all_failed"]
    assert not frames(effects)


def test_a_restricted_account_is_told_once():
    desk = open_desk()
    blocked = money(status=e.ACCOUNT_STATUS_BLOCKED)
    (note,) = desk.heard("account_update", blocked, at(1))
    assert note == Note("account_restricted", "blocked", alert=True)
    assert not desk.heard("account_update", blocked, at(2))
    assert not desk.heard("account_update", money(), at(3))


# --- an order's life --------------------------------------------------------------------------------


def test_submit_accept_fill():
    desk = open_desk()
    ((kind, message),) = sent(desk.submit(submit(), at(0)))
    assert kind == "order_submit"
    assert (message.account_id, message.market_id) == (ACCOUNT, MARKET)
    assert not message.manual_order_indicator
    assert kinds(tell(desk, image())) == [], "the exchange has not answered"
    (news,) = updates(tell(desk, status()))
    assert (news.kind.value, news.venue_order_id, news.price, news.quantity) == (
        "accepted",
        "u-1",
        Decimal(4800),
        Decimal(2),
    )
    effects = tell(desk, trade(), last_trade())
    assert [(f.fill_key, f.trade_id, f.last_qty, f.cum_qty) for f in fills(effects)] == [
        ("u-1/3", "x-1", 1, 1),
        ("u-1/4", "x-2", 1, 2),
    ]
    assert kinds(effects) == ["accepted", "filled"]
    assert effects.index(fills(effects)[-1]) < effects.index(updates(effects)[-1])


@pytest.mark.parametrize(
    "refusal",
    [
        status(
            change=e.ORDER_CHANGE_SUBMISSION_REJECTED,
            status=e.ORDER_STATUS_REJECTED,
            status_detail="no",
        ),
        status(
            change=e.ORDER_CHANGE_SUBMISSION_RISK_REJECTED,
            status=e.ORDER_STATUS_REJECTED,
            status_detail="no",
        ),
        failed(change=e.ORDER_CHANGE_SUBMISSION_FAILED, status_detail="no"),
    ],
)
def test_a_refused_order(refusal: Any):
    desk = open_desk()
    desk.submit(submit(), at(0))
    (news,) = updates(tell(desk, image(), refusal))
    assert (news.kind.value, news.text) == ("rejected", "no")
    assert news.code.startswith("SUBMISSION_")
    assert desk.deadline() is None, "nothing is open any more"


def test_nothing_is_told_twice():
    desk = working_desk()
    again = tell(desk, accepted_image(), status())
    assert not updates(again)
    assert fills(tell(desk, trade()))
    repeated = tell(desk, trade(), accepted_image())
    assert not fills(repeated)
    assert not updates(repeated)


def test_a_full_image_may_stand_behind_in_its_message():
    """A status for an order that is new in the same message is no question."""
    desk = open_desk()
    effects = tell(desk, status(), trade(), image())
    assert kinds(effects) == ["accepted", "accepted"]
    assert len(fills(effects)) == 1
    assert not notes(effects)


def test_replace():
    desk = working_desk()
    ((kind, message),) = sent(desk.replace(replace(), at(1)))
    assert kind == "order_revise"
    assert message.market_id == MARKET
    asked = status(
        change=e.ORDER_CHANGE_REVISION_SENT,
        response_pending=e.RESPONSE_PENDING_REVISION,
        new_volume=3,
        new_limit_price=price("4799.25"),
        sequence_order=3,
    )
    assert kinds(tell(desk, asked)) == []
    done = status(change=e.ORDER_CHANGE_REVISION_SUCCESS, sequence_order=4)
    (news,) = updates(tell(desk, done))
    assert (news.kind.value, news.quantity, news.price) == ("replaced", 3, Decimal("4799.25"))
    assert desk.deadline() is None


def test_a_refused_replace_says_why():
    desk = working_desk()
    desk.replace(replace(), at(1))
    refusal = failed(change=e.ORDER_CHANGE_REVISION_REJECTED, status_detail="not now")
    (news,) = updates(tell(desk, refusal))
    assert (news.kind.value, news.code, news.text) == (
        "replace_rejected",
        "REVISION_REJECTED",
        "not now",
    )
    assert (news.price, news.quantity) == (Decimal(4800), 2), "the terms that hold"


def test_a_change_before_the_order_has_arrived_is_not_sent():
    desk = open_desk()
    desk.submit(submit(), at(0))
    (news,) = updates(desk.replace(replace(), at(0)))
    assert (news.kind.value, news.command, news.code) == ("not_sent", Pending.REPLACE, NO_ID)
    tell(desk, image())
    assert kinds(desk.replace(replace(), at(0))) == ["not_sent"]


def test_cancel():
    desk = working_desk()
    ((kind, message),) = sent(desk.cancel(cancel(), at(1)))
    assert (kind, message.market_id, message.pulls[0].unique_id) == ("order_pull", MARKET, "u-1")
    pulling = status(
        change=e.ORDER_CHANGE_PULL_SENT,
        response_pending=e.RESPONSE_PENDING_PULL,
        sequence_order=3,
    )
    assert kinds(tell(desk, pulling)) == ["cancel_pending"]
    assert kinds(tell(desk, PULLED)) == ["cancelled"]
    assert desk.deadline() is None


def test_a_refused_cancel_leaves_the_order():
    desk = working_desk()
    desk.cancel(cancel(), at(1))
    assert kinds(tell(desk, failed())) == ["cancel_rejected"]
    assert kinds(tell(desk, trade(sequence_order=7))) == ["accepted"]


def test_a_cancel_of_an_order_that_has_ended_tells_its_end_and_sends_nothing():
    desk = working_desk()
    tell(desk, PULLED)
    effects = desk.cancel(cancel(), at(2))
    assert (kinds(effects), frames(effects)) == (["cancelled"], [])


def test_a_strangers_order_is_cancelled_by_the_venues_id():
    desk = open_desk(multi(accepted_image(unique_id="u-9", tag="by hand")))
    order = cancel(client_order_id="", venue_order_id="u-9")
    ((_, message),) = sent(desk.cancel(order, at(1)))
    assert message.pulls[0].unique_id == "u-9"
    gone = status(
        unique_id="u-9",
        change=e.ORDER_CHANGE_PULL_SUCCESS,
        status=e.ORDER_STATUS_FINISHED,
        sequence_order=9,
    )
    (news,) = updates(tell(desk, gone))
    assert (news.client_order_id, news.venue_order_id) == ("", "u-9")
    assert desk.deadline() is None


def test_cancel_all_pulls_what_works_market_by_market():
    other = accepted_image(unique_id="u-2", tag="p2", market_id="XCME_Eq NQ (H24)")
    desk = open_desk(multi(accepted_image()), multi(other, market_id="XCME_Eq NQ (H24)"))
    everything = CancelAllOrders(session_boot=1, router_boot=1, instrument="")
    pulls = [message for _, message in sent(desk.cancel_all(everything))]
    assert {(p.market_id, p.pulls[0].unique_id) for p in pulls} == {
        (MARKET, "u-1"),
        ("XCME_Eq NQ (H24)", "u-2"),
    }
    one = CancelAllOrders(session_boot=1, router_boot=1, instrument=f"{MARKET}.T4")
    assert [m.market_id for _, m in sent(desk.cancel_all(one))] == [MARKET]
    elsewhere = CancelAllOrders(session_boot=1, router_boot=1, instrument="BTCUSDT.WOOXPRO")
    assert notes(desk.cancel_all(elsewhere)) == ["cancel_all_elsewhere"]


def test_a_bust_is_told_by_the_key_of_its_fill():
    desk = working_desk()
    tell(desk, trade())
    gone = trade(change=e.ORDER_CHANGE_TRADE_BUSTED, total_fill_volume=0, sequence_order=6)
    effects = tell(desk, gone)
    (bust,) = [each for each in effects if isinstance(each, FillBust)]
    assert (bust.fill_key, bust.last_qty, bust.client_order_id) == ("u-1/3", 1, "p1")
    (news,) = updates(effects)
    assert (news.kind.value, news.cum_qty) == ("accepted", 0)
    assert effects.index(bust) < effects.index(news)


def test_a_bust_of_a_filled_order_is_told_by_the_fill_alone():
    """What was filled stays finished: "cancelled" would contradict what is known."""
    desk = working_desk()
    tell(desk, trade(), last_trade())
    gone = last_trade(change=e.ORDER_CHANGE_TRADE_BUSTED, total_fill_volume=1, sequence_order=6)
    effects = tell(desk, gone)
    assert [type(each) for each in effects] == [FillBust]


def test_held_exits_are_accepted_without_a_quantity_and_told_when_activated():
    desk = open_desk()
    orders = (
        submit(),
        submit(client_order_id="p2", side=submit().side.opposite, price=Decimal(4810)),
    )
    ((_, message),) = sent(desk.submit_linked("bracket", orders, at(0)))
    assert len(message.orders) == 2
    held = image(
        unique_id="u-2",
        tag="p2",
        buy_sell=e.BUY_SELL_SELL,
        status=e.ORDER_STATUS_HELD,
        new_volume=0,
        working_volume=0,
        new_limit_price=price("4810"),
    )
    taken = status(unique_id="u-2", status=e.ORDER_STATUS_HELD)
    (news,) = updates(tell(desk, held, taken))
    assert (news.kind.value, news.quantity, news.client_order_id) == ("accepted", None, "p2")
    active = status(
        unique_id="u-2",
        current_volume=1,
        activation_type=e.ACTIVATION_TYPE_TRIGGERED,
        sequence_order=3,
    )
    (news,) = updates(tell(desk, active))
    assert (news.kind.value, news.quantity) == ("accepted", 1)


# --- cancels that come too early ----------------------------------------------------------------------


def test_a_cancel_waits_for_the_order_to_arrive():
    desk = open_desk()
    desk.submit(submit(), at(0))
    assert desk.cancel(cancel(), at(0)) == []
    assert not frames(tell(desk, image())), "the exchange has not answered"
    assert [kind for kind, _ in sent(tell(desk, status()))] == ["order_pull"]


def test_a_cancel_waits_no_longer_than_a_second_and_then_goes_by_the_id_there_is():
    desk = open_desk()
    desk.submit(submit(), at(0))
    tell(desk, image())
    desk.cancel(cancel(), at(0))
    assert desk.deadline() == at(1).mono_ns
    assert [kind for kind, _ in sent(desk.due(at(1)))] == ["order_pull"]


def test_a_cancel_of_an_order_that_was_never_shown_is_reported_and_the_venue_asked():
    desk = open_desk()
    desk.submit(submit(), at(0))
    desk.cancel(cancel(), at(0))
    (news,) = updates(desk.due(at(1)))
    assert (news.kind.value, news.command, news.code) == ("not_sent", Pending.CANCEL, NO_ID)
    effects = desk.cancel(cancel(client_order_id="p7"), at(2))
    assert kinds(effects) == ["not_sent"]
    assert [kind for kind, _ in sent(effects)] == ["account_subscribe"]


def test_a_cancel_that_waits_for_an_order_that_is_refused_is_void():
    desk = open_desk()
    desk.submit(submit(), at(0))
    desk.cancel(cancel(), at(0))
    refused = status(change=e.ORDER_CHANGE_SUBMISSION_REJECTED, status=e.ORDER_STATUS_REJECTED)
    effects = tell(desk, image(), refused)
    assert (kinds(effects), frames(effects)) == (["rejected"], [])
    assert desk.deadline() is None


# --- lost, unsent, unanswered -------------------------------------------------------------------------


def test_what_is_under_way_when_the_connection_is_lost_is_unknown():
    desk = working_desk()
    desk.replace(replace(), at(1))
    desk.cancel(cancel(), at(1))
    desk.submit(submit(client_order_id="p2"), at(1))
    assert kinds(desk.lost("cut", at(2))) == ["replace_unknown", "cancel_unknown", "unknown"]
    assert desk.deadline() is None


def test_frames_that_provably_did_not_leave_are_not_sent():
    desk = open_desk()
    (order,) = frames(desk.submit(submit(), at(0)))
    (other,) = frames(desk.submit(submit(client_order_id="p2"), at(0)))
    (news,) = updates(desk.unsent(order.order, at(1)))
    assert (news.kind.value, news.command, news.client_order_id) == ("not_sent", Pending.NEW, "p1")
    assert desk.unsent(order.order, at(1)) == []
    (news,) = updates(desk.lost("cut", at(1)))
    assert (news.kind.value, news.client_order_id) == ("unknown", "p2")
    assert desk.unsent(other.order, at(2)) == []


def test_a_cancel_or_change_that_did_not_leave_is_told_as_such():
    desk = working_desk()
    (change,) = frames(desk.replace(replace(), at(1)))
    (pull,) = frames(desk.cancel(cancel(), at(1)))
    news = [*updates(desk.unsent(change.order, at(2))), *updates(desk.unsent(pull.order, at(2)))]
    assert [each.command for each in news] == [Pending.REPLACE, Pending.CANCEL]
    assert {each.kind.value for each in news} == {"not_sent"}


def test_each_order_of_a_list_that_did_not_leave_is_told():
    desk = open_desk()
    orders = (submit(), submit(client_order_id="p2", price=Decimal(4790)))
    (frame,) = frames(desk.submit_linked("oco", orders, at(0)))
    news = updates(desk.unsent(frame.order, at(1)))
    assert [(each.client_order_id, each.kind.value) for each in news] == [
        ("p1", "not_sent"),
        ("p2", "not_sent"),
    ]


def test_no_answer_in_time_is_unknown_and_a_question():
    desk = open_desk(order_timeout_s=2)
    desk.submit(submit(), at(0))
    effects = desk.due(at(2))
    assert kinds(effects) == ["unknown"]
    assert [kind for kind, _ in sent(effects)] == ["account_subscribe"]
    assert kinds(show(desk, multi(accepted_image()), second=3)) == ["accepted", "accepted"]


def test_a_late_answer_after_unknown_is_news_all_the_same():
    desk = open_desk(order_timeout_s=2)
    desk.submit(submit(), at(0))
    desk.due(at(2))
    assert kinds(tell(desk, image(), status(), second=3)) == ["accepted"]


# --- what does not fit ---------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [status(), trade(), failed()])
def test_an_event_of_an_unknown_order_is_a_question_and_no_crash(event: Any):
    desk = open_desk()
    effects = tell(desk, event)
    assert notes(effects) == ["order_in_doubt"]
    assert [kind for kind, _ in sent(effects)] == ["account_subscribe"]
    effects = show(desk, multi(accepted_image(total_fill_volume=0)), second=2)
    assert kinds(effects) == ["accepted"]


def test_questions_keep_their_distance():
    desk = open_desk()
    assert frames(tell(desk, status(unique_id="u-8"), second=1))
    show(desk, second=1)
    assert not frames(tell(desk, status(unique_id="u-9"), second=1.5))
    assert desk.deadline() == at(3).mono_ns
    assert frames(desk.due(at(3)))


def test_a_trade_that_was_missed_is_asked_for_and_told_from_the_snapshot():
    desk = working_desk()
    effects = tell(desk, last_trade())
    assert (len(fills(effects)), kinds(effects)) == (1, ["filled"])
    assert [kind for kind, _ in sent(effects)] == ["account_subscribe"]
    whole = accepted_image(
        change=e.ORDER_CHANGE_TRADE_COMPLETED,
        status=e.ORDER_STATUS_FINISHED,
        total_fill_volume=2,
        sequence_order=4,
        trades=[
            {"sequence_order": 3, "volume": 1, "price": price("4800"), "exchange_trade_id": "x-1"},
            {"sequence_order": 4, "volume": 1, "price": price("4800"), "exchange_trade_id": "x-2"},
        ],
    )
    effects = show(desk, multi(whole), second=2)
    assert [fill.fill_key for fill in fills(effects)] == ["u-1/3"]


def test_events_of_another_account_are_noted_once_and_not_counted():
    desk = open_desk()
    stranger = image(account_id="a-2")
    effects = desk.heard("order_update_multi", multi(stranger, account_id="a-2"), at(1))
    assert notes(effects) == ["order_of_another_account"]
    assert notes(desk.heard("order_update", stranger, at(1))) == []
    assert len(desk.orders) == 0


def test_single_events_outside_of_a_multi_are_read_too():
    desk = open_desk()
    desk.heard("order_update", image(), at(1))
    assert kinds(desk.heard("order_update_status", status(), at(1))) == ["accepted"]
    assert fills(desk.heard("order_update_trade", trade(), at(1)))
    assert kinds(desk.heard("order_update_failed", failed(), at(1))) == ["cancel_rejected"]


def test_a_query_is_answered_from_a_snapshot():
    desk = working_desk()
    assert [kind for kind, _ in sent(desk.query(query(), at(2)))] == ["account_subscribe"]
    assert kinds(show(desk, multi(accepted_image()), second=3)) == ["accepted"]
    desk.query(query(client_order_id="p9"), at(9))
    assert kinds(show(desk, multi(accepted_image()), second=10)) == []


def test_an_unreadable_order_does_not_hide_the_others():
    desk = open_desk()
    desk.query(query(), at(1))
    effects = show(desk, multi(image(unique_id="u-0", buy_sell=0), accepted_image()), second=2)
    assert notes(effects) == ["order_unreadable"]
    assert "accepted" in kinds(effects)
