"""Logins of the simulator: both ways in, every result, taking over, heartbeats, what comes out of turn."""

import pytest

from actors.venues.t4.simulator.codes import LoginResult
from tests.kit.t4_simulator import DECIMAL, REAL, Still, by_key, by_password

RESULTS = [each for each in LoginResult if each is not LoginResult.SUCCESS]


@pytest.mark.parametrize("request_", [by_key(), by_password()], ids=["key", "password"])
def test_both_ways_in_are_welcomed(request_):
    """With session, firm, roles, exchanges, accounts and a token; `result` is absent."""
    response = Still().line(login=False).log_in(**request_)
    assert "result" not in response
    assert response["session_id"]
    assert response["user_id"]
    assert response["firm_id"]
    assert response["roles"] == ["Trader"]
    assert (response["firm"], response["username"]) == ("CTS", "pitboss")
    rights = {each["exchange_id"]: each["market_data_type"] for each in response["exchanges"]}
    assert rights == {"CME_Eq": 3, "CME_Ny": 3}
    assert len({each["account_id"] for each in response["accounts"]}) == 2
    token = response["authentication_token"]
    assert "request_id" not in token
    assert token["token"].count(".") == 2
    assert token["expire_time"] == {"seconds": 1_730_400_000 + 3_600}


def test_a_login_by_key_needs_nothing_else():
    """And other words beside the key are not looked at."""
    assert "result" not in Still().line(login=False).log_in(api_key=by_key()["api_key"])
    more = by_key(firm="nobody", username="x", app_license="y")
    assert "result" not in Still().line(login=False).log_in(**more)


@pytest.mark.parametrize(
    ("wrong", "result"),
    [
        ({"firm": "X"}, LoginResult.FIRM_NOT_ALLOWED),
        ({"username": "x"}, LoginResult.FAILED),
        ({"password": "x"}, LoginResult.FAILED),
        ({"app_license": "x"}, LoginResult.APPLICATION_NOT_VALID),
        ({"price_format": 9}, LoginResult.INCORRECT_VERSION),
        ({"api_key": "x"}, LoginResult.UNAUTHORIZED),
    ],
)
def test_wrong_words_are_refused_with_their_result(wrong, result):
    """A text comes with it, the client may close by itself."""
    line = Still().line(login=False)
    response = line.log_in(**by_password(**wrong))
    assert (response["result"], bool(response["error_message"])) == (result, True)
    assert line.ended == [("close", 1000)]


@pytest.mark.parametrize("result", RESULTS, ids=lambda each: each.name)
def test_every_result_can_be_had(result):
    """By its number or its name, in a response and without having been asked for."""
    for value in (float(result), result.name):
        still = Still()
        still.fault("reject_login", match="pitboss", value=value)
        response = still.line(login=False).log_in()
        assert response["result"] == result
        assert "accounts" not in response


def test_an_armed_rejection_says_failed_unless_told_otherwise():
    """The plain case."""
    still = Still()
    for match in ("*", "pitboss", "ws"):
        still.fault("reject_login", match=match)
        assert still.line(login=False).log_in()["result"] == LoginResult.FAILED
    assert "result" not in still.line(login=False).log_in()


def test_a_result_that_does_not_exist_cannot_be_armed():
    """15 is not used."""
    for value in (15.0, "NOBODY", "15"):
        with pytest.raises(ValueError, match=r"15|must be one of"):
            Still().fault("reject_login", value=value)


def test_a_login_may_stay_unanswered():
    """And may come without a token."""
    still = Still()
    still.fault("no_login_answer")
    assert still.line(login=False).say("login_request", **by_key()) == []
    still.fault("no_token")
    assert "authentication_token" not in still.line(login=False).log_in()


@pytest.mark.parametrize("login", [by_key(), by_password()], ids=["key", "password"])
def test_another_login_takes_over(login):
    """The older session is told, and is subscribed to nothing any more."""
    still = Still()
    older = still.line()
    older.depth()
    still.line(login=False).log_in(**login)
    ((name, notice),) = older.take()
    assert (name, notice["result"]) == ("login_response", LoginResult.LOGGED_IN_ELSEWHERE)
    assert older.ended == [("session", LoginResult.LOGGED_IN_ELSEWHERE)]


def test_several_sessions_where_they_are_allowed():
    """The oldest goes when there is one too many."""
    still = Still(sessions_per_user=2)
    lines = [still.line() for _ in range(3)]
    assert [bool(each.ended) for each in lines] == [True, False, False]


def test_nothing_is_said_before_the_login_response():
    """Not even a heartbeat; the client's own are tolerated, however many."""
    still = Still(heartbeat_s=5)
    line = still.line(login=False)
    for _ in range(5):
        assert line.say("heartbeat", timestamp=1) == []
        still.wait(5)
        line.connection.due(still.now)
        assert line.take() == []
    assert "result" not in line.log_in()


