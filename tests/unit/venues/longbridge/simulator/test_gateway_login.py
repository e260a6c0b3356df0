"""Login rules of the simulator's gateways: one-time passwords, sessions, limits, times."""

import pytest

from actors.venues.longbridge.simulator.connection import Goodbye, Resumed
from actors.venues.longbridge.simulator.packets import CloseCode
from tests.kit.longbridge_gateways import Still, fields_of, message

OTHER_GATEWAY = {"quote": "trade", "trade": "quote"}


@pytest.mark.parametrize("gateway", ["quote", "trade"])
def test_an_otp_works_once_for_either_gateway(gateway: str):
    """Used is used, wherever."""
    still = Still()
    otp = still.otp()
    assert still.line(gateway, login=False).login(otp).status == 0
    again = still.line(OTHER_GATEWAY[gateway], login=False).login(otp)
    assert again.error == (5, 401)
    assert again.fields[2] == [b"invalid token"]


def test_an_unused_otp_grows_old():
    """Its life is a setting."""
    still = Still(otp_s=60)
    otp = still.otp()
    still.wait(60)
    assert still.line(login=False).login(otp).error == (5, 401)


def test_the_greeting_tells_session_expiry_and_connections():
    """Expiry is unix time in milliseconds."""
    still = Still(session_s=100, connection_limit=7)
    fields = still.line(login=False).login().fields
    assert len(fields[1][0]) > 8
    assert fields[2] == [still.now.wall_ms + 100_000]
    assert (fields[3], fields[4]) == ([7], [1])


@pytest.mark.parametrize("command", [4, 5, 6, 11, 27, 16])
def test_nothing_is_answered_before_the_login(command: int):
    """But heartbeats are, see below."""
    assert Still().line(login=False).ask(command).error == (5, 401)


def test_heartbeats_are_echoed_before_and_after_the_login():
    """The same bytes, whatever they are."""
    line = Still().line(login=False)
    assert line.ask(1, b"\x08\x01anything").body == b"\x08\x01anything"
    line.login()
    assert line.ask(1, b"").status == 0


def test_a_session_is_resumed_on_another_connection():
    """Its id stays, its life begins anew, its old connection is to go."""
    still = Still(session_s=100)
    session = still.line(login=False).login().fields[1][0].decode()
    still.wait(60)
    line = still.line(login=False)
    outcomes = line.outcomes(3, message((1, session)))
    assert outcomes[0] == Resumed(session)
    assert line.connection.account == still.account
    still.wait(60)  # longer than from the login, shorter than from the resumption
    assert still.line(login=False).ask(3, message((1, session))).status == 0


def test_an_expired_unknown_or_foreign_session_is_refused():
    """With the same answer; a session belongs to its gateway."""
    still = Still(session_s=100)
    session = still.line(login=False).login().fields[1][0].decode()
    assert still.line("trade", login=False).ask(3, message((1, session))).error == (5, 401)
    assert still.line(login=False).ask(3, message((1, "nonsense"))).error == (5, 401)
    still.wait(101)
    assert still.line(login=False).ask(3, message((1, session))).error == (5, 401)


def test_a_login_beyond_the_connection_limit_is_refused():
    """Status 6, code 403, over both gateways; a connection that goes makes room."""
    still = Still(connection_limit=2)
    first = still.line("quote")
    still.line("trade")
    refused = still.line(login=False).login()
    assert refused.error == (6, 403)
    assert refused.fields[2] == [b"connections limitation is hit"]
    first.connection.gone()
    assert still.line(login=False).login().status == 0


def test_a_connection_without_a_login_is_closed():
    """Auth error, after the time for it."""
    still = Still(login_s=10, idle_s=100)
    line = still.line(login=False)
    line.ask(1)
    assert line.connection.expired(still.now.mono_ns) is None
    still.wait(10)
    goodbye = line.connection.expired(still.now.mono_ns)
    assert isinstance(goodbye, Goodbye)
    assert goodbye.code is CloseCode.AUTH_ERROR


def test_a_silent_connection_is_closed():
    """Heartbeat timeout, unless bytes of any kind came."""
    still = Still(login_s=10, idle_s=100)
    line = still.line()
    still.wait(99)
    line.connection.activity(still.now.mono_ns)
    still.wait(99)
    assert line.connection.expired(still.now.mono_ns) is None
    assert line.connection.next_deadline_ns() == still.now.mono_ns + 1_000_000_000
    still.wait(1)
    goodbye = line.connection.expired(still.now.mono_ns)
    assert isinstance(goodbye, Goodbye)
    assert goodbye.code is CloseCode.HEARTBEAT_TIMEOUT


def test_faults_refuse_a_login_and_a_resumption():
    """With the status and code they name; the OTP is not used up."""
    still = Still()
    otp = still.otp()
    still.venue.faults.arm("reject_login", value="6:403")
    line = still.line(login=False)
    assert line.login(otp).error == (6, 403)
    session = line.login(otp).fields[1][0].decode()
    still.venue.faults.arm("refuse_resume")
    other = still.line(login=False)
    assert other.ask(3, message((1, session))).error == (5, 401)
    assert other.ask(3, message((1, session))).status == 0


@pytest.mark.parametrize("command", [2, 3])
def test_a_body_that_is_no_message_is_an_invalid_request(command: int):
    """And the connection goes on."""
    line = Still().line(login=False)
    assert line.ask(command, b"\x0a\xff").error == (3, 301600)
    assert line.login().status == 0


def test_quotes_of_the_night_are_for_those_who_asked_for_them():
    """By the login's metadata."""
    still = Still()
    asked = message((1, "AAPL.US"))
    plain = still.line()
    assert 13 not in fields_of(plain.ask(11, asked).fields[1][0])
    wanting = still.line(login=False)
    metadata = message((1, "need_over_night_quote"), (2, "true"))
    assert wanting.ask(2, message((1, still.otp()), (2, metadata))).status == 0
    assert 13 in fields_of(wanting.ask(11, asked).fields[1][0])


def test_the_log_keeps_a_bounded_part_of_what_a_client_says():
    """However many and long the names are."""
    line = Still().line()
    line.ask(7, message(*((1, "X" * 500) for _ in range(400)), (3, 1)))
    (entry,) = line.still.venue.log.since(kind="unsubscribe")
    assert len(str(entry.details)) < 2_000
