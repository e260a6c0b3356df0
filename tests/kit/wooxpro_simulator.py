"""Tools for tests of the WOO X Pro simulator: a quiet venue for pure tests, bare clients for sockets.

The clients are written from the fact sheet alone and share no code with simulator or engine client.
"""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import trio
import trio_websocket

from actors.venues.wooxpro.simulator import Running, SimulatorSettings, serve
from actors.venues.wooxpro.simulator.rest import Rest
from actors.venues.wooxpro.simulator.routes import ROUTES
from actors.venues.wooxpro.simulator.topics import parse
from actors.venues.wooxpro.simulator.venue import Venue
from engine.exchange.feeds import LevelSet, OutsideTrade
from engine.exchange.model import Side
from engine.simulator.frames import frame_text
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response
from tests.kit.loopback import http_client
from tests.kit.waiting import deadline_s

SECOND_NS = 1_000_000_000
START = Moment(1_000 * SECOND_NS, 1_730_400_000 * SECOND_NS)
"""Where the time of pure tests begins: 2024-10-31 18:40:00 UTC."""


def later(seconds: float, moment: Moment = START) -> Moment:
    """The moment so many seconds after another."""
    step = int(seconds * SECOND_NS)
    return Moment(moment.mono_ns + step, moment.wall_ns + step)


def sign(secret: str, timestamp: str, memo: str, suffix: str) -> str:
    """The signature of the fact sheet."""
    message = f"{timestamp}#{memo}#{suffix}"
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


class Sink:
    """A subscriber that keeps what it is sent."""

    def __init__(self, account: str | None = None) -> None:
        self.account = account
        self.texts: list[str] = []
        self.parts: list[bytes] = []

    def push(self, frame: bytes) -> None:
        self.texts.append(frame_text(frame))

    def torn(self, part: bytes) -> None:
        self.parts.append(part)

    def take(self) -> list[dict[str, Any]]:
        """Everything since the last call, decoded."""
        taken, self.texts = [json.loads(text) for text in self.texts], []
        return taken


class Quiet:
    """A venue whose market stands still, with an account that is funded and a REST front.

    The outside book is what the test sets: prices in ticks of BTCUSDT (0.1), sizes in contracts.
    """

    def __init__(self, **knobs: Any) -> None:
        self.settings = SimulatorSettings(
            symbols=("BTCUSDT", "ETHUSDT"), hold_for=("never",), rate_limits=False, **knobs
        )
        self.venue = Venue(self.settings, START)
        self.rest = Rest(self.venue, ROUTES)
        self.credentials = self.settings.credentials[0]
        self.now = START

    def book(self, bids: dict[int, int], asks: dict[int, int], symbol: str = "BTCUSDT") -> None:
        """Replace the outside book."""
        levels = tuple(
            (side, ticks, lots)
            for side, levels in ((Side.BUY, bids), (Side.SELL, asks))
            for ticks, lots in levels.items()
        )
        self.feed(LevelSet(symbol, levels, self.now.wall_ns, snapshot=True))

    def trade(self, ticks: int, lots: int, aggressor: Side, symbol: str = "BTCUSDT") -> None:
        """An outside print."""
        self.feed(OutsideTrade(symbol, ticks, lots, aggressor, None, self.now.wall_ns))

    def feed(self, event: Any) -> None:
        """One event of the outside market."""
        self.venue.publish(self.venue.exchange.market(event, self.now.wall_ns), self.now)

    def subscribe(self, *topics: str) -> Sink:
        """A sink on these topics, logged in."""
        sink = Sink(self.credentials.api_key)
        for text in topics:
            topic = parse(text, self.venue.symbols)
            assert topic is not None, text
            self.venue.subscribe(sink, topic, self.now)
        return sink

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now = later(seconds, self.now)
        self.venue.advance(self.now)

    def get(self, path: str, **query: str) -> Response:
        """A keyed GET."""
        return self.ask("GET", path, query, {"x-api-key": self.credentials.api_key}, b"")

    def post(self, path: str, **body: Any) -> Response:
        """A signed POST."""
        raw = json.dumps(body)
        return self.ask("POST", path, {}, self.signed(raw), raw.encode())

    def signed(self, raw: str) -> dict[str, str]:
        """The headers of a signed request."""
        key, now = self.credentials, str(self.now.wall_ms)
        return {
            "x-api-key": key.api_key,
            "x-api-timestamp": now,
            "x-api-sign": sign(key.api_secret, now, key.memo, raw),
        }

    def ask(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        headers: dict[str, str],
        body: bytes,
    ) -> Response:
        request = Request(
            method=method, path=path, query=urlencode(query), headers=headers, body=body
        )
        return self.rest.answer(request, self.now)

    def data(self, response: Response) -> Any:
        """The data of a good answer."""
        body = json.loads(response.body)
        assert (response.status, body["code"]) == (200, 1000), response
        return body["data"]

    def submit(self, **body: Any) -> int:
        """Place an order on BTCUSDT that must be accepted; returns its id."""
        order = {"symbol": "BTCUSDT", "side": 1, "type": "limit", "size": 10, **body}
        answer = self.data(self.post("/contract/private/submit-order", **order))
        return int(answer["order_id"])

    def refused(self, response: Response) -> tuple[int, int]:
        """(HTTP status, code) of a refusal."""
        return response.status, int(json.loads(response.body)["code"])


# --- real sockets -------------------------------------------------------------------------


