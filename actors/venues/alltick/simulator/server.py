"""The simulator as a server: every port serves every path, one pump moves the market.

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

from actors.venues.alltick.simulator import errors
from actors.venues.alltick.simulator.connection import answer
from actors.venues.alltick.simulator.faults import HTTP, Fault, FaultKind
from actors.venues.alltick.simulator.jsontext import dumps
from actors.venues.alltick.simulator.peer import Peer, shown
from actors.venues.alltick.simulator.rest import NOT_FOUND, TOKEN_MISSING, TOKEN_WRONG, Rest
from actors.venues.alltick.simulator.settings import Account, SimulatorSettings
from actors.venues.alltick.simulator.venue import Venue
from engine.simulator import httpfaults
from engine.simulator.admin import PREFIX, Admin
from engine.simulator.http import Reply, refuse, serve_http
from engine.simulator.jsontext import plain
from engine.simulator.requests import Request, Response, fields_of
from engine.simulator.serving import PEER_ERRORS, Pump, Report, address, listen
from engine.simulator.upgrades import is_upgrade, read_head, target
from engine.simulator.wire import Wire, reset

CONNECTIONS_MAX: Final = 500
"""Of all clients together; whatever their plans say."""
BODY_BYTES_MAX: Final = 1 << 20
"""Of a /batch-kline with all its groups."""
HANDSHAKE_S: Final = 10.0
MESSAGE_BYTES_MAX: Final = 1 << 20
WS_PATHS: Final = {"/quote-stock-b-ws-api": "stock", "/quote-b-ws-api": "other"}
HTTP_PATHS: Final = {"stock": "/quote-stock-b-api", "other": "/quote-b-api"}
TOO_MANY: Final = Response(429, '{"ret":429,"msg":"Too Many Requests"}')


@attrs.frozen(kw_only=True)
class Running(Report[Venue]):
    """A running simulator."""

    NAME = "alltick"


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
                listener = await listen(settings.host, port)
                listeners[port] = await opened.enter_async_context(listener)
        addresses = [address(listeners[port]) for port in settings.ports()]
        async with trio.open_nursery() as nursery:
            for listener in listeners.values():
                nursery.start_soon(partial(trio.serve_listeners, server.on_stream, [listener]))
            nursery.start_soon(server.pump.run, server.venue)
            task_status.started(server.running(addresses))


class _Server:
    """All connections of one simulator."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.pump = Pump()
        self._settings = settings
        self.venue = Venue(settings, self.pump.now())
        self._rest = Rest(self.venue)
        self._admin = Admin(self.venue.faults, self.venue.log, self.state)
        self._peers: dict[Peer, None] = {}
        self._numbers = count(1)
        self.venue.faults.immediate = self.on_immediate

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
        except* PEER_ERRORS:
            pass

    def _reply(self, request: Request) -> Reply:
        now = self.pump.now()
        self.pump.kick()
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
        self.venue.log.append("refuse", self.pump.now(), path=path, status=refusal.status)
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
            if not venue.arrivals.admit(group, pause_s, self.pump.now().mono_ns):
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
        self.venue.log.append("refuse", self.pump.now(), endpoint=f"{family}_ws", reason=excess)
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
            clock=self.pump.now,
            kick=self.pump.kick,
        )
        self._peers[peer] = None
        facts = {"connection": number, "endpoint": peer.endpoint}
        venue.log.append("connect", self.pump.now(), **facts)
        try:
            await peer.run(websocket)
        finally:
            del self._peers[peer]
            venue.hub.drop(peer)
            venue.pacer.forget(venue.pacing_group(account, family), number)
            venue.log.append("disconnect", self.pump.now(), reason=peer.ended, **facts)

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
