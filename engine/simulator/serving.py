"""What the server of every venue is made of beside its protocol: listeners, clock and pump, its report.

Still a thin shell: everything that decides is the venue's and is given the time.
"""

import errno
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

import attrs
import trio
import trio_websocket
from wsproto.utilities import ProtocolError as WsProtocolError

from engine.clock import SystemClock
from engine.errors import ConfigError, Problem
from engine.simulator.faults import FaultRegistry
from engine.simulator.moment import NS, Moment
from engine.simulator.witnesslog import WitnessLog

PUMP_SLEEP_MAX_S: Final = 3_600.0
PEER_ERRORS: Final = (
    trio_websocket.ConnectionClosed,
    trio_websocket.HandshakeError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    WsProtocolError,  # inside trio-websocket, e.g. a control frame met a closing connection
    UnicodeError,  # wsproto takes the headers of an upgrade for ASCII
)
"""What a client can make of its own connection; it ends that one and nothing else."""


async def listen(host: str, port: int) -> trio.SocketListener:
    """A listener; 0 for a port that the kernel chooses.

    Raises:
        ConfigError: the port is taken, or the address is not this host's.
    """
    try:
        return (await trio.open_tcp_listeners(port, host=host))[0]
    except OSError as error:
        hint = "0 takes a free port" if error.errno == errno.EADDRINUSE else ""
        raise ConfigError(
            Problem("simulator port", f"cannot listen on {host}:{port}: {error}", hint)
        ) from error


def address(listener: trio.SocketListener) -> str:
    """`host:port` of a listener, as it stands in a URL."""
    host, port = listener.socket.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Moving(Protocol):
    """A venue, which only moves when it is told that time has passed."""

    def next_deadline_ns(self) -> int:
        """Monotonic time at which `advance` has something to do."""

    def advance(self, now: Moment) -> None:
        """Let happen what is due, at most a batch of market events."""


class Pump:
    """The clocks of one server, and what moves its venue."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._kicked = trio.Event()

    def now(self) -> Moment:
        """The present."""
        return Moment(self._clock.monotonic_ns(), self._clock.wall_ns())

    def kick(self) -> None:
        """Something may be due earlier than the pump believes."""
        self._kicked.set()

    async def run(self, venue: Moving) -> None:
        """Move the venue along its deadlines; one scheduling point per batch of market events."""
        while True:
            now = self.now()
            venue.advance(now)
            wait_s = (venue.next_deadline_ns() - now.mono_ns) / NS
            if wait_s <= 0:
                await trio.lowlevel.checkpoint()
                continue
            self._kicked = trio.Event()
            with trio.move_on_after(min(wait_s, PUMP_SLEEP_MAX_S)):
                await self._kicked.wait()


class Erring(Protocol):
    """A venue that errs on demand and keeps a witness."""

    @property
    def faults(self) -> FaultRegistry[Any]:
        """Misbehaviour."""

    @property
    def log(self) -> WitnessLog:
        """The witness."""


AnyVenue = TypeVar("AnyVenue", bound=Erring)


@attrs.frozen(kw_only=True)
class Report(Generic[AnyVenue]):
    """What `serve` reports of a running simulator: where it is, how to log in, what it trades.

    `venue`, `faults` and `log` are its inner handles, for tests in the same trio run.
    """

    NAME: ClassVar[str]
    """Of the venue."""

    endpoints: dict[str, str]
    credentials: dict[str, str]
    instruments: list[dict[str, str]]
    venue: AnyVenue

    @property
    def faults(self) -> FaultRegistry[Any]:
        """Misbehaviour."""
        return self.venue.faults

    @property
    def log(self) -> WitnessLog:
        """The witness."""
        return self.venue.log

    def description(self) -> dict[str, Any]:
        """What `simulate` prints first."""
        return {
            "venue": self.NAME,
            "endpoints": self.endpoints,
            "credentials": self.credentials,
            "instruments": self.instruments,
        }
