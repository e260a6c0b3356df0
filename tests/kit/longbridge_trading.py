"""Tools for tests of trading on the Longbridge simulator: a still venue, and an HTTP client for sockets.

The signing here is written from the fact sheet alone and shares no code with simulator or client.
"""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import trio
import trio_websocket

from actors.venues.longbridge.simulator import Running, serve
from actors.venues.longbridge.simulator.paths import ROUTES
from actors.venues.longbridge.simulator.rest import Rest
from actors.venues.longbridge.simulator.settings import SimulatorSettings
from actors.venues.longbridge.simulator.venue import Venue
from engine.exchange.feeds import LevelSet, OutsideTrade
from engine.exchange.model import Side
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response
from tests.kit.loopback import http_client
from tests.kit.waiting import deadline_s

SECOND_NS = 1_000_000_000
START = Moment(1_000 * SECOND_NS, 1_795_225_422 * SECOND_NS)
"""Where the time of pure tests begins: 2026-11-21 01:43:42 UTC, a Saturday."""
TENCENT = "700.HK"
APPLE = "AAPL.US"
ORDER = "/v1/trade/order"


def lowest_hex(text: str) -> str:
    """SHA-1 of a text."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def signed_headers(
    credentials: Mapping[str, str], method: str, target: str, body: bytes, timestamp: str
) -> dict[str, str]:
    """The headers of a request, signed as section 2.3 of the fact sheet says."""
    path, _, query = target.partition("?")
    key, token = credentials["app_key"], credentials["access_token"]
    signed = f"authorization:{token}\nx-api-key:{key}\nx-timestamp:{timestamp}\n"
    plain = f"{method}|{path}|{query}|{signed}|authorization;x-api-key;x-timestamp|"
    if body:
        plain += hashlib.sha1(body, usedforsecurity=False).hexdigest()
    text = "HMAC-SHA256|" + lowest_hex(plain)
    secret = credentials["app_secret"].encode()
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    names = "authorization;x-api-key;x-timestamp"
    return {
        "x-api-key": key,
        "authorization": token,
        "x-timestamp": timestamp,
        "x-api-signature": f"HMAC-SHA256 SignedHeaders={names}, Signature={signature}",
        "content-type": "application/json; charset=utf-8",
    }


def ticket(**changes: Any) -> dict[str, Any]:
    """The body of an order for a board lot of Tencent; None leaves a key out."""
    body: dict[str, Any] = {
        "symbol": TENCENT,
        "order_type": "LO",
        "side": "Buy",
        "submitted_quantity": "100",
        "time_in_force": "Day",
        "submitted_price": "320",
        **changes,
    }
    return {key: value for key, value in body.items() if value is not None}


class Sink:
    """A subscriber of order pushes that keeps what it is told."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.packets: list[bytes] = []

    def push(self, packet: bytes) -> None:
        self.packets.append(packet)

    def torn(self, part: bytes) -> None:
        self.packets.append(part)

    def text(self, packet: bytes) -> None:
        self.packets.append(packet)

    def take(self) -> list[dict[str, str]]:
        """The data of every order push since the last call."""
        taken, self.packets = self.packets, []
        return [json.loads(each[each.index(b'{"event"') :])["data"] for each in taken]

    def statuses(self) -> list[str]:
        """The statuses pushed since the last call."""
        return [each["status"] for each in self.take()]


