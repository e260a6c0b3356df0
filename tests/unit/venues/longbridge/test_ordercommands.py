"""Order commands against answers and pushes: nothing twice, nothing lost, no cancel before its order."""

from decimal import Decimal
from typing import Any

import pytest

from actors.venues.longbridge.lookup import JOINED_MAX
from actors.venues.longbridge.ordercommands import CONFIRM_S, UNKNOWN_QUERY_S
from actors.venues.longbridge.private import TradeProtocol
from actors.venues.longbridge.waiting import WAIT_S_MAX, WAITING_MAX, WaitingCancels
from engine.messages.venue import OrderUpdate, UpdateKind
from engine.model.enums import Pending, TimeInForce
from engine.session.contract import CallFailure, HttpCall, HttpResponse, Note, Withdraw
from tests.kit.longbridge_trade import (
    answer,
    at,
    calls,
    cancel,
    execution_row,
    names,
    order_push,
    order_row,
    orders,
    query,
    replace,
    submit,
    trade_session,
    trades,
    updates,
)

ID = "701276261045858304"
ORDER = "/v1/trade/order"
K = UpdateKind
CANCEL = [("DELETE", f"{ORDER}?order_id={ID}")]
DETAIL = [("GET", f"{ORDER}?order_id={ID}")]
TODAY = [("GET", "/v1/trade/order/today?symbol=700.HK")]
ACCEPTED = answer({"order_id": ID})
LOST = CallFailure(not_sent=False, reason="no answer")
WITHDRAWN = CallFailure(not_sent=True, reason="withdrawn before it was sent")


def kinds(effects: Any) -> list[UpdateKind]:
    return [news.kind for news in updates(effects)]


def under_way(**changes: Any) -> tuple[TradeProtocol, HttpCall]:
    """A session with one order on its way, and the order's call."""
    protocol = trade_session()
    (call,) = calls(protocol.submit(submit(**changes), at(0)))
    return protocol, call


def working(**changes: Any) -> TradeProtocol:
    """A session with one order at the venue, shown as new."""
    protocol, call = under_way(**changes)
    protocol.answered(call.call_id, ACCEPTED, at(0.1))
    protocol.received(order_push(), at(0.2))
    return protocol


def only(effects: Any) -> HttpCall:
    (call,) = calls(effects)
    return call


# --- new orders --------------------------------------------------------------------------------


def test_an_order_is_one_call_and_its_answer_the_news():
    """Accepted, under the venue's id."""
    protocol, call = under_way()
    assert (call.method, call.path, call.order) == ("POST", ORDER, "p1")
    (news,) = protocol.answered(call.call_id, ACCEPTED, at(0.1))
    assert isinstance(news, OrderUpdate)
    assert (news.kind, news.client_order_id, news.venue_order_id) == (K.ACCEPTED, "p1", ID)


def test_an_order_that_cannot_be_said_is_not_sent():
    """With the rule's code, before anything left."""
    protocol = trade_session()
    (news,) = protocol.submit(submit(time_in_force=TimeInForce.IOC), at(0))
    assert isinstance(news, OrderUpdate)
    assert (news.kind, news.command, news.code) == (K.NOT_SENT, Pending.NEW, "unsupported")


def test_an_answer_behind_the_end_is_no_news():
    """Rejected by push, then "taken" by answer: the order would be thought alive."""
    protocol, call = under_way()
    (told,) = updates(protocol.received(order_push(status="RejectedStatus", msg="no"), at(0.1)))
    assert (told.kind, told.text) == (K.REJECTED, "no")
    assert protocol.answered(call.call_id, ACCEPTED, at(0.2)) == []


