"""`outcomes`: every end of every command, and the rule that nothing unproven is called refused."""

import pytest

from actors.venues.wooxpro.errors import RULES, Verdict, judge
from actors.venues.wooxpro.outcomes import needs_query, outcome
from actors.venues.wooxpro.rest import Answer, Fate, read_answer, read_failure
from engine.messages.venue import UpdateKind
from engine.model.enums import Pending
from engine.session.contract import CallFailure, HttpResponse
from tests.kit.wooxpro import answer, at, cancel, replace, submit

COMMANDS = {
    "submit": (submit(), UpdateKind.REJECTED, UpdateKind.UNKNOWN, Pending.NEW),
    "cancel": (cancel(), UpdateKind.CANCEL_REJECTED, UpdateKind.CANCEL_UNKNOWN, Pending.CANCEL),
    "replace": (
        replace(),
        UpdateKind.REPLACE_REJECTED,
        UpdateKind.REPLACE_UNKNOWN,
        Pending.REPLACE,
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_call_that_did_not_leave_is_not_sent(name: str):
    """And only that one is."""
    command, _, _, pending = COMMANDS[name]
    ended = read_failure(CallFailure(not_sent=True, reason="expired"))
    news = outcome(command, ended, at(0))
    assert (news.kind, news.command, news.text) == (UpdateKind.NOT_SENT, pending, "expired")
    assert not needs_query(command, ended)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_lost_call_is_unknown_and_asked_for(name: str):
    """After the first byte nothing is known (ORD-5, ORD-7)."""
    command, _, unknown, _ = COMMANDS[name]
    ended = read_failure(CallFailure(not_sent=False, reason="reset"))
    assert outcome(command, ended, at(0)).kind is unknown
    assert needs_query(command, ended)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_code_refuses_or_leaves_unknown(name: str):
    """The table decides, with the venue's code in the news; what is unknown is asked for."""
    command, refused, unknown, _ = COMMANDS[name]
    for code in sorted(set(RULES) - {1000}):
        ended = read_answer(answer(code=code, status=400))
        news = outcome(command, ended, at(0))
        known = RULES[code].verdict is not Verdict.UNKNOWN
        assert (code, news.kind) == (code, refused if known else unknown)
        assert news.code == str(code)
        assert known or needs_query(command, ended), code


@pytest.mark.parametrize("code", [40035, 40036, 40037])
@pytest.mark.parametrize("name", ["cancel", "replace"])
def test_a_missing_order_is_looked_for(name: str, code: int):
    """An unknown order is no answer to a cancel or change, but a question (ORD-11)."""
    assert needs_query(COMMANDS[name][0], read_answer(answer(code=code, status=400)))


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(200, {}, b""),
        HttpResponse(200, {}, b"<html>"),
        HttpResponse(200, {}, b"[1]"),
        HttpResponse(200, {}, b'{"code":1000'),
        HttpResponse(200, {}, b'{"code":NaN}'),
        HttpResponse(200, {}, b'{"code":1000,"code":40027}'),
        HttpResponse(200, {}, b"[" * 100_000),
        HttpResponse(500, {}, b'{"code":1000,"data":{}}'),
        HttpResponse(502, {}, b"bad gateway"),
        HttpResponse(302, {}, b""),
        answer({"order_id": None}),
        answer({"order_id": -1}),
        answer("31"),
        answer(),
    ],
)
def test_an_answer_that_cannot_be_believed_leaves_the_order_unknown(response: HttpResponse):
    """Unreadable, contradictory or without the order's id: unknown, and asked for."""
    ended = read_answer(response)
    assert outcome(submit(), ended, at(0)).kind is UpdateKind.UNKNOWN
    assert needs_query(submit(), ended)


def test_success_says_what_it_proves():
    """Accepted with an id as text; a cancel only taken; a change with its terms."""
    accepted = outcome(submit(), read_answer(answer({"order_id": 231116359426639})), at(0))
    assert (accepted.kind, accepted.venue_order_id) == (UpdateKind.ACCEPTED, "231116359426639")
    assert outcome(cancel(), read_answer(answer({})), at(0)).kind is UpdateKind.CANCEL_PENDING
    replaced = outcome(replace(), read_answer(answer({"order_id": "31"})), at(0))
    assert (replaced.kind, replaced.quantity, replaced.price) == (
        UpdateKind.REPLACED,
        replace().quantity,
        replace().price,
    )


def test_answers_say_what_they_are():
    """The code where there is one, else the status, else what became of the call."""
    assert read_answer(answer(code=40027, status=400)).code_text == "40027"
    assert read_answer(HttpResponse(502, {}, b"x")).code_text == "http-502"
    assert read_failure(CallFailure(not_sent=False, reason="r")).code_text == "lost"
    assert read_answer(HttpResponse(200, {}, b'{"code":"1000","message":"OK"}')).ok


def test_no_verdict_but_unknown_is_unknown():
    """A verdict that is added must decide."""
    assert [verdict for verdict in Verdict if not verdict.known] == [Verdict.UNKNOWN]
    assert judge(0, None) is Verdict.UNKNOWN
    assert Answer(fate=Fate.LOST, verdict=Verdict.UNKNOWN).code_text == "lost"
