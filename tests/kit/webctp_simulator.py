"""A bare client of the WebCTP simulator, written from the fact sheet alone; shares no code with either side."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio
import trio_websocket

from actors.venues.webctp.simulator import Running, SimulatorSettings, serve
from actors.venues.webctp.simulator.api import Api
from actors.venues.webctp.simulator.mdapi import MdApi
from actors.venues.webctp.simulator.tradeapi import TradeApi
from actors.venues.webctp.simulator.venue import Venue
from engine.exchange.feeds import LevelSet, OutsideTrade
from engine.exchange.model import Side
from engine.simulator.frames import frame_text
from engine.simulator.moment import Moment
from tests.kit.waiting import TIME_FACTOR

Message = dict[str, Any]

SECOND_NS = 1_000_000_000
START = Moment(1_000 * SECOND_NS, 1_609_725_600 * SECOND_NS)
"""Where the time of pure tests begins: Monday 2021-01-04 10:00:00 in China."""
PATIENCE_S = 5.0 * TIME_FACTOR
BUY, SELL = 0, 1
OPEN, CLOSE, TODAY, YESTERDAY = 0, 1, 3, 4
LIMITED, MARKET, LAST = 0, 1, 2
IOC, GFD = 0, 1
DBL_MAX = 1.7976931348623157e308


class Client:
    """One socket: everything that came is kept, in order."""

    def __init__(self, websocket: trio_websocket.WebSocketConnection) -> None:
        self.websocket = websocket
        self.messages: list[Message] = []
        self.kinds: list[type] = []
        self.closed = False
        self._heard = trio.Event()
        self.ref = 0

    async def read(self) -> None:
        """Keep what comes until the socket is closed."""
        try:
            while True:
                data = await self.websocket.get_message()
                self.kinds.append(type(data))
                try:
                    self.messages.append(json.loads(data))
                except ValueError:
                    self.messages.append({"raw": data, "msg": None, "err": None, "info": None})
                self._wake()
        except trio_websocket.ConnectionClosed:
            self.closed = True
            self._wake()

    def _wake(self) -> None:
        self._heard.set()
        self._heard = trio.Event()

    async def until(self, found: Callable[[], Any]) -> Any:
        """Wait until something holds; what it gave."""
        with trio.fail_after(PATIENCE_S):
            while not (result := found()):
                await self._heard.wait()
        return result

    async def send(self, op: str, **data: Any) -> int:
        """Send a request; how many messages came before it."""
        before = len(self.messages)
        await self.websocket.send_message(json.dumps({"op": op, "data": data}))
        return before

    async def hear(self, code: int | str, since: int = 0, count: int = 1) -> Message:
        """The first (or a later) message of a code that came after so many others."""

        def found() -> Message | None:
            fits = [each for each in self.messages[since:] if each["msg"] == code]
            return fits[count - 1] if len(fits) >= count else None

        message: Message = await self.until(found)
        return message

    async def ask(self, code: int | str, op: str, **data: Any) -> Message:
        """Send a request and wait for a message of a code."""
        return await self.hear(code, await self.send(op, **data))

    async def rows(self, code: int, op: str, **data: Any) -> list[Message]:
        """All rows of a query."""
        before = await self.send(op, **data)

        def found() -> bool:
            last = self.messages[-1]
            return bool(last["msg"] == code and last["info"]["is_last"])

        await self.until(found)
        return [each["info"] for each in self.messages[before:] if each["msg"] == code]

    def since(self, before: int, *codes: int) -> list[Message]:
        """Messages after so many others, of these codes."""
        return [each for each in self.messages[before:] if not codes or each["msg"] in codes]


class Trader(Client):
    """A `/trade` socket."""

    async def log_in(self, running: Running, *, confirm: bool = True) -> Message:
        """All steps up to the confirmation; the LOGIN message."""
        who = running.credentials
        await self.ask(0, "set", broker_id=who["broker_id"], investor_id=who["user_id"])
        await self.ask(4, "connect", addr="127.0.0.1", port="41205")
        return await self.log_in_again(running, confirm=confirm)

    async def log_in_again(self, running: Running, *, confirm: bool = True) -> Message:
        """The steps after CONNECTED."""
        who = running.credentials
        user = {"user_id": who["user_id"]}
        answer = await self.ask(7, "auth", **user, app_id=who["app_id"], auth_code=who["auth_code"])
        assert answer["err"]["code"] == 0, answer
        login = await self.ask(8, "login", **user, password=who["password"])
        assert login["err"]["code"] == 0, login
        if confirm:
            confirmed = await self.ask(11, "confirm_settlement_info")
            assert confirmed["err"]["code"] == 0, confirmed
        return login

    async def insert(self, **terms: Any) -> int:
        """Place an order; how many messages came before it."""
        self.ref += 1
        order = {
            "instrument": "rb2101",
            "exchange": "SHFE",
            "ref": str(self.ref),
            "price": 4400,
            "direction": BUY,
            "offset": OPEN,
            "volume": 1,
            "price_type": LIMITED,
            "time_condition": GFD,
        }
        return await self.send("insert_order", **{**order, **terms})

    async def story(self, before: int, length: int) -> list[str]:
        """What came of orders, in short: "15:6" is an order with status 6, "16:2" a trade of two."""
        await self.until(lambda: len(self.told(before)) >= length)
        return self.told(before)

    def told(self, before: int) -> list[str]:
        """The story so far."""
        return [_short(each) for each in self.since(before, 13, 14, 15, 16, 18, 19, 20)]


def _short(message: Message) -> str:
    code, info = message["msg"], message["info"]
    if code in (15, 20):
        return f"{code}:{info['order_status']}"
    if code == 16:
        return f"16:{info['volume']}"
    return f"{code}:{message['err']['code']}"


@asynccontextmanager
async def simulator(**options: Any) -> AsyncIterator[Running]:
    """A simulator without limits in the way."""
    settings = SimulatorSettings(**{"rate_limits": False, **options})
    async with trio.open_nursery() as nursery:
        yield await nursery.start(serve, settings)
        nursery.cancel_scope.cancel()


async def refused(running: Running, path: str) -> int:
    """Status of a handshake that is not accepted, 0 for none."""
    host, port = running.endpoints["host"], int(running.endpoints["port"])
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    async with await trio.open_tcp_stream(host, port) as stream:
        await stream.send_all(request.encode())
        with trio.fail_after(PATIENCE_S):
            try:
                answer = await stream.receive_some()
            except trio.BrokenResourceError:
                return 0
    return int(answer.split()[1]) if answer else 0


@asynccontextmanager
async def market_data(running: Running) -> AsyncIterator[Client]:
    """A `/market_data` socket that has heard its greeting."""
    async with _opened(running, "/market_data", Client) as client:
        yield client


@asynccontextmanager
async def trade(running: Running) -> AsyncIterator[Trader]:
    """A `/trade` socket that has heard its greeting."""
    async with _opened(running, "/trade", Trader) as client:
        yield client


@asynccontextmanager
async def _opened(running: Running, path: str, kind: type[Any]) -> AsyncIterator[Any]:
    host, port = running.endpoints["host"], int(running.endpoints["port"])
    async with await trio.open_tcp_stream(host, port) as stream, trio.open_nursery() as nursery:
        websocket = await trio_websocket.wrap_client_stream(
            nursery, stream, f"{host}:{port}", path, message_queue_size=100
        )
        client = kind(websocket)
        nursery.start_soon(client.read)
        await client.until(lambda: client.messages)
        yield client
        nursery.cancel_scope.cancel()


async def md_log_in(client: Client, running: Running) -> Message:
    """All steps of a market data socket."""
    who = running.credentials
    await client.ask(2, "connect", addr="127.0.0.1", port="41213")
    return await client.ask(
        5, "login", broker_id=who["broker_id"], user_id=who["user_id"], password="x"
    )


# --- without sockets ----------------------------------------------------------------------


class Sink:
    """The socket side of a connection that keeps what it is sent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.parts: list[bytes] = []
        self.cuts: list[str] = []

    def push(self, frame: bytes) -> None:
        self.frames.append(frame)

    def torn(self, part: bytes) -> None:
        self.parts.append(part)

    def cut(self, why: str) -> None:
        self.cuts.append(why)


