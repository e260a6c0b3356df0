"""Tools for tests of the AllTick simulator: a venue whose market stands still, bare clients for sockets.

The clients are written from the fact sheet alone and share no code with simulator or engine client.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import trio
import trio_websocket

from actors.venues.alltick.simulator import Running, SimulatorSettings, serve
from actors.venues.alltick.simulator.connection import Watch
from actors.venues.alltick.simulator.rest import Rest
from actors.venues.alltick.simulator.venue import Venue
from engine.exchange.feeds import LevelSet, OutsideTrade
from engine.exchange.model import Side
from engine.simulator.frames import frame_text
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response
from tests.kit.loopback import http_client
from tests.kit.waiting import deadline_s

SECOND_NS = 1_000_000_000
START = Moment(1_000 * SECOND_NS, 1_782_180_164 * SECOND_NS)
"""Where the time of pure tests begins: 2026-06-23 02:02:44 UTC."""
STILL = {"hold_for": ("depth:never",)}
"""A market that never starts: only what a test feeds happens."""


def later(seconds: float, moment: Moment = START) -> Moment:
    """The moment so many seconds after another."""
    step = int(seconds * SECOND_NS)
    return Moment(moment.mono_ns + step, moment.wall_ns + step)


def symbol_list(*codes: str, **levels: int) -> dict[str, Any]:
    """The data of a subscription; levels by code."""
    return {
        "symbol_list": [
            {"code": code, "depth_level": levels[code]} if code in levels else {"code": code}
            for code in (*codes, *(each for each in levels if each not in codes))
        ]
    }


class Sink:
    """A subscriber that keeps what it is sent."""

    def __init__(self) -> None:
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
    """A venue whose market stands still, with an HTTP front; prices in ticks, sizes in lots."""

    def __init__(self, **knobs: Any) -> None:
        self.settings = SimulatorSettings(**{**STILL, "rate_limits": False, **knobs})
        self.now = START
        self.venue = Venue(self.settings, START)
        self.rest = Rest(self.venue)

    def book(self, bids: dict[int, int], asks: dict[int, int], code: str = "BTCUSDT") -> None:
        """Replace the book."""
        levels = tuple(
            (side, ticks, lots)
            for side, levels in ((Side.BUY, bids), (Side.SELL, asks))
            for ticks, lots in levels.items()
        )
        self.venue.take(LevelSet(code, levels, 0, snapshot=True), self.now)

    def trade(
        self, ticks: int, lots: int, aggressor: Side | None = None, code: str = "BTCUSDT"
    ) -> None:
        """A print."""
        self.venue.take(OutsideTrade(code, ticks, lots, aggressor, None, 0), self.now)

    def watch(self, kind: Any, sink: Sink | None = None, **levels: int) -> Sink:
        """Replace a sink's set of one kind."""
        sink = sink or Sink()
        self.venue.watch(sink, Watch(kind, levels), self.now)
        return sink

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now = later(seconds, self.now)
        self.venue.advance(self.now)

    def get(self, path: str, data: Any = None, **query: str) -> Response:
        """A GET with an envelope, unless `query` says otherwise."""
        fields = {"token": self.settings.token}
        if data is not None:
            fields["query"] = json.dumps({"trace": "t", "data": data})
        return self.ask("GET", path, {**fields, **query})

    def ask(self, method: str, path: str, query: dict[str, str], body: bytes = b"") -> Response:
        request = Request(method=method, path=path, query=urlencode(query), body=body)
        return self.rest.answer(request, self.now)

    def data(self, response: Response) -> Any:
        """The data of a good answer."""
        body = json.loads(response.body)
        assert (response.status, body["ret"], body["msg"]) == (200, 200, "ok"), body
        return body["data"]

    def ret(self, response: Response) -> tuple[int, int, str]:
        """(HTTP status, ret, msg) of a refusal."""
        body = json.loads(response.body)
        return response.status, int(body["ret"]), str(body["msg"])


