"""The simulator as a server: one loopback port, one gateway, one pump that moves its market.

A thin shell: sockets and the clock are here, everything that decides is in `venue.py`, `mdapi.py` and
`tradeapi.py`. One nursery owns every task; cancelling `serve` ends the server at once.
"""

import errno
from functools import partial
from itertools import count
from typing import Any, Final

import attrs
import trio
import trio_websocket
from wsproto.utilities import ProtocolError as WsProtocolError

from actors.venues.webctp.simulator.api import Api
from actors.venues.webctp.simulator.faults import (
    VENUE_FAULTS,
    Fault,
    FaultKind,
    Faults,
    outage,
)
from actors.venues.webctp.simulator.mdapi import MdApi
from actors.venues.webctp.simulator.peer import Peer
from actors.venues.webctp.simulator.settings import SimulatorSettings
from actors.venues.webctp.simulator.venue import Venue
from engine.clock import SystemClock
from engine.errors import ConfigError, Problem
from engine.exchange.exchange import Exchange
from engine.simulator.admin import PREFIX, Admin
from engine.simulator.http import Reply, serve_http
from engine.simulator.jsontext import plain
from engine.simulator.moment import NS, Moment
from engine.simulator.requests import Request, Response
from engine.simulator.upgrades import is_upgrade, read_head, target
from engine.simulator.wire import Wire, reset
from engine.simulator.witnesslog import WitnessLog

CONNECTIONS_MAX: Final = 500
HANDSHAKE_S: Final = 10.0
MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024
"""What is read of a frame before it is found too long."""
PUMP_SLEEP_MAX_S: Final = 3_600.0
ENDPOINTS: Final = {"/market_data": "market_data", "/trade": "trade"}
HEALTH: Final = "<!DOCTYPE html><html><head><title>WebCTP</title></head><body>OK</body></html>"
_PEER_ERRORS: Final = (
    trio_websocket.ConnectionClosed,
    trio_websocket.HandshakeError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    WsProtocolError,  # inside trio-websocket, e.g. a control frame met a closing connection
    UnicodeError,  # wsproto takes the headers of an upgrade for ASCII
)


@attrs.frozen(kw_only=True)
class Running:
    """A running simulator: where it is, how to log in, what it trades, and its inner handles.

    `exchange`, `faults`, `log` and `venue` are for tests in the same trio run.
    """

    endpoints: dict[str, str]
    credentials: dict[str, str]
    instruments: list[dict[str, str]]
    venue: Venue

    @property
    def exchange(self) -> Exchange:
        """The matching core."""
        return self.venue.market.exchange

    @property
    def faults(self) -> Faults:
        """Misbehaviour."""
        return self.venue.faults

    @property
    def log(self) -> WitnessLog:
        """The witness."""
        return self.venue.log

    def description(self) -> dict[str, Any]:
        """What `simulate webctp` prints first."""
        return {
            "venue": "webctp",
            "endpoints": self.endpoints,
            "credentials": self.credentials,
            "instruments": self.instruments,
        }


