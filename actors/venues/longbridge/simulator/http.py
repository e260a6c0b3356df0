"""HTTP/1.1 over one trio stream: requests in, responses out, and every way to misbehave in between.

h11 and not hypercorn with Starlette: the faults need the stream itself (reset after the request was
read, an answer that never comes, a silent connection), an answer must not pass through two more
layers, and routes are a table in `rest.py`. h11 is what hypercorn and httpx stand on.
"""

import socket
import struct
from collections.abc import Callable
from enum import Enum
from typing import Final

import attrs
import h11
import trio

from actors.venues.longbridge.simulator.rest import Request, Response

BODY_BYTES_MAX: Final = 65_536
"""No request of the venue comes near; the connection is closed beyond it."""
RECEIVE_BYTES: Final = 65_536
IDLE_S: Final = 75.0
"""A kept-alive connection without a request for so long is closed."""


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


async def serve_http(stream: trio.SocketStream, app: App) -> None:
    """Serve one connection until the client leaves; never raises for what a client does."""
    remote = str(stream.socket.getpeername()[0])
    try:
        async with stream:
            await _Conversation(stream, app, remote).run()
    except (trio.BrokenResourceError, trio.ClosedResourceError, h11.RemoteProtocolError):
        pass  # the client broke off or spoke something else: nothing to answer


class _Conversation:
    """The requests of one connection, one after the other."""

    def __init__(self, stream: trio.SocketStream, app: App, remote: str) -> None:
        self._stream = stream
        self._app = app
        self._remote = remote
        self._h11 = h11.Connection(h11.SERVER)

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
        path, _, query = head.target.decode("ascii", "replace").partition("?")
        return Request(
            method=head.method.decode("ascii"),
            path=path,
            query=query,
            headers={name.decode(): value.decode("latin-1") for name, value in head.headers},
            body=body,
            remote=self._remote,
        )

    async def _send(self, response: Response) -> None:
        body = response.body.encode()
        headers = [
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            *response.headers.items(),
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


def reset(stream: trio.SocketStream) -> None:
    """Make the close that follows a TCP reset instead of an orderly end."""
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