def test_an_unknown_outcome_is_looked_for_by_the_remark():
    """Half a second later among today's orders; what is found is told with its fills."""
    protocol, call = under_way()
    assert kinds(protocol.failed(call.call_id, LOST, at(10))) == [K.UNKNOWN]
    assert calls(protocol.due(at(10.4))) == []
    look = protocol.due(at(10 + UNKNOWN_QUERY_S))
    assert names(look) == TODAY
    row = order_row(status="FilledStatus", executed_quantity="200", executed_price="320.6")
    other = order_row(order_id="9", remark="another")
    asked = protocol.answered(only(look).call_id, orders(other, row), at(10.6))
    assert names(asked) == [("GET", f"/v1/trade/execution/today?order_id={ID}")]
    rows = (execution_row(1), execution_row(2))
    told = protocol.answered(only(asked).call_id, trades(*rows), at(10.7))
    assert [type(each).__name__ for each in told] == ["Fill", "Fill", "OrderUpdate"]
    assert kinds(told) == [K.FILLED]
    assert protocol._commands.deadline() is None


def test_what_is_not_found_is_no_news_and_is_looked_for_again():
    """First today, then in the history, then the whole again with growing pauses, four times."""
    protocol, call = under_way()
    protocol.failed(call.call_id, LOST, at(0.1))
    asked = 0
    while (due_ns := protocol._commands.deadline()) is not None:
        now = at((due_ns - at(0).mono_ns) / 1e9)
        effects = protocol.due(now)
        while made := calls(effects):
            asked += 1
            effects = protocol.answered(made[0].call_id, orders(), now)
            assert updates(effects) == []
    assert asked == 8


@pytest.mark.parametrize(
    "response",
    [answer(code=403202, status=403), answer(code=500000, status=500), answer({}), answer(None)],
)
def test_an_order_that_may_have_been_taken_is_unknown(response: HttpResponse):
    """A repeated request, a fault of the venue, a success without an id."""
    protocol, call = under_way()
    told = protocol.answered(call.call_id, response, at(0.1))
    assert kinds(told) == [K.UNKNOWN]
    assert names(protocol.due(at(1))) == TODAY


def test_the_push_answers_the_doubt_and_nothing_is_asked():
    """It names our id in its remark."""
    protocol, call = under_way()
    protocol.failed(call.call_id, LOST, at(0.1))
    assert kinds(protocol.received(order_push(), at(0.2))) == [K.ACCEPTED]
    assert protocol._commands.deadline() is None


@pytest.mark.parametrize("code", [602001, 602035, 429002])
def test_a_refusal_is_a_rejection(code: int):
    """Nothing is asked, nothing is tried again."""
    protocol, call = under_way()
    told = protocol.answered(call.call_id, answer(code=code, status=400), at(0.1))
    assert kinds(told) == [K.REJECTED]
    assert updates(told)[0].code == str(code)
    assert protocol._commands.deadline() is None
    noted = [each.event for each in told if isinstance(each, Note)]
    assert noted == (["order_refused_refused"] if code == 602035 else [])


# --- cancels -----------------------------------------------------------------------------------


def test_a_cancel_names_the_venue_s_id():
    """Taken is pending; the push tells its end."""
    protocol = working()
    effects = protocol.cancel(cancel(), at(1))
    assert names(effects) == CANCEL
    assert kinds(protocol.answered(only(effects).call_id, answer({}), at(1.1))) == [
        K.CANCEL_PENDING
    ]
    assert kinds(protocol.received(order_push(status="CanceledStatus"), at(1.2))) == [K.CANCELLED]
    assert protocol._commands.deadline() is None


def test_an_order_that_still_waits_is_withdrawn():
    """Not sent, once; no cancel, no look-up."""
    protocol, call = under_way()
    assert protocol.cancel(cancel(), at(0)) == [Withdraw(call.call_id)]
    (news,) = protocol.failed(call.call_id, WITHDRAWN, at(0.1))
    assert isinstance(news, OrderUpdate)
    assert news.kind is K.NOT_SENT
    assert protocol._commands.deadline() is None


def test_a_cancel_waits_until_its_order_can_be_cancelled():
    """Behind the answer the order is on its way to the exchange, where the venue takes no cancel."""
    protocol, call = under_way()
    protocol.cancel(cancel(), at(0))
    assert calls(protocol.answered(call.call_id, ACCEPTED, at(0.1))) == []
    assert calls(protocol.received(order_push(status="WaitToNew"), at(0.2))) == []
    assert names(protocol.received(order_push(status="NewStatus"), at(0.3))) == CANCEL


