"""The common half of both gateways: password, login, resumption, heartbeats, requests (T-042, T-053)."""

import json

import attrs
import pytest

from actors.venues.longbridge.bodies import parse
from actors.venues.longbridge.calls import Calls
from actors.venues.longbridge.commands import Control
from actors.venues.longbridge.control import (
    REQUESTS_UNDER_WAY_MAX,
    Answered,
    Gateway,
    LoggedIn,
    Pushed,
)
from actors.venues.longbridge.packets import HANDSHAKE, REQUEST_ID_MAX, Kind, Packet, decode, encode
from actors.venues.longbridge.proto import control_pb2
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.signature import Credentials
from actors.venues.longbridge.stages import Stage
from engine.errors import (
    ConnectFailed,
    ConnectionLost,
    CredentialsRejected,
    LocalProtocolError,
    PeerSilent,
    PermissionMissing,
    RemoteProtocolError,
)
from engine.session.contract import (
    CallFailure,
    Connect,
    Drop,
    GiveUp,
    HttpCall,
    HttpResponse,
    Note,
    Now,
    SendFrame,
    SendPing,
)

STUB = Credentials(app_key="stub-key", app_secret="stub-secret", access_token="stub-token")
WALL_S = 1_795_225_422


def at(second: float) -> Now:
    return Now(int(second * 1e9), int((WALL_S + second) * 1e9))


def gateway(**settings) -> Gateway:
    chosen = Settings(**settings)
    return Gateway(chosen, Calls(chosen, STUB), {"accept-language": "en"})


def otp(*, otp="otp-1", limit=10, online=0, code=0, status=200, message="") -> HttpResponse:
    data = {"otp": otp, "limit": limit, "online": online} if code == 0 else None
    body = {"code": code, "message": message, "data": data}
    return HttpResponse(status, {}, json.dumps(body).encode())


def frames(effects) -> list[Packet]:
    return [
        decode(effect.data)
        for effect in effects
        if isinstance(effect, SendFrame) and effect.data != HANDSHAKE
    ]


def response(request: Packet, message=None, status=0) -> bytes:
    body = message.SerializeToString() if message is not None else b""
    return encode(
        Packet(
            kind=Kind.RESPONSE,
            command=request.command,
            request_id=request.request_id,
            status=status,
            body=body,
        )
    )


def granted(**changes) -> control_pb2.AuthResponse:
    fields = {"session_id": "sess-1", "expires": (WALL_S + 3600) * 1000, "limit": 10, "online": 1}
    return control_pb2.AuthResponse(**{**fields, **changes})


def error(code: int, msg: str) -> control_pb2.Error:
    return control_pb2.Error(code=code, msg=msg)


def only(effects, kind):
    (found,) = [effect for effect in effects if isinstance(effect, kind)]
    return found


def logged_in(second: float = 0.0, **settings) -> Gateway:
    gate = gateway(**settings)
    (call,) = gate.prepare(at(second))
    assert isinstance(call, HttpCall)
    assert gate.answered(gate.passwords._call_id or 0, otp(), at(second)) == [Connect()]
    (request,) = frames(gate.opened(at(second)))
    assert gate.received(response(request, granted()), at(second)) == [LoggedIn(resumed=False)]
    return gate


def test_password_then_login():
    """The password is asked for over signed HTTP, used once, and never again."""
    gate = gateway()
    (call,) = gate.prepare(at(0))
    assert (call.method, call.path) == ("GET", "/v1/socket/token")
    assert gate.mine(call.call_id)
    assert gate.answered(gate.passwords._call_id or 0, otp(), at(0)) == [Connect()]
    (request,) = frames(gate.opened(at(0)))
    assert encode(request).hex() == (
        "010200000001138800001e0a056f74702d3112150a0f6163636570742d6c616e67756167651202656e"
    )
    assert gate.stage is Stage.LOGIN_SENT
    gate.lost()
    (again,) = gate.prepare(at(1))
    assert isinstance(again, HttpCall)


def test_handshake_goes_first_on_tcp():
    """Two bytes, then the login in a frame of its own; answers may come in pieces."""
    gate = gateway(transport="tcp")
    gate.prepare(at(0))
    gate.answered(gate.passwords._call_id or 0, otp(), at(0))
    sent = [effect.data for effect in gate.opened(at(0)) if isinstance(effect, SendFrame)]
    assert sent[0] == HANDSHAKE
    answer = response(decode(sent[1]), granted())
    assert gate.received(answer[:7], at(0)) == []
    assert gate.received(answer[7:], at(0)) == [LoggedIn(resumed=False)]


