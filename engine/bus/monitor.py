"""What libzmq tells about connections: finished and refused handshakes, lost links.

Monitor events are a fast hint (a killed peer shows after 1 ms), never the truth: they are counted,
they decide between the words "nobody there" and "queue full", and refusals are reported.
"""

from collections.abc import Callable
from typing import Any

import trio
import zmq
from zmq.utils.monitor import parse_monitor_message

from engine.bus.authenticator import worth_telling
from engine.bus.sockets import Channel

_REFUSALS = {
    int(zmq.EVENT_HANDSHAKE_FAILED_AUTH): "its key is not admitted",
    int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL): "it speaks another security mechanism or protocol",
    int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL): "the handshake broke off",
}
_SUCCEEDED = int(zmq.EVENT_HANDSHAKE_SUCCEEDED)
_DISCONNECTED = int(zmq.EVENT_DISCONNECTED)
_WATCHED = _SUCCEEDED | _DISCONNECTED | sum(_REFUSALS)


class Monitor:
    """Keeps a channel's link count and handshake counters up to date."""

    def __init__(
        self, socket: "zmq.Socket[bytes]", channel: Channel[Any], alert: Callable[[str], None]
    ) -> None:
        self._channel = channel
        self._alert = alert
        self._owner = socket
        self._socket = socket.get_monitor_socket(_WATCHED)
        self._socket.setsockopt(zmq.LINGER, 0)

    async def run(self) -> None:
        """Follow events until cancelled."""
        descriptor = int(self._socket.getsockopt(zmq.FD))
        while True:
            self.catch_up()
            await trio.lowlevel.wait_readable(descriptor)

    def catch_up(self) -> None:
        """Handle every event that is there; the socket's own queue bounds how many."""
        while True:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self._handle(int(parse_monitor_message(frames)["event"]))

    def _handle(self, event: int) -> None:
        stats = self._channel.stats
        if event == _SUCCEEDED:
            stats.handshakes += 1
            self._channel.links += 1
        elif event == _DISCONNECTED:
            stats.disconnects += 1
            self._channel.links = max(0, self._channel.links - 1)
        elif event in _REFUSALS:
            stats.handshakes_refused += 1
            if worth_telling(stats.handshakes_refused):
                self._alert(
                    f"handshake at {self._channel.endpoint} failed "
                    f"({stats.handshakes_refused} so far): {_REFUSALS[event]}"
                )

    def close(self) -> None:
        """Stop; must come before the watched socket is closed."""
        self._owner.disable_monitor()
        self._socket.close(linger=0)
