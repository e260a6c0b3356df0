"""The simulator as a server: one loopback port for both protocols, one venue, one pump for its market.

A thin shell: sockets and the clock are here, everything that decides is in `venue.py`, `rest.py` and
`connection.py`. One nursery owns every task; cancelling `serve` ends the server at once.
"""

from contextlib import AsyncExitStack
from itertools import count
from typing import Any, Final

import attrs
import trio
import trio_websocket

from actors.venues.t4.simulator.codes import LoginResult
from actors.venues.t4.simulator.faults import VENUE_FAULTS, Fault, FaultKind, enumerated
from actors.venues.t4.simulator.front import NOT_FOUND, Front
from actors.venues.t4.simulator.peer import Peer
from actors.venues.t4.simulator.settings import SimulatorSettings
from actors.venues.t4.simulator.venue import Venue
from engine.exchange.exchange import Exchange
from engine.simulator.admin import PREFIX
from engine.simulator.http import Ending, Reply, refuse, serve_http
from engine.simulator.jsontext import plain
from engine.simulator.moment import NS
from engine.simulator.requests import Request, Response
from engine.simulator.serving import PEER_ERRORS, Pump, Report, address, listen
from engine.simulator.upgrades import is_upgrade, read_head, target
from engine.simulator.wire import Wire, reset

CONNECTIONS_MAX: Final = 500
"""WebSockets at once, whoever's they are."""
HANDSHAKE_S: Final = 10.0
MESSAGE_BYTES_MAX: Final = 256 * 1024
PATH: Final = "/v1"
UNAVAILABLE: Final = 503


@attrs.frozen(kw_only=True)
class Running(Report[Venue]):
    """A running simulator."""

    NAME = "t4"

    @property
    def exchange(self) -> Exchange:
        """The matching core."""
        return self.venue.market.exchange


