"""The sixth venue's side of its protocol: a market that walks at random, one account, and some faults."""

import json
import random
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

import attrs
import trio
import trio_websocket

CREDENTIALS = {"user": "somebody", "password": "open-sesame-6"}
TICK = Decimal("0.01")
START = Decimal(100)
OUTBOX_MAX = 10_000
_GONE = (trio_websocket.ConnectionClosed, trio.BrokenResourceError, trio.ClosedResourceError)


@attrs.frozen(kw_only=True)
class SimulatorSettings:
    """Where it listens and how lively its market is; the rest is taken and ignored."""

    host: str = "127.0.0.1"
    data_ws_port: int = 0
    trade_ws_port: int = 0
    symbols: tuple[str, ...] = ("AAA", "BBB")
    seed: int = 1
    speed: float = 1.0
    quotes_per_s: float = 20.0
    hold_for: tuple[str, ...] = ()
    timestamps: str = "now"
    replay: str | None = None
    witness_file: str = ""


@attrs.define
class Order:
    """One order of the account."""

    id: str
    no: str
    symbol: str
    side: str
    type: str
    qty: Decimal
    price: Decimal | None
    state: str = "open"
    done: Decimal = Decimal(0)
    avg: Decimal = Decimal(0)

    def shown(self) -> dict[str, object]:
        """As the venue tells it."""
        texts = {name: getattr(self, name) for name in ("id", "no", "symbol", "side", "type")}
        numbers = {name: format(getattr(self, name), "f") for name in ("qty", "done", "avg")}
        price = None if self.price is None else format(self.price, "f")
        return {**texts, **numbers, "price": price, "state": self.state, "t": time.time_ns()}


