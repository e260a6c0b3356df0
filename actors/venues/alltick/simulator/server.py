"""The simulator as a server: every port serves every path, one pump moves the market.

A thin shell: sockets and the clock are here, everything that decides is in `venue.py`, `rest.py`
and `connection.py`. One nursery owns every task; cancelling `serve` ends the server at once.
"""

import errno
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from typing import Any, Final

import attrs
import trio
import trio_websocket
from wsproto.utilities import ProtocolError as WsProtocolError

from actors.venues.alltick.simulator import errors
from actors.venues.alltick.simulator.connection import answer
from actors.venues.alltick.simulator.faults import HTTP, Fault, FaultKind, Faults
from actors.venues.alltick.simulator.jsontext import dumps
from actors.venues.alltick.simulator.peer import Peer, shown
from actors.venues.alltick.simulator.rest import NOT_FOUND, TOKEN_MISSING, TOKEN_WRONG, Rest
from actors.venues.alltick.simulator.settings import Account, SimulatorSettings
from actors.venues.alltick.simulator.venue import Venue
from engine.clock import SystemClock
from engine.errors import ConfigError, Problem
from engine.simulator import httpfaults
from engine.simulator.admin import PREFIX, Admin
from engine.simulator.http import Reply, refuse, serve_http
from engine.simulator.jsontext import plain
from engine.simulator.moment import NS, Moment
from engine.simulator.requests import Request, Response, fields_of
from engine.simulator.upgrades import is_upgrade, read_head, target
from engine.simulator.wire import Wire, reset
from engine.simulator.witnesslog import WitnessLog

CONNECTIONS_MAX: Final = 500
"""Of all clients together; whatever their plans say."""
BODY_BYTES_MAX: Final = 1 << 20
"""Of a /batch-kline with all its groups."""
HANDSHAKE_S: Final = 10.0
MESSAGE_BYTES_MAX: Final = 1 << 20
PUMP_SLEEP_MAX_S: Final = 3_600.0
WS_PATHS: Final = {"/quote-stock-b-ws-api": "stock", "/quote-b-ws-api": "other"}
HTTP_PATHS: Final = {"stock": "/quote-stock-b-api", "other": "/quote-b-api"}
TOO_MANY: Final = Response(429, '{"ret":429,"msg":"Too Many Requests"}')
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
    """A running simulator: where it is, how to log in, what it lists, and its inner handles.

    `faults`, `log` and `venue` are for tests in the same trio run.
    """

    endpoints: dict[str, str]
    credentials: dict[str, str]
    instruments: list[dict[str, str]]
    venue: Venue

    @property
    def faults(self) -> Faults:
        """Misbehaviour."""
        return self.venue.faults

    @property
    def log(self) -> WitnessLog:
        """The witness."""
        return self.venue.log

    def description(self) -> dict[str, Any]:
        """What `simulate alltick` prints first."""
        return {
            "venue": "alltick",
            "endpoints": self.endpoints,
            "credentials": self.credentials,
            "instruments": self.instruments,
        }


