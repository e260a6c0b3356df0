"""HTTP over real sockets: conversations, their endings, and clients that do it wrong."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
import trio

from engine.simulator.http import BODY_BYTES_MAX, Ending, Reply, refuse, serve_http
from engine.simulator.requests import Request, Response
from engine.simulator.upgrades import is_upgrade, read_head, target
from tests.kit.waiting import deadline_s

GET = b"GET /path?a=1&a=2&b= HTTP/1.1\r\nHost: x\r\nX-Key: K\r\n\r\n"


def echo(request: Request) -> Reply:
    """Says what was asked."""
    body = {
        "method": request.method,
        "path": request.path,
        "fields": request.fields,
        "key": request.headers.get("x-key", ""),
        "body": request.body.decode(),
    }
    return Reply(Response(200, json.dumps(body), {"X-More": "yes"}))


@asynccontextmanager
async def served(handler: Callable) -> AsyncIterator[Callable]:
    """A server with this handler of streams; yields a maker of connected clients."""
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, handler, listeners)
        port = listeners[0].socket.getsockname()[1]
        with trio.fail_after(deadline_s(10)):
            yield partial(trio.open_tcp_stream, "127.0.0.1", port)
        nursery.cancel_scope.cancel()


def answering(app: Callable = echo, **how) -> Callable:
    """A handler that speaks HTTP."""

    async def handler(stream: trio.SocketStream) -> None:
        await serve_http(stream, app, **how)

    return handler


async def until(stream: trio.SocketStream, mark: bytes) -> bytes:
    """What comes until the mark stands in it."""
    data = b""
    while mark not in data:
        part = await stream.receive_some()
        assert part, data
        data += part
    return data


async def rest(stream: trio.SocketStream) -> bytes:
    """What comes until the server closes."""
    data = b""
    while part := await stream.receive_some():
        data += part
    return data


async def said(connect: Callable, data: bytes) -> bytes:
    """The answer to some bytes, when nothing more is to come of the client."""
    async with await connect() as stream:
        await stream.send_all(data)
        await stream.send_eof()
        return await rest(stream)


def body_of(answer: bytes) -> dict:
    """The JSON of an answer."""
    return json.loads(answer.partition(b"\r\n\r\n")[2])


async def test_a_connection_is_kept_for_the_next_request():
    """Header names in lower case, the last of equal fields, bodies whole."""
    async with served(answering()) as connect, await connect() as stream:
        await stream.send_all(GET)
        first = await until(stream, b'"body": ""}')
        assert first.startswith(b"HTTP/1.1 200 ")
        assert b"X-More: yes" in first
        assert b"content-type: application/json" in first
        told = {"method": "GET", "path": "/path", "fields": {"a": "2", "b": ""}, "key": "K"}
        assert body_of(first) == {**told, "body": ""}
        await stream.send_all(b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo")
        await stream.send_all(b"dy")
        assert body_of(await until(stream, b'"body": "body"}'))["method"] == "POST"


async def test_a_client_may_wait_for_the_word_to_go_on():
    """Expect: 100-continue."""
    asked = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
    async with served(answering()) as connect, await connect() as stream:
        await stream.send_all(asked)
        assert (await until(stream, b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        await stream.send_all(b"x")
        assert body_of(await until(stream, b'"body": "x"}'))["method"] == "POST"


async def test_an_answer_may_never_come():
    """The request was processed; the connection stays open and silent until the client leaves."""
    app = lambda request: Reply(Response(200, ""), Ending.SILENCE)  # noqa: E731
    async with served(answering(app)) as connect:
        assert await said(connect, GET) == b""


async def test_an_answer_may_be_a_reset():
    """Instead of an orderly end."""
    app = lambda request: Reply(Response(200, ""), Ending.RESET)  # noqa: E731
    async with served(answering(app)) as connect, await connect() as stream:
        await stream.send_all(GET)
        with pytest.raises(trio.BrokenResourceError):
            await rest(stream)


async def test_a_body_beyond_the_bound_ends_the_connection():
    """Before it is whole; the bound is the venue's."""
    head = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    for how, bound in (({}, BODY_BYTES_MAX), ({"body_bytes_max": 10}, 10)):
        async with served(answering(**how)) as connect:
            whole = await said(connect, head % bound + b"x" * bound)
            assert len(body_of(whole)["body"]) == bound
            async with await connect() as stream:
                await stream.send_all(head % (bound + 2) + b"x" * (bound + 1))
                with suppress(trio.BrokenResourceError):
                    assert await rest(stream) == b""


