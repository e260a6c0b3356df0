import pytest
import trio
from trio.testing import memory_stream_pair

from engine.errors import ConnectionLost, InvariantViolation, LimitExceeded, RemoteProtocolError
from engine.session.frametap import HANDSHAKE_BYTES_MAX, FrameTap
from tests.kit.rawserver import PING, close_frame, frame

HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


class Tapped:
    """A tap over memory streams with everything it calls written down."""

    def __init__(self, deliver=None, **options):
        near, self.venue = memory_stream_pair()
        self.batches, self.failures = [], []
        self.tap = FrameTap(near, deliver or self.batches.append, self.failures.append, **options)

    async def upgraded(self):
        await self.venue.send_all(HEAD)
        assert await self.tap.receive_some() == HEAD
        self.tap.release()
        return self


@pytest.mark.parametrize(
    "head", [HEAD, HEAD.replace(b"\r\n", b"\n"), HEAD.replace(b"\r\n\r\n", b"\r\n\n")]
)
async def test_handshake_bytes_pass_to_the_blank_line_and_not_beyond(head):
    """What follows the handshake in the same packet is data, whatever line ends the server uses."""
    tapped = Tapped()
    await tapped.venue.send_all(head + frame("first") + frame(b"p", PING))
    assert await tapped.tap.receive_some() == head
    tapped.tap.release()
    assert await tapped.tap.receive_some() == frame(b"p", PING)
    assert tapped.batches == [["first"]]


async def test_a_refusal_passes_whole():
    """Without a 101 nothing is data: trio-websocket reads the refusal."""
    tapped = Tapped()
    refusal = b"HTTP/1.1 503 No\r\nContent-Length: 3\r\n\r\n\x81\x01x"
    await tapped.venue.send_all(refusal)
    assert await tapped.tap.receive_some() == refusal
    await tapped.venue.send_all(frame("x"))
    assert await tapped.tap.receive_some() == frame("x")
    assert tapped.batches == []


async def test_an_endless_handshake_is_cut_off():
    """The handshake phase has a bound in bytes."""
    tapped = Tapped()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tapped.venue.send_all, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000)
        received = 0
        while data := await tapped.tap.receive_some():
            received += len(data)
            assert received <= HANDSHAKE_BYTES_MAX
        nursery.cancel_scope.cancel()
    assert isinstance(tapped.failures[0], RemoteProtocolError)


async def test_nothing_is_delivered_before_release(autojump_clock):
    """Data waits until the protocol has been told that the stream is open."""
    tapped = Tapped()
    await tapped.venue.send_all(HEAD + frame("early"))
    await tapped.tap.receive_some()
    with trio.move_on_after(1):
        await tapped.tap.receive_some()
    assert tapped.batches == []
    await tapped.venue.send_all(frame(b"", PING))
    tapped.tap.release()
    assert await tapped.tap.receive_some() == frame(b"", PING)
    assert tapped.batches[0] == ["early"]


async def test_control_frames_alone_are_a_sign_of_life():
    """A ping without data reaches the handler as an empty batch."""
    tapped = await Tapped().upgraded()
    await tapped.venue.send_all(frame(b"p", PING))
    await tapped.tap.receive_some()
    assert tapped.batches == [[]]


async def test_after_mute_only_control_frames_are_seen():
    """While we close, data is dropped and the close frame still found."""
    tapped = await Tapped().upgraded()
    tapped.tap.mute()
    await tapped.venue.send_all(frame("late") + close_frame())
    assert await tapped.tap.receive_some() == close_frame()
    await tapped.venue.aclose()
    assert await tapped.tap.receive_some() == b""
    assert tapped.batches == []
    assert tapped.failures == []


@pytest.mark.parametrize("error", [RemoteProtocolError("x"), LimitExceeded("y")])
async def test_a_refusing_handler_fails_the_connection_and_the_rest_is_discarded(error):
    """The first fault is told once; what comes after is read and forgotten until the end."""

    def refuse(_messages):
        raise error

    tapped = await Tapped(refuse).upgraded()
    await tapped.venue.send_all(frame("bad") + frame("more"))
    await tapped.venue.send_all(frame("and more") + close_frame())
    await tapped.venue.aclose()
    assert await tapped.tap.receive_some() == b""
    assert tapped.failures[0] is error


async def test_a_bug_in_the_handler_passes_through():
    """What is no fault of the venue is not turned into one."""

    def crash(_messages):
        raise InvariantViolation("bug")

    tapped = await Tapped(crash).upgraded()
    await tapped.venue.send_all(frame("x"))
    with pytest.raises(InvariantViolation):
        await tapped.tap.receive_some()
    assert tapped.failures == []


async def test_an_end_without_a_close_frame_is_a_lost_connection():
    """The end of the stream is told as loss unless a close frame came before it."""
    tapped = await Tapped().upgraded()
    await tapped.venue.aclose()
    assert await tapped.tap.receive_some() == b""
    assert isinstance(tapped.failures[0], ConnectionLost)


async def test_writes_are_counted_before_their_first_byte():
    """A write that fails at once has still begun: its frame may not be claimed as unsent."""
    tapped = await Tapped().upgraded()
    assert tapped.tap.writes == 0
    await tapped.venue.aclose()
    with pytest.raises(trio.BrokenResourceError):
        await tapped.tap.send_all(b"x")
    assert tapped.tap.writes == 1
