"""An access token that runs out: refreshed once, then a person has to act (T-047)."""

import pytest

from actors.venues.longbridge.calls import Calls
from actors.venues.longbridge.private import TradeProtocol
from actors.venues.longbridge.refreshing import REFRESH_PATH, Refreshing
from actors.venues.longbridge.signature import Credentials
from engine.errors import TokenExpired
from engine.messages.venue import UpdateKind
from engine.session.contract import (
    CallFailure,
    Connect,
    Drop,
    Effects,
    GiveUp,
    HttpCall,
    HttpResponse,
    Note,
)
from tests.kit.longbridge_trade import (
    SECRETS,
    answer,
    at,
    calls,
    settings,
    submit,
    trade_session,
    updates,
)

EXPIRED = answer(code=401003, status=401)
RENEWED = answer({"token": "new-token", "expired_at": "2027-02-25T00:00:00Z"})


def session_calls() -> Calls:
    return Calls(settings(), Credentials.of(SECRETS))


def refresh_in(effects: Effects) -> HttpCall:
    (call,) = [call for call in calls(effects) if call.path.startswith(REFRESH_PATH)]
    return call


def refused(protocol: TradeProtocol, second: float = 1, name: str = "p1") -> Effects:
    """An order that is refused for its token."""
    (call,) = calls(protocol.submit(submit(client_order_id=name), at(second)))
    return protocol.answered(call.call_id, EXPIRED, at(second))


def test_a_refused_order_is_known_and_the_token_refreshed_once():
    """The session goes on with the new one; a person is told that it is not kept."""
    protocol = trade_session()
    effects = refused(protocol)
    assert [news.kind for news in updates(effects)] == [UpdateKind.REJECTED]
    call = refresh_in(effects)
    assert call.method == "GET"
    assert call.path == f"{REFRESH_PATH}?expired_at=2027-02-19T01%3A43%3A43Z"
    assert calls(refused(protocol, 1.1, "p2")) == []  # one is under way
    (note,) = protocol.answered(call.call_id, RENEWED, at(1.2))
    assert isinstance(note, Note)
    assert note.alert
    (order,) = calls(protocol.submit(submit(client_order_id="p3"), at(2)))
    assert order.headers["Authorization"] == "new-token"


def test_an_answer_to_a_request_of_before_is_no_word_on_the_new_token():
    """It was signed with the old one."""
    protocol = trade_session()
    (late,) = calls(protocol.submit(submit(client_order_id="late"), at(1)))
    call = refresh_in(refused(protocol))
    protocol.answered(call.call_id, RENEWED, at(1.2))
    told = protocol.answered(late.call_id, EXPIRED, at(1.3))
    assert [type(each).__name__ for each in told] == ["OrderUpdate"]


def test_a_new_token_that_is_refused_as_well_is_the_end():
    """No second refresh."""
    protocol = trade_session()
    call = refresh_in(refused(protocol))
    protocol.answered(call.call_id, RENEWED, at(1.2))
    effects = refused(protocol, 2, "p2")
    (give_up,) = [each for each in effects if isinstance(each, GiveUp)]
    assert isinstance(give_up.error, TokenExpired)
    assert "developer page" in str(give_up.error)


@pytest.mark.parametrize(
    "response",
    [
        EXPIRED,
        answer({}),
        answer(None),
        answer({"token": ""}),
        answer({"token": "x" * 9_999}),
        answer({"token": "ü"}),
        HttpResponse(502, {}, b"stub-token"),
        answer(code=401004, status=401, message="stub-token"),
    ],
)
def test_a_refresh_that_is_refused_ends_the_session(response: HttpResponse):
    """With what to do, and without the token."""
    protocol = trade_session()
    call = refresh_in(refused(protocol))
    (give_up,) = protocol.answered(call.call_id, response, at(1.2))
    assert isinstance(give_up, GiveUp)
    assert isinstance(give_up.error, TokenExpired)
    assert "stub-token" not in str(give_up.error)


def test_a_refresh_without_an_answer_is_asked_for_again():
    """It is not known to be refused."""
    protocol = trade_session()
    call = refresh_in(refused(protocol))
    (note,) = protocol.failed(call.call_id, CallFailure(not_sent=False, reason="cut"), at(2))
    assert isinstance(note, Note)
    assert refresh_in(refused(protocol, 3, "p2"))


def test_a_password_that_is_refused_for_the_token_is_asked_for_again_with_the_new_one():
    """Before the connection: refresh, then the password, then connect."""
    protocol = TradeProtocol(settings(), SECRETS)
    (password,) = calls(protocol.prepare(at(0)))
    call = refresh_in(protocol.answered(password.call_id, EXPIRED, at(0.1)))
    note, again = protocol.answered(call.call_id, RENEWED, at(0.2))
    assert isinstance(note, Note)
    assert isinstance(again, HttpCall)
    assert again.headers["Authorization"] == "new-token"
    granted = answer({"otp": "o", "limit": 10, "online": 0})
    assert list(protocol.answered(again.call_id, granted, at(0.3))) == [Connect()]


def test_a_refresh_that_fails_before_the_connection_ends_the_attempt_or_the_session():
    """No answer is an attempt that failed; a refusal is the end."""
    protocol = TradeProtocol(settings(), SECRETS)
    (password,) = calls(protocol.prepare(at(0)))
    call = refresh_in(protocol.answered(password.call_id, EXPIRED, at(0.1)))
    told = protocol.failed(call.call_id, CallFailure(not_sent=False, reason="cut"), at(1))
    assert [type(each) for each in told] == [Note, Drop]
    protocol.lost("cut", at(1))
    (password,) = calls(protocol.prepare(at(2)))
    call = refresh_in(protocol.answered(password.call_id, EXPIRED, at(2.1)))
    (give_up,) = protocol.answered(call.call_id, EXPIRED, at(2.2))
    assert isinstance(give_up, GiveUp)


def test_the_new_token_is_in_no_text():
    """It is a secret like the one before."""
    made = session_calls()
    made.renew("new-token")
    assert made.credentials.scrub("new-token") == "•••"
    assert "new-token" not in repr(made.credentials)
    assert Refreshing(made).under_way is False
