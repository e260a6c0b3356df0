"""Tools for tests of the Longbridge simulator's gateways: packets by hand, a still venue, bare clients.

Everything about the wire is written from the fact sheet alone and shares no code with simulator or
client: packets are put together byte by byte, bodies are read as numbered fields.
"""

import gzip
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import attrs
import trio
import trio_websocket

from actors.venues.longbridge.simulator import Running, SimulatorSettings, serve
from actors.venues.longbridge.simulator.connection import Answer, Connection, Outcome
from actors.venues.longbridge.simulator.packets import Kind, Packet
from actors.venues.longbridge.simulator.routes import HANDLERS
from actors.venues.longbridge.simulator.venue import Venue
from engine.exchange.feeds import LevelSet, OutsideTrade
from engine.exchange.model import Side
from engine.simulator.moment import Moment
from tests.kit.longbridge_trading import signed_headers
from tests.kit.loopback import http_client
from tests.kit.waiting import deadline_s

SECOND_NS = 1_000_000_000
START = Moment(1_000 * SECOND_NS, 1_795_225_422 * SECOND_NS)
"""Where the time of pure tests begins: 2026-11-21 01:43:42 UTC, a Saturday."""
TENCENT, APPLE = "700.HK", "AAPL.US"
QUOTE, DEPTH, BROKERS, TRADE = 1, 2, 3, 4
HANDSHAKE = bytes.fromhex("1109")
QUERY = "version=1&codec=1&platform=9"


# --- bytes --------------------------------------------------------------------------------


def varint(number: int) -> bytes:
    """A base-128 number."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """A protobuf body of numbered fields, in the order given."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def fields_of(body: bytes) -> dict[int, list[Any]]:
    """The numbered fields of a protobuf body: numbers, and bytes for everything with a length."""
    found: dict[int, list[Any]] = {}
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(body):
        key = number()
        if key & 7 == 0:
            found.setdefault(key >> 3, []).append(number())
        else:
            assert key & 7 == 2, f"wire type {key & 7}"
            length = number()
            found.setdefault(key >> 3, []).append(body[at : at + length])
            at += length
    return found


def request(
    command: int,
    number: int,
    body: bytes = b"",
    *,
    timeout_ms: int = 30_000,
    zipped: bool = False,
    signed: bool = False,
) -> bytes:
    """A request packet."""
    first = 0x01 | 0x20 * zipped | 0x10 * signed
    sent = gzip.compress(body) if zipped else body
    head = bytes((first, command)) + number.to_bytes(4, "big") + timeout_ms.to_bytes(2, "big")
    return head + len(sent).to_bytes(3, "big") + sent + bytes(24) * signed


@attrs.frozen
class Received:
    """One packet of the server."""

    kind: int
    command: int
    number: int
    status: int
    body: bytes
    zipped: bool = False

    @property
    def fields(self) -> dict[int, list[Any]]:
        """Its body."""
        return fields_of(self.body)

    @property
    def error(self) -> tuple[int, int]:
        """(status, code) of a refusal."""
        return self.status, self.fields[1][0]


def received(data: bytes) -> tuple[Received, int] | None:
    """The packet at the beginning of the bytes and its length; None when it is not complete."""
    if len(data) < 5:
        return None
    kind, zipped = data[0] & 0x0F, bool(data[0] & 0x20)
    header = {1: 11, 2: 10, 3: 5}[kind]
    if len(data) < header:
        return None
    length = int.from_bytes(data[header - 3 : header], "big")
    if len(data) < header + length:
        return None
    body = data[header : header + length]
    number = int.from_bytes(data[2:6], "big") if kind != 3 else 0
    status = data[6] if kind == 2 else 0
    if zipped:
        body = gzip.decompress(body)
    return Received(kind, data[1], number, status, body, zipped), header + length


# --- without sockets ----------------------------------------------------------------------


def later(seconds: float, moment: Moment = START) -> Moment:
    """The moment so many seconds after another."""
    step = int(seconds * SECOND_NS)
    return Moment(moment.mono_ns + step, moment.wall_ns + step)


