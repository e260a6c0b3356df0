"""The router's actor on a real bus, with strategies, sessions and operators as plain dealers."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import attrs
import structlog
import trio

from actors.context import ActorContext
from actors.router import RouterActor, RouterActorSettings
from engine.bus.context import open_bus
from engine.bus.keys import Peer
from engine.bus.sockets import DealerSocket
from engine.clock import SystemClock
from engine.errors import BusError
from engine.messages.codec import decode, encode
from engine.messages.operator import OperatorReply, OperatorRequest
from engine.messages.orders import StrategyHello
from engine.messages.venue import (
    InstrumentUpdate,
    ReconcilePart,
    ReconcileRequest,
    SessionHeartbeat,
    SessionHello,
    SessionRole,
    SessionState,
)
from engine.model.enums import Mode, VenueStateWord
from engine.orders.settings import RouterSettings
from engine.settings.converter import plain_values, structure
from engine.supervise.launch import LaunchSpec
from tests.kit.bus import Stage
from tests.kit.orders import SESSION, instrument, settings
from tests.kit.waiting import until

T = TypeVar("T")
PEERS = {
    "strategies": {"strategy.alpha": "strategy", "strategy.beta": "strategy"},
    "sessions": {SESSION: "session"},
    "operator": {"operator": "operator", "viewer": "viewer"},
    "kill": {"operator": "operator"},
}


@attrs.define
class Client:
    """One peer of the router: what it says and what it heard."""

    socket: DealerSocket
    heard: list[Any] = attrs.field(factory=list)

    def on_batch(self, batch: list[bytes]) -> None:
        self.heard += [decode(payload) for payload in batch]

    async def say(self, message: object) -> None:
        """Send, as soon as the router is there."""
        payload = encode(message)

        def sent() -> bool:
            try:
                self.socket.send(payload)
            except BusError:
                return False
            return True

        await until(sent, what="the router is there")

    def all(self, kind: type[T]) -> list[T]:
        return [message for message in self.heard if isinstance(message, kind)]

    async def hear(self, kind: type[T], count: int = 1) -> T:
        """The `count`th message of a class, once it is there."""
        await until(lambda: len(self.all(kind)) >= count, what=f"{count} {kind.__name__}")
        return self.all(kind)[count - 1]

    async def ask(self, verb: str, reason: str = "", **arguments: Any) -> Any:
        """An operator's request and its whole answer; the error text when it is refused."""
        self.heard.clear()
        await self.say(
            OperatorRequest(
                request_id=secrets.token_hex(8),
                verb=verb,
                arguments=json.dumps(arguments),
                reason=reason,
            )
        )
        first = await self.hear(OperatorReply)
        await self.hear(OperatorReply, first.parts)
        body = "".join(reply.body for reply in self.all(OperatorReply))
        return json.loads(body) if first.ok else first.error


