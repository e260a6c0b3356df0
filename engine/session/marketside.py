"""The market data half of a session: from the protocol's messages to the bus, from readers to demand.

Every message takes the shortest path: believed or not, published, remembered as reference price.
What the router needs (definitions, reference prices) goes out in steps of 100 ms.
"""

from typing import Any

import trio

from engine.bus.publisher import Publisher
from engine.bus.replayserver import ReplayServer
from engine.clock import Clock
from engine.messages.market import (
    InstrumentDefinition,
    MarketStale,
    MarketStatus,
    Quote,
    Ticker,
)
from engine.messages.venue import InstrumentUpdate
from engine.model.enums import VenueStateWord
from engine.model.instrument import Instrument
from engine.session.contract import DataProtocol
from engine.session.demand import DemandRule
from engine.session.driver import SessionDriver
from engine.session.freshness import Freshness
from engine.session.reference import REFERENCE_INTERVAL_S, ReferencePrices
from engine.session.uplink import Uplink
from engine.watermark import Levels

DEFINITIONS_PER_STEP_MAX = 100
"""Definitions told to the router at once: a tenth of its queue, so prices and states find room."""

_LIVE = frozenset({VenueStateWord.RECONCILING, VenueStateWord.READY})


class MarketSide:
    """Publishes the market data of one feed.

    Args:
        feed: the feed's id, for most venues the venue's folder name.
        protocol: delivers the data.
        publisher: on `market.<feed>`; its demand calls must lead to `demand_changed`.
        replay: on `replay.<feed>`.
        uplink: to the router.
        rule: how readers' subscriptions are understood.
        clock: stamps the status.
    """

    def __init__(
        self,
        feed: str,
        protocol: DataProtocol,
        *,
        publisher: Publisher,
        replay: ReplayServer,
        uplink: Uplink,
        rule: DemandRule,
        clock: Clock,
    ) -> None:
        self._topic = feed.upper()
        self._protocol = protocol
        self._publisher = publisher
        self._replay = replay
        self._uplink = uplink
        self._rule = rule
        self._clock = clock
        self._freshness = Freshness()
        self._reference = ReferencePrices(rule.instruments)
        self._definitions: dict[str, Instrument] = {}
        self._untold: dict[str, None] = {}
        self._demand = trio.Event()
        self._demand.set()

    @property
    def stale_topics(self) -> int:
        """How many topics are not to be trusted."""
        return self._freshness.stale

    @property
    def messages(self) -> int:
        """How many market messages were published."""
        return self._publisher.stats.published

    # --- what the protocol says ------------------------------------------------------------------

    def queues(self) -> Levels:
        """High-water marks of what is published."""
        return self._publisher.queues()

    def publish(self, message: Any) -> None:
        """One market message; the hot path."""
        kind = message.__class__
        if kind is MarketStale:
            if self._freshness.doubted(message):
                self._publisher.publish(message)
            return
        relieved = self._freshness.arrived(message)
        if relieved is not None:
            self._publisher.publish(relieved)
        self._publisher.publish(message)
        if kind is Quote:
            self._reference.quoted(message)
        elif kind is Ticker:
            self._reference.ticked(message)

    def hold(self) -> None:
        """More is coming at once: neighbours of one topic may travel together."""
        self._publisher.hold()

    def release(self) -> None:
        """Nothing more for now: what is held leaves."""
        self._publisher.release()

    def define(self, instrument: Instrument) -> None:
        """An instrument was loaded or changed: for readers as last value, for the router numbered.

        Raises:
            LimitExceeded: the venue has more instruments than the bus has room for.
        """
        self._publisher.publish(
            InstrumentDefinition(
                instrument=instrument.id, boot=0, sequence=0, definition=instrument
            )
        )
        self._definitions[instrument.id] = instrument
        self._untold[instrument.id] = None

    def state(self, state: VenueStateWord, reason: str) -> None:
        """The session's state, for readers; without a live connection nothing is to be trusted."""
        if state not in _LIVE:
            for told in self._freshness.lost(reason or state.value):
                self._publisher.publish(told)
        self._publisher.publish(
            MarketStatus(
                instrument=self._topic,
                boot=0,
                sequence=0,
                state=state,
                reason=reason,
                ts_ns=self._clock.wall_ns(),
            )
        )

    # --- what readers and the router want ----------------------------------------------------------

    def demand_changed(self, _tag: int = 0, _instrument: str = "") -> None:
        """The publisher's demand calls: the protocol is asked once for a whole batch of them."""
        self._demand.set()

    def tell_again(self) -> None:
        """The router is new, or missed something: it gets every definition and price once more."""
        self._untold = dict.fromkeys(self._definitions)
        self._reference.repeat()

    async def run(self, driver: SessionDriver) -> None:
        """Serve readers, follow demand, and tell the router, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._publisher.run)
            nursery.start_soon(self._replay.run)
            nursery.start_soon(self._follow_demand, driver)
            while True:
                await trio.sleep(REFERENCE_INTERVAL_S)
                self.step()

    async def _follow_demand(self, driver: SessionDriver) -> None:
        while True:
            await self._demand.wait()
            self._demand = trio.Event()
            wanted = self._rule.wanted(self._publisher.demand())
            driver.apply(self._protocol.demand(wanted, driver.now()))

    def step(self) -> None:
        """Tell the router what is new for it; called each interval."""
        if not self._uplink.router_boot:
            return
        for name in list(self._untold)[:DEFINITIONS_PER_STEP_MAX]:
            update = InstrumentUpdate(
                session="", boot=0, sequence=0, definition=self._definitions[name]
            )
            if not self._uplink.send(update):
                return
            del self._untold[name]
        for price in self._reference.take():
            self._uplink.send(price)
