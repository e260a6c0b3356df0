"""The simulator as a server: five loopback ports, one venue, one pump that moves its market.

A thin shell: sockets and the clock are here, everything that decides is in `venue.py`, `rest.py`
and `connection.py`. One nursery owns every task; cancelling `serve` ends the server at once.
"""

from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from typing import Any, Final

import attrs
import trio
import trio_websocket

from actors.venues.longbridge.simulator.connection import Gateway
from actors.venues.longbridge.simulator.faults import VENUE_FAULTS, Fault, FaultKind
from actors.venues.longbridge.simulator.front import Front
from actors.venues.longbridge.simulator.handshakes import TCP_BYTES, query_problem, tcp_problem
from actors.venues.longbridge.simulator.hub import SubType
from actors.venues.longbridge.simulator.packets import REQUEST_BODY_MAX, CloseCode
from actors.venues.longbridge.simulator.peer import Peer, Surroundings
from actors.venues.longbridge.simulator.settings import SimulatorSettings
from actors.venues.longbridge.simulator.transports import (
    TcpTransport,
    Transport,
    WebSocketTransport,
)
from actors.venues.longbridge.simulator.venue import Venue
from engine.simulator.admin import PREFIX
from engine.simulator.http import Ending, Reply, serve_http
from engine.simulator.jsontext import plain
from engine.simulator.moment import NS
from engine.simulator.requests import Request, Response
from engine.simulator.serving import PEER_ERRORS, Pump, Report, address, listen
from engine.simulator.wire import Wire, reset

CONNECTIONS_MAX: Final = 500
"""Connections of all gateways at once, whoever's they are."""
HANDSHAKE_S: Final = 10.0
MESSAGE_BYTES_MAX: Final = REQUEST_BODY_MAX + 64
GATEWAYS: Final[dict[str, Gateway]] = {
    "quote_ws": "quote",
    "trade_ws": "trade",
    "quote_tcp": "quote",
    "trade_tcp": "trade",
}


@attrs.frozen(kw_only=True)
class Running(Report[Venue]):
    """A running simulator."""

    NAME = "longbridge"


