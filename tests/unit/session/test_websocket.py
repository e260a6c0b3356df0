import ssl
import struct

import psutil
import pytest
import trio

from engine.errors import (
    ConfigError,
    ConnectFailed,
    ConnectionLost,
    LimitExceeded,
    LocalProtocolError,
    RemoteProtocolError,
)
from engine.session.contract import SendFrame, Target
from engine.session.websocket import PINGS_AWAITED_MAX, WebSocketOptions, websocket_opener
from tests.kit.rawserver import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_frame,
    frame,
    raw_server,
)
from tests.kit.waiting import deadline_s, until

OPTIONS = {"plain_allowed": True, "connect_timeout_s": deadline_s(5), "close_timeout_s": 0.3}


class Handler:
    """Notes what the stream says; `on_message` may raise."""

    def __init__(self, on_message=None):
        self.events = []
        self.on_message = on_message

    def stream_opened(self):
        self.events.append("opened")

    def stream_received(self, messages):
        for message in messages:
            self.events.append(message)
            if self.on_message:
                self.on_message(message)


def client(port, handler=None, path="/api", headers=(), **options):
    opener = websocket_opener(WebSocketOptions(**{**OPTIONS, **options}))
    return opener(Target(f"ws://127.0.0.1:{port}{path}", headers), handler or Handler())


def descriptors():
    return psutil.Process().num_fds()


async def end_of(stream):
    with trio.fail_after(deadline_s(10)):
        return await stream.run()


async def end_against(server, handler=None, **options):
    async with raw_server(server) as port:
        return await end_of(client(port, handler, **options))


async def test_messages_arrive_after_opened_and_in_order():
    """Frames in the same packet as the handshake's answer come after `opened`, all of them in order."""

    async def server(peer):
        await peer.read_request()
        await peer.send(
            peer.answer() + frame("a") + frame(b"b", BINARY), frame("c") + close_frame()
        )
        await peer.read_to_end()

    handler = Handler()
    end = await end_against(server, handler)
    assert handler.events == ["opened", "a", b"b", "c"]
    assert isinstance(end.error, ConnectionLost)
    assert "1000" in str(end.error)
    assert end.opened


async def test_handshake_carries_path_query_and_headers():
    """The request names the resource with its query, the host and the target's own headers."""
    seen = []

    async def server(peer):
        seen.append(await peer.read_request())

    await end_against(server, path="/user?protocol=1.1", headers=(("X-Key", "k1"),))
    lines = seen[0].split(b"\r\n")
    assert lines[0] == b"GET /user?protocol=1.1 HTTP/1.1"
    assert b"X-Key: k1" in lines
    assert any(line.startswith(b"Host: 127.0.0.1:") for line in lines)
    assert not any(line.lower().startswith(b"sec-websocket-extensions") for line in lines)


async def test_handshake_cut_at_every_byte_is_a_failed_connect():
    """A connection that ends after n bytes of the handshake's answer was never open."""
    cut = 0

    async def server(peer):
        await peer.read_request()
        await peer.send(peer.answer()[:cut])

    async with raw_server(server) as port:
        for cut in range(0, 128, 3):
            end = await end_of(client(port))
            assert isinstance(end.error, ConnectFailed), cut
            assert not end.opened


async def test_stream_cut_at_every_byte_delivers_the_whole_frames_before_the_cut():
    """A cut inside a frame loses that frame only and is a lost connection."""
    whole = frame("one") + frame("two", TEXT, fin=False) + frame("three", CONTINUATION)
    cut = 0

    async def server(peer):
        await peer.open()
        await peer.send(whole[:cut])

    async with raw_server(server) as port:
        for cut in range(len(whole) + 1):
            handler = Handler()
            end = await end_of(client(port, handler))
            expected = ["opened", *(["one"] if cut >= 5 else [])]
            expected += ["twothree"] if cut == len(whole) else []
            assert handler.events == expected
            assert isinstance(end.error, ConnectionLost)
            assert end.opened