async def serve(
    settings: SimulatorSettings,
    *,
    task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run one simulated venue until cancelled; reports a `Running` once its ports listen.

    Raises:
        ConfigError: for a port that is taken, an unknown market, or an unusable recording.
    """
    server = _Server(settings)
    async with AsyncExitStack() as opened:
        listeners = {
            port: await opened.enter_async_context(await listen(settings.host, port))
            for port in dict.fromkeys(settings.ports().values())
        }
        async with trio.open_nursery() as nursery:
            for listener in listeners.values():
                nursery.start_soon(trio.serve_listeners, server.on_stream, [listener])
            nursery.start_soon(server.pump.run, server.venue)
            places = {name: address(listeners[at]) for name, at in settings.ports().items()}
            task_status.started(server.running(places))


class _Server:
    """All connections of one simulator."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.pump = Pump()
        self._settings = settings
        self.venue = Venue(settings, self.pump.now())
        self._front = Front(self.venue, self.state)
        self._peers: dict[Peer, None] = {}
        self._numbers = count(1)
        self._up_ns = 0
        self.venue.faults.immediate = self.on_immediate

    def running(self, places: dict[str, str]) -> Running:
        """What is reported to the caller."""
        feeds = self.venue.market.feeds
        return Running(
            endpoints={"ws": f"ws://{places['ws']}{PATH}", "http": f"http://{places['http']}"},
            credentials=self._settings.users[0].credentials(),
            instruments=[
                {
                    "symbol": each.market_id,
                    "price_increment": plain(each.price_increment),
                    "lot": "1",
                    "reference_price": feeds.reference_price(each),
                }
                for each in self.venue.listings
                if not each.expired
            ],
            venue=self.venue,
        )

    def state(self) -> dict[str, Any]:
        """For /simulator/state."""
        feeds = self.venue.market.feeds
        return {
            "market_started": feeds.started,
            "recorded": sorted(feeds.recordings),
            "pushes": self.venue.hub.pushes,
            "modes": {name: each.mode.name for name, each in self.venue.market.states.items()},
            "connections": [self._shown(peer) for peer in self._peers],
        }

    def _shown(self, peer: Peer) -> dict[str, Any]:
        session = peer.connection.session
        subscribed = [] if session is None else self.venue.subscriptions.of(session)
        accounts = [] if session is None else sorted(session.accounts)
        return {
            "number": peer.number,
            "user": peer.username,
            "subscribed": subscribed,
            "accounts": accounts,
        }

    # --- connections ----------------------------------------------------------------------

    async def on_stream(self, stream: trio.SocketStream) -> None:
        """Serve one connection, HTTP or WebSocket; what a client does wrong ends only its own."""
        try:
            async with stream:
                if self._down:
                    reset(stream)
                    return
                head = b""
                with trio.move_on_after(HANDSHAKE_S):
                    head = await read_head(stream)
                if head and is_upgrade(head):
                    await self._admit(stream, head)
                elif head:
                    await serve_http(stream, self._reply, head=head)
        except* PEER_ERRORS:
            pass

    def _reply(self, request: Request) -> Reply:
        self.pump.kick()
        if self._down and not request.path.startswith(PREFIX):
            return Reply(Response(UNAVAILABLE, ""), Ending.RESET)
        return self._front.reply(request, self.pump.now())

    async def _admit(self, stream: trio.SocketStream, head: bytes) -> None:
        """Accept a handshake, or refuse it."""
        fault = self.venue.faults.take((FaultKind.REFUSE_CONNECTION,), "ws")
        status = 0 if fault is None else int(fault.number_value(UNAVAILABLE))
        if fault is not None and not status:
            reset(stream)
        elif fault is not None or len(self._peers) >= CONNECTIONS_MAX:
            await refuse(stream, Response(status or UNAVAILABLE, ""))
        elif target(head)[0].rstrip("/") != PATH:
            await refuse(stream, NOT_FOUND)
        else:
            await self._accept(Wire(stream, head))

    async def _accept(self, wire: Wire) -> None:
        async with trio.open_nursery() as nursery:
            with trio.move_on_after(HANDSHAKE_S) as scope:
                request = await trio_websocket.wrap_server_stream(
                    nursery, wire, max_message_size=MESSAGE_BYTES_MAX
                )
                websocket = await request.accept()
            if not scope.cancelled_caught:
                await self._serve_peer(wire, websocket)
            nursery.cancel_scope.cancel()

    async def _serve_peer(self, wire: Wire, websocket: trio_websocket.WebSocketConnection) -> None:
        number = next(self._numbers)
        peer = Peer(wire, self.venue, number=number, clock=self.pump.now, kick=self.pump.kick)
        self._peers[peer] = None
        self.venue.log.append("connect", self.pump.now(), connection=number)
        try:
            await peer.run(websocket)
        finally:
            del self._peers[peer]
            peer.connection.gone()
            self.venue.log.append(
                "disconnect", self.pump.now(), connection=number, reason=peer.ended
            )

    # --- immediate faults -----------------------------------------------------------------

    @property
    def _down(self) -> bool:
        """Whether the venue is restarting."""
        return self.pump.now().mono_ns < self._up_ns

    def on_immediate(self, fault: Fault) -> int:
        """Carry a fault out on all that matches; returns how many that were."""
        if fault.kind is FaultKind.RESTART:
            return self._restart(fault)
        if fault.kind in VENUE_FAULTS:
            self.pump.kick()
            return self.venue.carry_out(fault, self.pump.now())
        hit = [
            peer
            for peer in self._peers
            if fault.match in ("*", "ws", str(peer.number), peer.username)
        ]
        for peer in hit:
            self._carry_out(fault, peer)
        return len(hit)

    def _restart(self, fault: Fault) -> int:
        self._up_ns = self.pump.now().mono_ns + int(fault.number_value(1.0) * NS)
        self.venue.tokens.expire()
        gone = list(self._peers)
        for peer in gone:
            peer.cut("restart of the venue")
        return len(gone)

    def _carry_out(self, fault: Fault, peer: Peer) -> None:
        match fault.kind:
            case FaultKind.STALL | FaultKind.MUTE:
                peer.wire.silence(deaf=fault.kind is FaultKind.STALL)
            case FaultKind.RESUME:
                peer.wire.resume()
            case FaultKind.RESET:
                peer.cut("reset by fault")
            case FaultKind.HALF_CLOSE:
                peer.half_close()
            case FaultKind.CLOSE:
                peer.farewell(int(fault.number_value(1001)), "close by fault")
            case FaultKind.LOGIN_RESULT:
                result = LoginResult(enumerated(fault, LoginResult.LOGOUT))
                peer.end_session(result, result.name.lower().replace("_", " "))
            case FaultKind.LOGGED_IN_ELSEWHERE:
                peer.end_session(LoginResult.LOGGED_IN_ELSEWHERE, "logged in elsewhere")
            case FaultKind.UNSUBSCRIBE:
                self._silence(peer, str(fault.value))
            case _:
                peer.misspeak(fault.kind)

    def _silence(self, peer: Peer, subscription: str) -> None:
        session = peer.connection.session
        if session is None:
            return
        market_id, _, word = subscription.rpartition("/")
        if word == "mbo":
            self.venue.subscriptions.leave_mbo(session, market_id)
        else:
            self.venue.subscriptions.leave(session, market_id)
