import attrs
import pytest

from engine.errors import BusFull, LimitExceeded, UnknownPeer
from engine.messages.codec import decode, encode
from engine.messages.venue import (
    CancelAllOrders,
    RouterHeartbeat,
    SessionHeartbeat,
    SessionHello,
    SessionRole,
    SessionState,
    SessionWelcome,
)
from engine.model.enums import Mode, VenueStateWord
from engine.session.uplink import Uplink

HELLO = SessionHello(session="v.trade", venue="v", boot=5, mode=Mode.LIVE, role=SessionRole.TRADE)
WELCOME = SessionWelcome(session="v.trade", session_boot=5, router_boot=9, mode=Mode.LIVE)
STATE = SessionState(
    session="", venue="v", boot=0, sequence=0, state=VenueStateWord.READY, reason=""
)


class Dealer:
    """Keeps what is sent, or refuses."""

    def __init__(self):
        self.sent = []
        self.refuse = None

    def send(self, payload):
        if self.refuse:
            raise self.refuse
        self.sent.append(decode(payload))


class Line:
    """An uplink with everything it calls written down."""

    def __init__(self):
        self.dealer = Dealer()
        self.welcomes, self.commands, self.missed = [], [], 0
        self.uplink = Uplink(
            self.dealer,
            HELLO,
            on_welcome=self.welcomes.append,
            on_command=self.commands.append,
            on_missed=self.on_missed,
        )

    def on_missed(self):
        self.missed += 1

    def hear(self, *messages):
        self.uplink.receive([encode(message) for message in messages], 1)


def test_greets_until_welcomed_and_then_shows_signs_of_life():
    """Each beat is a hello until the router answers, then a heartbeat with the last number."""
    line = Line()
    line.uplink.beat(2)
    line.uplink.beat(2)
    line.hear(WELCOME)
    line.uplink.send(STATE)
    line.uplink.beat(2)
    assert line.dealer.sent == [
        HELLO,
        HELLO,
        attrs.evolve(STATE, session="v.trade", boot=5, sequence=1),
        SessionHeartbeat(session="v.trade", boot=5, sequence=1),
    ]
    assert line.welcomes == [9]


@pytest.mark.parametrize("error", [BusFull("full"), UnknownPeer("nobody")])
def test_what_cannot_be_sent_leaves_a_gap_and_is_made_good(error):
    """A number is used up with its message, so the router sees the hole; what lasts is told again."""
    line = Line()
    line.hear(WELCOME)
    line.uplink.send(STATE)
    line.dealer.refuse = error
    assert not line.uplink.send(STATE)
    line.dealer.refuse = None
    line.uplink.beat(2)
    assert line.missed == 1
    line.uplink.send(STATE)
    line.uplink.beat(2)
    assert line.missed == 1
    assert [m.sequence for m in line.dealer.sent if isinstance(m, SessionState)] == [1, 3]
    assert line.uplink.stats.dropped == 1


def test_nothing_numbered_is_said_before_the_welcome():
    """A router that does not know us hears hellos only."""
    line = Line()
    assert not line.uplink.send(STATE)
    assert line.dealer.sent == []


def test_a_router_that_fell_silent_is_greeted_again():
    """After three seconds without a word the router may be a new one that knows nothing of us."""
    line = Line()
    line.hear(WELCOME)
    line.uplink.beat(3_000_000_001)
    assert HELLO not in line.dealer.sent
    line.uplink.beat(3_100_000_000)
    assert line.dealer.sent.count(HELLO) == 1
    line.hear(attrs.evolve(WELCOME, router_boot=11))
    assert line.welcomes == [9, 11]


def test_a_new_router_is_greeted_before_anything_else():
    """A heartbeat with another boot means a restarted router: greet, and wait for its welcome."""
    line = Line()
    line.hear(WELCOME, RouterHeartbeat(router_boot=9))
    assert line.dealer.sent == []
    line.hear(RouterHeartbeat(router_boot=10))
    assert line.dealer.sent == [HELLO]
    assert not line.uplink.send(STATE)
    line.hear(attrs.evolve(WELCOME, router_boot=10))
    assert line.welcomes == [9, 10]
    assert line.uplink.send(STATE)


@pytest.mark.parametrize(
    "wrong", [{"session": "x"}, {"session_boot": 6}, {"mode": Mode.PAPER}], ids=str
)
def test_a_welcome_for_somebody_else_is_none(wrong):
    """Another session's, boot's or mode's welcome does not open the line."""
    line = Line()
    line.hear(attrs.evolve(WELCOME, **wrong))
    assert line.welcomes == []
    assert line.uplink.router_boot == 0


def test_commands_are_passed_on_and_garbage_is_counted():
    """Whatever is not the line's own business goes to the session; garbage ends nothing."""
    line = Line()
    command = CancelAllOrders(session_boot=5, router_boot=9, instrument="")
    line.uplink.receive([b"\xc1garbage", encode(command)], 3)
    assert line.commands == [command]
    assert line.uplink.stats.malformed == 1
    assert line.uplink.silence_s(2_000_000_003) == 2.0


def test_too_large_is_the_senders_to_handle():
    """A message beyond the endpoint's limit is an error of the caller, not a quiet loss."""
    line = Line()
    line.hear(WELCOME)
    line.dealer.refuse = LimitExceeded("large")
    with pytest.raises(LimitExceeded):
        line.uplink.send(STATE)
    line.dealer.refuse = None
    line.uplink.send(STATE)
    assert line.dealer.sent[-1].sequence == 1
