"""Asking for the trades behind a push: one question at a time, again with pauses, then somebody is told."""

import pytest

from actors.venues.longbridge.executions import HISTORY_FROM_TRY, TRIES_MAX
from actors.venues.longbridge.private import TradeProtocol
from engine.messages.venue import Fill, OrderUpdate, UpdateKind
from engine.session.contract import CallFailure, HttpCall, Note
from tests.kit.longbridge_trade import (
    answer,
    at,
    calls,
    execution_row,
    names,
    order_push,
    trade_session,
    trades,
    updates,
)

TODAY = "/v1/trade/execution/today"
ONE = [("GET", f"{TODAY}?order_id=701276261045858304")]


def partly(second: float = 1, executed: int = 100, **changes: object) -> bytes:
    return order_push(
        status="PartialFilledStatus",
        executed_quantity=str(executed),
        executed_price="320.6",
        updated_at=str(1_795_225_422 + int(second)),
        **changes,
    )


def asked(protocol: TradeProtocol, second: float = 1) -> HttpCall:
    (call,) = calls(protocol.received(partly(second), at(second)))
    return call


def test_a_push_that_claims_more_leads_to_the_question_for_its_trades():
    """The claim is told at once, so that it stays reserved; the fill by its trade id."""
    protocol = trade_session()
    effects = protocol.received(partly(), at(1))
    (news,) = updates(effects)
    assert (news.kind, news.cum_qty) == (UpdateKind.ACCEPTED, 100)
    assert names(effects) == ONE
    (call,) = calls(effects)
    (fill,) = protocol.answered(call.call_id, trades(execution_row(1)), at(1.1))
    assert isinstance(fill, Fill)
    assert (fill.last_qty, fill.client_order_id) == (100, "p1")
    assert protocol.received(partly(), at(1.2)) == []


def test_an_end_is_told_behind_its_fills():
    """Fills before the update that counts them, whatever was pushed first."""
    protocol = trade_session()
    push = order_push(status="FilledStatus", executed_quantity="200", executed_price="320.6")
    effects = protocol.received(push, at(1))
    assert updates(effects) == []
    (call,) = calls(effects)
    told = protocol.answered(call.call_id, trades(execution_row(1), execution_row(2)), at(1.1))
    assert [type(each) for each in told] == [Fill, Fill, OrderUpdate]
    assert updates(told)[0].kind is UpdateKind.FILLED


def test_a_burst_costs_one_question_at_a_time():
    """What is claimed while one is under way waits for the next, which serves all."""
    protocol = trade_session()
    first = asked(protocol)
    for number in (2, 3, 4):
        push = partly(order_id=f"70{number}", remark=f"p{number}")
        assert calls(protocol.received(push, at(1))) == []
    effects = protocol.answered(first.call_id, trades(execution_row(1)), at(1.2))
    assert names(effects) == [("GET", TODAY)]
    (second,) = calls(effects)
    rows = [execution_row(n, order_id=f"70{n}") for n in (2, 3, 4)]
    told = protocol.answered(second.call_id, trades(*rows), at(1.3))
    assert [each.client_order_id for each in told if isinstance(each, Fill)] == ["p2", "p3", "p4"]
    assert calls(told) == []


def test_a_claim_during_the_question_is_another_question():
    """The answer may have been written before it."""
    protocol = trade_session()
    first = asked(protocol)
    assert calls(protocol.received(partly(executed=200, second=2), at(1.1))) == []
    effects = protocol.answered(first.call_id, trades(execution_row(1)), at(1.2))
    assert names(effects) == ONE
    (again,) = calls(effects)
    rows = (execution_row(1), execution_row(2))
    (fill,) = protocol.answered(again.call_id, trades(*rows), at(1.3))
    assert isinstance(fill, Fill)
    assert fill.trade_id.endswith("-2")


@pytest.mark.parametrize("end", ["empty", "refused", "lost", "unreadable"])
def test_trades_that_do_not_come_are_asked_for_again_and_then_missed(end: str):
    """With growing pauses, at last in the history; then an alert, and the end without its fills."""
    protocol = trade_session()
    push = order_push(status="FilledStatus", executed_quantity="200", executed_price="320.6")
    effects = protocol.received(push, at(1))
    paths, told, second = [], [], 1.0
    while made := calls(effects):
        (call,) = made
        paths.append(call.path.partition("?")[0])
        if end == "lost":
            failure = CallFailure(not_sent=False, reason="no answer")
            effects = protocol.failed(call.call_id, failure, at(second))
        else:
            response = {
                "empty": trades(),
                "refused": answer(code=429002, status=429),
                "unreadable": answer({"trades": [{}]}),
            }[end]
            effects = protocol.answered(call.call_id, response, at(second))
        told += [each for each in effects if isinstance(each, Note | OrderUpdate)]
        if not calls(effects) and (due := protocol._executions.deadline()) is not None:
            second = (due - at(0).mono_ns) / 1e9
            effects = protocol.due(at(second))
    history = "/v1/trade/execution/history"
    assert paths == [TODAY] * HISTORY_FROM_TRY + [history] * (TRIES_MAX - HISTORY_FROM_TRY)
    assert isinstance(told[-1], OrderUpdate)
    assert (told[-1].kind, told[-1].cum_qty) == (UpdateKind.FILLED, 200)
    missing = [note for note in told if isinstance(note, Note) and note.alert]
    assert missing[-1].event == "executions_missing"
    assert 5 < second < 20


def test_a_push_before_the_answer_to_the_submission_is_told_at_once():
    """The order is known by its remark."""
    protocol = trade_session()
    (news,) = updates(protocol.received(order_push(status="WaitToNew"), at(0.1)))
    assert (news.client_order_id, news.venue_order_id) == ("p1", "701276261045858304")
