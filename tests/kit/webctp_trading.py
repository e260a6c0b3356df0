"""WebCTP's trade session over the real driver against the real simulator, on loopback."""

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import attrs
import trio

from actors.venues.webctp import VENUE
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.simulator import SimulatorSettings, serve
from engine.clock import SystemClock
from engine.messages.codec import encode
from engine.messages.venue import (
    CancelOrder,
    Fill,
    OrderUpdate,
    QueryOrder,
    ReconcilePart,
    ReconcileRequest,
    SubmitOrder,
    UpdateKind,
    VenueOrder,
)
from engine.model.enums import Mode, OrdType, PositionEffect, Side, TimeInForce, VenueStateWord
from engine.session.backoff import Backoff
from engine.session.driver import SessionDriver
from engine.session.making import stream_opener
from tests.kit.waiting import deadline_s, until

RB = "rb2101.WEBCTP"
IF = "IF2101.WEBCTP"
D = Decimal

QUICK: Mapping[str, Any] = {
    "ping_interval_s": 1.0,
    "silence_limit_s": 3.0,
    "turn_timeout_s": 1.0,
    "front_timeout_s": 2.0,
    "login_timeout_s": 2.0,
    "login_pause_s": 0.05,
    "query_interval_s": 0.02,
    "query_retry_s": 0.05,
    "query_timeout_s": 2.0,
}
"""Short patience."""
PATIENCE: Mapping[str, Any] = {
    "leg_wait_s": 1.0,
    "cancel_hold_s": 0.5,
    "answer_timeout_s": 1.0,
    "fill_wait_s": 0.5,
    "quiet_s": 0.05,
}


def submit(name: str, **changes: Any) -> SubmitOrder:
    """A limit order for one lot of rb2101, for the day, without expiry."""
    given: dict[str, Any] = {
        "session_boot": 1,
        "router_boot": 1,
        "expires_mono_ns": 0,
        "mode": Mode.LIVE,
        "client_order_id": name,
        "instrument": RB,
        "side": Side.BUY,
        "ord_type": OrdType.LIMIT,
        "quantity": D(1),
        "price": D(4000),
        "stop_price": None,
        "time_in_force": TimeInForce.DAY,
        "post_only": False,
        "reduce_only": False,
        "position_quantity": D(0),
        "tick_mono_ns": 0,
        "intent_mono_ns": 0,
        "routed_mono_ns": 0,
        "position_effect": PositionEffect.AUTO,
        "reference_price": None,
    }
    return SubmitOrder(**given | changes)


def cancel(name: str, venue_order_id: str = "", **changes: Any) -> CancelOrder:
    """A cancel without expiry."""
    given: dict[str, Any] = {
        "session_boot": 1,
        "router_boot": 1,
        "expires_mono_ns": 0,
        "client_order_id": name,
        "venue_order_id": venue_order_id,
        "instrument": RB,
    }
    return CancelOrder(**given | changes)


def query(name: str, venue_order_id: str = "") -> QueryOrder:
    """A look-up."""
    return QueryOrder(
        session_boot=1,
        router_boot=1,
        client_order_id=name,
        venue_order_id=venue_order_id,
        instrument=RB,
    )