# --- real sockets -------------------------------------------------------------------------


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
        self.seen: list[dict[str, Any]] = []
        self._numbers = count(1)

    async def send(self, command: int, data: Any, **more: Any) -> int:
        """Send one request; returns its seq_id."""
        seq_id = next(self._numbers)
        request = {"cmd_id": command, "seq_id": seq_id, "trace": f"t-{seq_id}", "data": data}
        await self.websocket.send_message(json.dumps({**request, **more}))
        return seq_id

    async def ask(self, command: int, data: Any) -> dict[str, Any]:
        """Send one request and return its answer; pushes in between stay in `seen`."""
        seq_id = await self.send(command, data)
        return await self.until(lambda frame: frame.get("seq_id") == seq_id and "ret" in frame)

    async def depth(self, *codes: str, **levels: int) -> dict[str, Any]:
        """Subscribe books."""
        return await self.ask(22002, symbol_list(*codes, **levels))

    async def trades(self, *codes: str) -> dict[str, Any]:
        """Subscribe trades."""
        return await self.ask(22004, symbol_list(*codes))

    async def heartbeat(self, data: Any = None) -> dict[str, Any]:
        """A heartbeat and its answer."""
        return await self.ask(22000, {} if data is None else data)

    async def next(self) -> dict[str, Any]:
        """The next frame, decoded."""
        with trio.fail_after(deadline_s(10)):
            frame = json.loads(await self.websocket.get_message())
        self.seen.append(frame)
        return dict(frame)

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first frame that is wanted; frames before it stay in `seen`."""
        while True:
            frame = await self.next()
            if wanted(frame):
                return frame

    async def push(self, command: int, code: str = "") -> dict[str, Any]:
        """The data of the next push of a kind."""
        frame = await self.until(
            lambda each: each["cmd_id"] == command and code in ("", each["data"]["code"])
        )
        return dict(frame["data"])

    async def closed(self) -> int:
        """Read until the server closes; the close code, 1006 for none."""
        with trio.fail_after(deadline_s(15)):
            try:
                while True:
                    self.seen.append(json.loads(await self.websocket.get_message()))
            except trio_websocket.ConnectionClosed as closed:
                return int(closed.reason.code) if closed.reason is not None else 1006


@asynccontextmanager
async def socket(
    running: Running, endpoint: str = "other_ws", token: str | None = None
) -> AsyncIterator[Socket]:
    """A connected client.

    On a stream of our own: the package leaves its socket open when the server closes first.
    """
    target = urlsplit(running.endpoints[endpoint])
    token = running.credentials["token"] if token is None else token
    stream = await trio.open_tcp_stream(str(target.hostname), int(target.port or 0))
    async with stream, trio.open_nursery() as nursery:
        websocket = await trio_websocket.wrap_client_stream(
            nursery,
            stream,
            target.netloc,
            f"{target.path}?token={quote(token)}",
            max_message_size=1 << 23,
        )
        yield Socket(stream, websocket)
        with trio.move_on_after(1):
            await websocket.aclose()
        nursery.cancel_scope.cancel()


async def handshake(running: Running, path: str) -> tuple[int, str]:
    """(status, body) of a handshake by hand that is not accepted."""
    target = urlsplit(running.endpoints["other_ws"])
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {target.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    )
    data = b""
    async with await trio.open_tcp_stream(str(target.hostname), int(target.port or 0)) as stream:
        await stream.send_all(("\r\n".join(lines) + "\r\n\r\n").encode())
        with trio.fail_after(deadline_s(10)):
            try:
                while part := await stream.receive_some(4_096):
                    data += part
            except trio.BrokenResourceError:
                return 0, ""
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]) if head else 0, body.decode()


class Http:
    """A bare HTTP client."""

    def __init__(self, client: httpx.AsyncClient, running: Running) -> None:
        self.client = client
        self.running = running
        self.token = running.credentials["token"]

    async def get(
        self, endpoint: str, method: str, data: Any, *, trace: str = "t"
    ) -> httpx.Response:
        """A GET with its envelope in the query."""
        query = json.dumps({"trace": trace, "data": data})
        return await self.client.get(
            f"{self.running.endpoints[endpoint]}/{method}",
            params={"token": self.token, "query": query},
        )

    async def post(self, endpoint: str, method: str, data: Any) -> httpx.Response:
        """A POST with its envelope in the body."""
        return await self.client.post(
            f"{self.running.endpoints[endpoint]}/{method}",
            params={"token": self.token},
            json={"trace": "t", "data": data},
        )

    async def admin(self, method: str, path: str, **terms: Any) -> Any:
        """One of the simulator's own routes."""
        target = urlsplit(self.running.endpoints["other_http"])
        url = f"http://{target.netloc}/simulator/{path}"
        if method == "GET":
            answer = await self.client.get(url, params=terms)
        else:
            answer = await self.client.post(url, json=terms)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def fault(self, kind: str, **terms: Any) -> Any:
        """Arm a fault through the admin route."""
        return await self.admin("POST", "faults", kind=kind, **terms)


@asynccontextmanager
async def http(running: Running) -> AsyncIterator[Http]:
    """An HTTP client."""
    async with http_client() as client:
        yield Http(client, running)
