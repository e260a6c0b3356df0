"""The TCP driver against real sockets: bytes as they come, bounded, and every way to end."""

import psutil
import pytest
import trio

from engine.errors import (
    ConfigError,
    ConnectFailed,
    ConnectionLost,
    LimitExceeded,
    LocalProtocolError,
    PeerSilent,
    RemoteProtocolError,
)
from engine.session.contract import SendFrame, Target
from engine.session.making import stream_opener
from engine.session.nostream import NoStream
from engine.session.tcp import RECEIVE_BYTES, TcpOptions, TcpStream, tcp_opener
from engine.session.websocket import WebSocketStream
from tests.kit.rawserver import raw_server
from tests.kit.waiting import deadline_s, until

OPTIONS = {"plain_allowed": True, "connect_timeout_s": deadline_s(5)}


class Handler:
    """Notes what the stream says; `on_data` may raise."""

    def __init__(self, on_data=None):
        self.opened = 0
        self.pieces = []
        self.on_data = on_data

    @property
    def data(self):
        return b"".join(self.pieces)

    def stream_opened(self):
        self.opened += 1

    def stream_received(self, messages):
        self.pieces += messages
        if self.on_data:
            self.on_data(b"".join(messages))


def client(port, handler=None, **options):
    opener = tcp_opener(TcpOptions(**{**OPTIONS, **options}))
    return opener(Target(f"tcp://127.0.0.1:{port}"), handler or Handler())


async def end_of(stream):
    with trio.fail_after(deadline_s(10)):
        return await stream.run()


async def test_bytes_are_handed_on_as_they_come():
    """Nothing is added, lost or reordered, and no piece is larger than was asked for."""
    sent = bytes(range(256)) * 4096

    async def server(peer):
        await peer.send(sent[:1], sent[1:70000], sent[70000:])

    handler = Handler()
    async with raw_server(server) as port:
        end = await end_of(client(port, handler))
    assert handler.data == sent
    assert max(map(len, handler.pieces)) <= RECEIVE_BYTES
    assert handler.opened == 1
    assert end.opened
    assert isinstance(end.error, ConnectionLost)


async def test_frames_are_written_in_order():
    """What is sent while opening goes first; what was written is not claimed as unsent."""
    got = bytearray()

    async def server(peer):
        while len(got) < 6:
            got.extend(await peer._more())

    handler = Handler()
    async with raw_server(server) as port:
        stream = client(port, handler)
        handler.stream_opened = lambda: [stream.send(SendFrame(b)) for b in (b"ab", b"cd", b"ef")]
        await end_of(stream)
    assert bytes(got) == b"abcdef"
    assert stream.unsent() == ()


async def test_nobody_there_is_a_failed_connect():
    """And so is a peer that does not answer, and a wish to close meanwhile."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    for listener in listeners:
        await listener.aclose()
    stream = client(port)
    stream.send(SendFrame(b"order", order="o1"))
    end = await end_of(stream)
    assert not end.opened
    assert isinstance(end.error, ConnectFailed)
    assert [frame.order for frame in stream.unsent()] == ["o1"]
    stream = client(port)
    stream.close(None)
    assert (await end_of(stream)).error is None


@pytest.mark.parametrize("error", [RemoteProtocolError("no packet"), LimitExceeded("too long")])
async def test_what_the_protocol_refuses_ends_the_connection(error):
    """Its classed errors are the end's; the peer sees the connection go."""

    def refuse(_data):
        raise error

    async def server(peer):
        await peer.send(b"x")
        await peer.read_to_end()

    async with raw_server(server) as port:
        end = await end_of(client(port, Handler(refuse)))
    assert end.error is error


async def test_any_other_error_is_a_bug_and_leaves_run():
    """A fault of ours is not taken for the venue's."""

    def fail(_data):
        raise ZeroDivisionError

    async def server(peer):
        await peer.send(b"x")
        await peer.read_to_end()

    async with raw_server(server) as port:
        with pytest.RaisesGroup(ZeroDivisionError):
            await end_of(client(port, Handler(fail)))