def test_a_lost_connection_is_resumed():
    """No password is asked for while the session lives; the answer may rename it."""
    gate = logged_in()
    gate.lost()
    assert gate.prepare(at(1)) == [Connect()]
    (request,) = frames(gate.opened(at(1)))
    assert request.command == Control.RECONNECT
    wanted = parse(control_pb2.ReconnectRequest, request.body)
    assert (wanted.session_id, dict(wanted.metadata)) == ("sess-1", {"accept-language": "en"})
    assert request.request_id == 1
    assert gate.received(response(request, granted(session_id="sess-2")), at(1)) == [
        LoggedIn(resumed=True)
    ]
    gate.lost()
    gate.prepare(at(2))
    (request,) = frames(gate.opened(at(2)))
    assert parse(control_pb2.ReconnectRequest, request.body).session_id == "sess-2"


def test_a_refused_resumption_falls_back_to_a_password():
    """The session is forgotten, the connection left, and the next begins with a password."""
    gate = logged_in()
    gate.lost()
    gate.prepare(at(1))
    (request,) = frames(gate.opened(at(1)))
    effects = gate.received(response(request, error(401, "no"), status=5), at(1))
    assert isinstance(only(effects, Drop).error, ConnectionLost)
    gate.lost()
    assert isinstance(only(gate.prepare(at(2)), HttpCall), HttpCall)


@pytest.mark.parametrize("left_s", [0.0, 9.9])
def test_a_session_that_ends_is_not_resumed(left_s: float):
    """Ten seconds before its end a password is the surer way."""
    gate = logged_in()
    gate.lost()
    assert isinstance(gate.prepare(at(3600 - left_s))[0], HttpCall)


@pytest.mark.parametrize(
    ("answer", "kind", "cause"),
    [
        (otp(code=403201, status=403), GiveUp, CredentialsRejected),
        (otp(code=403203, status=403), GiveUp, CredentialsRejected),
        (otp(code=401004, status=401), GiveUp, CredentialsRejected),
        (otp(code=401102, status=401), GiveUp, CredentialsRejected),
        (HttpResponse(401, {}, b"go away"), GiveUp, CredentialsRejected),
        (otp(code=403205, status=403), GiveUp, PermissionMissing),
        (otp(code=403202, status=403), Drop, ConnectFailed),
        (otp(code=429002, status=429), Drop, ConnectFailed),
        (otp(code=500000, status=500), Drop, ConnectFailed),
        (HttpResponse(502, {}, b"<html>"), Drop, ConnectFailed),
        (otp(otp=""), Drop, ConnectFailed),
        (otp(limit=10, online=10), Drop, ConnectFailed),
        (HttpResponse(200, {}, b'{"code":0,"message":"","data":null}'), Drop, ConnectFailed),
    ],
)
def test_what_asking_for_a_password_may_bring(answer, kind, cause):
    """T-046: rejected credentials stop everything; all else is tried again, more slowly."""
    gate = gateway()
    gate.prepare(at(0))
    effects = gate.answered(gate.passwords._call_id or 0, answer, at(0))
    assert type(only(effects, kind).error) is cause
    assert "otp" not in str(only(effects, kind).error).replace("one-time", "")


@pytest.mark.parametrize("code", [401004, 403205, 500000])
def test_a_refusal_that_repeats_the_token_is_told_without_it(code: int):
    """T-046: it would stand in the log and in the status of the session."""
    gate = gateway()
    gate.prepare(at(0))
    refusal = otp(code=code, status=403, message="stub-token of stub-key is not accepted")
    effects = gate.answered(gate.passwords._call_id or 0, refusal, at(0))
    (told,) = [effect for effect in effects if isinstance(effect, Drop | GiveUp)]
    assert "is not accepted" in str(told.error)
    assert "stub" not in str(told.error)


