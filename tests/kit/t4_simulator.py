"""Tools for tests of the T4 simulator: a venue without sockets for pure tests, bare clients for sockets.

The clients are written from the fact sheet alone (`t4wire`) and share no code with simulator or engine
client.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import trio
import trio_websocket

from actors.venues.t4.simulator import (
    DEFAULT_CREDENTIALS,
    Running,
    SimulatorSettings,
    logins,
    serve,
)
from actors.venues.t4.simulator.connection import Connection
from actors.venues.t4.simulator.rest import Rest
from actors.venues.t4.simulator.routes import HANDLERS
from actors.venues.t4.simulator.sessions import Session
from actors.venues.t4.simulator.venue import Venue, frame
from engine.exchange.feeds import LevelSet, OutsideTrade
from engine.exchange.model import Side
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response
from tests.kit import t4wire
from tests.kit.loopback import http_client
from tests.kit.waiting import deadline_s

SECOND_NS = 1_000_000_000
START = Moment(1_000 * SECOND_NS, 1_730_400_000 * SECOND_NS)
"""Where the time of pure tests begins: 2024-10-31 18:40:00 UTC."""
ES = "XCME_Eq ES (H24)"
CL = "XCME_Ny CL (H24)"
SPREAD = "XCME_Ny CL (H24-J24)"
OVER = "XCME_Eq ES (Z23)"
PLACES = {
    ES: {"exchange_id": "CME_Eq", "contract_id": "ES", "market_id": ES},
    CL: {"exchange_id": "CME_Ny", "contract_id": "CL", "market_id": CL},
    SPREAD: {"exchange_id": "CME_Ny", "contract_id": "CL", "market_id": SPREAD},
    OVER: {"exchange_id": "CME_Eq", "contract_id": "ES", "market_id": OVER},
}
"""Markets as requests name them."""
DECIMAL, REAL, CLEARING = 0, 1, 2
SMART, SMART_TRADE, SLOW_SMART, ALL, TRADE_ONLY = 4, 2, 3, 6, 8
BEST_ONLY, NORMAL, ALL_LEVELS = 1, 10, 255
OPEN, PRE_OPEN, HALTED, EXPIRED, UNAVAILABLE, NO_PERMISSION = 2, 1, 7, 11, 13, 14

Received = tuple[str, dict[str, Any]]


def later(seconds: float, moment: Moment = START) -> Moment:
    """The moment so many seconds after another."""
    step = int(seconds * SECOND_NS)
    return Moment(moment.mono_ns + step, moment.wall_ns + step)


def by_key(**more: Any) -> dict[str, Any]:
    """A login by API key."""
    return {"api_key": DEFAULT_CREDENTIALS["api_key"], "price_format": REAL, **more}


def by_password(**more: Any) -> dict[str, Any]:
    """A login by firm, user and password."""
    words = {name: text for name, text in DEFAULT_CREDENTIALS.items() if name != "api_key"}
    return {**words, "price_format": REAL, **more}


def unframed(frame_: bytes) -> bytes:
    """What one frame of a server carries."""
    header = {126: 4, 127: 10}.get(frame_[1], 2)
    return frame_[header:]


class Line:
    """A connection without a socket: keeps what it is sent and how it ended."""

    def __init__(self, still: "Still", number: int) -> None:
        self.number = number
        self.frames: list[bytes] = []
        self.parts: list[bytes] = []
        self.ended: list[object] = []
        self._still = still
        self.connection = Connection(
            still.venue,
            self,
            handlers=HANDLERS,
            clock=lambda: still.now,
            opened=still.now,
        )

    # what a connection and the hub ask of an outbox

    def push(self, frame_: bytes) -> None:
        self.frames.append(frame_)
        self.connection.sent(self._still.now.mono_ns)

    def torn(self, part: bytes) -> None:
        self.parts.append(part)

    def end_session(self, result: int, reason: str) -> None:
        self.frames.append(frame("login_response", logins.refusal(result, reason)))  # type: ignore[arg-type]
        self.ended.append(("session", int(result)))

    def farewell(self, code: int, reason: str, *, after_s: float = 0.0) -> None:
        self.ended.append(("close", code))

    def cut(self, why: str) -> None:
        self.ended.append(("cut", why))

    def later(self, after_s: float, do: Callable[[], None]) -> None:
        self._still.waiting.append((later(after_s, self._still.now).mono_ns, do))

    # what a client does

    def say(self, name: str, **message: Any) -> list[Received]:
        """Send one message; returns all that came since the last call."""
        return self.raw(t4wire.encode("Client", {name: message}))

    def raw(self, data: bytes) -> list[Received]:
        """Send bytes."""
        self.connection.receive(data, self._still.now)
        return self.take()

    def take(self) -> list[Received]:
        """Everything since the last call, decoded."""
        taken, self.frames = [t4wire.payload(unframed(each)) for each in self.frames], []
        return taken

    def log_in(self, **request: Any) -> dict[str, Any]:
        """Log in; returns the response."""
        ((name, response),) = self.say("login_request", **(request or by_key()))
        assert name == "login_response"
        return response

    def depth(self, market_id: str = ES, buffer: int = ALL, levels: int = NORMAL) -> list[Received]:
        """Subscribe a market's depth."""
        where = PLACES[market_id]
        return self.say("market_depth_subscribe", **where, buffer=buffer, depth_levels=levels)

    def by_order(self, market_id: str = ES) -> list[Received]:
        """Subscribe a market by order."""
        return self.say("market_by_order_subscribe", **PLACES[market_id], subscribe=True)

    @property
    def session(self) -> Session:
        """The login."""
        assert self.connection.session is not None
        return self.connection.session