HANDSHAKE = (
    b"GET /api HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
"""A WebSocket handshake by hand, for clients that do without a package."""


def port_of(running: Running, endpoint: str = "public_ws") -> int:
    """The port of an endpoint."""
    return int(urlsplit(running.endpoints[endpoint]).port or 0)


@asynccontextmanager
async def simulator(**knobs: Any) -> AsyncIterator[Running]:
    """A running simulator."""
    async with trio.open_nursery() as nursery:
        yield await nursery.start(serve, SimulatorSettings(**knobs))
        nursery.cancel_scope.cancel()


class Socket:
    """A bare WebSocket client."""

    def __init__(
        self,
        stream: trio.SocketStream,
        websocket: trio_websocket.WebSocketConnection,
        running: Running,
    ) -> None:
        self.stream = stream
        self.websocket = websocket
        self._credentials = running.credentials
        self.seen: list[dict[str, Any]] = []

    async def send(self, action: str, *args: str) -> None:
        await self.websocket.send_message(json.dumps({"action": action, "args": list(args)}))

    async def login(
        self, *, action: str = "access", skew_s: float = 0, **wrong: str
    ) -> dict[str, Any]:
        """Log in and return the answer; `wrong` replaces credentials or the suffix."""
        facts = {**self._credentials, "suffix": "wooxpro.WebSocket", **wrong}
        stamp = str(time.time_ns() // 1_000_000 + int(skew_s * 1_000))
        signed = sign(facts["api_secret"], stamp, facts["memo"], facts["suffix"])
        await self.send(action, facts["api_key"], stamp, signed, "web")
        return await self.until(lambda frame: frame.get("action") == "access")

    async def next(self) -> dict[str, Any]:
        """The next frame, decoded."""
        with trio.fail_after(deadline_s(10)):
            frame = json.loads(await self.websocket.get_message())
        self.seen.append(frame)
        return frame

    async def until(self, wanted: Any) -> dict[str, Any]:
        """The first frame that is wanted; frames before it stay in `seen`."""
        while True:
            frame = await self.next()
            if wanted(frame):
                return frame

    async def push(self, channel: str) -> dict[str, Any]:
        """The next push of a channel (group without filter and speed)."""
        return await self.until(
            lambda frame: "data" in frame and frame["group"].partition(":")[0] == channel
        )

    async def order(self, action: int, state: int) -> dict[str, Any]:
        """The next order entry with this action and state; returns the order."""

        def wanted(frame: dict[str, Any]) -> bool:
            if frame.get("group") != "futures/order" or "data" not in frame:
                return False
            entry = frame["data"][0]
            return bool(entry["action"] == action and entry["order"]["state"] == state)

        frame = await self.until(wanted)
        return dict(frame["data"][0]["order"])

    async def closed(self) -> trio_websocket.ConnectionClosed:
        """Read until the server closes."""
        with trio.fail_after(deadline_s(15)):
            try:
                while True:
                    await self.websocket.get_message()
            except trio_websocket.ConnectionClosed as reason:
                return reason


@asynccontextmanager
async def socket(running: Running, endpoint: str = "public_ws") -> AsyncIterator[Socket]:
    """A connected client.

    On a stream of our own: the package leaves its socket open when the server closes first.
    """
    target = urlsplit(running.endpoints[endpoint])
    stream = await trio.open_tcp_stream(str(target.hostname), int(target.port or 0))
    async with stream, trio.open_nursery() as nursery:
        websocket = await trio_websocket.wrap_client_stream(
            nursery,
            stream,
            target.netloc,
            f"{target.path}?{target.query}",
            max_message_size=1 << 23,
        )
        yield Socket(stream, websocket, running)
        with trio.move_on_after(1):
            await websocket.aclose()
        nursery.cancel_scope.cancel()


class Http:
    """A bare REST client."""

    def __init__(self, client: httpx.AsyncClient, running: Running) -> None:
        self.client = client
        self.credentials = running.credentials

    async def post(self, path: str, /, **body: Any) -> httpx.Response:
        """A signed POST."""
        raw, stamp = json.dumps(body), str(time.time_ns() // 1_000_000)
        headers = {
            "X-API-KEY": self.credentials["api_key"],
            "X-API-TIMESTAMP": stamp,
            "X-API-SIGN": sign(
                self.credentials["api_secret"], stamp, self.credentials["memo"], raw
            ),
            "Content-Type": "application/json",
        }
        return await self.client.post(path, content=raw, headers=headers)

    async def get(self, path: str, /, **query: Any) -> httpx.Response:
        """A keyed GET."""
        headers = {"X-API-KEY": self.credentials["api_key"]}
        return await self.client.get(path, params=query, headers=headers)

    async def submit(self, **body: Any) -> int:
        """An order on BTCUSDT that must be accepted; returns its id."""
        order = {"symbol": "BTCUSDT", "side": 1, "type": "limit", "size": 10, **body}
        answer = await self.post("/contract/private/submit-order", **order)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["data"]["order_id"])

    async def fault(self, kind: str, **terms: Any) -> dict[str, Any]:
        """Arm a fault through the admin route."""
        answer = await self.client.post("/simulator/faults", json={"kind": kind, **terms})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def log(self, kind: str = "") -> list[dict[str, Any]]:
        """The witness log."""
        answer = await self.client.get("/simulator/log", params={"kind": kind})
        return list(answer.json())


@asynccontextmanager
async def http(running: Running) -> AsyncIterator[Http]:
    """A REST client."""
    async with http_client(base_url=running.endpoints["http"]) as client:
        yield Http(client, running)