def test_a_cancel_does_not_wait_for_ever():
    """The push may be lost: after a second it goes, whatever is known."""
    protocol, call = under_way()
    protocol.cancel(cancel(), at(0))
    protocol.answered(call.call_id, ACCEPTED, at(0.1))
    assert calls(protocol.due(at(0.1 + WAIT_S_MAX - 0.1))) == []
    assert names(protocol.due(at(0.1 + WAIT_S_MAX))) == CANCEL


@pytest.mark.parametrize("status", ["WaitToReplace", "PendingReplaceStatus"])
def test_a_cancel_waits_while_its_order_is_changed(status: str):
    """And goes with the push that shows the change done."""
    protocol = working()
    protocol.received(order_push(status=status, updated_at="1795225423"), at(1))
    assert protocol.cancel(cancel(venue_order_id=ID), at(1.1)) == []
    done = order_push(status="ReplacedStatus", updated_at="1795225424")
    assert names(protocol.received(done, at(1.2))) == CANCEL


def test_an_order_that_ended_needs_no_cancel():
    """The one that waits is dropped."""
    protocol, call = under_way()
    protocol.cancel(cancel(), at(0))
    protocol.answered(call.call_id, ACCEPTED, at(0.1))
    assert calls(protocol.received(order_push(status="RejectedStatus"), at(0.2))) == []
    assert protocol._commands.deadline() is None


def test_a_cancel_by_our_id_alone_looks_for_the_order_first():
    """After a restart the session knows no order of before."""
    protocol = trade_session()
    look = protocol.cancel(cancel(), at(0))
    assert names(look) == TODAY
    effects = protocol.answered(only(look).call_id, orders(order_row()), at(0.1))
    assert kinds(effects) == [K.ACCEPTED]
    assert names(effects) == CANCEL


def test_a_cancel_of_an_order_that_is_nowhere_is_not_sent():
    """That is true, and no word on the order."""
    protocol = trade_session()
    effects = protocol.cancel(cancel(), at(0))
    for _ in range(2):
        effects = protocol.answered(only(effects).call_id, orders(), at(0.1))
    (news,) = updates(effects)
    assert (news.kind, news.command, news.code) == (K.NOT_SENT, Pending.CANCEL, "order_id_unknown")
    (nameless,) = updates(protocol.cancel(cancel(client_order_id=""), at(1)))
    assert nameless.kind is K.NOT_SENT


def test_a_cancel_is_not_lost_while_its_order_is_being_looked_for():
    """The order's outcome is unknown and asked about; the cancel follows from what is found."""
    protocol, call = under_way()
    protocol.failed(call.call_id, LOST, at(0.1))
    look = protocol.due(at(0.2 + UNKNOWN_QUERY_S))
    assert list(protocol.cancel(cancel(), at(0.8))) == []
    effects = protocol.answered(only(look).call_id, orders(order_row()), at(0.9))
    assert names(effects) == CANCEL


def test_a_cancel_whose_order_is_not_found_by_who_looks_already_is_not_sent():
    """It is answered with the look-up, not forgotten."""
    protocol, call = under_way()
    protocol.failed(call.call_id, LOST, at(0.1))
    effects = protocol.due(at(0.2 + UNKNOWN_QUERY_S))
    assert list(protocol.cancel(cancel(), at(0.8))) == []
    for _ in range(2):
        effects = protocol.answered(only(effects).call_id, orders(), at(0.9))
    (news,) = updates(effects)
    assert (news.kind, news.command, news.code) == (K.NOT_SENT, Pending.CANCEL, "order_id_unknown")


def test_a_cancel_behind_a_look_up_that_cannot_be_read_is_answered():
    """Nonsense from the venue must not leave a cancel without an end."""
    protocol = trade_session()
    look = protocol.cancel(cancel(), at(0))
    effects = protocol.answered(only(look).call_id, answer({"orders": 7}), at(0.1))
    assert [note.event for note in effects if isinstance(note, Note)] == ["order_lookup_unreadable"]
    assert [(news.kind, news.command) for news in updates(effects)] == [
        (K.NOT_SENT, Pending.CANCEL)
    ]