async def test_one_byte_at_a_time_from_the_first_to_the_last():
    """A server that writes single bytes is understood, handshake and pings included."""
    pongs = []

    async def server(peer):
        await peer.read_request()
        data = peer.answer() + frame("x" * 200) + frame(b"p", PING) + frame("y")
        await peer.send(*(data[i : i + 1] for i in range(len(data))))
        pongs.append(await peer.read_frame())
        await peer.send(close_frame(1001, b"bye"))
        await peer.read_to_end()

    handler = Handler()
    end = await end_against(server, handler)
    assert handler.events == ["opened", "x" * 200, "y"]
    assert pongs == [(PONG, b"p")]
    assert "1001 bye" in str(end.error)


async def test_pings_between_fragments_are_answered():
    """A ping inside a fragmented message gets its pong, the message stays whole."""
    pongs = []

    async def server(peer):
        await peer.open()
        await peer.send(
            frame("a", TEXT, fin=False) + frame(b"1", PING) + frame("b", CONTINUATION, fin=False)
        )
        pongs.append(await peer.read_frame())
        await peer.send(frame(b"2", PING) + frame("c", CONTINUATION) + close_frame())
        pongs.append(await peer.read_frame())
        await peer.read_to_end()

    handler = Handler()
    await end_against(server, handler)
    assert handler.events == ["opened", "abc"]
    assert pongs == [(PONG, b"1"), (PONG, b"2")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xc1\x01x", 1002),
        (b"\x81\x81mask\x00", 1002),
        (frame("x", CONTINUATION), 1002),
        (frame(b"\xff"), 1007),
        (frame("x" * 2000), 1009),
        (frame(b"r" * 1000, CLOSE), 1002),
    ],
)
async def test_bad_frames_end_the_connection_with_their_close_code(data, code):
    """A fault of the venue is a RemoteProtocolError; the venue is told by close code."""
    told = []

    async def server(peer):
        await peer.open()
        await peer.send(data)
        told.append(await peer.read_frame())

    end = await end_against(server, message_bytes_max=1000)
    assert isinstance(end.error, RemoteProtocolError)
    assert told[0][0] == CLOSE
    assert struct.unpack("!H", told[0][1][:2]) == (code,)


async def test_a_target_may_take_longer_messages_than_others():
    """Where a venue tells a whole account in one message."""

    async def server(peer):
        await peer.open()
        await peer.send(frame("x" * 2000), close_frame())
        await peer.read_to_end()

    handler = Handler()
    async with raw_server(server) as port:
        target = Target(f"ws://127.0.0.1:{port}/", message_bytes_max=3000)
        options = WebSocketOptions(plain_allowed=True, message_bytes_max=1000)
        await end_of(websocket_opener(options)(target, handler))
    assert handler.events == ["opened", "x" * 2000]


@pytest.mark.parametrize("error", [RemoteProtocolError("nonsense"), LimitExceeded("too much")])
async def test_what_the_protocol_refuses_ends_the_connection(error):
    """An error of the protocol's is the connection's end; later messages are not delivered."""

    def refuse(message):
        if message == "bad":
            raise error

    async def server(peer):
        await peer.open()
        await peer.send(frame("good") + frame("bad") + frame("later"), frame("last"))
        await peer.read_to_end()

    handler = Handler(refuse)
    end = await end_against(server, handler)
    assert end.error is error
    assert handler.events == ["opened", "good", "bad"]


async def test_bugs_of_ours_are_not_taken_for_faults_of_the_venue():
    """Any other exception from the protocol leaves `run` as itself."""

    def crash(_message):
        raise LocalProtocolError("a bug")

    async def server(peer):
        await peer.open()
        await peer.send(frame("x"))
        await peer.read_to_end()

    with pytest.raises(ExceptionGroup) as caught:
        await end_against(server, Handler(crash))
    assert caught.group_contains(LocalProtocolError)