class Still:
    """A venue whose market moves when the test says so; prices in ticks, sizes in lots."""

    def __init__(self, **knobs: Any) -> None:
        self.settings = SimulatorSettings(**{"hold_for": ("never",), **knobs})
        self.now = START
        self.venue = Venue(self.settings, START)
        self.rest = Rest(self.venue)
        self.waiting: list[tuple[int, Callable[[], None]]] = []
        self._lines = 0

    def line(self, *, login: bool = True, **request: Any) -> Line:
        """A connection, logged in."""
        self._lines += 1
        line = Line(self, self._lines)
        if login:
            assert line.log_in(**request).get("result", 0) == 0
        return line

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now = later(seconds, self.now)
        due = [each for each in self.waiting if each[0] <= self.now.mono_ns]
        self.waiting = [each for each in self.waiting if each not in due]
        for _, do in due:
            do()
        self.venue.advance(self.now)

    def book(self, bids: dict[int, int], offers: dict[int, int], market_id: str = ES) -> None:
        """Replace the outside book."""
        levels = tuple(
            (side, ticks, lots)
            for side, mine in ((Side.BUY, bids), (Side.SELL, offers))
            for ticks, lots in mine.items()
        )
        self._feed(LevelSet(market_id, levels, self.now.wall_ns, snapshot=True))

    def trade(self, ticks: int, lots: int, aggressor: Side | None, market_id: str = ES) -> None:
        """An outside print."""
        self._feed(OutsideTrade(market_id, ticks, lots, aggressor, None, self.now.wall_ns))

    def _feed(self, event: LevelSet | OutsideTrade) -> None:
        market = self.venue.market
        market.publish(market.exchange.market(event, self.now.wall_ns), self.now)

    def fault(self, kind: str, **terms: Any) -> None:
        """Arm a fault, or carry one of the venue out."""
        self.venue.faults.immediate = lambda fault: self.venue.carry_out(fault, self.now)
        self.venue.faults.arm(kind, **terms)

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        auth: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Response:
        """One REST request; by API key unless it says otherwise."""
        key = f"APIKey {DEFAULT_CREDENTIALS['api_key']}" if auth is None else auth
        request = Request(
            method=method,
            path=path,
            query=urlencode(query or {}),
            headers={"authorization": key} if key else {},
            body=body,
        )
        return self.rest.answer(request, self.now)

    def told(self, path: str, **query: str) -> Any:
        """The answer to a GET that must be good."""
        response = self.ask(path, query=query)
        assert response.status == 200, response
        return json.loads(response.body)