@pytest.mark.parametrize(
    "data",
    [b"\x16\x03\x01 hello\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * 99_000],
)
async def test_what_is_no_http_ends_only_its_own_connection(data):
    """The next client is served."""
    async with served(answering()) as connect:
        with suppress(trio.BrokenResourceError):
            await said(connect, data)
        assert body_of(await said(connect, GET))["path"] == "/path"


async def test_a_head_request_is_answered_without_a_body_and_ends_nothing():
    """It once took the whole simulator down: the body that it must not have was sent."""
    async with served(answering()) as connect:
        answer = await said(connect, b"HEAD /path HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.endswith(b"\r\n\r\n")
        assert body_of(await said(connect, GET))["method"] == "GET"


@pytest.mark.parametrize(
    ("status", "answered"), [(204, True), (304, True), (99, False), (-1, False)]
)
async def test_no_status_that_a_fault_asks_for_ends_the_server(status, answered):
    """Those without a body go without, those that HTTP does not have end their connection."""
    app = lambda request: Reply(Response(status, "x" if request.path == "/path" else ""))  # noqa: E731
    async with served(answering(app)) as connect:
        for _ in range(2):
            answer = await said(connect, GET)
            assert answer.startswith(b"HTTP/1.1 %d " % status) is answered


async def test_what_no_encoding_has_can_be_echoed():
    """Half a surrogate pair, out of a client's JSON, must not end the server."""
    app = lambda request: Reply(Response(200, "\ud83d!"))  # noqa: E731
    async with served(answering(app)) as connect:
        assert (await said(connect, GET)).endswith(b"\r\n\r\n?!")


# --- one port for HTTP and WebSocket ----------------------------------------------------------


async def test_a_head_that_was_read_already_is_served():
    """And what follows it."""

    async def handler(stream: trio.SocketStream) -> None:
        head = await read_head(stream)
        assert not is_upgrade(head)
        assert target(head) == ("/path", "a=1&a=2&b=")
        await serve_http(stream, echo, head=head)

    async with served(handler) as connect:
        answer = await said(connect, GET + GET)
        assert answer.count(b"HTTP/1.1 200 ") == 2


async def test_a_handshake_that_is_not_accepted_is_answered():
    """And the connection ends."""

    async def handler(stream: trio.SocketStream) -> None:
        async with stream:
            assert is_upgrade(await read_head(stream))
            await refuse(stream, Response(401, "no", content_type="text/plain"))

    asked = b"GET /ws HTTP/1.1\r\nHost: x\r\nUPGRADE:  WebSocket \r\n\r\n"
    async with served(handler) as connect, await connect() as stream:
        await stream.send_all(asked)
        answer = await rest(stream)
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert b"connection: close" in answer
        assert answer.endswith(b"\r\n\r\nno")


async def test_an_endless_head_is_not_read_to_its_end():
    """Nor one whose client left."""
    heads = []

    async def handler(stream: trio.SocketStream) -> None:
        async with stream:
            heads.append(await read_head(stream))

    async with served(handler) as connect:
        for data in (b"GET / HTTP/1.1\r\n" + b"x" * 300_000, b"GET / HTTP/1.1\r\n"):
            with suppress(trio.BrokenResourceError):
                await said(connect, data)
    assert heads == [b"", b""]