def test_a_full_account_is_told_once():
    """An alert for the person, then only attempts; told again after it had worked."""
    gate = gateway()
    for count in range(3):
        gate.prepare(at(count))
        effects = gate.answered(gate.passwords._call_id or 0, otp(online=10), at(count))
        assert [effect.alert for effect in effects if isinstance(effect, Note)] == [True][count:]
        gate.lost()
    gate.prepare(at(9))
    gate.answered(gate.passwords._call_id or 0, otp(), at(9))
    (request,) = frames(gate.opened(at(9)))
    refusal = response(request, error(403, "connections limitation is hit"), status=6)
    effects = gate.received(refusal, at(9))
    assert only(effects, Note).event == "connection_limit"
    assert type(only(effects, Drop).error) is ConnectFailed


def test_fresh_passwords_refused_twice_stop_the_session():
    """One may have run out on the way; two are our credentials' fault."""
    gate = gateway()
    for cause in (Drop, GiveUp):
        gate.prepare(at(0))
        gate.answered(gate.passwords._call_id or 0, otp(), at(0))
        (request,) = frames(gate.opened(at(0)))
        effects = gate.received(response(request, error(401, "invalid token"), status=5), at(0))
        only(effects, cause)
        gate.lost()


def test_a_call_without_an_answer_fails_the_attempt():
    """And an answer that comes when nobody waits any more changes nothing."""
    gate = gateway()
    gate.prepare(at(0))
    assert isinstance(
        gate.failed(gate.passwords._call_id or 0, CallFailure(not_sent=False, reason="x"))[0], Drop
    )
    gate.lost()
    assert gate.answered(gate.passwords._call_id or 0, otp(), at(0)) == []


def test_a_login_without_an_answer_ends_the_connection():
    """After the login's own patience; a session that was not resumed is not tried again."""
    gate = logged_in()
    gate.lost()
    gate.prepare(at(1))
    gate.opened(at(1))
    assert gate.deadline() == at(6).mono_ns
    assert isinstance(only(gate.due(at(6)), Drop).error, PeerSilent)
    gate.lost()
    assert isinstance(gate.prepare(at(7))[0], HttpCall)


@pytest.mark.parametrize("code", range(8))
def test_close_reasons(code: int):
    """Every reason ends the connection; some end the session, too."""
    gate = logged_in()
    body = control_pb2.Close(code=code, reason="why").SerializeToString()
    effects = gate.received(encode(Packet(kind=Kind.PUSH, command=0, body=body)), at(1))
    assert isinstance(only(effects, Drop).error, ConnectionLost)
    gate.lost()
    resumed = gate.prepare(at(2)) == [Connect()]
    assert resumed == (code not in (4, 5, 6))


def test_no_war_with_another_program():
    """T-051 in the words of this venue: displaced twice within a minute, the session gives up."""
    for pause_s, cause in ((30, GiveUp), (61, Drop)):
        gate = logged_in()
        close = control_pb2.Close(code=6).SerializeToString()
        push = encode(Packet(kind=Kind.PUSH, command=0, body=close))
        first = gate.received(push, at(1))
        assert only(first, Note).alert
        only(gate.received(push, at(1 + pause_s)), cause)


def test_requests_and_their_ends():
    """An answer, a refusal, none in time; what comes later is ignored."""
    gate = logged_in()
    (one,) = frames(gate.ask(11, b"a", "one", at(1)))
    (two,) = frames(gate.ask(14, b"b", "two", at(1)))
    (three,) = frames(gate.ask(17, b"c", "three", at(1)))
    assert [one.request_id, two.request_id, three.request_id] == [2, 3, 4]
    assert one.timeout_ms == 10_000
    assert gate.received(response(two, error(301603, "no\nquotes"), status=7), at(2)) == [
        Answered(command=14, tag="two", status=7, code=301603, text="no?quotes")
    ]
    done = only(gate.received(response(one), at(2)), Answered)
    assert (done.tag, done.ok) == ("one", True)
    late = only(gate.due(at(11)), Answered)
    assert (late.tag, late.ok, late.reason) == ("three", False, "no answer in time")
    assert gate.received(response(three), at(12)) == []


def test_long_requests_are_compressed():
    """From 1,024 bytes on, as the venue's own client does."""
    gate = logged_in()
    for size in (1023, 1024):
        (effect,) = gate.ask(11, b"a" * size, None, at(1))
        assert isinstance(effect, SendFrame)
        assert bool(effect.data[0] & 0x20) == (size >= 1024)
        assert decode(effect.data).body == b"a" * size


