"""HTTP/1.1 over one trio stream: requests in, responses out, and every way to misbehave in between.

h11 and not a web framework: the faults need the stream itself (reset after the request was read, an
answer that never comes, a silent connection), and an answer must not pass through two more layers.
h11 is what hypercorn and httpx stand on.
"""

from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Final

import attrs
import h11
import trio

from engine.simulator.requests import Request, Response, split_target
from engine.simulator.wire import reset

HEAD_BYTES_MAX: Final = 65_536
"""Of a request line with its headers; far above any list of symbols in a URL."""
BODY_BYTES_MAX: Final = 65_536
"""Of a request unless a venue says otherwise; the connection is closed beyond it."""
RECEIVE_BYTES: Final = 65_536
IDLE_S: Final = 75.0
"""A kept-alive connection without a request for so long is closed."""

_NO_BODY: Final = frozenset({204, 304})
_NOTHING_TO_ANSWER: Final = (
    trio.BrokenResourceError,  # the client broke off
    trio.ClosedResourceError,
    h11.RemoteProtocolError,  # it spoke something else
    h11.LocalProtocolError,  # a fault asked for an answer that HTTP does not have
)


class Ending(Enum):
    """How a request ends on the wire."""

    ANSWER = "answer"
    SILENCE = "silence"
    RESET = "reset"


@attrs.frozen
class Reply:
    """A response and what happens to it; `delay_s` comes before the ending."""

    response: Response
    ending: Ending = Ending.ANSWER
    delay_s: float = 0.0


App = Callable[[Request], Reply]


async def serve_http(
    stream: trio.SocketStream,
    app: App,
    *,
    head: bytes = b"",
    body_bytes_max: int = BODY_BYTES_MAX,
) -> None:
    """Serve one connection until the client leaves, then close it; never raises for what a client does.

    Args:
        stream: the connection.
        app: answers one request at a time.
        head: bytes that were read from the stream already.
        body_bytes_max: of one request.
    """
    async with stream:
        with suppress(*_NOTHING_TO_ANSWER):
            await _Conversation(stream, app, head, body_bytes_max).run()


async def refuse(stream: trio.SocketStream, response: Response) -> None:
    """Answer a request that somebody else read, and end; for handshakes that are not accepted."""
    await stream.send_all(_encoded(h11.Connection(h11.SERVER), response, ("connection", "close")))


class _Conversation:
    """The requests of one connection, one after the other."""

    def __init__(
        self, stream: trio.SocketStream, app: App, head: bytes, body_bytes_max: int
    ) -> None:
        self._stream = stream
        self._app = app
        self._body_bytes_max = body_bytes_max
        self._remote = _remote(stream)
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES_MAX)
        if head:
            self._h11.receive_data(head)

    async def run(self) -> None:
        """Answer until either side closes."""
        while (request := await self._request()) is not None:
            reply = self._app(request)
            if reply.delay_s:
                await trio.sleep(reply.delay_s)
            if reply.ending is Ending.SILENCE:
                await self._until_gone()
                return
            if reply.ending is Ending.RESET:
                reset(self._stream)
                return
            await self._stream.send_all(
                _encoded(self._h11, reply.response, bodiless=request.method == "HEAD")
            )
            if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
                return
            self._h11.start_next_cycle()

    async def _request(self) -> Request | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = await self._event()
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self._body_bytes_max:
                    return None
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return self._read(head, bytes(body))
            else:
                return None

    async def _event(self) -> object:
        while True:
            event = self._h11.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self._h11.they_are_waiting_for_100_continue:
                await self._stream.send_all(
                    self._h11.send(h11.InformationalResponse(status_code=100, headers=[])) or b""
                )
            with trio.move_on_after(IDLE_S) as scope:
                self._h11.receive_data(bytes(await self._stream.receive_some(RECEIVE_BYTES)))
            if scope.cancelled_caught:
                return None

    def _read(self, head: h11.Request, body: bytes) -> Request:
        path, query = split_target(head.target)
        return Request(
            method=head.method.decode("ascii"),
            path=path,
            query=query,
            headers={name.decode(): value.decode("latin-1") for name, value in head.headers},
            body=body,
            remote=self._remote,
        )

    async def _until_gone(self) -> None:
        """Keep the connection open and silent until the client closes it."""
        while await self._stream.receive_some(RECEIVE_BYTES):
            pass


def _encoded(
    connection: h11.Connection,
    response: Response,
    *more: tuple[str, str],
    bodiless: bool = False,
) -> bytes:
    """The bytes of a response; what no encoding has (a client's text, echoed) becomes `?`."""
    body = response.body.encode("utf-8", "replace")
    headers = [
        ("content-type", response.content_type),
        ("content-length", str(len(body))),
        *response.headers.items(),
        *more,
    ]
    sent_body = b"" if bodiless or response.status in _NO_BODY else body
    parts = (
        h11.Response(status_code=response.status, headers=headers),
        h11.Data(data=sent_body),
        h11.EndOfMessage(),
    )
    return b"".join(connection.send(part) or b"" for part in parts)


def _remote(stream: trio.SocketStream) -> str:
    """The client's address, empty when it has gone already."""
    try:
        return str(stream.socket.getpeername()[0])
    except OSError:
        return ""