class Quiet:
    """A venue whose market stands still, and its connections; time moves when it is told to.

    The outside book is what the test sets, in ticks and lots.
    """

    def __init__(self, **knobs: Any) -> None:
        options = {"hold_for": ("never",), "rate_limits": False, "balance": 10_000_000, **knobs}
        self.settings = SimulatorSettings(**options)
        self.now = START
        self.venue = Venue(self.settings, self.now)
        self.crashes: list[str] = []
        self.venue.on_crash = lambda why, _seconds, _now: self.crashes.append(why)
        self._links: list[Link] = []

    def trade(self) -> "Link":
        """A `/trade` connection."""
        return self._link(TradeApi)

    def market_data(self) -> "Link":
        """A `/market_data` connection."""
        return self._link(MdApi)

    def _link(self, kind: type[Api]) -> "Link":
        sink = Sink()
        link = Link(self, kind(self.venue, sink, len(self._links) + 1), sink)
        self._links.append(link)
        return link

    def wait(self, seconds: float = 0.05) -> None:
        """Let so much time pass, in small steps."""
        for _ in range(round(seconds / 0.001)):
            step = SECOND_NS // 1_000
            self.now = Moment(self.now.mono_ns + step, self.now.wall_ns + step)
            self.venue.advance(self.now)
            for link in self._links:
                link.api.outlet.advance(self.now)

    def book(self, symbol: str, bids: dict[int, int], asks: dict[int, int]) -> None:
        """Set the outside book of a contract, in ticks and lots."""
        levels = (
            *((Side.BUY, ticks, lots) for ticks, lots in bids.items()),
            *((Side.SELL, ticks, lots) for ticks, lots in asks.items()),
        )
        market = self.venue.market
        event = LevelSet(symbol, levels, self.now.wall_ns, snapshot=True)
        market.publish(market.exchange.market(event, self.now.wall_ns), self.now)

    def print(self, symbol: str, ticks: int, lots: int, aggressor: Side) -> None:
        """An outside trade."""
        market = self.venue.market
        event = OutsideTrade(symbol, ticks, lots, aggressor, None, self.now.wall_ns)
        market.publish(market.exchange.market(event, self.now.wall_ns), self.now)