class Desk:
    """A running router and its peers."""

    def __init__(
        self, stage: Stage, state_dir: Path, core: RouterSettings, durability: str
    ) -> None:
        self.stage = stage
        self.state_dir = state_dir
        plain = {"core": plain_values(core), "state_dir": str(state_dir), "durability": durability}
        self.settings: dict[str, Any] = plain
        self.actor: Any = None
        self.scope: trio.CancelScope | None = None
        self.context: Any = None
        self.ended = trio.Event()
        """Set when a life of it is over and its endpoints are free."""

    async def serve(self, boot: int, task_status: Any = trio.TASK_STATUS_IGNORED) -> None:
        """One life of the router."""
        try:
            await self._live(boot, task_status)
        finally:
            self.ended.set()

    async def _live(self, boot: int, task_status: Any) -> None:
        spec = LaunchSpec(
            name="router",
            kind="router",
            module="actors.router",
            mode=Mode.LIVE,
            boot=boot,
            run_dir=str(self.stage.run_dir),
            public_key="p",
            secret_key="s",
            settings=self.settings,
        )
        peers = {
            endpoint: {self.stage.key(n).public: Peer(n, role) for n, role in names.items()}
            for endpoint, names in PEERS.items()
        }
        async with open_bus(
            self.stage.run_dir, name="router", boot=boot, keys=self.stage.key("router")
        ) as bus:
            log = structlog.get_logger()
            context = ActorContext(spec, bus=bus, clock=SystemClock(), log=log, peers=peers)
            self.context = context
            made = structure(context.settings, RouterActorSettings)
            self.actor = RouterActor(context, made)
            with trio.CancelScope() as self.scope:
                task_status.started()
                await self.actor.run()

    @asynccontextmanager
    async def client(self, name: str, endpoint: str, boot: int = 1) -> AsyncIterator[Client]:
        """A peer connected to one endpoint."""
        async with (
            open_bus(
                self.stage.run_dir,
                name=name,
                boot=boot,
                keys=self.stage.key(name),
                servers={endpoint: self.stage.key("router").public},
            ) as bus,
            trio.open_nursery() as nursery,
        ):
            made = Client(bus.connect_dealer(endpoint))
            nursery.start_soon(made.socket.pump, made.on_batch)
            yield made
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def a_desk(
    stage: Stage,
    state_dir: Path,
    *,
    core: RouterSettings | None = None,
    durability: str = "process",
    boot: int = 700,
) -> AsyncIterator[Desk]:
    """A router in service; it dies without warning at the end."""
    desk = Desk(stage, state_dir, core or settings(), durability)
    async with trio.open_nursery() as nursery:
        await nursery.start(desk.serve, boot)
        await until(lambda: desk.context.in_service, what="the router is ready")
        yield desk
        nursery.cancel_scope.cancel()


class Session(Client):
    """A trade session that answers every question with an empty account."""

    sequence = 0

    async def news(self, message: Any) -> None:
        """Say it under the next number."""
        self.sequence += 1
        await self.say(attrs.evolve(message, session=SESSION, boot=31, sequence=self.sequence))

    async def open_venue(self) -> None:
        """From the hello to being compared."""
        await self.say(
            SessionHello(
                session=SESSION, venue="testvenue", boot=31, mode=Mode.LIVE, role=SessionRole.TRADE
            )
        )
        definition = InstrumentUpdate(session="", boot=0, sequence=0, definition=instrument())
        await self.news(definition)
        await self.news(
            SessionState(
                session="",
                venue="testvenue",
                boot=0,
                sequence=0,
                state=VenueStateWord.RECONCILING,
                reason="",
            )
        )
        request = await self.hear(ReconcileRequest)
        await self.news(
            ReconcilePart(
                session="",
                boot=0,
                sequence=0,
                request_id=request.request_id,
                part=0,
                last=True,
                complete=True,
                since_ns=request.since_ns,
                orders=(),
                fills=(),
                positions=(),
                balances=(),
                error="",
            )
        )

    async def live(self) -> None:
        """Signs of life until cancelled."""
        while True:
            beat = SessionHeartbeat(session=SESSION, boot=31, sequence=self.sequence)
            with suppress(BusError):
                self.socket.send(encode(beat))
            await trio.sleep(0.2)


@asynccontextmanager
async def a_session(desk: Desk) -> AsyncIterator[Session]:
    """A trade session with an open venue."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(desk.client(SESSION, "sessions", 31))
        nursery = await stack.enter_async_context(trio.open_nursery())
        session = Session(client.socket, client.heard)
        await session.open_venue()
        nursery.start_soon(session.live)
        yield session
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def a_strategy(desk: Desk, name: str = "alpha", boot: int = 5) -> AsyncIterator[Client]:
    """A strategy that was welcomed."""
    async with desk.client(f"strategy.{name}", "strategies", boot) as client:
        await client.say(
            StrategyHello(strategy=name, boot=boot, mode=Mode.LIVE, report_seen=0, journal=0)
        )
        yield client


def fill_disk(desk: Desk) -> None:
    """From now on the journal's file takes nothing."""
    desk.actor.journal._file_write = _no_space


def empty_disk(desk: Desk) -> None:
    """There is space again."""
    desk.actor.journal._file_write = desk.actor.journal._file.write


def _no_space(_: bytes) -> int:
    raise OSError(28, os.strerror(28))
