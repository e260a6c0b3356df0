"""HTTP/1.1 over one trio stream: requests in, responses out, and every way to misbehave in between.

h11 and not a web framework: the faults need the stream itself (reset after the request was read, an
answer that never comes), and the first request of a connection may turn out to be a WebSocket's
handshake, which belongs to somebody else.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Final
from urllib.parse import parse_qsl

import attrs
import h11
import trio

from actors.venues.alltick.simulator.wire import reset

HEAD_BYTES_MAX: Final = 65_536
"""Of a request line with its headers; far above any list of codes in a URL."""
BODY_BYTES_MAX: Final = 1 << 20
"""Of a /batch-kline with all its groups; the connection is closed beyond it."""
RECEIVE_BYTES: Final = 65_536
IDLE_S: Final = 75.0
"""A kept-alive connection without a request for so long is closed."""
FIELDS_MAX: Final = 64
"""Query parameters of one request."""

_UPGRADE: Final = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)
_TARGET: Final = re.compile(rb"\s*[A-Z]+ (\S+) HTTP/")


@attrs.frozen(kw_only=True)
class Request:
    """One request; header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes = b""


@attrs.frozen
class Response:
    """One response; always JSON, unless it says otherwise."""

    status: int
    body: str
    content_type: str = "application/json"


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


_NOTHING_TO_ANSWER: Final = (
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    h11.RemoteProtocolError,
)
"""The client broke off or spoke something else."""

App = Callable[[Request], Reply]


async def read_head(stream: trio.SocketStream) -> bytes:
    """What a client sent until its first request's headers end; b"" when it left or sent too much."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = await stream.receive_some(RECEIVE_BYTES)
        if not part or len(data) > HEAD_BYTES_MAX:
            return b""
        data += part
    return data


def is_upgrade(head: bytes) -> bool:
    """Whether this asks for a WebSocket."""
    return _UPGRADE.search(head) is not None


def target(head: bytes) -> tuple[str, dict[str, str]]:
    """Path and query of a request that was not parsed yet."""
    found = _TARGET.match(head)
    return split_target(found[1] if found else b"")


def split_target(raw: bytes) -> tuple[str, dict[str, str]]:
    """Path and query; of a field that occurs twice the last counts."""
    path, _, query = raw.decode("latin-1").partition("?")
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        fields = []
    return path, dict(fields)


async def serve_http(stream: trio.SocketStream, app: App, head: bytes) -> None:
    """Serve one connection, whose first bytes were read, until the client leaves."""
    with suppress(*_NOTHING_TO_ANSWER):
        await _Conversation(stream, app, head).run()


async def refuse(stream: trio.SocketStream, response: Response) -> None:
    """Answer a handshake that is not accepted, and end."""
    body = response.body.encode()
    connection = h11.Connection(h11.SERVER)
    parts = (
        h11.Response(
            status_code=response.status,
            headers=[
                ("content-type", response.content_type),
                ("content-length", str(len(body))),
                ("connection", "close"),
            ],
        ),
        h11.Data(data=body),
        h11.EndOfMessage(),
    )
    await stream.send_all(b"".join(connection.send(part) or b"" for part in parts))


class _Conversation:
    """The requests of one connection, one after the other."""

    def __init__(self, stream: trio.SocketStream, app: App, head: bytes) -> None:
        self._stream = stream
        self._app = app
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES_MAX)
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
            await self._send(reply.response)
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
                if len(body) > BODY_BYTES_MAX:
                    return None
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                path, query = split_target(head.target)
                method = head.method.decode("ascii")
                return Request(method=method, path=path, query=query, body=bytes(body))
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

    async def _send(self, response: Response) -> None:
        body = response.body.encode()
        headers = [
            ("content-type", response.content_type),
            ("content-length", str(len(body))),
        ]
        parts = [
            self._h11.send(h11.Response(status_code=response.status, headers=headers)),
            self._h11.send(h11.Data(data=body)),
            self._h11.send(h11.EndOfMessage()),
        ]
        await self._stream.send_all(b"".join(part for part in parts if part))

    async def _until_gone(self) -> None:
        """Keep the connection open and silent until the client closes it."""
        while await self._stream.receive_some(RECEIVE_BYTES):
            pass