class Still:
    """A venue whose market stands still, with its HTTP API and order pushes."""

    def __init__(self, **knobs: Any) -> None:
        knobs = {"rate_limits": False, **knobs}
        self.settings = SimulatorSettings(hold=True, **knobs)
        self.now = START
        self.venue = Venue(self.settings, START)
        self.rest = Rest(self.venue, self.venue.access, ROUTES)
        first = self.settings.credentials[0]
        self.credentials = {
            "app_key": first.app_key,
            "app_secret": first.app_secret,
            "access_token": first.access_token,
        }
        self.sink = Sink(first.account)
        self.venue.hub.join(self.sink, "private")
        self._asked = 0

    # --- the market -----------------------------------------------------------------------

    def book(self, bid: str, ask: str, *, quantity: int = 1_000, symbol: str = TENCENT) -> None:
        """Replace the outside book by one level on each side; sizes in shares."""
        instrument = self.venue.market.exchange.instrument(symbol)
        lots = instrument.lots(Decimal(quantity))
        levels = (
            (Side.BUY, instrument.ticks(Decimal(bid)), lots),
            (Side.SELL, instrument.ticks(Decimal(ask)), lots),
        )
        self._feed(LevelSet(symbol, levels, self.now.wall_ns, snapshot=True))

    def trade(
        self, price: str, *, quantity: int = 100, symbol: str = TENCENT, side: Side = Side.BUY
    ) -> None:
        """An outside print."""
        instrument = self.venue.market.exchange.instrument(symbol)
        ticks, lots = instrument.ticks(Decimal(price)), instrument.lots(Decimal(quantity))
        self._feed(OutsideTrade(symbol, ticks, lots, side, None, self.now.wall_ns))

    def _feed(self, event: Any) -> None:
        market = self.venue.market
        market.publish(market.exchange.market(event, self.now.wall_ns), self.now)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        step = int(seconds * SECOND_NS)
        self.now = Moment(self.now.mono_ns + step, self.now.wall_ns + step)
        self.venue.advance(self.now)

    # --- requests -------------------------------------------------------------------------

    def ask(self, method: str, target: str, body: Any = None) -> Response:
        """A signed request with a timestamp of its own."""
        self._asked += 1
        raw = b"" if body is None else json.dumps(body).encode()
        stamp = f"{self.now.wall_ns // SECOND_NS}.{self._asked:06d}"
        return self.send(
            method, target, raw, signed_headers(self.credentials, method, target, raw, stamp)
        )

    def send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """A request with these headers."""
        path, _, query = target.partition("?")
        request = Request(method=method, path=path, query=query, headers=dict(headers), body=body)
        return self.rest.answer(request, self.now)

    def data(self, response: Response) -> Any:
        """What a successful answer carries."""
        answer = json.loads(response.body)
        assert (response.status, answer["code"]) == (200, 0), response
        return answer["data"]

    def code(self, response: Response) -> int:
        """The code of an answer."""
        answer: dict[str, Any] = json.loads(response.body)
        return int(answer["code"])

    def get(self, path: str, **query: Any) -> Any:
        """Data of a GET; a list is a repeated key."""
        text = urlencode(query, doseq=True)
        return self.data(self.ask("GET", f"{path}?{text}" if text else path))

    def submit(self, **changes: Any) -> str:
        """The id of a new order."""
        order_id = self.data(self.ask("POST", ORDER, ticket(**changes)))["order_id"]
        assert isinstance(order_id, str)
        return order_id

    def replace(self, order_id: str, **terms: Any) -> Response:
        """Change an order."""
        return self.ask("PUT", ORDER, {"order_id": order_id, **terms})

    def cancel(self, order_id: str) -> Response:
        """Cancel an order."""
        return self.ask("DELETE", f"{ORDER}?order_id={order_id}")

    def row(self, order_id: str) -> dict[str, Any]:
        """An order as the list of today shows it."""
        rows: list[dict[str, Any]] = self.get(f"{ORDER}/today", order_id=order_id)["orders"]
        assert len(rows) == 1
        return rows[0]


