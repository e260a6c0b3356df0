"""Market data in: what strategies, paper venues and recorders read one feed's data with.

Sockets and a clock around `ReaderCore`. Batches are handed over as the pump drained them; questions
to the publisher's ring go out on a DEALER of its own; a slow tick finds what is silent.
"""

from collections.abc import Callable
from typing import Any

import trio

from engine.bus.context import Bus
from engine.bus.ordered import HELD_MAX
from engine.bus.readercore import TRACKS_MAX, ReaderCore, ReaderLimits
from engine.bus.track import Fresh, Lost, Outlet, ReaderStats, Stale, Track
from engine.clock import Clock
from engine.errors import BusError
from engine.messages.codec import encode, kind_of
from engine.messages.replay import ReplayRequest
from engine.watermark import Levels

TICK_INTERVAL_S = 0.25
"""How often ages, silence and overdue answers are looked at; 4 wake-ups a second and reader."""


def _ignore(_event: object) -> None:
    """For readers that do not care."""


class MarketReader:
    """Reads the market data of one feed: of a venue, or of a part of it.

    Args:
        bus: of this process.
        feed: its id, for most venues the folder name; reads `market.<feed>`, asks `replay.<feed>`.
        clock: its monotonic clock gives the ages.
        on_message: each decoded message; of a conflated topic the newest of each batch. What it
            raises ends `run`.
        on_stale: a topic is not to be trusted (told once, with the first reason).
        on_fresh: it is again.
        on_lost: messages of a kind where each one matters are gone for ever.
        limits: ages and silence.
    """

    def __init__(
        self,
        bus: Bus,
        feed: str,
        *,
        clock: Clock,
        on_message: Callable[[Any], object],
        on_stale: Callable[[Stale], object] = _ignore,
        on_fresh: Callable[[Fresh], object] = _ignore,
        on_lost: Callable[[Lost], object] = _ignore,
        limits: ReaderLimits | None = None,
    ) -> None:
        self.feed = feed
        self._clock = clock
        self._subscriber = bus.connect_subscriber(f"market.{feed}")
        self._dealer = bus.connect_dealer(f"replay.{feed}")
        outlet = Outlet(on_message, on_stale, on_fresh, on_lost, self._request)
        self._core = ReaderCore(outlet, limits or ReaderLimits())

    @property
    def stats(self) -> ReaderStats:
        """Counters since the start."""
        return self._core.stats

    def queues(self) -> Levels:
        """Topics followed, and messages held back for a repair (one more than held ends it)."""
        return {
            f"reader.{self.feed}.topics": (self._core.topics, TRACKS_MAX),
            f"reader.{self.feed}.held": (self._core.stats.held_max, HELD_MAX + 1),
        }

    @property
    def connected(self) -> bool:
        """Whether the publisher is connected now: a hint."""
        return self._subscriber.connected

    def subscribe(self, cls: type, instrument: str | None, *, conflate: bool | None = None) -> None:
        """Read a kind on one instrument, or (None) on all of the feed's.

        `conflate` defaults to what the kind allows; False hands on every message, repairs gaps and
        tells what is lost. Subscribing again changes nothing.

        Raises:
            LocalProtocolError: the kind cannot be conflated, or is read the other way already.
            LimitExceeded: too many topics.
        """
        allowed = kind_of(cls).conflate
        wanted = self._core.open(
            cls, instrument, conflate=allowed if conflate is None else conflate
        )
        if wanted is not None:
            self._subscriber.subscribe(wanted)

    def unsubscribe(self, cls: type, instrument: str | None) -> None:
        """Read it no more; messages under way may still be handed on until the next batch."""
        wanted = self._core.close(cls, instrument)
        if wanted is not None:
            self._subscriber.unsubscribe(wanted)

    def is_stale(self, cls: type, instrument: str) -> bool:
        """Whether the topic is not to be trusted now, or was never heard of."""
        return self._core.is_stale(cls, instrument)

    async def run(self) -> None:
        """Read until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._subscriber.pump, self._on_batch)
            nursery.start_soon(self._dealer.pump, self._on_answers)
            while True:
                await trio.sleep(TICK_INTERVAL_S)
                self._core.tick(self._clock.monotonic_ns(), connected=self._subscriber.connected)

    def _on_batch(self, batch: list[bytes]) -> None:
        self._core.take(batch, self._clock.monotonic_ns())

    def _on_answers(self, batch: list[bytes]) -> None:
        now_ns = self._clock.monotonic_ns()
        for payload in batch:
            self._core.answered(payload, now_ns)

    def _request(self, _track: Track, request: ReplayRequest) -> None:
        try:
            self._dealer.send(encode(request))
        except BusError:
            """Not sent: the track asks again when the answer is overdue."""
