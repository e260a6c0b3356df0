"""A paper actor on a real bus in this process, with a data session that the test plays."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import attrs
import structlog
import trio

from actors import paper
from actors.context import ActorContext
from engine.bus.context import Bus, open_bus
from engine.bus.publisher import Publisher
from engine.bus.replayserver import ReplayServer
from engine.clock import SystemClock
from engine.messages.market import Book, MarketStale, MarketStatus, Quote, Trade
from engine.messages.venue import ReconcileDone, ReconcilePart, ReconcileRequest, SessionState
from engine.model.enums import Mode, VenueStateWord
from engine.settings.converter import structure
from engine.supervise.launch import LaunchSpec
from tests.kit.bus import Stage
from tests.kit.market import BTC, definition
from tests.kit.sessions import Router, Running

CLOCK = SystemClock()
PAPER = "paper.wooxpro"
READY = VenueStateWord.READY


@attrs.define
class Market:
    """The data session's end: publishes what the test shows."""

    publisher: Publisher

    def status(self, state: VenueStateWord = READY, reason: str = "") -> None:
        """The data session's state."""
        self.publisher.publish(
            MarketStatus(
                instrument="WOOXPRO", boot=0, sequence=0, state=state, reason=reason, ts_ns=1
            )
        )

    def book(
        self,
        bids: Iterable[tuple[float, float]] = ((99.9, 10.0),),
        asks: Iterable[tuple[float, float]] = ((100.1, 10.0),),
    ) -> None:
        """The whole depth."""
        now_ns = CLOCK.monotonic_ns()
        message = Book(BTC, 0, 0, now_ns, now_ns, now_ns, 50, tuple(bids), tuple(asks))
        self.publisher.publish(message)

    def quote(self, bid: float, ask: float, size: float = 10.0) -> None:
        """The top."""
        now_ns = CLOCK.monotonic_ns()
        self.publisher.publish(Quote(BTC, 0, 0, now_ns, now_ns, now_ns, bid, size, ask, size))

    def trade(self, price: float, size: float = 1.0, aggressor: int = -1) -> None:
        """A print."""
        now_ns = CLOCK.monotonic_ns()
        self.publisher.publish(
            Trade(BTC, 0, 0, now_ns, now_ns, now_ns, price, size, aggressor, "t")
        )

    def stale(self, stream: str, *, fresh: bool = False) -> None:
        """The data session's doubt."""
        self.publisher.publish(
            MarketStale(
                instrument=BTC, boot=0, sequence=0, stream=stream, fresh=fresh, reason="test"
            )
        )

    def open(self) -> None:
        """A defined instrument, a book, and a data session that is ready."""
        self.publisher.publish(definition())
        self.book()
        self.status()


@asynccontextmanager
async def a_market(stage: Stage, *, boot: int = 300) -> AsyncIterator[Market]:
    """A data session that says nothing by itself."""
    async with stage.bus("wooxpro.data", boot) as bus, trio.open_nursery() as nursery:
        publisher = Publisher(bus.bind_publisher("market.wooxpro"), boot=boot)
        replay = ReplayServer(bus.bind_router("replay.wooxpro"), publisher)
        nursery.start_soon(publisher.run)
        nursery.start_soon(replay.run)
        yield Market(publisher)
        nursery.cancel_scope.cancel()


def paper_context(
    stage: Stage,
    bus: Bus,
    state_dir: Path,
    *,
    boot: int = 500,
    mode: Mode = Mode.PAPER,
    **settings: object,
) -> ActorContext:
    """What the launcher would give the actor."""
    spec = LaunchSpec(
        name=PAPER,
        kind="paper",
        module="actors.paper",
        mode=mode,
        boot=boot,
        run_dir=str(stage.run_dir),
        public_key="",
        secret_key="",
        settings={
            "venue": "wooxpro",
            "instruments": [BTC],
            "state_dir": str(state_dir),
            "latency_ms": 0.0,
            "latency_jitter_ms": 0.0,
            "cash": {"USDT": "10000"},
            "maker_fee_rate": None,
            "taker_fee_rate": None,
            "seed": 1,
            **settings,
        },
        secrets={},
    )
    return ActorContext(spec, bus=bus, clock=CLOCK, log=structlog.get_logger(), peers={})


def _paper_bus(stage: Stage, boot: int) -> AbstractAsyncContextManager[Bus]:
    return open_bus(
        stage.run_dir,
        name=PAPER,
        boot=boot,
        keys=stage.key(PAPER),
        servers={"sessions": stage.key("router").public},
        alert=stage.alerts.append,
    )


@asynccontextmanager
async def an_actor(
    stage: Stage,
    state_dir: Path,
    *,
    boot: int = 500,
    mode: Mode = Mode.PAPER,
    **settings: object,
) -> AsyncIterator[paper.PaperActor]:
    """The actor's object, not running: its handlers are called by the test."""
    async with _paper_bus(stage, boot) as bus:
        context = paper_context(stage, bus, state_dir, boot=boot, mode=mode, **settings)
        given = structure(context.settings, paper.PaperSettings)
        actor = paper.PaperActor(context, given)
        with actor.journal:
            yield actor


@asynccontextmanager
async def a_paper(
    stage: Stage,
    state_dir: Path,
    *,
    boot: int = 500,
    mode: Mode = Mode.PAPER,
    **settings: object,
) -> AsyncIterator[Running]:
    """The actor in service; leaving the block ends it as a kill would, without its farewell."""
    async with _paper_bus(stage, boot) as opened, trio.open_nursery() as nursery:
        context = paper_context(stage, opened, state_dir, boot=boot, mode=mode, **settings)
        running = Running(context, nursery.cancel_scope)

        async def live() -> None:
            await paper.run(context)
            running.ended.set()

        nursery.start_soon(live)
        yield running
        nursery.cancel_scope.cancel()


async def reconcile(router: Router, number: int = 1, *, boot: int = 500) -> list[ReconcilePart]:
    """Play the router's reconciliation once the venue is there; its answer."""
    await router.hears(SessionState, boot=boot, state=VenueStateWord.RECONCILING)
    router.send(
        PAPER,
        ReconcileRequest(
            session_boot=boot,
            router_boot=router.boot,
            request_id=number,
            since_ns=0,
            instruments=(BTC,),
        ),
    )
    await router.hears(ReconcilePart, boot=boot, request_id=number, last=True)
    router.send(
        PAPER,
        ReconcileDone(
            session_boot=boot, router_boot=router.boot, request_id=number, ok=True, reason=""
        ),
    )
    return [p for p in router.of(ReconcilePart) if (p.boot, p.request_id) == (boot, number)]