def test_request_ids_never_collide_when_they_wrap():
    """T-053: 1 follows 2³²-1, unless the request with the number 1 still waits."""
    gate = logged_in()
    gate._last_id = REQUEST_ID_MAX - 1
    ids = [frames(gate.ask(11, b"", n, at(1)))[0].request_id for n in range(2)]
    assert ids == [REQUEST_ID_MAX, 1]
    gate._last_id = REQUEST_ID_MAX
    assert frames(gate.ask(11, b"", 3, at(1)))[0].request_id == 2


def test_requests_are_bounded_and_need_a_login():
    """More than is sane, or too early, is a bug of ours."""
    with pytest.raises(LocalProtocolError):
        gateway().ask(11, b"", None, at(0))
    gate = logged_in()
    for _ in range(REQUESTS_UNDER_WAY_MAX):
        gate.ask(11, b"", None, at(0))
    with pytest.raises(LocalProtocolError):
        gate.ask(11, b"", None, at(0))


def test_heartbeats_of_a_websocket_are_pings():
    """As often as the settings say, with a heartbeat as payload."""
    gate = logged_in()
    assert gate.deadline() == at(20).mono_ns
    ping = only(gate.due(at(20)), SendPing)
    assert parse(control_pb2.Heartbeat, ping.payload).timestamp == (WALL_S + 20) * 1000
    assert gate.deadline() == at(40).mono_ns


def test_heartbeats_of_tcp_are_requests_one_at_a_time():
    """The answer is no news; a missing one is judged as silence by the driver."""
    gate = gateway(transport="tcp")
    gate.prepare(at(0))
    gate.answered(gate.passwords._call_id or 0, otp(), at(0))
    (request,) = frames(gate.opened(at(0)))
    gate.received(response(request, granted()), at(0))
    (beat,) = frames(gate.due(at(20)))
    assert beat.command == Control.HEARTBEAT
    assert gate.ping(at(21)) == []
    echo = attrs.evolve(beat, kind=Kind.RESPONSE, timeout_ms=0)
    assert gate.received(encode(echo), at(21)) == []
    assert len(frames(gate.ping(at(22)))) == 1
    assert gate.due(at(32)) == []


@pytest.mark.parametrize("transport", ["ws", "tcp"])
def test_the_venues_heartbeats_are_echoed(transport: str):
    """Same number, same body, status 0."""
    gate = logged_in()
    beat = bytes.fromhex("010100000005000000000908a8aad6de9f341005")
    (effect,) = gate.received(beat, at(1))
    assert isinstance(effect, SendFrame)
    assert effect.data.hex() == "0201000000050000000908a8aad6de9f341005"


def test_pushes_are_passed_on():
    """Whatever the number."""
    gate = logged_in()
    push = encode(Packet(kind=Kind.PUSH, command=101, body=b"x"))
    assert gate.received(push, at(1)) == [Pushed(101, b"x")]


def test_what_the_protocol_does_not_allow():
    """Requests of unknown commands, answers to other commands, bodies that are none."""
    gate = logged_in()
    with pytest.raises(RemoteProtocolError):
        gate.received(encode(Packet(kind=Kind.REQUEST, command=9, request_id=1)), at(1))
    (request,) = frames(gate.ask(11, b"", None, at(1)))
    with pytest.raises(RemoteProtocolError):
        gate.received(response(attrs.evolve(request, command=12)), at(1))
    with pytest.raises(RemoteProtocolError):
        gate.received(encode(Packet(kind=Kind.PUSH, command=0, body=b"\xff")), at(1))


def test_a_session_that_cannot_be_is_refused():
    """Ids and times beyond what can be."""
    for wrong in (granted(session_id="x" * 2000), granted(expires=-1), granted(expires=1 << 60)):
        gate = gateway()
        gate.prepare(at(0))
        gate.answered(gate.passwords._call_id or 0, otp(), at(0))
        (request,) = frames(gate.opened(at(0)))
        with pytest.raises(RemoteProtocolError):
            gate.received(response(request, wrong), at(0))


def test_an_empty_grant_is_a_grant_without_a_session():
    """The venue's own client demands no more; the next connection needs a password."""
    gate = gateway()
    gate.prepare(at(0))
    gate.answered(gate.passwords._call_id or 0, otp(), at(0))
    (request,) = frames(gate.opened(at(0)))
    assert gate.received(response(request), at(0)) == [LoggedIn(resumed=False)]
    gate.lost()
    assert isinstance(gate.prepare(at(1))[0], HttpCall)
