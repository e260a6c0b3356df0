"""The simulator as a server: three loopback ports, one venue, one pump that moves its market.

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

from actors.venues.wooxpro.simulator.connection import Rules
from actors.venues.wooxpro.simulator.errors import TABLE
from actors.venues.wooxpro.simulator.faults import HTTP, Fault, FaultKind
from actors.venues.wooxpro.simulator.peer import Peer
from actors.venues.wooxpro.simulator.rest import NOT_FOUND_BODY, Rest
from actors.venues.wooxpro.simulator.routes import ROUTES
from actors.venues.wooxpro.simulator.settings import SimulatorSettings
from actors.venues.wooxpro.simulator.venue import Venue
from engine.exchange.exchange import Exchange
from engine.simulator import httpfaults
from engine.simulator.admin import PREFIX, Admin
from engine.simulator.http import Reply, serve_http
from engine.simulator.jsontext import dumps, plain
from engine.simulator.moment import NS
from engine.simulator.requests import Request, Response
from engine.simulator.serving import PEER_ERRORS, Pump, Report, address, listen
from engine.simulator.wire import Wire, reset

CONNECTIONS_MAX: Final = 500
"""Per address, as at the venue; all clients here share one."""
HANDSHAKE_S: Final = 10.0
MESSAGE_BYTES_MAX: Final = 65_536
SUBMIT_PATH: Final = "/contract/private/submit-order"
ENDPOINTS: Final = {"/api": "public", "/user": "private"}


@attrs.frozen(kw_only=True)
class Running(Report[Venue]):
    """A running simulator."""

    NAME = "wooxpro"

    @property
    def exchange(self) -> Exchange:
        """The matching core."""
        return self.venue.exchange


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
        listeners = [
            await opened.enter_async_context(await listen(settings.host, port))
            for port in settings.ports()
        ]
        await _serve_on(server, listeners, task_status)


async def _serve_on(
    server: "_Server",
    listeners: list[trio.SocketListener],
    task_status: trio.TaskStatus[Running],
) -> None:
    handlers = (server.on_http, server.on_websocket, server.on_websocket)
    async with trio.open_nursery() as nursery:
        for listener, handler in zip(listeners, handlers, strict=True):
            nursery.start_soon(partial(trio.serve_listeners, handler, [listener]))
        nursery.start_soon(server.pump.run, server.venue)
        task_status.started(server.running([address(listener) for listener in listeners]))


class _Server:
    """All connections of one simulator."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.pump = Pump()
        self._settings = settings
        self.venue = Venue(settings, self.pump.now())
        self._rest = Rest(self.venue, ROUTES)
        self._admin = Admin(self.venue.faults, self.venue.log, self.state)
        self._rules = Rules(
            symbols=self.venue.symbols,
            credentials={each.api_key: each for each in settings.credentials},
            sign_suffixes=settings.sign_suffixes,
            idle_timeout_ns=int(settings.idle_timeout_s * NS),
            lifeless_ns=int(settings.lifeless_s * NS),
            lifeless_strict=settings.lifeless_strict,
        )
        self._peers: dict[Peer, trio_websocket.WebSocketConnection] = {}
        self._numbers = count(1)
        self.venue.faults.immediate = self.on_immediate

    def running(self, addresses: list[str]) -> Running:
        """What is reported to the caller."""
        http, public, private = addresses
        first = self._settings.credentials[0]
        return Running(
            endpoints={
                "http": f"http://{http}",
                "public_ws": f"ws://{public}/api?protocol=1.1",
                "private_ws": f"ws://{private}/user?protocol=1.1",
            },
            credentials={
                "api_key": first.api_key,
                "api_secret": first.api_secret,
                "memo": first.memo,
            },
            instruments=[
                {
                    "symbol": each.symbol,
                    "price_increment": plain(each.price_increment),
                    "lot": "1",
                    "reference_price": self.venue.market.reference_price(each),
                }
                for each in self.venue.contracts
            ],
            venue=self.venue,
        )

    def state(self) -> dict[str, Any]:
        """For /simulator/state."""
        return {
            "market_started": self.venue.market.started,
            "pushes": self.venue.hub.pushes,
            "connections": [
                {
                    "number": peer.number,
                    "endpoint": peer.endpoint,
                    "logged_in": peer.account is not None,
                    "topics": list(peer.connection.topics),
                }
                for peer in self._peers
            ],
        }

    # --- HTTP -----------------------------------------------------------------------------

    async def on_http(self, stream: trio.SocketStream) -> None:
        """Serve one HTTP connection."""
        await serve_http(stream, self._reply)

    def _reply(self, request: Request) -> Reply:
        now = self.pump.now()
        self.pump.kick()
        if request.path.startswith(PREFIX):
            return Reply(self._admin.answer(request, now))
        fault = self.venue.faults.take(HTTP, request.path) if self.venue.faults else None
        kind = fault.kind if fault is not None else None
        self.venue.log.append(
            "request",
            now,
            method=request.method,
            path=request.path,
            query=request.fields,
            body=request.body.decode("utf-8", "replace"),
            fault=kind.value if kind is not None else "",
        )
        told_of = self.venue.testimony.orders
        reply = _unprocessed(fault) or httpfaults.processed(fault, self._rest.answer(request, now))
        if request.path == SUBMIT_PATH and self.venue.testimony.orders == told_of:
            why = kind.value if kind is not None else reply.response.body
            self.venue.testimony.turned_away(request.body, now, why)
        return reply

    # --- WebSocket ------------------------------------------------------------------------

    async def on_websocket(self, stream: trio.SocketStream) -> None:
        """Serve one WebSocket connection; what a client does wrong ends only its own."""
        try:
            async with stream:
                await self._converse(stream)
        except* PEER_ERRORS:
            pass

    async def _converse(self, stream: trio.SocketStream) -> None:
        noted: list[Peer] = []

        def on_received() -> None:
            for peer in noted:
                peer.connection.activity(self.pump.now().mono_ns)

        def on_sent() -> None:
            for peer in noted:
                peer.connection.sent(self.pump.now().mono_ns)

        wire = Wire(stream, on_received=on_received, on_sent=on_sent)
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
            await request.reject(404, body=NOT_FOUND_BODY.encode())
            return
        fault = self.venue.faults.take((FaultKind.REFUSE_CONNECTION,), endpoint)
        if fault is not None and fault.number_value(503) == 0:
            reset(wire.stream)
            return
        if fault is not None or len(self._peers) >= CONNECTIONS_MAX:
            status = int(fault.number_value(503)) if fault is not None else 503
            await request.reject(status, body=b"")
            return
        websocket = await request.accept()
        peer = Peer(
            wire,
            self.venue,
            number=next(self._numbers),
            endpoint=endpoint,
            rules=self._rules,
            clock=self.pump.now,
            kick=self.pump.kick,
        )
        noted.append(peer)
        await self._serve_peer(peer, websocket)

    async def _serve_peer(self, peer: Peer, websocket: trio_websocket.WebSocketConnection) -> None:
        self._peers[peer] = websocket
        facts = {"connection": peer.number, "endpoint": peer.endpoint}
        self.venue.log.append("connect", self.pump.now(), **facts)
        try:
            await peer.run(websocket)
        finally:
            del self._peers[peer]
            self.venue.hub.drop(peer)
            self.venue.log.append("disconnect", self.pump.now(), reason=peer.ended, **facts)

    # --- immediate faults -----------------------------------------------------------------

    def on_immediate(self, fault: Fault) -> int:
        """Carry a fault out on all matching connections; returns how many there were."""
        hit = [
            peer for peer in self._peers if fault.match in ("*", peer.endpoint, str(peer.number))
        ]
        for peer in hit:
            self._carry_out(fault, peer)
        return len(hit)

    def _carry_out(self, fault: Fault, peer: Peer) -> None:
        kind = fault.kind
        if kind in (FaultKind.STALL, FaultKind.MUTE):
            peer.wire.silence(deaf=kind is FaultKind.STALL)
        elif kind is FaultKind.RESUME:
            peer.wire.resume()
        elif kind is FaultKind.RESET:
            peer.cut("reset by fault")
        elif kind is FaultKind.EXPIRE_LOGIN:
            for topic in peer.connection.expire_login():
                self.venue.hub.unsubscribe(peer, topic.text)
        elif kind is FaultKind.UNSUBSCRIBE:
            self.venue.hub.unsubscribe(peer, str(fault.value))
        else:
            peer.order_end(kind, int(fault.number_value(1001)))


def _unprocessed(fault: Fault | None) -> Reply | None:
    """The reply to a request that a fault keeps from being processed, None for all others."""
    if fault is None:
        return None
    if fault.kind is FaultKind.HTTP_NOT_FOUND:
        return Reply(Response(404, NOT_FOUND_BODY))
    if fault.kind is FaultKind.HTTP_STATUS:
        return Reply(_failure(int(fault.number_value(503))))
    return httpfaults.unprocessed(fault)


_CODE_OF_STATUS: Final = {429: 30013, 418: 30017, 503: 30014}


def _failure(status: int) -> Response:
    """An error answer of the venue's gateway; 500 comes with code 40012, others as tabled."""
    code = _CODE_OF_STATUS.get(status, 40012)
    body = {"code": code, "message": TABLE[code][1], "data": {}, "trace": ""}
    return Response(status, dumps(body))