@pytest.mark.parametrize(
    ("closing", "shown"),
    [
        (close_frame(1000, b"done"), "1000 done"),
        (close_frame(1012), "1012"),
        (close_frame(None), "1005"),
        (close_frame(4001, b"logged in elsewhere"), "4001 logged in elsewhere"),
        (b"", "without a close frame"),
    ],
)
async def test_the_venues_close_is_told_with_its_reason(closing, shown):
    """However the venue closes, the end is ConnectionLost and says why."""

    async def server(peer):
        await peer.open()
        await peer.send(closing)
        if closing:
            await peer.read_to_end()

    end = await end_against(server)
    assert isinstance(end.error, ConnectionLost)
    assert shown in str(end.error)


async def test_a_reset_is_a_lost_connection():
    """A TCP reset in the middle of a session ends it as ConnectionLost."""

    async def server(peer):
        await peer.open()
        peer.stream.setsockopt(*linger_zero())
        peer.stream.socket.close()

    end = await end_against(server)
    assert isinstance(end.error, ConnectionLost)


def linger_zero():
    return (trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, struct.pack("ii", 1, 0))


async def test_close_says_goodbye_and_waits_for_the_answer():
    """An orderly close sends 1000, takes the answer and ends without an error."""
    told = []

    async def server(peer):
        await peer.open()
        told.append(await peer.read_frame())
        await peer.send(close_frame())
        await peer.read_to_end()

    async with raw_server(server) as port, trio.open_nursery() as nursery:
        handler = Handler()
        stream = client(port, handler)
        ends = []
        nursery.start_soon(collect, stream, ends)
        await until(lambda: handler.events)
        stream.close(None)
    assert ends[0].error is None
    assert told == [(CLOSE, struct.pack("!H", 1000))]


async def collect(stream, ends):
    ends.append(await end_of(stream))


@pytest.mark.parametrize("pings", [1, 3, 200])
async def test_ping_during_close_is_no_stray_cancellation(pings):
    """Pings between our close frame and the venue's end the session cleanly (T-045, F-34)."""

    async def server(peer):
        await peer.open()
        await peer.send(frame("go"))
        await peer.read_frame()
        await peer.send(frame(b"ping", PING) * pings, close_frame())
        await peer.read_to_end()

    async with raw_server(server) as port:
        stream = client(port, Handler(lambda _m: stream.close(None)))
        after = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(collect, stream, after)
            await until(lambda: after)
            assert not nursery.cancel_scope.cancel_called
            await trio.lowlevel.checkpoint()
            after.append("still running")
    assert after[0].error is None
    assert after[1] == "still running"


async def test_close_is_bounded_when_the_venue_does_not_answer():
    """A venue that ignores the close frame delays the end by the close timeout only."""

    async def server(peer):
        await peer.open()
        await trio.sleep_forever()

    error = ConnectionLost("dropped by us")
    async with raw_server(server) as port:
        handler = Handler()
        stream = client(port, handler)
        ends = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(collect, stream, ends)
            await until(lambda: handler.events)
            stream.close(error)
            stream.close(None)
    assert ends[0].error is error


async def test_close_while_connecting_ends_at_once():
    """A stop need not wait for a venue that accepts and says nothing."""
    asked = trio.Event()

    async def server(peer):
        await peer.read_request()
        asked.set()
        await trio.sleep_forever()

    async with raw_server(server) as port:
        stream = client(port, connect_timeout_s=1000)
        ends = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(collect, stream, ends)
            await asked.wait()
            stream.close(None)
    assert ends[0].error is None
    assert not ends[0].opened


async def test_a_silent_handshake_runs_into_the_connect_timeout():
    """A venue that accepts and says nothing is a failed connect after the timeout."""

    async def server(peer):
        await trio.sleep_forever()

    end = await end_against(server, connect_timeout_s=0.05)
    assert isinstance(end.error, ConnectFailed)


