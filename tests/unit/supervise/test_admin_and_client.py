"""Asking and answering: roles, refusals, answers in parts; with sockets that only remember."""

import json

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bus.keys import Peer
from engine.bus.sockets import Received
from engine.errors import PeerSilent, RemoteProtocolError
from engine.messages.codec import decode, encode
from engine.messages.operator import (
    BODY_CHARS_MAX,
    PARTS_MAX,
    OperatorReply,
    OperatorRequest,
    refusal,
    replies,
)
from engine.supervise.admin import REQUEST_CHARS_MAX, AdminDesk, Refusal, Verb
from engine.supervise.client import RequestRefused, _Collector

OPERATOR = Peer("operator", "operator")
VIEWER = Peer("viewer", "viewer")


class Socket:
    """Remembers the answers."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, _identity: bytes, payload: bytes) -> None:
        self.sent.append(payload)


def drop(_logger, _level, _event):
    raise structlog.DropEvent


def no(_arguments, _reason):
    raise Refusal("there is nothing of that kind")


class Desk:
    """A desk with a reading, a commanding and a refusing verb."""

    def __init__(self) -> None:
        self.socket = Socket()
        self.done: list[tuple[object, str]] = []
        verbs = {
            "read": Verb(lambda arguments, _reason: {"got": dict(arguments)}),
            "command": Verb(
                lambda arguments, reason: self.done.append((arguments, reason)), commands=True
            ),
            "no": Verb(no),
            "large": Verb(lambda _a, _r: "x" * (3 * BODY_CHARS_MAX)),
        }
        log = structlog.wrap_logger(None, processors=[drop])
        self.desk = AdminDesk(self.socket, verbs, log)

    def ask(self, verb: str, arguments: str = "{}", peer: Peer = VIEWER) -> list[OperatorReply]:
        request = OperatorRequest(request_id="7", verb=verb, arguments=arguments, reason="why")
        self.socket.sent.clear()
        self.desk.handle([Received(peer, b"id", encode(request))])
        return [decode(payload) for payload in self.socket.sent]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_reading_is_for_everybody(desk: Desk) -> None:
    """A viewer gets the answer to what it may read."""
    (reply,) = desk.ask("read", '{"a": [1]}')
    assert reply.ok
    assert json.loads(reply.body) == {"got": {"a": [1]}}


def test_commands_need_the_operators_key(desk: Desk) -> None:
    """SEC-16: the role comes from the key; a viewer's command has no effect."""
    (reply,) = desk.ask("command")
    assert (reply.ok, reply.error) == (False, "command needs the operator's key")
    assert desk.done == []
    (reply,) = desk.ask("command", '{"x": 1}', peer=OPERATOR)
    assert reply.ok
    assert desk.done == [({"x": 1}, "why")]


@pytest.mark.parametrize(
    ("verb", "arguments", "error"),
    [
        ("no", "{}", "there is nothing of that kind"),
        ("fly", "{}", "unknown verb 'fly'; known: command, large, no, read"),
        ("read", "[]", "not a JSON object"),
        ("read", "{", "not a JSON object"),
        ("read", "[" * 9_000, "not a JSON object"),
        ("read", json.dumps({"x": "y" * REQUEST_CHARS_MAX}), "not a JSON object"),
    ],
)
def test_refusals_say_why(desk: Desk, verb: str, arguments: str, error: str) -> None:
    """Whatever is wrong with a request, its author is told."""
    (reply,) = desk.ask(verb, arguments)
    assert not reply.ok
    assert error in reply.error


def test_garbage_gets_no_answer(desk: Desk) -> None:
    """Bytes that are no request are dropped."""
    desk.desk.handle(
        [Received(VIEWER, b"id", b"\xc1"), Received(VIEWER, b"id", encode(refusal("1", "x")))]
    )
    assert desk.socket.sent == []


async def test_a_large_answer_comes_in_parts_and_is_put_together(desk: Desk) -> None:
    """What the desk splits the client joins."""
    assert len(desk.ask("large")) == 4
    collector = _Collector("7")
    collector.handle(desk.socket.sent)
    assert collector.result("admin", 1.0) == "x" * (3 * BODY_CHARS_MAX)


def test_an_answer_beyond_all_bounds_is_a_refusal() -> None:
    """Instead of flooding the socket, one line says to ask for less."""
    (reply,) = replies("1", "x" * (BODY_CHARS_MAX * PARTS_MAX + 1))
    assert not reply.ok
    assert "ask for less" in reply.error


@settings(deadline=None)
@given(st.integers(0, 3 * BODY_CHARS_MAX))
def test_parts_are_numbered_and_complete(length: int) -> None:
    """Parts count from 0, each fits, and together they are the body."""
    body = "".join(str(number % 10) for number in range(length))
    parts = list(replies("1", body))
    assert [part.part for part in parts] == list(range(len(parts)))
    assert {part.parts for part in parts} == {len(parts)}
    assert all(len(part.body) <= BODY_CHARS_MAX for part in parts)
    assert "".join(part.body for part in parts) == body


def reply_of(**fields) -> bytes:
    return encode(
        OperatorReply(**{"request_id": "7", "ok": True, "body": "1", "error": ""} | fields)
    )


@pytest.mark.parametrize(
    ("payloads", "error"),
    [
        ([encode(refusal("7", "because"))], RequestRefused),
        ([reply_of(part=1, parts=2)], RemoteProtocolError),
        ([reply_of(part=0, parts=PARTS_MAX + 1)], RemoteProtocolError),
        ([reply_of(body="{")], RemoteProtocolError),
        ([b"\xc1"], RemoteProtocolError),
        ([reply_of(request_id="8")], PeerSilent),
        ([reply_of(part=0, parts=2)], PeerSilent),
        ([], PeerSilent),
    ],
)
async def test_what_is_no_good_answer_is_a_clear_error(
    payloads: list[bytes], error: type[Exception]
) -> None:
    """Refused, unreadable, incomplete and missing answers are told apart."""
    collector = _Collector("7")
    collector.handle(payloads)
    with pytest.raises(error):
        collector.result("admin", 1.0)