async def test_the_first_reason_to_close_counts():
    """Closing twice changes nothing; nothing is delivered afterwards."""

    async def server(peer):
        await peer.read_to_end()

    async with raw_server(server) as port, trio.open_nursery() as nursery:
        handler = Handler()
        stream = client(port, handler)
        handler.stream_opened = lambda: (stream.close(PeerSilent("1")), stream.close(None))
        end = await end_of(stream)
        assert isinstance(end.error, PeerSilent)
        nursery.cancel_scope.cancel()


async def test_a_reset_is_a_lost_connection():
    """Whichever side was busy."""

    async def server(peer):
        await peer._more()
        peer.stream.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SO_LINGER of 0 s makes it a reset

    async with raw_server(server) as port:
        handler = Handler()
        stream = client(port, handler)
        handler.stream_opened = lambda: stream.send(SendFrame(b"x"))
        end = await end_of(stream)
    assert isinstance(end.error, ConnectionLost)


async def test_a_venue_that_does_not_read_is_left():
    """First the queue is bounded, then patience with one write."""

    async def server(_peer):
        await trio.sleep_forever()

    async with raw_server(server) as port, trio.open_nursery() as nursery:
        stream = client(port, frames_queued_max=4, write_timeout_s=0.3)
        ends = []

        async def run():
            ends.append(await stream.run())

        nursery.start_soon(run)
        await until(lambda: stream._opened, what="open")
        big = SendFrame(bytes(8 << 20), order="big")
        stream.send(big)
        await until(lambda: not stream.unsent(), what="the first is being written")
        for number in range(4):
            stream.send(SendFrame(b"x", order=str(number)))
        with pytest.raises(LimitExceeded):
            stream.send(SendFrame(b"y"))
        await until(lambda: ends, what="the end")
        assert isinstance(ends[0].error, ConnectionLost)
        assert [frame.order for frame in stream.unsent()] == ["0", "1", "2", "3"]
        nursery.cancel_scope.cancel()


async def test_cancelling_leaves_no_descriptor():
    """The socket is closed whatever happens."""

    async def server(peer):
        await peer.read_to_end()

    async with raw_server(server) as port:
        before = psutil.Process().num_fds()
        for _ in range(5):
            async with trio.open_nursery() as nursery:
                handler = Handler()
                stream = client(port, handler)
                nursery.start_soon(stream.run)
                await until(lambda: handler.opened, what="open")  # noqa: B023
                nursery.cancel_scope.cancel()
        await until(lambda: psutil.Process().num_fds() <= before + 1, what="descriptors closed")


def test_text_is_no_frame_of_a_byte_stream():
    """A bug of the protocol, told as one; a ping is nothing here."""
    stream = client(1)
    with pytest.raises(LocalProtocolError):
        stream.send(SendFrame("text"))
    stream.ping(b"x")
    assert stream.unsent() == ()


def test_plain_tcp_off_loopback_needs_the_users_word():
    """Permission for simulators is not enough, and the user's word is for TCP alone."""
    opener = tcp_opener(TcpOptions(plain_allowed=True))
    with pytest.raises(ConfigError, match="not encrypted"):
        opener(Target("tcp://example.com:2020"), Handler())
    assert opener(Target("tcp://example.com:2020", plain_accepted=True), Handler())
    with pytest.raises(ConfigError, match="names no port"):
        opener(Target("tcp://127.0.0.1"), Handler())


def test_the_target_chooses_its_driver():
    """TCP by its scheme, a WebSocket for other URLs, none without one."""
    opener = stream_opener(plain=True)
    made = [opener(Target(url), Handler()) for url in ("tcp://127.0.0.1:1", "ws://127.0.0.1:1", "")]
    assert [type(stream) for stream in made] == [TcpStream, WebSocketStream, NoStream]