async def serve(
    settings: SimulatorSettings,
    *,
    task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run one simulated venue until cancelled; reports a `Running` once all ports listen.

    Raises:
        ConfigError: for a port that is taken, an unknown code, or an unusable recording.
    """
    server = _Server(settings)
    async with AsyncExitStack() as opened:
        listeners: dict[int, trio.SocketListener] = {}
        for port in settings.ports():
            if port not in listeners:
                listener = await _listen(settings.host, port)
                listeners[port] = await opened.enter_async_context(listener)
        addresses = [_address(listeners[port]) for port in settings.ports()]
        async with trio.open_nursery() as nursery:
            for listener in listeners.values():
                nursery.start_soon(partial(trio.serve_listeners, server.on_stream, [listener]))
            nursery.start_soon(server.pump)
            task_status.started(server.running(addresses))


async def _listen(host: str, port: int) -> trio.SocketListener:
    try:
        return (await trio.open_tcp_listeners(port, host=host))[0]
    except OSError as error:
        hint = "0 takes a free port" if error.errno == errno.EADDRINUSE else ""
        raise ConfigError(
            Problem("simulator port", f"cannot listen on {host}:{port}: {error}", hint)
        ) from error


def _address(listener: trio.SocketListener) -> str:
    host, port = listener.socket.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _Server:
    """All connections of one simulator."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._clock = SystemClock()
        self._settings = settings
        self.venue = Venue(settings, self.now())
        self._rest = Rest(self.venue)
        self._admin = Admin(self.venue.faults, self.venue.log, self.state)
        self._peers: dict[Peer, None] = {}
        self._numbers = count(1)
        self._kicked = trio.Event()
        self.venue.faults.immediate = self.on_immediate

    def now(self) -> Moment:
        """The present."""
        return Moment(self._clock.monotonic_ns(), self._clock.wall_ns())

    def running(self, addresses: list[str]) -> Running:
        """What is reported to the caller."""
        stock_ws, other_ws, stock_http, other_http = addresses
        return Running(
            endpoints={
                "stock_ws": f"ws://{stock_ws}/quote-stock-b-ws-api",
                "other_ws": f"ws://{other_ws}/quote-b-ws-api",
                "stock_http": f"http://{stock_http}{HTTP_PATHS['stock']}",
                "other_http": f"http://{other_http}{HTTP_PATHS['other']}",
            },
            credentials={"token": self._settings.known_accounts()[0].token},
            instruments=[
                {
                    "symbol": each.code,
                    "price_increment": plain(each.price_increment),
                    "lot": plain(each.lot),
                    "reference_price": self.venue.market.reference_price(each),
                }
                for each in self.venue.listings
            ],
            venue=self.venue,
        )

    def state(self) -> dict[str, Any]:
        """For /simulator/state."""
        venue = self.venue
        return {
            "market_started": venue.market.started,
            "sources": {each.code: venue.market.source(each) for each in venue.listings},
            "pushes": venue.hub.pushes,
            "connections": [
                {
                    "number": peer.number,
                    "endpoint": peer.endpoint,
                    "heartbeats": peer.connection.heartbeats,
                    "depth": venue.hub.watched(peer, "depth"),
                    "trade": list(venue.hub.watched(peer, "trade")),
                }
                for peer in self._peers
            ],
        }

    # --- the pump -------------------------------------------------------------------------

    def kick(self) -> None:
        """Something may be due earlier than the pump believes."""
        self._kicked.set()

    async def pump(self) -> None:
        """Move the venue along its deadlines; one scheduling point per batch of market events."""
        while True:
            now = self.now()
            self.venue.advance(now)
            wait_s = (self.venue.next_deadline_ns() - now.mono_ns) / NS
            if wait_s <= 0:
                await trio.lowlevel.checkpoint()
                continue
            self._kicked = trio.Event()
            with trio.move_on_after(min(wait_s, PUMP_SLEEP_MAX_S)):
                await self._kicked.wait()

    # --- connections ----------------------------------------------------------------------

    async def on_stream(self, stream: trio.SocketStream) -> None:
        """Serve one connection, HTTP or WebSocket; what a client does wrong ends only its own."""
        try:
            async with stream:
                head = b""
                with trio.move_on_after(HANDSHAKE_S):
                    head = await read_head(stream)
                if head and is_upgrade(head):
                    await self._admit(stream, head)
                elif head:
                    await serve_http(stream, self._reply, head=head, body_bytes_max=BODY_BYTES_MAX)
        except* _PEER_ERRORS:
            pass

    def _reply(self, request: Request) -> Reply:
        now = self.now()
        self.kick()
        if request.path.startswith(PREFIX):
            return Reply(self._admin.answer(request, now))
        fault = self.venue.faults.take(HTTP, request.path) if self.venue.faults else None
        self.venue.log.append(
            "request",
            now,
            method=request.method,
            path=request.path,
            query={name: text for name, text in request.fields.items() if name != "token"},
            body=shown(request.body),
            fault=fault.kind.value if fault is not None else "",
        )
        return _unprocessed(fault) or httpfaults.processed(fault, self._rest.answer(request, now))

    # --- WebSocket ------------------------------------------------------------------------

    async def _admit(self, stream: trio.SocketStream, head: bytes) -> None:
        """Accept a handshake, or refuse it with what the venue says of it."""
        path, query = target(head)
        token = fields_of(query).get("token", "")
        family = WS_PATHS.get(path.rstrip("/"))
        fault = self.venue.faults.take((FaultKind.REFUSE_CONNECTION,), f"{family}_ws")
        if fault is not None and not fault.number_value(503):
            reset(stream)
            return
        refusal = self._refusal(family, token)
        if fault is not None:
            refusal = _refused_by(fault)
        account = self.venue.account(token)
        if refusal is None and account is not None and family is not None:
            excess = self._excess(account, family)
            if not excess or self._settings.excess_connection == "close":
                await self._accept(Wire(stream, head), account, family, excess=excess)
                return
            refusal = TOO_MANY
        refusal = refusal or NOT_FOUND
        self.venue.log.append("refuse", self.now(), path=path, status=refusal.status)
        await refuse(stream, refusal)

    def _refusal(self, family: str | None, token: str) -> Response | None:
        """What is said to a handshake that is wrong in itself, None for the others."""
        if not token:
            return TOKEN_MISSING
        if self.venue.account(token) is None:
            return TOKEN_WRONG
        return NOT_FOUND if family is None else None

    def _excess(self, account: Account, family: str) -> str:
        """Why one more connection is too many, "" when it is not."""
        venue = self.venue
        if len(self._peers) >= CONNECTIONS_MAX:
            return "connections"
        same = [
            p for p in self._peers if (p.account, p.family) == (account, family) and not p.ended
        ]
        if len(same) >= venue.connection_limit(account):
            return "connections"
        if self._settings.reconnect_pacing:
            group, pause_s = f"{family}/{account.token}", venue.plan(account).reconnect_s
            if not venue.arrivals.admit(group, pause_s, self.now().mono_ns):
                return "reconnect"
        return ""

    async def _accept(self, wire: Wire, account: Account, family: str, *, excess: str) -> None:
        async with trio.open_nursery() as nursery:
            with trio.move_on_after(HANDSHAKE_S) as scope:
                request = await trio_websocket.wrap_server_stream(
                    nursery, wire, max_message_size=MESSAGE_BYTES_MAX
                )
                websocket = await request.accept()
            if not scope.cancelled_caught:
                if excess:
                    await self._turn_away(websocket, family, excess)
                else:
                    await self._serve_peer(wire, websocket, account, family)
            nursery.cancel_scope.cancel()

    async def _turn_away(
        self, websocket: trio_websocket.WebSocketConnection, family: str, excess: str
    ) -> None:
        """Accepted, told that it is too many, and closed."""
        self.venue.log.append("refuse", self.now(), endpoint=f"{family}_ws", reason=excess)
        await websocket.send_message(answer(None, errors.CLOSING).text)
        with trio.move_on_after(HANDSHAKE_S):
            await websocket.aclose(1000)

    async def _serve_peer(
        self,
        wire: Wire,
        websocket: trio_websocket.WebSocketConnection,
        account: Account,
        family: str,
    ) -> None:
        venue, number = self.venue, next(self._numbers)
        peer = Peer(
            wire,
            venue,
            account=account,
            family=family,
            number=number,
            rules=venue.rules(account, family, number),
            clock=self.now,
            kick=self.kick,
        )
        self._peers[peer] = None
        facts = {"connection": number, "endpoint": peer.endpoint}
        venue.log.append("connect", self.now(), **facts)
        try:
            await peer.run(websocket)
        finally:
            del self._peers[peer]
            venue.hub.drop(peer)
            venue.pacer.forget(venue.pacing_group(account, family), number)
            venue.log.append("disconnect", self.now(), reason=peer.ended, **facts)

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
        elif kind is FaultKind.UNSUBSCRIBE:
            self.venue.hub.unsubscribe(peer, fault.text_value(""))
        else:
            code = min(max(int(fault.number_value(1001)), 1000), 4999)
            peer.order_end(kind, code, f"{kind.value} by fault")


def _unprocessed(fault: Fault | None) -> Reply | None:
    """The reply to a request that a fault keeps from being processed, None for all others."""
    if fault is not None and fault.kind is FaultKind.HTTP_RET:
        ret = int(fault.number_value(errors.TOO_MANY_REQUESTS))
        body = {"ret": ret, "msg": errors.TEXTS.get(ret, "error"), "trace": "", "data": {}}
        return Reply(Response(200, dumps(body)))
    if fault is not None and fault.kind is FaultKind.HTTP_STATUS:
        return Reply(Response(_status(fault), "upstream error", content_type="text/plain"))
    return None


def _refused_by(fault: Fault) -> Response:
    """The answer to a handshake that a fault refuses."""
    status = _status(fault)
    body = {401: TOKEN_WRONG.body, 429: TOO_MANY.body}.get(status, "")
    return Response(status, body)


def _status(fault: Fault) -> int:
    """A fault's HTTP status, of those that end a request."""
    return min(max(int(fault.number_value(503)), 200), 599)