class Link:
    """One connection of a quiet venue."""

    def __init__(self, quiet: Quiet, api: Api, sink: Sink) -> None:
        self.quiet = quiet
        self.api = api
        self.sink = sink
        self.ref = 0

    def raw(self, frame: str | bytes, seconds: float = 0.05) -> list[Message]:
        """What comes of a frame in the next moments."""
        self.take()
        self.api.receive(frame, self.quiet.now)
        self.quiet.wait(seconds)
        return self.take()

    def ask(self, op: str, **data: Any) -> list[Message]:
        """What comes of a request."""
        return self.raw(json.dumps({"op": op, "data": data}))

    def take(self) -> list[Message]:
        """Everything since the last call."""
        taken, self.sink.frames = self.sink.frames, []
        return [json.loads(frame_text(frame)) for frame in taken]

    def connect(self) -> list[Message]:
        """To the front."""
        return self.ask("connect", addr="127.0.0.1", port="41205")

    def log_in(self, *, confirm: bool = True) -> list[Message]:
        """All steps of a trade connection; the messages of the last one."""
        who = self.quiet.settings.credentials[0]
        if not self.api.registered:
            self.ask("set", broker_id=who.broker_id, investor_id=who.user_id)
            self.connect()
        self.ask("auth", user_id=who.user_id, app_id=who.app_id, auth_code=who.auth_code)
        said = self.ask("login", user_id=who.user_id, password=who.password)
        assert self.api.logged_in
        return self.ask("confirm_settlement_info") if confirm else said

    def md_log_in(self) -> list[Message]:
        """All steps of a market data connection."""
        self.connect()
        return self.ask("login", broker_id="9999", user_id="100001", password="?")

    def insert(self, **terms: Any) -> list[str]:
        """Place an order; the story of it."""
        return story(self.ask("insert_order", **self.order(**terms)))

    def order(self, **terms: Any) -> Message:
        """The data of an order."""
        self.ref += 1
        order = {
            "instrument": "rb2101",
            "exchange": "SHFE",
            "ref": str(self.ref),
            "price": 4380,
            "direction": BUY,
            "offset": OPEN,
            "volume": 1,
            "price_type": LIMITED,
            "time_condition": GFD,
        }
        return {**order, **terms}

    def delete(self, sys_id: str, **terms: Any) -> list[str]:
        """Cancel an order; the story of it."""
        named = {"exchange": "SHFE", "instrument": "rb2101", "delete_ref": 0}
        return story(self.ask("delete_order", **{**named, "order_sys_id": sys_id, **terms}))

    def rows(self, op: str, **data: Any) -> list[Message]:
        """The rows of a query, without the fields that every row has."""
        said = [each for each in self.ask(op, **data) if each["msg"] != 0]
        assert [each["info"]["is_last"] for each in said] == [False] * (len(said) - 1) + [True]
        return [each["info"] for each in said]

    def account(self) -> Message:
        """The trading account."""
        return self.rows("query_trading_account")[0]


def story(messages: list[Message]) -> list[str]:
    """What came of orders, in short."""
    return [_short(each) for each in messages if each["msg"] in (13, 14, 15, 16, 18, 19, 20)]
