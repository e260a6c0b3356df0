"""A bare client of the WebCTP simulator, written from the fact sheet alone; shares no code with either side."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio
import trio_websocket

from actors.venues.webctp.simulator import Running, SimulatorSettings, serve
from tests.kit.waiting import TIME_FACTOR

Message = dict[str, Any]

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
            return any(
                each["msg"] == code and each["info"]["is_last"] for each in self.messages[before:]
            )

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


def url(running: Running, path: str) -> str:
    """Of one of the gateway's paths."""
    return f"ws://{running.endpoints['host']}:{running.endpoints['port']}{path}"


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
    async with trio.open_nursery() as nursery:
        websocket = await trio_websocket.connect_websocket_url(
            nursery, url(running, path), message_queue_size=100
        )
        client = kind(websocket)
        nursery.start_soon(client.read)
        await client.until(lambda: client.messages)
        try:
            yield client
        finally:
            nursery.cancel_scope.cancel()


async def md_log_in(client: Client, running: Running) -> Message:
    """All steps of a market data socket."""
    who = running.credentials
    await client.ask(2, "connect", addr="127.0.0.1", port="41213")
    return await client.ask(
        5, "login", broker_id=who["broker_id"], user_id=who["user_id"], password="x"
    )
