"""The connection: both logins, every login result, heartbeats, tokens, close codes, no war of logins."""

import pytest

from actors.venues.t4.proto import auth_pb2, enums_pb2
from actors.venues.t4.results import RULES, Verdict
from actors.venues.t4.settings import Settings
from actors.venues.t4.stages import Stage
from engine.errors import (
    ConfigError,
    ConnectionLost,
    CredentialsRejected,
    LocalProtocolError,
    PeerSilent,
    PermissionMissing,
    RemoteProtocolError,
)
from engine.messages.market import Quote
from engine.model.enums import VenueStateWord
from engine.session.closing import closed_by_venue
from engine.session.contract import Drop, GiveUp, Note, SetState
from tests.kit.t4_data import SECRETS, WALL_S, Desk, depth, details, granted, refused, said

RESULTS = [value.number for value in enums_pb2.LoginResult.DESCRIPTOR.values]


def link_of(desk: Desk):
    return desk.session._connection.link


def test_login_by_name():
    """Every field of that kind, the price format, and no API key."""
    desk = Desk(login="user")
    assert desk.open() == [SetState(VenueStateWord.LOGGING_IN)]
    ((kind, request),) = desk.sent
    assert kind == "login_request"
    expected = {name: text for name, text in SECRETS.items() if name != "api_key"}
    assert {field.name: value for field, value in request.ListFields()} == {
        **expected,
        "price_format": enums_pb2.PRICE_FORMAT_REAL,
    }


def test_login_by_key():
    """The key alone."""
    desk = Desk({"api_key": "api-key-0123456789"}, login="api_key", price_format="decimal")
    desk.open()
    assert desk.sent == [("login_request", auth_pb2.LoginRequest(api_key="api-key-0123456789"))]


@pytest.mark.parametrize("login", ["user", "api_key"])
def test_missing_credentials_are_named(login: str):
    """All of them at once, and which kind needs them."""
    with pytest.raises(ConfigError) as missing:
        Desk({"username": "u"}, login=login)
    assert f'login = "{login}"' in str(missing.value)
    assert ("password" in str(missing.value)) == (login == "user")


def test_every_result_has_a_row():
    """The table is whole, and nothing but success is granted."""
    assert set(RULES) == set(RESULTS)
    assert [r for r, rule in RULES.items() if rule.verdict is Verdict.GRANTED] == [0]


@pytest.mark.parametrize("result", [result for result in RESULTS if result])
@pytest.mark.parametrize("running", [False, True], ids=["at login", "mid session"])
def test_every_result(result: int, running: bool):
    """What gives up, what tries again, by the table; nothing is said afterwards."""
    desk = Desk()
    desk.open()
    if running:
        desk.hear(granted())
    effects = desk.hear(refused(result, "the venue's words"))
    rule, last = RULES[result], effects[-1]
    assert link_of(desk).stage is Stage.LEAVING
    if rule.verdict is Verdict.REJECTED:
        assert isinstance(last, GiveUp)
        assert isinstance(last.error, CredentialsRejected)
    elif rule.verdict is Verdict.FORBIDDEN:
        assert isinstance(last, GiveUp)
        assert isinstance(last.error, PermissionMissing)
    else:
        assert isinstance(last, Drop)
        assert isinstance(last.error, ConnectionLost)
    assert "the venue's words" in str(last.error)
    assert rule.text in str(last.error)
    desk.sent.clear()
    desk.pass_time(120)
    assert desk.sent == []


def test_a_result_that_nobody_knows():
    """Newer than the table: tried again."""
    desk = Desk()
    desk.open()
    note, drop = desk.hear(refused(99))
    assert isinstance(drop, Drop)
    assert "99" in note.detail


def test_no_war_of_logins():
    """T-051: after the second displacement the session gives up, and says so."""
    desk = Desk()
    desk.log_in()
    note, drop = desk.hear(refused(enums_pb2.LOGIN_RESULT_LOGGED_IN_ELSEWHERE))
    assert isinstance(note, Note)
    assert note.alert
    assert isinstance(drop, Drop)
    desk.lose()
    desk.second += 30
    desk.log_in()
    (gone,) = desk.hear(refused(enums_pb2.LOGIN_RESULT_LOGGED_IN_ELSEWHERE))
    assert isinstance(gone, GiveUp)
    assert isinstance(gone.error, PermissionMissing)
    assert "stop one of the two" in str(gone.error)


def test_a_displacement_long_ago_is_forgotten():
    """Once a day is no war."""
    desk = Desk()
    for _ in range(4):
        desk.log_in()
        assert isinstance(desk.hear(refused(6))[-1], Drop)
        desk.lose()
        desk.second += 700