class Live:
    """A session with a driver of its own; keeps what it is told."""

    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol
        self.events: list[Any] = []
        self.states: list[VenueStateWord] = []
        self.notes: list[Any] = []
        self.requests = 0
        self.kept = ""
        self._names = 10_000_100_000
        self.driver = SessionDriver(
            protocol,
            open_stream=stream_opener(plain=True),
            http=None,
            backoff=Backoff(first_s=0.05, floor_s=0.05, max_s=0.2),
            clock=SystemClock(),
            rng=random.Random(1),
            sink=self,
        )

    # --- the sink -----------------------------------------------------------------------------

    def publish(self, message: Any) -> None:
        """A trade session has no market data."""
        raise AssertionError(f"a trade session published {message}")

    def hold(self) -> None:
        """Nothing is published here."""

    def release(self) -> None:
        """Nothing was."""

    def report(self, event: Any) -> None:
        """News; only what may travel."""
        encode(event)
        self.events.append(event)

    def define(self, instrument: Any) -> None:
        """It defines none either."""
        raise AssertionError(f"a trade session defined {instrument}")

    def state(self, state: VenueStateWord, reason: str) -> None:
        """How far it is."""
        del reason
        self.states.append(state)

    def note(self, note: Any) -> None:
        """For the operator."""
        self.notes.append(note)

    def keep(self, text: str) -> None:
        """For the next boot."""
        self.kept = text

    # --- what happened ------------------------------------------------------------------------

    def updates(self, name: str) -> list[OrderUpdate]:
        """News of an order."""
        return [e for e in self.events if isinstance(e, OrderUpdate) and e.client_order_id == name]

    def kinds(self, name: str) -> list[UpdateKind]:
        """What they say."""
        return [update.kind for update in self.updates(name)]

    def fills(self, name: str) -> list[Fill]:
        """Fills of an order."""
        return [e for e in self.events if isinstance(e, Fill) and e.client_order_id == name]

    # --- doing --------------------------------------------------------------------------------

    def name(self) -> str:
        """The next client order id."""
        self._names += 1
        return str(self._names)

    def call(self, method: str, *arguments: Any) -> None:
        """A command."""
        self.driver.apply(getattr(self.protocol, method)(*arguments, self.driver.now()))

    def submit(self, name: str = "", **changes: Any) -> str:
        """A new order; its name."""
        name = name or self.name()
        self.call("submit", submit(name, **changes))
        return name

    def cancel(self, name: str) -> None:
        """Its cancel."""
        self.call("cancel", cancel(name))

    async def heard(self, name: str, *kinds: UpdateKind, within_s: float = 10.0) -> OrderUpdate:
        """Wait for news of one of these kinds."""
        await until(
            lambda: set(self.kinds(name)) & set(kinds),
            within_s=within_s,
            what=f"{name} {kinds}: {self.kinds(name)} {self.notes}",
        )
        return next(u for u in reversed(self.updates(name)) if u.kind in kinds)

    async def logged_in(self, times: int = 1) -> None:
        """Wait for the so manieth login."""
        await until(
            lambda: (
                self.states.count(VenueStateWord.RECONCILING) >= times
                and self.states[-1] is VenueStateWord.RECONCILING
            ),
            what=f"logged in: {self.states} {self.notes}",
        )

    async def reconciled(
        self, instruments: tuple[str, ...] = (RB, IF), since_ns: int = 0
    ) -> list[ReconcilePart]:
        """A whole answer."""
        self.requests += 1
        number = self.requests
        request = ReconcileRequest(
            session_boot=1,
            router_boot=1,
            request_id=number,
            since_ns=since_ns,
            instruments=instruments,
        )
        self.call("reconcile", request)

        def parts() -> list[ReconcilePart]:
            return [
                e for e in self.events if isinstance(e, ReconcilePart) and e.request_id == number
            ]

        await until(lambda: parts() and parts()[-1].last, what=f"reconciled: {self.notes}")
        assert not parts()[-1].error, parts()[-1].error
        return parts()

    async def ready(self) -> list[ReconcilePart]:
        """Logged in and reconciled."""
        await self.logged_in()
        return await self.reconciled()


def orders_in(parts: list[ReconcilePart], name: str) -> list[VenueOrder]:
    """What a reconciliation says of an order."""
    return [order for part in parts for order in part.orders if order.client_order_id == name]


def positions_in(parts: list[ReconcilePart]) -> dict[str, Decimal]:
    """Net positions that are not nothing."""
    return {p.instrument: p.quantity for part in parts for p in part.positions if p.quantity}


@attrs.define
class Desk:
    """The simulator and its sessions."""

    running: Any
    nursery: trio.Nursery
    settings: Settings

    def session(self, maker: Any = VENUE.trade, **orders: Any) -> Live:
        """One more session, running."""
        policy = attrs.evolve(self.settings.orders, **orders)
        settings = attrs.evolve(self.settings, orders=policy)
        live = Live(maker(settings, VENUE.simulator_credentials))
        self.nursery.start_soon(live.driver.run)
        return live


@asynccontextmanager
async def desk(client: Mapping[str, Any] | None = None, **simulator: Any) -> AsyncIterator[Desk]:
    """A simulator with a slow market, and settings of sessions towards it."""
    given = {
        "rate_limits": False,
        "symbols": ("rb2101", "IF2101"),
        "reconnect_s": 0.1,
        "restart_s": 0.1,
    }
    async with trio.open_nursery() as nursery:
        with trio.fail_after(deadline_s(20)):
            running = await nursery.start(serve, SimulatorSettings(**given | simulator))
        own = Settings(**{**QUICK, **(client or {})})
        policy = attrs.evolve(own.orders, **PATIENCE)
        own = attrs.evolve(own, orders=policy).for_simulator(running.endpoints)
        yield Desk(running, nursery, own)
        nursery.cancel_scope.cancel()
