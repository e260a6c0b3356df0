"""A strategy actor on a real bus in this process, with a router and a data session the test plays."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import attrs
import structlog
import trio
from structlog.testing import LogCapture

from actors import strategy
from actors.context import ActorContext
from engine.bus.context import Bus
from engine.bus.publisher import Publisher
from engine.bus.replayserver import ReplayServer
from engine.bus.sockets import Received, RouterSocket
from engine.clock import SystemClock
from engine.messages.codec import decode, encode
from engine.messages.control import ActorState, PeerReport
from engine.messages.market import MarketStatus, Quote
from engine.messages.orders import (
    IntentJournaled,
    ReportSeen,
    SnapshotEnd,
    SnapshotPart,
    StrategyHello,
    StrategyWelcome,
)
from engine.model.enums import Mode, TradingStateWord, VenueStateWord
from engine.supervise.launch import LaunchSpec
from tests.kit.bus import Stage
from tests.kit.market import BTC, definition
from tests.kit.waiting import deadline_s, until

NAME = "alpha"
JOURNAL = 5
PLUGINS = Path(__file__).parent / "plugins"
Kind = TypeVar("Kind")


@attrs.define
class Router:
    """The router's end: keeps what the strategy says, answers as it is told."""

    socket: RouterSocket
    boot: int
    welcoming: bool = True
    journaling: bool = True
    said: list[Any] = attrs.field(factory=list)
    identity: bytes = b""

    def on_batch(self, batch: list[Received]) -> None:
        """The pump's handler."""
        for received in batch:
            self.identity = received.identity
            message = decode(received.payload)
            self.said.append(message)
            if isinstance(message, StrategyHello):
                if self.welcoming:
                    self.welcome(message.boot)
            elif not isinstance(message, ReportSeen) and self.journaling:
                self.journal(message)

    def welcome(self, boot: int, *, orders: int = 0, parts: tuple[SnapshotPart, ...] = ()) -> None:
        """Take the strategy in; its snapshot says that there are `orders`, and has these `parts`."""
        self.send(
            StrategyWelcome(
                strategy=NAME,
                boot=boot,
                router_boot=self.boot,
                mode=Mode.PAPER,
                trading_state=TradingStateWord.ACTIVE,
                orders=orders,
                positions=0,
                journal=JOURNAL,
            ),
            *parts,
            SnapshotEnd(strategy=NAME, report_number=0, told_before=0),
        )

    def journal(self, intent: Any) -> None:
        """Confirm an intent."""
        self.send(
            IntentJournaled(
                intent_id=intent.intent_id,
                strategy=NAME,
                client_order_id=f"c{intent.counter}",
                router_boot=self.boot,
            )
        )

    def send(self, *messages: object) -> None:
        """Say something to the strategy."""
        for message in messages:
            self.socket.send(self.identity, encode(message))

    def heard(self, kind: type[Kind]) -> list[Kind]:
        """What the strategy said of this class."""
        return [message for message in self.said if type(message) is kind]


@attrs.define
class Actor:
    """A strategy actor that runs."""

    context: ActorContext
    lines: LogCapture
    ended: trio.Event = attrs.field(factory=trio.Event)

    @property
    def gauges(self) -> dict[str, Any]:
        """Its numbers, as they travel."""
        figures: dict[str, Any] = json.loads(self.context.gauges_json({}))
        return figures

    async def stop(self) -> None:
        """Ask it to stop and wait for its end."""
        self.context.stop.set()
        with trio.fail_after(deadline_s(5)):
            await self.ended.wait()

    @property
    def is_ready(self) -> bool:
        """Whether it told the supervisor that its plugin was started."""
        return self.context.current_state[0] is ActorState.READY

    @property
    def plugin(self) -> Any:
        """The probe inside, once it was started."""
        living = _probes()
        return living[-1] if living else None

    def calls(self, word: str) -> list[tuple[Any, ...]]:
        """What the probe was called with."""
        plugin = self.plugin
        return [call[1:] for call in plugin.calls if call[0] == word] if plugin else []

    def router_is(self, boot: int, state: ActorState = ActorState.READY) -> None:
        """The supervisor's word on the router."""
        self.context.peer_changed(
            PeerReport(name="router", kind="router", boot=boot, state=state, reason="")
        )