async def test_nobody_listens():
    """A refused TCP connection is ConnectFailed: provably nothing was sent."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    await listeners[0].aclose()
    end = await end_of(client(port))
    assert isinstance(end.error, ConnectFailed)
    assert not end.opened


@pytest.mark.parametrize(
    "body", [b"Content-Length: 4\r\n\r\nbusy", b"Content-Length: 0\r\n\r\n", b"\r\nuntil the end"]
)
async def test_http_refusal_names_status_and_wait(body):
    """503 instead of an upgrade is a failed connect that carries Retry-After, whatever the body."""

    async def server(peer):
        await peer.read_request()
        await peer.send(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n" + body)

    end = await end_against(server)
    assert isinstance(end.error, ConnectFailed)
    if b"Length" in body:
        assert (end.refused_status, end.retry_after_s) == (503, 7.0)


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\x01\x02 nonsense\r\n\r\n",
        b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: wrong\r\n\r\n" + frame("x"),
        b"HTTP/1.1 101 X\r\n\r\n" + frame("x"),
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
        b"HTTP/1.1 403 No\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 200_000,
    ],
)
async def test_nonsense_instead_of_a_handshake_is_bounded_and_classed(answer):
    """Garbage, a wrong accept key and endless answers end as an error of ours, never opened."""

    async def server(peer):
        await peer.read_request()
        await peer.send(answer)
        await peer.read_to_end()

    handler = Handler()
    end = await end_against(server, handler)
    assert isinstance(end.error, RemoteProtocolError | ConnectFailed)
    assert handler.events == []


async def test_frames_are_written_in_order_and_none_is_left():
    """What was queued goes out in order, text and binary, by one writer."""
    got = []

    async def server(peer):
        await peer.open()
        got.extend([await peer.read_frame() for _ in range(3)])
        await peer.send(close_frame())
        await peer.read_to_end()

    async with raw_server(server) as port:
        stream = client(port)
        for data in ("one", b"two", "x" * 70_000):
            stream.send(SendFrame(data))
        await end_of(stream)
    assert got == [(TEXT, b"one"), (BINARY, b"two"), (TEXT, b"x" * 70_000)]
    assert stream.unsent() == ()


async def test_frames_of_a_connection_that_never_opened_are_unsent():
    """A frame that was queued but never written is provably not sent."""

    async def server(peer):
        await peer.read_request()

    async with raw_server(server) as port:
        stream = client(port)
        stream.send(SendFrame("order", order="c-1"))
        await end_of(stream)
    assert stream.unsent() == (SendFrame("order", order="c-1"),)


async def test_a_venue_that_does_not_read_loses_the_connection():
    """A blocked write ends after its timeout; the frame in progress counts as handed over."""

    async def server(peer):
        await peer.open()
        await trio.sleep_forever()

    async with raw_server(server) as port:
        stream = client(port, write_timeout_s=0.2)
        for number in range(12):
            stream.send(SendFrame("x" * 1_000_000, order=str(number)))
        end = await end_of(stream)
    assert isinstance(end.error, ConnectionLost)
    unsent = [f.order for f in stream.unsent()]
    assert unsent
    assert unsent == [str(n) for n in range(12 - len(unsent), 12)]
    assert len(unsent) < 12


async def test_the_queue_of_frames_is_bounded():
    """One frame too many is LimitExceeded instead of memory."""
    stream = client(1, frames_queued_max=2)
    stream.send(SendFrame("a"))
    stream.send(SendFrame("b"))
    with pytest.raises(LimitExceeded):
        stream.send(SendFrame("c"))


async def test_plain_needs_permission():
    """`ws://` without permission is refused before anything is sent."""
    with pytest.raises(ConfigError):
        client(1, plain_allowed=False)


async def test_plain_off_loopback_needs_the_users_word():
    """Permission for simulators is not enough; a venue that offers nothing else says so itself."""
    opener = websocket_opener(WebSocketOptions(plain_allowed=True))
    with pytest.raises(ConfigError, match="not encrypted"):
        opener(Target("ws://example.com:8888/trade"), Handler())
    assert opener(Target("ws://example.com:8888/trade", plain_accepted=True), Handler())


async def test_cancellation_closes_the_socket_and_passes_through():
    """A cancelled run ends at once, is still cancelled, and leaves no connection."""
    gone = trio.Event()

    async def server(peer):
        await peer.open()
        await peer.read_to_end()
        gone.set()

    async with raw_server(server) as port:
        handler = Handler()
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(client(port, handler).run)
                await until(lambda: handler.events)
                scope.cancel()
        assert scope.cancelled_caught
        with trio.fail_after(deadline_s(5)):
            await gone.wait()


async def test_a_hundred_connections_leave_no_descriptor():
    """Connections of every kind of end give their descriptors back (T-050)."""
    turn = 0

    async def server(peer):
        if turn % 4 == 0:
            return
        await peer.open()
        await peer.send(frame("hello"))
        if turn % 4 == 1:
            await peer.send(close_frame())
            await peer.read_to_end()
        elif turn % 4 == 2:
            await peer.send(b"\xff\xff")
            await peer.read_frame()

    async with raw_server(server) as port:
        await end_of(client(port))
        before = descriptors()
        for number in range(100):
            turn = number
            await end_of(client(port))
        await until(lambda: descriptors() <= before + 2)


async def test_plain_text_on_the_tls_port_is_a_failed_connect():
    """A server that does not speak TLS is refused with a reason, never spoken to in plain."""
    seen = []

    async def server(peer):
        seen.append(await peer.stream.receive_some(3))
        await peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with raw_server(server) as port:
        opener = websocket_opener(WebSocketOptions(connect_timeout_s=deadline_s(5)))
        end = await end_of(opener(Target(f"wss://127.0.0.1:{port}/"), Handler()))
    assert isinstance(end.error, ConnectFailed)
    assert seen[0][:1] == b"\x16"


def test_the_default_context_verifies():
    """Without a context of the caller's, certificates and host names are checked."""
    from engine.session.tls import verifying_context

    assert verifying_context().verify_mode is ssl.CERT_REQUIRED
    assert verifying_context().check_hostname