async def serve(
    settings: SimulatorSettings,
    *,
    task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run one simulated gateway until cancelled; reports a `Running` once its port listens.

    Raises:
        ConfigError: for a port that is taken, an unknown symbol, or an unusable recording.
    """
    server = _Server(settings)
    listener = await _listen(settings.host, settings.port)
    async with listener, trio.open_nursery() as nursery:
        nursery.start_soon(partial(trio.serve_listeners, server.on_connection, [listener]))
        nursery.start_soon(server.pump)
        task_status.started(server.running(*listener.socket.getsockname()[:2]))


async def _listen(host: str, port: int) -> trio.SocketListener:
    try:
        return (await trio.open_tcp_listeners(port, host=host))[0]
    except OSError as error:
        hint = "0 takes a free port" if error.errno == errno.EADDRINUSE else ""
        raise ConfigError(
            Problem("simulator port", f"cannot listen on {host}:{port}: {error}", hint)
        ) from error


class _Server:
    """All connections of one simulator."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._clock = SystemClock()
        self._settings = settings
        self.venue = Venue(settings, self.now())
        self.venue.on_crash = self.on_crash
        self._admin = Admin(self.venue.faults, self.venue.log, self.state)
        self._peers: dict[Peer, None] = {}
        self._numbers = count(1)
        self._kicked = trio.Event()
        self._up_ns = 0
        self.venue.faults.immediate = self.on_immediate

    def now(self) -> Moment:
        """The present."""
        return Moment(self._clock.monotonic_ns(), self._clock.wall_ns())

    def running(self, host: str, port: int) -> Running:
        """What is reported to the caller."""
        first = self._settings.credentials[0]
        return Running(
            endpoints={"host": host, "port": str(port)},
            credentials=attrs.asdict(first),
            instruments=[
                {
                    "symbol": each.symbol,
                    "price_increment": plain(each.tick),
                    "lot": "1",
                    "reference_price": plain(each.reference_price),
                }
                for each in self.venue.listings
            ],
            venue=self.venue,
        )

    def state(self) -> dict[str, Any]:
        """For /simulator/state."""
        venue = self.venue
        return {
            "market_started": venue.market.feeds.started,
            "trading_day": venue.day.isoformat(),
            "pushes": venue.board.pushes,
            "connections": [
                {
                    "number": peer.number,
                    "endpoint": peer.endpoint,
                    "front": peer.api.up,
                    "logged_in": peer.api.logged_in,
                    "user": peer.api.user,
                    "lost": peer.lost,
                    "subscribed": list(peer.api.subscribed) if isinstance(peer.api, MdApi) else [],
                }
                for peer in self._peers
            ],
        }

    # --- the pump -------------------------------------------------------------------------

    def kick(self) -> None:
        """Something may be due earlier than the pump believes."""
        self._kicked.set()

    async def pump(self) -> None:
        """Move the venue along its deadlines; one scheduling point per batch."""
        while True:
            now = self.now()
            self.venue.advance(now)
            outlets = [peer.api.outlet for peer in self._peers]
            for outlet in outlets:
                outlet.advance(now)
            due_ns = min(
                [self.venue.next_deadline_ns(), *(each.next_deadline_ns() for each in outlets)]
            )
            wait_s = (due_ns - now.mono_ns) / NS
            if wait_s <= 0:
                await trio.lowlevel.checkpoint()
                continue
            self._kicked = trio.Event()
            with trio.move_on_after(min(wait_s, PUMP_SLEEP_MAX_S)):
                await self._kicked.wait()

    # --- connections ----------------------------------------------------------------------

    async def on_connection(self, stream: trio.SocketStream) -> None:
        """Serve one connection, HTTP or WebSocket; what a client does wrong ends only its own."""
        try:
            async with stream:
                with trio.move_on_after(HANDSHAKE_S) as scope:
                    head = await read_head(stream)
                if scope.cancelled_caught or not head:
                    return
                if self._down and not target(head)[0].startswith(PREFIX):
                    reset(stream)
                elif is_upgrade(head):
                    await self._converse(stream, head)
                else:
                    await serve_http(stream, self._reply, head=head)
        except* _PEER_ERRORS:
            pass

    def _reply(self, request: Request) -> Reply:
        self.kick()
        if request.path.startswith(PREFIX):
            return Reply(self._admin.answer(request, self.now()))
        if request.path == "/health" and request.method == "GET":
            return Reply(Response(200, HEALTH, content_type="text/html"))
        return Reply(Response(404, "", content_type="text/html"))

    async def _converse(self, stream: trio.SocketStream, head: bytes) -> None:
        noted: list[Peer] = []

        def on_received() -> None:
            for peer in noted:
                peer.heard_ns = self._clock.monotonic_ns()

        wire = Wire(stream, head=head, on_received=on_received)
        async with trio.open_nursery() as nursery:
            with trio.move_on_after(HANDSHAKE_S) as scope:
                request = await trio_websocket.wrap_server_stream(
                    nursery, wire, max_message_size=MESSAGE_BYTES_MAX
                )
            if not scope.cancelled_caught:
                await self._admit(request, wire, noted)
            nursery.cancel_scope.cancel()

    async def _admit(
        self, request: trio_websocket.WebSocketRequest, wire: Wire, noted: list[Peer]
    ) -> None:
        endpoint = ENDPOINTS.get(request.path.partition("?")[0])
        if endpoint is None:
            await request.reject(404, body=b"")
            return
        fault = self.venue.faults.take((FaultKind.REFUSE_CONNECTION,), endpoint)
        if fault is not None and fault.number_value(503) == 0:
            reset(wire.stream)
            return
        if fault is not None or len(self._peers) >= CONNECTIONS_MAX:
            status = int(fault.number_value(503)) if fault is not None else 503
            await request.reject(status, body=b"")
            return
        offered = request.proposed_subprotocols
        websocket = await request.accept(subprotocol=offered[0] if offered else None)
        peer = Peer(
            wire,
            self.venue,
            number=next(self._numbers),
            endpoint=endpoint,
            clock=self.now,
            kick=self.kick,
        )
        noted.append(peer)
        await self._serve_peer(peer, websocket)

    async def _serve_peer(self, peer: Peer, websocket: trio_websocket.WebSocketConnection) -> None:
        self._peers[peer] = None
        facts = {"connection": peer.number, "endpoint": peer.endpoint}
        self.venue.log.append("connect", self.now(), **facts)
        try:
            await peer.run(websocket)
        finally:
            del self._peers[peer]
            peer.api.close()
            self.venue.log.append(
                "disconnect", self.now(), reason=peer.ended, lost=peer.lost, **facts
            )

    # --- the gateway's end, and immediate faults --------------------------------------------

    @property
    def _down(self) -> bool:
        """Whether the gateway's process is gone for the moment."""
        return self._clock.monotonic_ns() < self._up_ns

    def on_crash(self, why: str, seconds: float, now: Moment) -> None:
        """All sockets go with the process."""
        self._up_ns = now.mono_ns + int(seconds * NS)
        for peer in list(self._peers):
            peer.api.close()
            peer.cut(why)

    def on_immediate(self, fault: Fault) -> int:
        """Carry a fault out on all that matches; returns how many that were."""
        self.kick()
        if fault.kind in VENUE_FAULTS:
            return self._carry_out_on_venue(fault, self.now())
        hit = [
            peer for peer in self._peers if fault.match in ("*", peer.endpoint, str(peer.number))
        ]
        for peer in hit:
            self._carry_out(fault, peer, self.now())
        return len(hit)

    def _carry_out_on_venue(self, fault: Fault, now: Moment) -> int:
        if fault.kind is FaultKind.RESTART:
            gone = len(self._peers)
            self.venue.log.append("restart", now)
            self.on_crash("restart of the gateway", max(0.0, fault.number_value(1.0)), now)
            return gone
        if fault.kind is FaultKind.END_OF_DAY:
            gone = self.venue.end_day(now)
            for peer in list(self._peers):
                peer.api.front_down(4097, 0.0, now)
            return gone
        return self.venue.external(fault, now)

    def _carry_out(self, fault: Fault, peer: Peer, now: Moment) -> None:
        api: Api = peer.api
        match fault.kind:
            case FaultKind.STALL | FaultKind.MUTE:
                peer.wire.silence(deaf=fault.kind is FaultKind.STALL)
            case FaultKind.RESUME:
                peer.wire.resume()
            case FaultKind.RESET:
                peer.cut("reset by fault")
            case FaultKind.FRONT_DOWN:
                reason, seconds = outage(fault)
                api.front_down(reason, seconds, now)
            case FaultKind.HEARTBEAT_TIMEOUT:
                api.heartbeat_lost(now)
            case FaultKind.EXPIRE_LOGIN:
                api.forget_login()
            case FaultKind.UNSUBSCRIBE:
                if isinstance(api, MdApi):
                    self.venue.board.silence(api, str(fault.value))
            case _:
                peer.order_end(fault.kind, int(fault.number_value(1001)))
