"""A session actor on a real bus in this process, with a router that the test plays."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import structlog
import trio

from actors import session
from actors.context import ActorContext
from engine.bus.context import open_bus
from engine.bus.keys import Peer
from engine.bus.sockets import Received, RouterSocket
from engine.clock import SystemClock
from engine.errors import UnknownPeer
from engine.messages.codec import decode, encode
from engine.messages.control import ActorState
from engine.messages.venue import RouterHeartbeat, SessionHello, SessionWelcome
from engine.model.enums import Mode
from engine.supervise.launch import LaunchSpec
from tests.kit.bus import Stage
from tests.kit.waiting import deadline_s, until

QUICK = {"first_s": 0.02, "max_s": 0.1, "floor_s": 0.01}
"""Back-off for tests."""


@attrs.define
class Router:
    """The router's end: welcomes sessions, keeps what they say."""

    socket: RouterSocket
    boot: int
    mode: Mode
    said: list[Any] = attrs.field(factory=list)
    identities: dict[str, bytes] = attrs.field(factory=dict)
    welcoming: bool = True

    def on_batch(self, batch: list[Received]) -> None:
        """The pump's handler."""
        for received in batch:
            message = decode(received.payload)
            self.said.append(message)
            if isinstance(message, SessionHello):
                self.identities[message.session] = received.identity
                if self.welcoming:
                    self.welcome(message)

    def welcome(self, hello: SessionHello) -> None:
        """Take a session in."""
        self.send(
            hello.session,
            SessionWelcome(
                session=hello.session,
                session_boot=hello.boot,
                router_boot=self.boot,
                mode=self.mode,
            ),
        )

    def send(self, name: str, message: object) -> None:
        """Say something to a session."""
        self.socket.send(self.identities[name], encode(message))

    def beat(self) -> None:
        """A sign of life to everybody known."""
        for name in self.identities:
            try:
                self.send(name, RouterHeartbeat(router_boot=self.boot))
            except UnknownPeer:
                continue

    def of(self, kind: type) -> list[Any]:
        """What was said of one kind, oldest first."""
        return [message for message in self.said if type(message) is kind]

    async def hears(self, kind: type, /, **fields: object) -> Any:
        """The first message of this kind with these fields, now or soon."""

        def found() -> list[Any]:
            return [
                message
                for message in self.of(kind)
                if all(getattr(message, key) == value for key, value in fields.items())
            ]

        await until(found, what=f"{kind.__name__} with {fields}")
        return found()[0]


@asynccontextmanager
async def a_router(
    stage: Stage, *names: str, boot: int = 900, mode: Mode = Mode.LIVE
) -> AsyncIterator[Router]:
    """A router for the sessions of these names."""
    peers = {stage.key(name).public: Peer(name, "session") for name in names}
    bus = open_bus(
        stage.run_dir, name="router", boot=boot, keys=stage.key("router"), alert=stage.alerts.append
    )
    async with bus as opened, trio.open_nursery() as nursery:
        router = Router(opened.bind_router("sessions", peers), boot, mode)
        nursery.start_soon(router.socket.pump, router.on_batch)
        yield router
        nursery.cancel_scope.cancel()


@attrs.define
class Running:
    """A session under test."""

    context: ActorContext
    scope: trio.CancelScope
    ended: trio.Event = attrs.field(factory=trio.Event)

    @property
    def gauges(self) -> Mapping[str, Any]:
        """Its numbers."""
        figures: dict[str, Any] = {}
        for provider in self.context._gauges:
            figures |= provider()
        return figures

    @property
    def is_ready(self) -> bool:
        """Whether it says so."""
        return self.context.current_state[0] is ActorState.READY

    async def stop(self) -> None:
        """Ask it to stop and wait for its end."""
        self.context.stop.set()
        with trio.fail_after(deadline_s(5)):
            await self.ended.wait()


@asynccontextmanager
async def a_session(
    stage: Stage,
    name: str,
    settings: Mapping[str, object],
    *,
    secrets: Mapping[str, str] | None = None,
    boot: int = 500,
    mode: Mode = Mode.LIVE,
) -> AsyncIterator[Running]:
    """The actor in service, started as the launcher would."""
    spec = LaunchSpec(
        name=name,
        kind="session",
        module="actors.session",
        mode=mode,
        boot=boot,
        run_dir=str(stage.run_dir),
        public_key="",
        secret_key="",
        settings={"backoff": QUICK, **settings},
        secrets=secrets or {},
    )
    bus = open_bus(
        stage.run_dir,
        name=name,
        boot=boot,
        keys=stage.key(name),
        servers={"sessions": stage.key("router").public},
        alert=stage.alerts.append,
    )
    async with bus as opened, trio.open_nursery() as nursery:
        context = ActorContext(
            spec, bus=opened, clock=SystemClock(), log=structlog.get_logger(), peers={}
        )
        running = Running(context, nursery.cancel_scope)

        async def live() -> None:
            await session.run(context)
            running.ended.set()

        nursery.start_soon(live)
        await until(lambda: context.in_service)
        yield running
        nursery.cancel_scope.cancel()
