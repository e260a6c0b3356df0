"""The switchboard: who is greeted, what is believed, who is told; with sockets that only remember."""

import json

import pytest
import structlog

from engine.bus.keys import Peer
from engine.bus.sockets import Received
from engine.clock import SystemClock
from engine.errors import UnknownPeer
from engine.messages.codec import decode, encode, protocol_fingerprint
from engine.messages.control import (
    ActorState,
    Hello,
    PeerReport,
    Ping,
    Pong,
    Refused,
    StateReport,
    Welcome,
)
from engine.supervise.child import Child
from engine.supervise.heartbeat import Heartbeat
from engine.supervise.life import Life
from engine.supervise.switchboard import Switchboard
from engine.supervise.verdict import Cause
from tests.kit.supervision import dummy

BOOT = 77


class Socket:
    """Remembers what was sent, as (identity, message); refuses identities in `gone`."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, object]] = []
        self.gone: set[bytes] = set()

    def send(self, identity: bytes, payload: bytes) -> None:
        if identity in self.gone:
            raise UnknownPeer("gone")
        self.sent.append((identity, decode(payload)))


class Host:
    """The supervisor as far as a child without a process needs it."""

    clock = SystemClock()

    def changed(self, child: Child) -> None:
        pass


class Board:
    """A switchboard with three children; `a` and `watcher` have processes."""

    def __init__(self) -> None:
        specs = (dummy("a"), dummy("watcher", watches=True), dummy("idle"))
        self.children = {spec.name: Child(spec, Host()) for spec in specs}
        for name, boot in (("a", BOOT), ("watcher", 88)):
            self.children[name].life = Life(boot=boot, pid=1, heartbeat=Heartbeat(3))
        self.socket = Socket()
        self.published: list[str] = []
        self.board = Switchboard(
            self.socket,
            self.children,
            boot=1,
            clock=SystemClock(),
            log=structlog.wrap_logger(None, processors=[drop]),
            on_published=lambda child: self.published.append(child.spec.name),
        )

    def hear(self, name: str, message: object, identity: bytes = b"id") -> None:
        payload = message if isinstance(message, bytes) else encode(message)
        self.board.handle([Received(Peer(name, "session"), identity, payload)])

    @property
    def a(self) -> Child:
        return self.children["a"]

    @property
    def life(self) -> Life:
        assert self.a.life is not None
        return self.a.life


def drop(_logger, _level, _event):
    raise structlog.DropEvent


def hello(name: str = "a", boot: int = BOOT, protocol: str = "") -> Hello:
    return Hello(name=name, boot=boot, pid=1, protocol=protocol or protocol_fingerprint())


def pong(number: int, boot: int = BOOT, **fields) -> Pong:
    defaults = {"state": ActorState.READY, "reason": "", "published": "{}", "gauges": "{}"}
    return Pong(boot=boot, number=number, **defaults | fields)


@pytest.fixture
def board() -> Board:
    return Board()


def test_the_expected_boot_is_welcomed(board: Board) -> None:
    """Its identity is remembered, so that messages reach it from here on."""
    board.hear("a", hello())
    assert board.socket.sent == [(b"id", Welcome(boot=BOOT, supervisor_boot=1))]
    assert board.life.greeted.is_set()
    board.board.send(board.a, Ping(boot=BOOT, number=1))
    assert board.socket.sent[-1] == (b"id", Ping(boot=BOOT, number=1))


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (hello(boot=5), "not the process that was started"),
        (hello(protocol="0123456789abcdef"), "another release"),
    ],
)
def test_other_boots_and_releases_are_refused(board: Board, message: Hello, reason: str) -> None:
    """PT-34: a refusal says why and changes nothing."""
    board.hear("a", message)
    ((_, answer),) = board.socket.sent
    assert isinstance(answer, Refused)
    assert reason in answer.reason
    assert not board.life.greeted.is_set()
    assert board.life.identity == b""


def test_an_actor_without_a_process_is_refused(board: Board) -> None:
    """A key alone does not make a process of ours."""
    board.hear("idle", hello("idle"))
    ((_, answer),) = board.socket.sent
    assert isinstance(answer, Refused)


def test_who_speaks_is_known_from_the_key(board: Board) -> None:
    """A hello in another's name counts for the key's owner only (SEC-02)."""
    board.hear("watcher", hello("a", boot=BOOT))
    assert not board.life.greeted.is_set()


def test_a_state_report_is_believed_and_its_published_values_are_news_once(board: Board) -> None:
    """State, reason and published values are taken over; repeating them is no news."""
    report = StateReport(boot=BOOT, state=ActorState.DEGRADED, reason="r", published='{"p": 1}')
    board.hear("a", report)
    board.hear("a", report)
    assert (board.a.state, board.a.reason) == (ActorState.DEGRADED, "r")
    assert board.life.in_service.is_set()
    assert board.a.published == {"p": 1}
    assert board.published == ["a"]


def test_a_pong_answers_its_ping_and_repeats_the_state(board: Board) -> None:
    """A lost report is made good by the next pong; gauges come with it."""
    board.life.heartbeat.next()
    board.hear("a", pong(1, gauges='{"orders": 3}', published='{"p": 2}'))
    assert board.life.heartbeat.missed == 0
    assert board.life.gauges == {"orders": 3}
    assert board.a.state is ActorState.READY
    assert board.published == ["a"]


def test_bytes_of_a_dead_boot_change_nothing(board: Board) -> None:
    """Neither heartbeat nor state of the successor can come from its predecessor."""
    board.life.heartbeat.next()
    board.hear("a", pong(1, boot=BOOT - 1))
    board.hear("a", StateReport(boot=BOOT - 1, state=ActorState.READY, reason="", published="{}"))
    board.hear("idle", pong(1))
    assert board.life.heartbeat.missed == 1
    assert board.a.state is ActorState.STARTING


def test_one_that_is_asked_to_end_is_not_taken_for_ready(board: Board) -> None:
    """Late reports do not bring an actor back into service."""
    board.life.ask_to_end(Cause.STOPPED)
    board.hear("a", pong(1))
    assert board.a.state is ActorState.STARTING


@pytest.mark.parametrize("text", ["", "[]", "{", "1", "[" * 100_000])
def test_json_that_is_no_object_is_nothing(board: Board, text: str) -> None:
    """Bad JSON of an actor does not harm the supervisor."""
    text = text[:60_000]
    board.hear("a", pong(1, gauges=text, published=text))
    assert board.life.gauges == {}
    assert board.a.published == {}


@pytest.mark.parametrize("payload", [b"", b"\xc1", b"\x92\x01\x02", encode(Ping(boot=1, number=1))])
def test_what_is_no_message_for_us_is_dropped(board: Board, payload: bytes) -> None:
    """Garbage and messages of the other direction are survived."""
    board.hear("a", payload)
    assert board.socket.sent == []


def test_watchers_hear_everything_at_their_hello_and_each_change_after(board: Board) -> None:
    """Those who watch get all others' states first, then changes; those who do not, nothing."""
    board.hear("a", hello(), b"a:1")
    board.hear("watcher", hello("watcher", boot=88), b"w:1")
    told = [message for identity, message in board.socket.sent if isinstance(message, PeerReport)]
    assert [(one.name, one.boot, one.state.value) for one in told] == [
        ("a", BOOT, "starting"),
        ("idle", 0, "starting"),
    ]
    board.socket.sent.clear()
    board.hear("watcher", hello("watcher", boot=88), b"w:1")
    assert len(board.socket.sent) == 1, "a repeated hello is answered, not told all again"
    board.board.broadcast(board.a)
    board.board.broadcast(board.children["watcher"])
    reports = [identity for identity, m in board.socket.sent if isinstance(m, PeerReport)]
    assert reports == [b"w:1"]


def test_a_peer_that_is_gone_is_no_error(board: Board) -> None:
    """What cannot be sent is dropped: the heartbeat will tell."""
    board.hear("a", hello())
    board.socket.gone.add(b"id")
    board.board.send(board.a, Ping(boot=BOOT, number=1))
    board.board.send(board.children["idle"], Ping(boot=BOOT, number=1))
    assert json.dumps([str(one) for one in board.socket.sent])
    assert len(board.socket.sent) == 1