def test_a_request_before_the_login_ends_the_connection():
    """With 1008; and so does a second login."""
    still = Still()
    early = still.line(login=False)
    assert early.depth() == []
    assert early.ended == [("close", 1008)]
    twice = still.line()
    twice.say("login_request", **by_key())
    assert twice.ended == [("close", 1008)]


def test_an_unknown_payload_is_ignored():
    """Of a later version; but what is no message ends the connection."""
    line = Still().line()
    assert line.raw(b"\xba\x3e\x03abc") == []
    assert line.raw(b"") == []
    assert line.ended == []
    assert line.raw(b"\x12\x7f\x0a") == []
    assert line.ended == [("close", 1007)]


def test_heartbeats_come_when_nothing_else_was_said():
    """Every 20 s of silence, with the wall clock in ms; other messages put them off."""
    still = Still()
    line = still.line()
    still.wait(19)
    line.connection.due(still.now)
    assert line.take() == []
    line.depth()
    still.wait(19)
    line.say("heartbeat", timestamp=1)
    line.connection.due(still.now)
    assert line.take() == []
    still.wait(1)
    line.connection.due(still.now)
    assert line.take() == [("heartbeat", {"timestamp": still.now.wall_ms})]


def test_a_silent_client_is_closed():
    """After three intervals without any message, with 1000 and without a word; any message counts."""
    still = Still()
    line = still.line()
    still.wait(59)
    line.raw(b"\xba\x3e\x03abc")
    still.wait(59)
    line.connection.due(still.now)
    assert line.ended == []
    still.wait(1)
    line.connection.due(still.now)
    assert line.ended == [("close", 1000)]


def test_a_connection_that_never_logs_in_is_closed():
    """Heartbeats do not keep it."""
    still = Still(login_s=10)
    line = still.line(login=False)
    still.wait(9)
    line.say("heartbeat", timestamp=1)
    still.wait(1)
    line.connection.due(still.now)
    assert line.ended == [("close", 1008)]


def test_tokens_are_renewed_on_request():
    """Under the id of the request; refused or unanswered by fault."""
    still = Still(token_s=100)
    line = still.line()
    first = line.say("authentication_token_request", request_id="r1")
    still.wait(1)
    ((name, token),) = line.say("authentication_token_request", request_id="r2")
    assert (name, token["request_id"]) == ("authentication_token", "r2")
    assert token["expire_time"]["seconds"] == 1_730_400_000 + 101
    assert token["token"] != first[0][1]["token"]
    still.fault("refuse_token", value="not you")
    ((_, refused),) = line.say("authentication_token_request", request_id="r3")
    assert refused == {"request_id": "r3", "fail_message": "not you"}
    still.fault("no_token_answer")
    assert line.say("authentication_token_request", request_id="r4") == []


@pytest.mark.parametrize("price_format", [DECIMAL, REAL, 2])
def test_a_token_opens_rest_until_it_ends(price_format):
    """And carries the price format of its login."""
    still = Still(token_s=100)
    response = still.line(login=False).log_in(**by_key(price_format=price_format))
    bearer = f"Bearer {response['authentication_token']['token']}"
    assert still.ask("/markets/exchanges", auth=bearer).status == 200
    assert still.ask("/markets/exchanges", auth=bearer[:-2]).status == 401
    still.wait(100)
    assert still.ask("/markets/exchanges", auth=bearer).status == 401


def test_tokens_can_be_made_to_expire():
    """All that are out; new ones open."""
    still = Still()
    line = still.line(login=False)
    old = line.log_in()["authentication_token"]["token"]
    still.fault("expire_tokens")
    assert still.ask("/markets/exchanges", auth=f"Bearer {old}").status == 401
    ((_, token),) = line.say("authentication_token_request", request_id="r")
    assert still.ask("/markets/exchanges", auth=f"Bearer {token['token']}").status == 200


def test_requests_can_be_lost_late_or_end_the_connection():
    """Each fault meets the message it names."""
    still = Still()
    line = still.line()
    still.fault("request_lost", match="authentication_token_request")
    assert line.say("authentication_token_request", request_id="a") == []
    still.fault("request_delay", match="authentication_token_request", value=2.0)
    assert line.say("authentication_token_request", request_id="b") == []
    still.wait(2)
    assert line.take()[0][1]["request_id"] == "b"
    still.fault("request_reset_before", match="market_*")
    assert line.depth() == []
    assert line.ended == [("cut", "reset by fault")]
    still.fault("request_reset", match="market_*")
    other = Still()
    line = other.line()
    other.fault("request_reset", match="market_*")
    assert line.depth()
    assert line.ended == [("cut", "reset by fault")]


def test_the_log_tells_no_secrets():
    """Nor the password neither the key of a login."""
    still = Still()
    still.line(login=False).log_in(**by_password())
    text = str([each.as_json() for each in still.venue.log.since()])
    assert "login_request" in text
    assert by_password()["password"] not in text
    assert by_key()["api_key"] not in text