def test_cancels_behind_one_look_up_are_bounded():
    """Beyond the bound they are answered at once."""
    protocol = trade_session()
    protocol.cancel(cancel(), at(0))
    for _ in range(JOINED_MAX - 1):
        assert list(protocol.cancel(cancel(), at(0.1))) == []
    assert kinds(protocol.cancel(cancel(), at(0.1))) == [K.NOT_SENT]


def test_a_refused_cancel_is_a_question_and_never_an_end():
    """The venue has no code that says the order does not exist."""
    protocol = working()
    call = only(protocol.cancel(cancel(), at(1)))
    told = protocol.answered(call.call_id, answer(code=602001, status=400), at(1.1))
    assert kinds(told) == [K.CANCEL_REJECTED]
    assert names(protocol.due(at(2))) == DETAIL


def test_a_cancel_that_shows_no_effect_is_asked_for():
    """The push may be lost."""
    protocol = working()
    call = only(protocol.cancel(cancel(), at(1)))
    protocol.answered(call.call_id, answer({}), at(1.1))
    assert calls(protocol.due(at(1 + CONFIRM_S))) == []
    look = protocol.due(at(1.11 + CONFIRM_S))
    assert names(look) == DETAIL
    row = order_row(status="CanceledStatus", updated_at="1795225430")
    assert kinds(protocol.answered(only(look).call_id, answer(row), at(5))) == [K.CANCELLED]
    assert protocol._commands.deadline() is None


def test_two_cancels_in_one_second_are_two_requests_to_the_venue():
    """Equal ones would be answered with 403202."""
    protocol = working()
    first = only(protocol.cancel(cancel(), at(1)))
    second = only(protocol.cancel(cancel(), at(1.1)))
    assert first.path == second.path
    assert first.headers["X-Api-Signature"] != second.headers["X-Api-Signature"]


def test_waiting_cancels_are_bounded_and_keep_to_their_own_time():
    """Half of what is left of it, the second time not longer."""
    waiting = WaitingCancels()
    soon = cancel(expires_mono_ns=at(0.5).mono_ns)
    assert waiting.hold(soon, at(0))
    assert waiting.deadline() == at(0.25).mono_ns
    assert waiting.hold(cancel(), at(0.1))
    assert waiting.deadline() == at(0.25).mono_ns
    for number in range(WAITING_MAX - 1):
        assert waiting.hold(cancel(client_order_id=f"c{number}"), at(0))
    assert not waiting.hold(cancel(client_order_id="more"), at(0))
    assert waiting.release("c1", "") == cancel(client_order_id="c1")
    assert len(waiting.take(at(9))) == WAITING_MAX - 1


# --- changes -----------------------------------------------------------------------------------


def test_a_change_is_told_when_the_order_shows_it():
    """Taken is no news; the states on the way are none either."""
    protocol = working()
    call = only(protocol.replace(replace(), at(1)))
    assert (call.method, call.path) == ("PUT", ORDER)
    assert protocol.answered(call.call_id, answer({}), at(1.1)) == []
    terms = {"submitted_quantity": "300", "submitted_price": "320"}
    pending = order_push(status="PendingReplaceStatus", updated_at="1795225423", **terms)
    assert K.REPLACED not in kinds(protocol.received(pending, at(1.2)))
    done = order_push(status="ReplacedStatus", updated_at="1795225424", **terms)
    (news,) = updates(protocol.received(done, at(1.3)))
    assert (news.kind, news.quantity, news.price) == (K.REPLACED, 300, 320)
    assert protocol._commands.deadline() is None


def test_a_change_whose_push_is_lost_is_looked_for():
    """And told from what the look-up shows."""
    protocol = working()
    call = only(protocol.replace(replace(), at(1)))
    protocol.answered(call.call_id, answer({}), at(1.1))
    look = protocol.due(at(1.11 + CONFIRM_S))
    assert names(look) == DETAIL
    row = order_row(quantity="300", price="320", updated_at="1795225424")
    (news,) = updates(protocol.answered(only(look).call_id, answer(row), at(5)))
    assert news.kind is K.REPLACED
    assert protocol._commands.deadline() is None


