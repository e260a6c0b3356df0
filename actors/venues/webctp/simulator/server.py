"""The simulator as a server: one loopback port, one gateway, one pump that moves its market.

A thin shell: sockets and the clock are here, everything that decides is in `venue.py`, `mdapi.py` and
`tradeapi.py`. One nursery owns every task; cancelling `serve` ends the server at once.
"""

from functools import partial
from itertools import count
from typing import Any, ClassVar, Final

import attrs
import trio
import trio_websocket

from actors.venues.webctp.simulator.api import Api
from actors.venues.webctp.simulator.faults import (
    VENUE_FAULTS,
    Fault,
    FaultKind,
    outage,
)
from actors.venues.webctp.simulator.mdapi import MdApi
from actors.venues.webctp.simulator.peer import Peer
from actors.venues.webctp.simulator.settings import SimulatorSettings
from actors.venues.webctp.simulator.venue import Venue
from engine.exchange.exchange import Exchange
from engine.simulator.admin import PREFIX, Admin
from engine.simulator.http import Reply, serve_http
from engine.simulator.jsontext import plain
from engine.simulator.moment import NS, Moment
from engine.simulator.requests import Request, Response
from engine.simulator.serving import PEER_ERRORS, Pump, Report, listen
from engine.simulator.upgrades import is_upgrade, read_head, target
from engine.simulator.wire import Wire, reset

CONNECTIONS_MAX: Final = 500
HANDSHAKE_S: Final = 10.0
MESSAGE_BYTES_MAX: Final = 4 * 1024 * 1024
"""What is read of a frame before it is found too long."""
ENDPOINTS: Final = {"/market_data": "market_data", "/trade": "trade"}
HEALTH: Final = "<!DOCTYPE html><html><head><title>WebCTP</title></head><body>OK</body></html>"


@attrs.frozen(kw_only=True)
class Running(Report[Venue]):
    """A running simulator."""

    NAME: ClassVar[str] = "webctp"

    @property
    def exchange(self) -> Exchange:
        """The matching core."""
        return self.venue.market.exchange


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
    listener = await listen(settings.host, settings.port)
    async with listener, trio.open_nursery() as nursery:
        nursery.start_soon(partial(trio.serve_listeners, server.on_connection, [listener]))
        nursery.start_soon(server.pump.run, server)
        task_status.started(server.running(*listener.socket.getsockname()[:2]))


class _Server:
    """All connections of one simulator."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self.pump = Pump()
        self.venue = Venue(settings, self.pump.now())
        self.venue.on_crash = self.on_crash
        self._admin = Admin(self.venue.faults, self.venue.log, self.state)
        self._peers: dict[Peer, None] = {}
        self._numbers = count(1)
        self._up_ns = 0
        self.venue.faults.immediate = self.on_immediate

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

    # --- what the pump moves --------------------------------------------------------------

    def next_deadline_ns(self) -> int:
        """When the venue or what a client is to hear is due."""
        dues = [peer.api.outlet.next_deadline_ns() for peer in self._peers]
        return min([self.venue.next_deadline_ns(), *dues])

    def advance(self, now: Moment) -> None:
        """Move the venue, and send what is due."""
        self.venue.advance(now)
        for peer in self._peers:
            peer.api.outlet.advance(now)

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
        except* PEER_ERRORS:
            pass

    def _reply(self, request: Request) -> Reply:
        self.pump.kick()
        if request.path.startswith(PREFIX):
            return Reply(self._admin.answer(request, self.pump.now()))
        if request.path == "/health" and request.method == "GET":
            return Reply(Response(200, HEALTH, content_type="text/html"))
        return Reply(Response(404, "", content_type="text/html"))

    async def _converse(self, stream: trio.SocketStream, head: bytes) -> None:
        noted: list[Peer] = []

        def on_received() -> None:
            for peer in noted:
                peer.heard_ns = self.pump.now().mono_ns

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
            clock=self.pump.now,
            kick=self.pump.kick,
        )
        noted.append(peer)
        await self._serve_peer(peer, websocket)

    async def _serve_peer(self, peer: Peer, websocket: trio_websocket.WebSocketConnection) -> None:
        self._peers[peer] = None
        facts = {"connection": peer.number, "endpoint": peer.endpoint}
        self.venue.log.append("connect", self.pump.now(), **facts)
        try:
            await peer.run(websocket)
        finally:
            del self._peers[peer]
            peer.api.close()
            self.venue.log.append(
                "disconnect", self.pump.now(), reason=peer.ended, lost=peer.lost, **facts
            )

    # --- the gateway's end, and immediate faults --------------------------------------------

    @property
    def _down(self) -> bool:
        """Whether the gateway's process is gone for the moment."""
        return self.pump.now().mono_ns < self._up_ns

    def on_crash(self, why: str, seconds: float, now: Moment) -> None:
        """All sockets go with the process."""
        self._up_ns = now.mono_ns + int(seconds * NS)
        for peer in list(self._peers):
            peer.api.close()
            peer.cut(why)

    def on_immediate(self, fault: Fault) -> int:
        """Carry a fault out on all that matches; returns how many that were."""
        self.pump.kick()
        if fault.kind in VENUE_FAULTS:
            return self._carry_out_on_venue(fault, self.pump.now())
        hit = [
            peer for peer in self._peers if fault.match in ("*", peer.endpoint, str(peer.number))
        ]
        for peer in hit:
            self._carry_out(fault, peer, self.pump.now())
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
