"""Who may finish a handshake: ZeroMQ's authentication protocol, answered inside trio.

Each CURVE socket has its own domain (the endpoint's name) and its own list of keys. A key that is
not on the list of just that endpoint is refused, counted and reported; nothing it sends is ever
read. The answer carries the key as user id, which is how a ROUTER knows the sender of a message.
"""

from collections.abc import Callable

import trio
import zmq
from zmq.utils import z85

from engine.bus.keys import Peer

ADDRESS = "inproc://zeromq.zap.01"
"""Fixed by the protocol (ZeroMQ RFC 27)."""

_VERSION = b"1.0"
_FRAMES = 7
"""version, request id, domain, address, identity, mechanism, the 32 bytes of the key."""


def worth_telling(count: int) -> bool:
    """True for 1, 2, 4, 8, …: a stranger who reconnects for ever must not fill the log."""
    return count & (count - 1) == 0


class Authenticator:
    """Answers handshakes from tables; `refused` counts what it turned away."""

    def __init__(
        self, context: "zmq.Context[zmq.Socket[bytes]]", alert: Callable[[str], None]
    ) -> None:
        self.refused = 0
        self._alert = alert
        self._tables: dict[bytes, dict[str, Peer]] = {}
        self._socket = context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.bind(ADDRESS)

    def serve(self, domain: str, peers: dict[str, Peer]) -> None:
        """Answer for this domain from this table, which its owner may change at any time."""
        self._tables[domain.encode()] = peers

    async def run(self) -> None:
        """Answer handshakes until cancelled."""
        descriptor = int(self._socket.getsockopt(zmq.FD))
        while True:
            while self._answer_one():
                await trio.lowlevel.checkpoint()
            await trio.lowlevel.wait_readable(descriptor)

    def _answer_one(self) -> bool:
        try:
            frames = self._socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            # the reply sent before may have swallowed the announcement, but this recv came after
            return False
        self._socket.send_multipart(self._reply(frames), zmq.NOBLOCK)
        return True

    def _reply(self, frames: list[bytes]) -> list[bytes]:
        split = frames.index(b"") + 1
        envelope, request = frames[:split], frames[split:]
        identifier = request[1] if len(request) > 1 else b""
        user = self._user(request)
        if user is None:
            verdict = [b"400", b"key not admitted", b"", b""]
        else:
            verdict = [b"200", b"", user.encode(), b""]
        return [*envelope, _VERSION, identifier, *verdict]

    def _user(self, request: list[bytes]) -> str | None:
        if len(request) != _FRAMES or request[0] != _VERSION or request[5] != b"CURVE":
            self._refuse("?", "no CURVE request")
            return None
        domain, key = request[2], z85.encode(request[6]).decode("ascii")
        if key not in self._tables.get(domain, {}):
            self._refuse(domain.decode("ascii", "replace"), f"key {key} is not admitted")
            return None
        return key

    def _refuse(self, domain: str, reason: str) -> None:
        self.refused += 1
        if worth_telling(self.refused):
            self._alert(f"handshake at {domain} refused ({self.refused} so far): {reason}")

    def close(self) -> None:
        """Stop answering."""
        self._socket.close(linger=0)