async def test_pings_carry_their_payload_and_any_answer_is_a_sign_of_life():
    """Each payload goes out once while its answer is awaited, and again after it."""
    seen = []

    async def server(peer):
        await peer.open()
        for _ in range(3):
            seen.append(await peer.read_frame())
            if len(seen) == 2:
                await peer.send(frame(seen[0][1], PONG), frame(seen[1][1], PONG))
        await peer.send(close_frame())
        await peer.read_to_end()

    handler = Handler()
    lives = []
    async with raw_server(server) as port, trio.open_nursery() as nursery:
        stream = client(port, handler)
        handler.stream_opened = lambda: [stream.ping(p) for p in (b"one", b"one", b"two")]
        handler.stream_received = lives.append
        nursery.start_soon(stream.run)
        await until(lambda: not stream._awaited and len(seen) == 2, what="answered")
        stream.ping(b"one")
        await until(lambda: len(seen) == 3, what="asked again")
        nursery.cancel_scope.cancel()
    assert sorted(seen[:2]) == [(PING, b"one"), (PING, b"two")]
    assert seen[2:] == [(PING, b"one")]
    assert lives
    assert not any(lives)


async def test_unanswered_pings_are_bounded():
    """A venue that answers none of them is asked a few times only."""
    stream = client(1)
    for number in range(100):
        stream.ping(str(number).encode())
    assert len(stream._pings) == len(stream._awaited) == PINGS_AWAITED_MAX