class Http:
    """A signing HTTP client for a running simulator."""

    def __init__(self, client: httpx.AsyncClient, credentials: Mapping[str, str]) -> None:
        self.client = client
        self.credentials = credentials
        self._asked = 0

    async def ask(
        self, method: str, target: str, body: Any = None, *, stamp: str = ""
    ) -> httpx.Response:
        """A signed request with a timestamp of its own unless one is given."""
        self._asked += 1
        raw = b"" if body is None else json.dumps(body).encode()
        headers = signed_headers(
            self.credentials, method, target, raw, stamp or f"1795225422.{self._asked:06d}"
        )
        return await self.client.request(method, target, content=raw, headers=headers)

    async def data(self, method: str, target: str, body: Any = None) -> Any:
        """What a successful answer carries."""
        response = await self.ask(method, target, body)
        answer = response.json()
        assert (response.status_code, answer["code"]) == (200, 0), response.text
        return answer["data"]

    async def arm(self, kind: str, **details: Any) -> dict[str, Any]:
        """Arm a fault over the simulator's own route."""
        response = await self.client.post("/simulator/faults", json={"kind": kind, **details})
        assert response.status_code == 200, response.text
        fault: dict[str, Any] = response.json()
        return fault


@asynccontextmanager
async def http(url: str, credentials: Mapping[str, str]) -> AsyncIterator[Http]:
    """A client of a running simulator's HTTP API."""
    async with http_client(base_url=url) as client:
        yield Http(client, credentials)


class Pushes:
    """A bare client of the trade gateway on WebSocket: logs in, subscribes `private`, collects."""

    def __init__(self, socket: trio_websocket.WebSocketConnection) -> None:
        self._socket = socket
        self.seen: list[dict[str, str]] = []

    async def enter(self, otp: str) -> None:
        """Log in and subscribe; every answer has status 0."""
        await self._call(2, 1, _field(1, otp.encode()))
        await self._call(16, 2, _field(1, b"private"))

    async def _call(self, command: int, request_id: int, body: bytes) -> None:
        head = bytes([1, command]) + request_id.to_bytes(4, "big") + (5_000).to_bytes(2, "big")
        await self._socket.send_message(head + len(body).to_bytes(3, "big") + body)
        answer = await self._packet()
        assert answer[0] & 15 == 2, answer
        assert (answer[1], answer[6]) == (command, 0), answer

    async def _packet(self) -> bytes:
        message = await self._socket.get_message()
        assert isinstance(message, bytes)
        return message

    async def take(self) -> dict[str, str]:
        """The next order push."""
        packet = await self._packet()
        assert (packet[0] & 15, packet[1]) == (3, 18), packet
        pushed = json.loads(packet[packet.index(b'{"event"') :])
        assert pushed["event"] == "order_changed_lb"
        data: dict[str, str] = pushed["data"]
        self.seen.append(data)
        return data

    async def until(self, status: str, order_id: str = "") -> dict[str, str]:
        """The next push of this status (and order)."""
        with trio.fail_after(deadline_s(10)):
            while True:
                data = await self.take()
                if data["status"] == status and order_id in ("", data["order_id"]):
                    return data


def _field(number: int, value: bytes) -> bytes:
    """One length-delimited protobuf field of less than 128 bytes."""
    return bytes([number << 3 | 2, len(value)]) + value


@asynccontextmanager
async def pushes(url: str, rest: Http) -> AsyncIterator[Pushes]:
    """A subscriber of order pushes on a running simulator.

    On a stream of our own: the package leaves its socket open when the server closes first.
    """
    otp = (await rest.data("GET", "/v1/socket/token"))["otp"]
    target = urlsplit(url)
    stream = await trio.open_tcp_stream(str(target.hostname), int(target.port or 0))
    async with stream, trio.open_nursery() as nursery:
        socket = await trio_websocket.wrap_client_stream(
            nursery, stream, target.netloc, "/v2?version=1&codec=1&platform=9"
        )
        client = Pushes(socket)
        await client.enter(otp)
        yield client
        with trio.move_on_after(1):
            await socket.aclose()
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def simulator(**knobs: Any) -> AsyncIterator[Running]:
    """A running simulator in this trio run."""
    async with trio.open_nursery() as nursery:
        running = await nursery.start(serve, SimulatorSettings(**knobs))
        yield running
        nursery.cancel_scope.cancel()