def test_secrets_stay_out_of_what_the_venue_repeats():
    """In full or in part."""
    desk = Desk()
    desk.open()
    (gone,) = desk.hear(refused(1, f"bad password {SECRETS['password']}"))
    assert SECRETS["password"] not in str(gone.error)
    other = Desk()
    other.open()
    (gone,) = other.hear(refused(1, f"bad {SECRETS['password'][:10]}"))
    assert SECRETS["password"][:10] not in str(gone.error)


def test_no_answer_to_the_login():
    """Then the connection is left."""
    desk = Desk(login_timeout_s=5.0)
    desk.open()
    assert desk.pass_time(4) == []
    (drop,) = desk.pass_time(2)
    assert isinstance(drop.error, PeerSilent)


def test_nothing_may_come_before_the_answer_but_heartbeats():
    """The venue's own client takes it for a failed login."""
    desk = Desk()
    desk.open()
    assert desk.hear(said(heartbeat={"timestamp": 1})) == []
    with pytest.raises(RemoteProtocolError):
        desk.hear(details())


def test_a_second_success_changes_nothing():
    """It is no new session."""
    desk = Desk()
    desk.log_in()
    assert desk.hear(granted()) == []


def test_late_words_on_a_connection_that_is_left():
    """Whatever was on its way."""
    desk = Desk()
    desk.log_in()
    desk.hear(refused(8))
    assert desk.hear(details()) == []
    assert desk.hear(granted()) == []
    assert desk.hear(said(market_depth=depth())) == []


def test_heartbeats_every_twenty_seconds():
    """With the time in ms, whatever else flows; also while the login is not answered yet."""
    desk = Desk(login_timeout_s=50.0, quiet_s=0.0)
    desk.open()
    desk.pass_time(21)
    assert desk.sent_kinds() == ["login_request", "heartbeat"]
    assert abs(desk.sent[-1][1].timestamp - (WALL_S + 20) * 1_000) < 10
    desk.hear(granted())
    desk.sent.clear()
    desk.want(Quote)
    desk.hear(details())
    desk.pass_time(60)
    assert desk.sent_kinds().count("heartbeat") == 3
    assert (Settings().heartbeat_interval_s, Settings().silence_limit_s) == (20.0, 60.0)


def test_a_ping_of_the_silence_ladder_is_a_heartbeat():
    """And none is sent on a connection that is left."""
    desk = Desk()
    desk.log_in()
    desk.sent.clear()
    desk.take(desk.session.ping(desk.now))
    assert desk.sent_kinds() == ["heartbeat"]
    desk.hear(refused(8))
    assert desk.take(desk.session.ping(desk.now)) == []
    assert len(desk.sent) == 1


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1011, 1012, 1013, 1014, 4002])
def test_close_codes_to_try_again_after(code: int):
    """However often."""
    desk = Desk()
    for _ in range(5):
        desk.log_in()
        assert [e for e in desk.lose(closed_by_venue(code, "bye")) if isinstance(e, GiveUp)] == []


@pytest.mark.parametrize(
    ("code", "error"),
    [(4000, CredentialsRejected), (4001, CredentialsRejected), (4003, PermissionMissing)],
)
def test_close_codes_that_are_final(code: int, error: type):
    """Who we are is not accepted."""
    desk = Desk()
    desk.open()
    (gone,) = desk.lose(closed_by_venue(code, "no"))
    assert isinstance(gone, GiveUp)
    assert isinstance(gone.error, error)


@pytest.mark.parametrize("code", [1002, 1003, 1007, 1008, 1009, 1010])
def test_close_codes_that_are_final_when_they_come_twice(code: int):
    """One damaged frame is no reason to stop; the same again soon is."""
    desk = Desk()
    desk.log_in()
    assert desk.lose(closed_by_venue(code, "broken")) == []
    desk.second += 5
    desk.log_in()
    (gone,) = desk.lose(closed_by_venue(code, "broken"))
    assert isinstance(gone, GiveUp)
    assert isinstance(gone.error, LocalProtocolError)
    other = Desk()
    for _ in range(3):
        other.log_in()
        assert other.lose(closed_by_venue(code, "broken")) == []
        other.second += 100


def test_nothing_is_sent_before_the_login():
    """A bug of ours would be refused here."""
    desk = Desk()
    desk.open()
    with pytest.raises(LocalProtocolError):
        link_of(desk).send("order_submit", None)


@pytest.mark.parametrize("data", ["text", b"\xff" * 11, b"\x0f\x00", b"x" * ((1 << 20) + 1)])
def test_what_is_no_message(data):
    """Text, junk, or too long."""
    desk = Desk()
    desk.log_in()
    with pytest.raises(RemoteProtocolError):
        desk.hear(data)