class Venue:
    """Market, account and who listens."""

    def __init__(self, seed: int, symbols: Iterable[str]) -> None:
        self.rng = random.Random(seed)
        self.prices = dict.fromkeys(symbols, START)
        self.orders: dict[str, Order] = {}
        self.fills: list[dict[str, object]] = []
        self.positions: dict[str, Decimal] = {}
        self.watchers: dict[Peer, list[str]] = {}
        self.accounts: set[Peer] = set()
        self.trades = 0
        self.broken = 0

    def step(self) -> None:
        """One tick of every symbol."""
        for symbol, price in self.prices.items():
            moved = max(TICK * 10, price + TICK * self.rng.randint(-3, 3))
            self.prices[symbol] = moved
            self.trades += 1
            bid, ask, t = format(moved - TICK, "f"), format(moved + TICK, "f"), time.time_ns()
            self.push(symbol, {"ev": "quote", "symbol": symbol, "bid": bid, "ask": ask, "t": t})
            trade = {"no": self.trades, "price": ask, "size": "5", "t": t}
            self.push(symbol, {"ev": "trade", "symbol": symbol, **trade})
            for order in [o for o in self.orders.values() if o.symbol == symbol]:
                self.match(order)

    def push(self, symbol: str, frame: dict[str, object]) -> None:
        """To all who watch it."""
        text = json.dumps(frame)
        for peer, symbols in self.watchers.items():
            if symbol in symbols:
                peer.send_text(text[: len(text) // 2] if self.broken else text)
        self.broken = 0

    def tell(self, frame: dict[str, object]) -> None:
        """To every login of the account."""
        for peer in self.accounts:
            peer.send(frame)

    def watch(self, peer: "Peer", frame: dict[str, Any]) -> None:
        """From now on it sees these symbols."""
        self.watchers[peer] = list(frame["symbols"])
        peer.send({"ev": "watching", "symbols": frame["symbols"]})

    def submit(self, asked: dict[str, Any], peer: "Peer") -> None:
        """A new order, or a refusal."""
        name, symbol, price = str(asked["id"]), str(asked["symbol"]), asked["price"]
        if name in self.orders or symbol not in self.prices:
            peer.send({"ev": "refused", "id": name, "why": "repeated id or unknown symbol"})
            return
        limit = None if price is None else Decimal(price)
        order = Order(
            name,
            f"n{len(self.orders) + 1}",
            symbol,
            asked["side"],
            asked["type"],
            Decimal(asked["qty"]),
            limit,
        )
        self.orders[name] = order
        self.tell({"ev": "order", **order.shown()})
        self.match(order)

    def match(self, order: Order) -> None:
        """Fill it whole where the market has reached it."""
        buys = order.side == "buy"
        price = self.prices[order.symbol] + (TICK if buys else -TICK)
        reached = order.price is None or (price <= order.price if buys else price >= order.price)
        if order.state != "open" or not reached:
            return
        order.state, order.done, order.avg = "filled", order.qty, price
        sign = 1 if buys else -1
        self.positions[order.symbol] = (
            self.positions.get(order.symbol, Decimal(0)) + sign * order.qty
        )
        fill = {
            "id": order.id,
            "no": order.no,
            "symbol": order.symbol,
            "side": order.side,
            "trade": f"f{len(self.fills) + 1}",
            "qty": format(order.qty, "f"),
            "price": format(price, "f"),
            "t": time.time_ns(),
        }
        self.fills.append(fill)
        self.tell({"ev": "fill", **fill})
        self.tell({"ev": "order", **order.shown()})

    def cancel(self, name: str, peer: "Peer") -> None:
        """An open order ends, anything else is refused."""
        order = self.orders.get(name)
        if order is None or order.state != "open":
            peer.send({"ev": "refused", "id": name, "why": "no such open order"})
            return
        order.state = "cancelled"
        self.tell({"ev": "order", **order.shown()})

    def state(self) -> dict[str, object]:
        """The whole account."""
        positions = {name: format(held, "f") for name, held in self.positions.items() if held}
        orders = [order.shown() for order in self.orders.values()]
        return {"orders": orders, "fills": self.fills, "positions": positions, "cash": "100000"}


class Peer:
    """One connection."""

    def __init__(self, websocket: trio_websocket.WebSocketConnection) -> None:
        self.websocket = websocket
        self._send, self._receive = trio.open_memory_channel[str](OUTBOX_MAX)

    def send(self, frame: dict[str, object]) -> None:
        """Queue a frame."""
        self.send_text(json.dumps(frame))

    def send_text(self, text: str) -> None:
        """Queue a text; a client that does not read loses it."""
        if self._send.statistics().current_buffer_used < OUTBOX_MAX:
            self._send.send_nowait(text)

    async def write(self) -> None:
        """Until the connection ends."""
        async for text in self._receive:
            await self.websocket.send_message(text)

    async def serve(self, on_frame: Callable[[dict[str, Any]], None]) -> None:
        """Read until the end; whatever the client does wrong ends only its own connection."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.write)
                while True:
                    frame = json.loads(await self.websocket.get_message())
                    if frame.get("op") == "ping":
                        self.send({"ev": "pong"})
                    else:
                        on_frame(frame)
        except* _GONE:
            pass


class Faults:
    """Misbehaviour, carried out at once."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.cut: list[trio.CancelScope] = []

    def arm(self, kind: str) -> None:
        """`forget`, `break` or `log_out`."""
        if kind == "forget":
            for symbols in self._venue.watchers.values():
                symbols[:] = symbols[1:]
        elif kind == "break":
            self._venue.broken = 1
        else:
            for scope in self.cut:
                scope.cancel()
            self.cut.clear()


@attrs.frozen(kw_only=True)
class Running:
    """A running simulator."""

    endpoints: dict[str, str]
    symbols: tuple[str, ...]
    faults: Faults

    def description(self) -> dict[str, Any]:
        """What programs read."""
        rows = [
            {"symbol": each, "price_increment": "0.01", "lot": "1", "reference_price": str(START)}
            for each in self.symbols
        ]
        return {
            "venue": "sixth",
            "endpoints": self.endpoints,
            "credentials": dict(CREDENTIALS),
            "instruments": rows,
        }


async def serve(
    settings: SimulatorSettings,
    *,
    task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run the venue until cancelled."""
    venue = Venue(settings.seed, settings.symbols)
    faults = Faults(venue)
    async with trio.open_nursery() as nursery:
        ports = {}
        for name, handler, port in (
            ("data_ws", partial(_on_data, venue), settings.data_ws_port),
            ("trade_ws", partial(_on_trade, venue, faults), settings.trade_ws_port),
        ):
            opened = partial(trio_websocket.serve_websocket, ssl_context=None)
            server = await nursery.start(opened, handler, settings.host, port)
            ports[name] = f"ws://{settings.host}:{server.port}"
        task_status.started(Running(endpoints=ports, symbols=settings.symbols, faults=faults))
        while True:
            await trio.sleep(1 / (settings.quotes_per_s * settings.speed))
            venue.step()


async def _on_data(venue: Venue, request: trio_websocket.WebSocketRequest) -> None:
    peer = Peer(await request.accept())
    rows = [{"symbol": name, "tick": "0.01", "currency": "USDT"} for name in venue.prices]
    peer.send({"ev": "listing", "rows": rows})

    try:
        await peer.serve(partial(venue.watch, peer))
    finally:
        venue.watchers.pop(peer, None)


async def _on_trade(venue: Venue, faults: Faults, request: trio_websocket.WebSocketRequest) -> None:
    peer = Peer(await request.accept())
    try:
        with trio.CancelScope() as scope:
            faults.cut.append(scope)
            await peer.serve(partial(on_command, venue, peer))
    finally:
        venue.accounts.discard(peer)


def on_command(venue: Venue, peer: Peer, frame: dict[str, Any]) -> None:
    """A login, or what an account wants of one that is there."""
    op = frame["op"]
    if op == "login":
        right = {name: frame[name] for name in CREDENTIALS} == CREDENTIALS
        venue.accounts.update({peer} if right else ())
        peer.send({"ev": "welcome"} if right else {"ev": "refused", "why": "who are you?"})
    elif peer not in venue.accounts:
        return
    elif op == "order":
        venue.submit(frame, peer)
    elif op == "cancel":
        venue.cancel(frame["id"], peer)
    elif op == "cancel_all":
        for order in [each for each in venue.orders.values() if each.state == "open"]:
            venue.cancel(order.id, peer)
    elif op == "query":
        found = venue.orders.get(frame["id"])
        unknown = {"ev": "refused", "id": frame["id"], "why": "unknown order"}
        peer.send(unknown if found is None else {"ev": "order", **found.shown()})
    else:
        peer.send({"ev": "state", "q": frame["q"], **venue.state()})