# --- real sockets ---------------------------------------------------------------------------


@asynccontextmanager
async def simulator(**knobs: Any) -> AsyncIterator[Running]:
    """A running simulator."""
    async with trio.open_nursery() as nursery:
        yield await nursery.start(serve, SimulatorSettings(**knobs))
        nursery.cancel_scope.cancel()


class Socket:
    """A bare WebSocket client."""

    def __init__(
        self, stream: trio.SocketStream, websocket: trio_websocket.WebSocketConnection
    ) -> None:
        self.stream = stream
        self.websocket = websocket
        self.seen: list[Received] = []

    async def say(self, name: str, **message: Any) -> None:
        """Send one message."""
        await self.websocket.send_message(t4wire.encode("Client", {name: message}))

    async def next(self) -> Received:
        """The next message, decoded."""
        with trio.fail_after(deadline_s(15)):
            message = await self.websocket.get_message()
        assert isinstance(message, bytes)
        self.seen.append(t4wire.payload(message))
        return self.seen[-1]

    async def until(
        self, name: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> dict[str, Any]:
        """The first message of a name that is wanted; those before it stay in `seen`."""
        while True:
            found, message = await self.next()
            if found == name and wanted(message):
                return message

    async def log_in(self, **request: Any) -> dict[str, Any]:
        """Log in; the response must be the first thing said."""
        await self.say("login_request", **(request or by_key()))
        name, response = await self.next()
        assert name == "login_response"
        return response

    async def depth(self, market_id: str = ES, buffer: int = ALL, levels: int = NORMAL) -> None:
        """Subscribe a market's depth."""
        where = PLACES[market_id]
        await self.say("market_depth_subscribe", **where, buffer=buffer, depth_levels=levels)

    async def by_order(self, market_id: str = ES) -> None:
        """Subscribe a market by order."""
        await self.say("market_by_order_subscribe", **PLACES[market_id], subscribe=True)

    async def drained(self) -> int:
        """Read until the server closes, and decode the last message alone; its code as `closed` has it."""
        last: bytes | str = b""
        with trio.fail_after(deadline_s(15)):
            try:
                while True:
                    last = await self.websocket.get_message()
            except trio_websocket.ConnectionClosed as closed:
                assert isinstance(last, bytes)
                self.seen.append(t4wire.payload(last))
                return 1006 if closed.reason is None else int(closed.reason.code)

    async def closed(self) -> int:
        """Read until the server closes; its code, 1006 for an end without one."""
        with trio.fail_after(deadline_s(15)):
            try:
                while True:
                    await self.next()
            except trio_websocket.ConnectionClosed as closed:
                return 1006 if closed.reason is None else int(closed.reason.code)


@asynccontextmanager
async def socket(running: Running, path: str = "") -> AsyncIterator[Socket]:
    """A connected client, on a stream of our own: the package leaves it open when the server closes."""
    target = urlsplit(running.endpoints["ws"])
    stream = await trio.open_tcp_stream(str(target.hostname), int(target.port or 0))
    async with stream, trio.open_nursery() as nursery:
        websocket = await trio_websocket.wrap_client_stream(
            nursery, stream, target.netloc, path or target.path, max_message_size=1 << 24
        )
        yield Socket(stream, websocket)
        with trio.move_on_after(1):
            await websocket.aclose()
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def http(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    """A REST client with the API key."""
    key = {"authorization": f"APIKey {DEFAULT_CREDENTIALS['api_key']}"}
    base = running.endpoints["http"]
    async with http_client(base_url=base, headers=key) as client:
        yield client