class Sink:
    """A subscriber that keeps the packets it is sent."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.packets: list[bytes] = []
        self.parts: list[bytes] = []
        self.texts: list[bytes] = []

    @property
    def account(self) -> str | None:
        return None if self.connection is None else self.connection.account

    def push(self, packet: bytes) -> None:
        self.packets.append(packet)

    def torn(self, part: bytes) -> None:
        self.parts.append(part)

    def text(self, packet: bytes) -> None:
        self.texts.append(packet)

    def take(self, command: int | None = None) -> list[Received]:
        """Everything since the last call, of one command when named."""
        taken, self.packets = self.packets, []
        whole = [found[0] for data in taken if (found := received(data)) is not None]
        return [each for each in whole if command in (None, each.command)]


class Line:
    """One connection to a still venue."""

    def __init__(self, still: "Still", gateway: Any) -> None:
        self.still = still
        self.sink = Sink()
        self.connection = Connection(
            gateway,
            f"{gateway}_tcp",
            still.venue,
            sink=self.sink,
            handlers=HANDLERS[gateway],
            opened_ns=still.now.mono_ns,
        )
        self.sink.connection = self.connection
        self._number = 0

    def outcomes(self, command: int, body: bytes = b"") -> list[Outcome]:
        """What the connection makes of a request."""
        self._number += 1
        packet = Packet(Kind.REQUEST, command, body, self._number, 0)
        return self.connection.receive(packet, self.still.now)

    def ask(self, command: int, body: bytes = b"") -> Received:
        """The answer to a request; its call is over then."""
        outcomes = self.outcomes(command, body)
        answer = next(each for each in outcomes if isinstance(each, Answer))
        if answer.counted_for:
            self.still.venue.limits.leave(answer.counted_for)
        assert (answer.command, answer.request_id) == (command, self._number)
        return Received(2, answer.command, answer.request_id, answer.status, answer.body)

    def login(self, otp: str | None = None) -> Received:
        """Log in with a new OTP, or with this one."""
        return self.ask(2, message((1, self.still.otp() if otp is None else otp)))

    def subscribe(self, *kinds: int, symbols: Iterable[str] = (TENCENT,)) -> Received:
        """Subscribe types of symbols."""
        named = [(1, symbol) for symbol in symbols]
        return self.ask(6, message(*named, *((2, kind) for kind in kinds)))


class Still:
    """A venue whose market stands still; the outside book is what the test sets, in ticks and lots."""

    def __init__(self, **knobs: Any) -> None:
        self.settings = SimulatorSettings(hold=True, **knobs)
        self.now = START
        self.venue = Venue(self.settings, START)
        self.account = self.settings.credentials[0].account

    def otp(self) -> str:
        """A new OTP."""
        return self.venue.otps.issue(self.account, self.now)

    def line(self, gateway: str = "quote", *, login: bool = True) -> Line:
        """A new connection, logged in unless it is not to be."""
        line = Line(self, gateway)
        if login:
            assert line.login().status == 0
        return line

    def wait(self, seconds: float) -> None:
        """Let time pass; the market goes on standing still."""
        self.now = later(seconds, self.now)
        self.venue.display.advance(self.now)
        self.venue.hub.advance(self.now)

    def book(self, bids: dict[int, int], asks: dict[int, int], symbol: str = TENCENT) -> None:
        """Replace the outside book."""
        levels = tuple(
            (side, ticks, lots)
            for side, table in ((Side.BUY, bids), (Side.SELL, asks))
            for ticks, lots in table.items()
        )
        self._feed(LevelSet(symbol, levels, self.now.wall_ns, snapshot=True))

    def trade(
        self, ticks: int, lots: int, side: Side | None = Side.BUY, symbol: str = TENCENT
    ) -> None:
        """An outside print."""
        self._feed(OutsideTrade(symbol, ticks, lots, side, None, self.now.wall_ns))

    def _feed(self, event: Any) -> None:
        market = self.venue.market
        market.publish(market.exchange.market(event, self.now.wall_ns), self.now)


# --- real sockets -------------------------------------------------------------------------


@asynccontextmanager
async def simulator(**knobs: Any) -> AsyncIterator[Running]:
    """A running simulator."""
    async with trio.open_nursery() as nursery:
        yield await nursery.start(serve, SimulatorSettings(**knobs))
        nursery.cancel_scope.cancel()


class Client:
    """A bare client of a gateway on either transport.

    `seen` are the packets that came before the ones waited for. On TCP the server's heartbeats are
    answered when `lively`.
    """

    def __init__(
        self, stream: trio.SocketStream, websocket: trio_websocket.WebSocketConnection | None
    ) -> None:
        self.stream = stream
        self.websocket = websocket
        self.seen: list[Received] = []
        self.lively = True
        self.heartbeats = 0
        self._buffer = b""
        self._number = 0

    async def send(self, data: bytes) -> None:
        """Bytes as they are; on WebSocket one binary message."""
        if self.websocket is None:
            await self.stream.send_all(data)
        else:
            await self.websocket.send_message(data)

    async def packet(self) -> Received:
        """The next packet."""
        with trio.fail_after(deadline_s(10)):
            while True:
                found = received(self._buffer)
                if found is None:
                    self._buffer += await self._more()
                    continue
                packet, length = found
                self._buffer = self._buffer[length:]
                if not await self._heartbeat(packet):
                    self.seen.append(packet)
                    return packet

    async def _more(self) -> bytes:
        if self.websocket is not None:
            data = await self.websocket.get_message()
            assert isinstance(data, bytes), data
            return data
        received_now = await self.stream.receive_some()
        if not received_now:
            raise trio.EndOfChannel
        return bytes(received_now)

    async def _heartbeat(self, packet: Received) -> bool:
        if (packet.kind, packet.command) != (1, 1) or not self.lively:
            return False
        self.heartbeats += 1
        head = b"\x02\x01" + packet.number.to_bytes(4, "big") + b"\x00"
        await self.send(head + len(packet.body).to_bytes(3, "big") + packet.body)
        return True

    async def until(self, wanted: Callable[[Received], object]) -> Received:
        """The first packet that is wanted."""
        while True:
            packet = await self.packet()
            if wanted(packet):
                return packet

    async def push(self, command: int) -> Received:
        """The next push of a command."""
        return await self.until(lambda each: each.kind == 3 and each.command == command)

    async def ask(self, command: int, body: bytes = b"", **how: Any) -> Received:
        """The answer to a request."""
        self._number += 1
        number = self._number
        await self.send(request(command, number, body, **how))
        return await self.until(lambda each: each.kind == 2 and each.number == number)

    async def login(self, otp: str) -> Received:
        """The answer to a login."""
        return await self.ask(2, message((1, otp)), timeout_ms=5_000)

    async def closed(self) -> list[Received]:
        """Read until the server disconnects; what came until then."""
        before = len(self.seen)
        try:
            while True:
                await self.packet()
        except (
            trio.EndOfChannel,
            trio.BrokenResourceError,
            trio_websocket.ConnectionClosed,
        ):
            return self.seen[before:]


@asynccontextmanager
async def connected(
    running: Running, endpoint: str, *, query: str = QUERY, greeting: bytes = HANDSHAKE
) -> AsyncIterator[Client]:
    """A connected client; the handshake is done, nothing else.

    It leaves like the SDKs do: without a closing handshake.
    """
    target = urlsplit(running.endpoints[endpoint])
    stream = await trio.open_tcp_stream(str(target.hostname), int(target.port or 0))
    async with stream, trio.open_nursery() as nursery:
        if endpoint.endswith("_tcp"):
            await stream.send_all(greeting)
            yield Client(stream, None)
        else:
            websocket = await trio_websocket.wrap_client_stream(
                nursery, stream, target.netloc, f"/v2?{query}", max_message_size=1 << 24
            )
            yield Client(stream, websocket)
        nursery.cancel_scope.cancel()


async def otp_of(running: Running) -> str:
    """A one-time password over HTTP."""
    path = "/v1/socket/token"
    headers = signed_headers(running.credentials, "GET", path, b"", str(int(time.time())))
    async with http_client() as client:
        answer = await client.get(running.endpoints["http"] + path, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["otp"])


@asynccontextmanager
async def logged_in(running: Running, endpoint: str) -> AsyncIterator[Client]:
    """A client that is connected and logged in."""
    otp = await otp_of(running)
    async with connected(running, endpoint) as client:
        assert (await client.login(otp)).status == 0
        yield client