def _probes() -> list[Any]:
    module = sys.modules.get("strategies.probe")
    return module.Probe.living if module else []


def context_of(
    bus: Bus, state_dir: Path, *, boot: int, **settings: Any
) -> tuple[ActorContext, LogCapture]:
    """The context that a launcher would hand to the actor; settings as the tree writes them."""
    lines = LogCapture()
    launch = LaunchSpec(
        name=f"strategy.{NAME}",
        kind="strategy",
        module="actors.strategy",
        mode=Mode.PAPER,
        boot=boot,
        run_dir=str(bus.run_dir),
        public_key="p",
        secret_key="s",
        settings={
            "name": NAME,
            "class": "strategies.probe:Probe",
            "folder": str(PLUGINS),
            "state_dir": str(state_dir),
            "instruments": [BTC],
            "mode": "paper",
            **settings,
        },
    )
    log = structlog.wrap_logger(None, processors=[lines])
    return ActorContext(launch, bus=bus, clock=SystemClock(), log=log, peers={}), lines


@asynccontextmanager
async def routing(stage: Stage, *, boot: int = 100, **options: bool) -> AsyncIterator[Router]:
    """A router in service; its bus is closed at the end, as if it had died."""
    async with stage.bus("router", boot) as bus, trio.open_nursery() as nursery:
        socket = bus.bind_router("strategies", stage.peers(f"strategy.{NAME}"))
        router = Router(socket, boot, **options)
        nursery.start_soon(socket.pump, router.on_batch)
        yield router
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def publishing(
    stage: Stage, *, boot: int = 1, defined: bool = True, ready: bool = True
) -> AsyncIterator[Publisher]:
    """A data session: defines the instrument and says that it is connected, unless told otherwise."""
    async with stage.bus("wooxpro.data", boot) as bus, trio.open_nursery() as nursery:
        publisher = Publisher(bus.bind_publisher("market.wooxpro"), boot=boot)
        nursery.start_soon(publisher.run)
        nursery.start_soon(ReplayServer(bus.bind_router("replay.wooxpro"), publisher).run)
        if defined:
            publisher.publish(definition())
        if ready:
            publisher.publish(status(VenueStateWord.READY))
        yield publisher
        nursery.cancel_scope.cancel()


def status(state: VenueStateWord) -> MarketStatus:
    """The session's word on itself."""
    return MarketStatus(instrument="WOOXPRO", boot=0, sequence=0, state=state, reason="", ts_ns=0)


@asynccontextmanager
async def acting(stage: Stage, *, boot: int = 7, **settings: Any) -> AsyncIterator[Actor]:
    """The actor, run until the end of the block; what it raises leaves the block."""
    _probes().clear()
    async with stage.bus(f"strategy.{NAME}", boot) as bus, trio.open_nursery() as nursery:
        context, lines = context_of(bus, stage.run_dir / "state", boot=boot, **settings)
        actor = Actor(context, lines)

        async def live() -> None:
            await strategy.run(context)
            actor.ended.set()

        nursery.start_soon(live)
        yield actor
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def trading(stage: Stage, **settings: Any) -> AsyncIterator[tuple[Actor, Router, Publisher]]:
    """Actor, router and data session in service."""
    async with (
        routing(stage) as router,
        publishing(stage) as publisher,
        acting(stage, **settings) as actor,
    ):
        await until(lambda: actor.is_ready, what="the strategy is in service")
        await until(lambda: publisher.is_demanded(Quote, BTC))
        yield actor, router, publisher
