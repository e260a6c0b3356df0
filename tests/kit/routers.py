"""A router actor on a real bus in this process, and those who speak to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import attrs
import structlog
import trio
from structlog.testing import LogCapture

from actors.context import ActorContext
from actors.router import RouterActor, RouterActorSettings
from engine.bus.context import open_bus
from engine.bus.keys import Peer
from engine.bus.sockets import DealerSocket
from engine.clock import SystemClock
from engine.errors import UnknownPeer
from engine.messages.codec import decode, encode
from engine.model.enums import Mode
from engine.orders.settings import RouterSettings
from engine.settings.converter import plain_values, structure
from engine.supervise.launch import LaunchSpec
from tests.kit.bus import Stage
from tests.kit.orders import DATA, SESSION
from tests.kit.orders import settings as core_settings
from tests.kit.waiting import deadline_s, until

PEERS = {
    "strategies": {"strategy.alpha": "strategy", "strategy.beta": "strategy"},
    "sessions": {SESSION: "session", DATA: "session"},
    "operator": {"operator": "operator", "viewer": "viewer"},
    "kill": {"operator": "operator"},
}
Kind = TypeVar("Kind")


@attrs.define
class Routing:
    """A router in service."""

    actor: RouterActor
    context: ActorContext
    lines: LogCapture
    ended: trio.Event = attrs.field(factory=trio.Event)

    async def stop(self) -> None:
        """Ask it to stop and wait for its end."""
        self.context.stop.set()
        with trio.fail_after(deadline_s(5)):
            await self.ended.wait()

    def logged(self, event: str) -> list[Any]:
        """Log records of this kind."""
        return [line for line in self.lines.entries if line["event"] == event]


def peers_of(stage: Stage) -> dict[str, dict[bytes, Peer]]:
    """Everybody's keys, as the spec of a router names them."""
    return {
        endpoint: {stage.key(name).public: Peer(name, role) for name, role in names.items()}
        for endpoint, names in PEERS.items()
    }


def router_settings(state_dir: Path, core: RouterSettings | None = None) -> dict[str, Any]:
    """The actor's settings as the tree writes them."""
    plain = plain_values(core or core_settings())
    return {"core": plain, "state_dir": str(state_dir), "durability": "process"}


@asynccontextmanager
async def routing(
    stage: Stage, *, boot: int = 100, mode: Mode = Mode.LIVE, **changes: Any
) -> AsyncIterator[Routing]:
    """The actor, run until the end of the block; what it raises leaves the block."""
    lines = LogCapture()
    settings = {**router_settings(stage.run_dir / "state"), **changes}
    launch = LaunchSpec(
        name="router",
        kind="router",
        module="actors.router",
        mode=mode,
        boot=boot,
        run_dir=str(stage.run_dir),
        public_key="",
        secret_key="",
        settings=settings,
    )
    bus = open_bus(
        stage.run_dir, name="router", boot=boot, keys=stage.key("router"), alert=stage.alerts.append
    )
    async with bus as opened, trio.open_nursery() as nursery:
        context = ActorContext(
            launch,
            bus=opened,
            clock=SystemClock(),
            log=structlog.wrap_logger(None, processors=[lines]),
            peers=peers_of(stage),
        )
        actor = RouterActor(context, structure(settings, RouterActorSettings, path="router"))
        running = Routing(actor, context, lines)

        async def live() -> None:
            await actor.run()
            running.ended.set()

        nursery.start_soon(live)
        await until(lambda: context.in_service or running.ended.is_set())
        yield running
        nursery.cancel_scope.cancel()


@attrs.define
class Speaker:
    """Somebody connected to the router: what it heard, and how it speaks."""

    dealer: DealerSocket
    heard: list[Any] = attrs.field(factory=list)

    def on_batch(self, batch: list[bytes]) -> None:
        """The pump's handler."""
        self.heard += [decode(payload) for payload in batch]

    def of(self, kind: type[Kind]) -> list[Kind]:
        """What it heard of this class."""
        return [message for message in self.heard if type(message) is kind]

    def say(self, message: object) -> bool:
        """Send; False while nobody is there."""
        return self.send(encode(message))

    def send(self, payload: bytes) -> bool:
        """Send bytes; False while nobody is there."""
        try:
            self.dealer.send(payload)
        except UnknownPeer:
            return False
        return True


@asynccontextmanager
async def speaking(
    stage: Stage, name: str, endpoint: str, *, boot: int = 1
) -> AsyncIterator[Speaker]:
    """An actor or operator of this name, connected."""
    bus = open_bus(
        stage.run_dir,
        name=name,
        boot=boot,
        keys=stage.key(name),
        servers={endpoint: stage.key("router").public},
        alert=stage.alerts.append,
    )
    async with bus as opened, trio.open_nursery() as nursery:
        dealer = opened.connect_dealer(endpoint)
        speaker = Speaker(dealer)
        nursery.start_soon(dealer.pump, speaker.on_batch)
        await until(lambda: dealer.connected)
        yield speaker
        nursery.cancel_scope.cancel()