def test_old_terms_after_a_change_prove_nothing():
    """The order works; whether the change is still to come the router decides."""
    protocol = working()
    call = only(protocol.replace(replace(), at(1)))
    protocol.answered(call.call_id, answer({}), at(1.1))
    look = protocol.due(at(1.11 + CONFIRM_S))
    (news,) = updates(protocol.answered(only(look).call_id, answer(order_row()), at(5)))
    assert (news.kind, news.quantity) == (K.ACCEPTED, 200)


def test_a_refused_change_is_rejected_and_asked_for():
    """The order is as it was, or has ended meanwhile."""
    protocol = working()
    call = only(protocol.replace(replace(), at(1)))
    told = protocol.answered(call.call_id, answer(code=602012, status=400), at(1.1))
    assert kinds(told) == [K.REPLACE_REJECTED]
    assert names(protocol.due(at(2))) == DETAIL


@pytest.mark.parametrize("how", ["unnamed", "off tick", "pending"])
def test_a_change_that_cannot_be_is_not_sent(how: str):
    """On its way, off the table, or in a state that takes none."""
    if how == "unnamed":
        protocol, _ = under_way()
        effects = protocol.replace(replace(venue_order_id=""), at(1))
    else:
        protocol = working()
        if how == "pending":
            protocol.received(order_push(status="WaitToCancel", updated_at="1795225423"), at(1))
        price = Decimal("320.7") if how == "off tick" else Decimal(320)
        effects = protocol.replace(replace(price=price), at(1))
    (news,) = updates(effects)
    assert (news.kind, news.command) == (K.NOT_SENT, Pending.REPLACE)
    assert calls(effects) == []


# --- questions ---------------------------------------------------------------------------------


def test_a_question_is_answered_with_what_is_known_now():
    """By id where the session knows it; the same news again if need be."""
    protocol = working()
    look = protocol.query(query(), at(1))
    assert names(look) == DETAIL
    assert calls(protocol.query(query(), at(1))) == []
    assert kinds(protocol.answered(only(look).call_id, answer(order_row()), at(1.1))) == [
        K.ACCEPTED
    ]


@pytest.mark.parametrize(
    "response", [answer(code=429002, status=429), HttpResponse(502, {}, b""), answer([1])]
)
def test_a_venue_that_cannot_be_asked_gives_no_news(response: HttpResponse):
    """And no other question follows at once."""
    protocol = working()
    look = protocol.query(query(), at(1))
    effects = protocol.answered(only(look).call_id, response, at(1.1))
    assert updates(effects) == []
    assert calls(effects) == []


def test_a_detail_that_is_refused_leads_to_the_lists():
    """The venue may not know the id any more."""
    protocol = working()
    look = protocol.query(query(), at(1))
    refused = answer(code=602001, status=400)
    effects = protocol.answered(only(look).call_id, refused, at(1.1))
    assert names(effects) == TODAY
    found = protocol.answered(only(effects).call_id, orders(order_row()), at(1.2))
    assert kinds(found) == [K.ACCEPTED]


def test_a_question_without_a_name_is_no_question():
    """An alert, because it is a bug."""
    (note,) = trade_session().query(query(client_order_id=""), at(0))
    assert isinstance(note, Note)
    assert note.alert


def test_an_end_that_contradicts_itself_is_a_question():
    """Cancelled with less than was executed: the venue is asked, nothing is told."""
    protocol = working()
    push = order_push(status="PartialFilledStatus", executed_quantity="100", executed_price="1")
    (call,) = calls(protocol.received(push, at(1)))
    protocol.answered(call.call_id, trades(execution_row(1)), at(1.1))
    assert updates(protocol.received(order_push(status="CanceledStatus"), at(1.2))) == []
    assert names(protocol.due(at(1.2 + UNKNOWN_QUERY_S))) == DETAIL