async def serve(
    settings: SimulatorSettings,
    *,
    task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run one simulated venue until cancelled; reports a `Running` once all ports listen.

    Raises:
        ConfigError: for a port that is taken, an unknown symbol, or an unusable recording.
    """
    server = _Server(settings)
    async with AsyncExitStack() as opened:
        listeners = {
            name: await opened.enter_async_context(await listen(settings.host, port))
            for name, port in settings.ports().items()
        }
        async with trio.open_nursery() as nursery:
            for name, listener in listeners.items():
                nursery.start_soon(trio.serve_listeners, server.handler(name), [listener])
            nursery.start_soon(server.pump.run, server.venue)
            addresses = {name: address(each) for name, each in listeners.items()}
            task_status.started(server.running(addresses))


class _Server:
    """All connections of one simulator."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.pump = Pump()
        self._settings = settings
        self.venue = Venue(settings, self.pump.now())
        self._front = Front(self.venue, self.state)
        self._around = Surroundings(self.venue, self.pump.now, self.pump.kick, self.on_taken_over)
        self._peers: dict[Peer, None] = {}
        self._numbers = count(1)
        self._up_ns = 0
        self.venue.faults.immediate = self.on_immediate

    def running(self, addresses: dict[str, str]) -> Running:
        """What is reported to the caller."""
        first = self._settings.credentials[0]
        schemes = {"http": "http", "quote_ws": "ws", "trade_ws": "ws"}
        return Running(
            endpoints={
                name: f"{schemes.get(name, 'tcp')}://{address}"
                for name, address in addresses.items()
            },
            credentials={
                "app_key": first.app_key,
                "app_secret": first.app_secret,
                "access_token": first.access_token,
            },
            instruments=[
                {
                    "symbol": each.symbol,
                    "price_increment": plain(each.tick),
                    "lot": str(each.lot),
                    "reference_price": self.venue.market.feeds.reference_price(each),
                }
                for each in self.venue.listings
            ],
            venue=self.venue,
        )

    def state(self) -> dict[str, Any]:
        """For /simulator/state."""
        feeds = self.venue.market.feeds
        return {
            "market_started": feeds.started,
            "recorded": feeds.recorded,
            "pushes": self.venue.hub.pushes,
            "connections": [
                {
                    "number": peer.number,
                    "endpoint": peer.endpoint,
                    "account": peer.account or "",
                    "subscribed": {
                        symbol: sorted(kinds)
                        for symbol, kinds in self.venue.hub.subscribed(peer).items()
                    },
                    "topics": self.venue.hub.topics_of(peer),
                }
                for peer in self._peers
            ],
        }

    # --- connections ----------------------------------------------------------------------

    def handler(self, endpoint: str) -> Any:
        """What serves the connections of one endpoint."""
        if endpoint == "http":
            return self.on_http
        return partial(self.on_gateway, endpoint)

    async def on_http(self, stream: trio.SocketStream) -> None:
        """Serve one HTTP connection."""
        await serve_http(stream, self._reply)

    def _reply(self, request: Request) -> Reply:
        self.pump.kick()
        if self._down and not request.path.startswith(PREFIX):
            return Reply(Response(503, ""), Ending.RESET)
        return self._front.reply(request, self.pump.now())

    async def on_gateway(self, endpoint: str, stream: trio.SocketStream) -> None:
        """Serve one connection of a gateway; what a client does wrong ends only its own."""
        noted: list[Peer] = []

        def on_received() -> None:
            for peer in noted:
                peer.connection.activity(self.pump.now().mono_ns)

        try:
            async with stream:
                if self._down:
                    reset(stream)
                    return
                fault = self.venue.faults.take((FaultKind.REFUSE_CONNECTION,), endpoint)
                full = len(self._peers) >= CONNECTIONS_MAX
                refusal = (
                    int(fault.number_value(503)) if fault is not None else 503 if full else None
                )
                wire = Wire(stream, on_received=on_received)
                if endpoint.endswith("_ws"):
                    await self._on_websocket(endpoint, wire, noted, refusal)
                else:
                    await self._on_tcp(endpoint, wire, noted, refusal)
        except* PEER_ERRORS:
            pass

    async def _on_websocket(
        self, endpoint: str, wire: Wire, noted: list[Peer], refusal: int | None
    ) -> None:
        async with trio.open_nursery() as nursery:
            with trio.move_on_after(HANDSHAKE_S) as scope:
                request = await trio_websocket.wrap_server_stream(
                    nursery, wire, max_message_size=MESSAGE_BYTES_MAX
                )
            if not scope.cancelled_caught:
                if refusal == 0:
                    reset(wire.stream)
                elif refusal is not None:
                    await request.reject(refusal, body=b"")
                else:
                    problem = query_problem(request.path)
                    transport = WebSocketTransport(wire, await request.accept())
                    await self._serve_peer(transport, endpoint, noted, problem)
            nursery.cancel_scope.cancel()

    async def _on_tcp(
        self, endpoint: str, wire: Wire, noted: list[Peer], refusal: int | None
    ) -> None:
        if refusal is not None:
            reset(wire.stream)
            return
        greeting = bytearray()
        with trio.move_on_after(HANDSHAKE_S):
            while len(greeting) < TCP_BYTES:
                data = await wire.receive_some(TCP_BYTES - len(greeting))
                if not data:
                    return
                greeting += data
        problem = tcp_problem(bytes(greeting)) if len(greeting) == TCP_BYTES else "no handshake"
        await self._serve_peer(TcpTransport(wire), endpoint, noted, problem)

    async def _serve_peer(
        self, transport: Transport, endpoint: str, noted: list[Peer], problem: str
    ) -> None:
        peer = Peer(
            transport,
            self._around,
            number=next(self._numbers),
            endpoint=endpoint,
            gateway=GATEWAYS[endpoint],
        )
        if problem:
            peer.farewell(CloseCode.UNPACK_ERROR, f"invalid handshake: {problem}")
        noted.append(peer)
        self._peers[peer] = None
        facts = {"connection": peer.number, "endpoint": endpoint}
        self.venue.log.append("connect", self.pump.now(), **facts)
        try:
            await peer.run()
        finally:
            del self._peers[peer]
            self.venue.hub.drop(peer)
            peer.connection.gone()
            self.venue.log.append("disconnect", self.pump.now(), reason=peer.ended, **facts)

    def on_taken_over(self, newcomer: Peer, session_id: str) -> None:
        """A session was resumed: its old connection goes."""
        for peer in list(self._peers):
            session = peer.connection.session
            if peer is not newcomer and session is not None and session.session_id == session_id:
                peer.farewell(CloseCode.CONNECT_DUPLICATE, "connect duplicate")
                self.venue.hub.drop(peer)

    # --- immediate faults -----------------------------------------------------------------

    def on_immediate(self, fault: Fault) -> int:
        """Carry a fault out on all that matches; returns how many that were."""
        if fault.kind in VENUE_FAULTS:
            return self._carry_out_on_venue(fault)
        hit = [
            peer for peer in self._peers if fault.match in ("*", peer.endpoint, str(peer.number))
        ]
        for peer in hit:
            self._carry_out(fault, peer)
        return len(hit)

    @property
    def _down(self) -> bool:
        """Whether the venue is restarting."""
        return self.pump.now().mono_ns < self._up_ns

    def _carry_out_on_venue(self, fault: Fault) -> int:
        venue, now = self.venue, self.pump.now()
        match fault.kind:
            case FaultKind.EXPIRE_ACCESS:
                return venue.access.expire(fault.match)
            case FaultKind.REVIVE_ACCESS:
                return venue.access.revive()
            case FaultKind.END_OF_DAY:
                return venue.desk.end_day(now, "" if fault.match == "*" else fault.match)
            case _:
                self._up_ns = now.mono_ns + int(fault.number_value(1.0) * NS)
                venue.forget_logins()
                gone = list(self._peers)
                for peer in gone:
                    peer.cut("restart of the venue")
                return len(gone)

    def _carry_out(self, fault: Fault, peer: Peer) -> None:
        wire = peer.transport.wire
        match fault.kind:
            case FaultKind.STALL | FaultKind.MUTE:
                wire.silence(deaf=fault.kind is FaultKind.STALL)
            case FaultKind.RESUME:
                wire.resume()
            case FaultKind.RESET:
                peer.cut("reset by fault")
            case FaultKind.CLOSE_PUSH | FaultKind.CLOSE_PUSH_ONLY:
                code = CloseCode(int(fault.number_value(CloseCode.SERVER_ERROR)))
                stay = fault.kind is FaultKind.CLOSE_PUSH_ONLY
                peer.farewell(code, code.name.lower().replace("_", " "), stay=stay)
            case FaultKind.EXPIRE_SESSION:
                if peer.connection.session is not None:
                    self.venue.sessions.expire(peer.connection.session.session_id)
            case FaultKind.UNSUBSCRIBE:
                self._silence(peer, str(fault.value))
            case FaultKind.HALF_CLOSE | FaultKind.CLOSE:
                peer.order_end(fault.kind, int(fault.number_value(1001)))
            case _:
                peer.misspeak(fault.kind)

    def _silence(self, peer: Peer, subject: str) -> None:
        symbol, found, name = subject.partition("/")
        kinds = [kind for kind in SubType if not found or kind.name.lower() == name]
        self.venue.hub.silence(peer, symbol, kinds)
        self.venue.hub.leave(peer, subject)
