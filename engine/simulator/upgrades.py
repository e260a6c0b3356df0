"""One port for both: the first request of a connection is HTTP, or the handshake of a WebSocket.

It is looked at before anybody parses it, because it belongs to one of two libraries.
"""

import re
from typing import Final

import trio

from engine.simulator.http import HEAD_BYTES_MAX, RECEIVE_BYTES
from engine.simulator.requests import split_target

_UPGRADE: Final = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)
_TARGET: Final = re.compile(rb"\s*[A-Z]+ (\S+) HTTP/")


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


def target(head: bytes) -> tuple[str, str]:
    """Path and query of a request that was not parsed yet."""
    found = _TARGET.match(head)
    return split_target(found[1] if found else b"")
