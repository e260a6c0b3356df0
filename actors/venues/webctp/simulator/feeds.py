"""The outside market: which feed each contract has, and the one time line of it all.

With `timestamps = "now"` market time is wall time and a faster replay is pressed together; with
`"recorded"` it is the recording's own, runs `speed` times as fast, and everything is stamped with it.
A market that is held does not move until `start`; nothing of it is lost, its clock has not begun.
"""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any, Final

import attrs

from actors.venues.webctp.simulator.listings import Listing
from actors.venues.webctp.simulator.settings import SimulatorSettings
from actors.venues.webctp.simulator.ticks import Tick, TickFeed, exact, first_row
from engine.errors import ConfigError, Problem
from engine.exchange.feeds import MarketEvent, MergedFeed
from engine.exchange.generator import Generator, MarketShape
from engine.simulator.moment import Moment

BATCH_MAX: Final = 256
"""Market events taken between two looks at the clients."""
TRADES_PER_QUOTE: Final = 0.3
"""How many generated trades come with a quote, on average."""
LEVELS: Final = 10
"""Of a generated book: more than anybody is shown."""


class Feeds:
    """The feeds of all contracts and their clock; pure but for reading the recording's file."""

    def __init__(self, settings: SimulatorSettings, listings: Sequence[Listing]) -> None:
        self._settings = settings
        self._folder = Path(settings.replay) if settings.replay else None
        self.recorded: dict[str, Any] | None = None
        self.listings = list(listings)
        if self._folder is not None:
            self.recorded = first_row(self._folder)
            self.listings = [self._as_recorded(each, self.recorded) for each in listings]
            if self.symbol not in {each.symbol for each in listings}:
                raise ConfigError(Problem("replay", f"{self.symbol} is not listed"))
        self._own_time = settings.timestamps == "recorded" and self.recorded is not None
        self._rate = settings.speed if self._own_time else 1.0
        self.held = bool(self._folder or settings.hold_for)
        self._generated: MergedFeed | None = None
        self._ticks: TickFeed | None = None
        self._start_mono_ns = 0
        self._start_ns = 0
        self.started = False

    @property
    def symbol(self) -> str:
        """The recorded contract, empty when nothing is replayed."""
        return "" if self.recorded is None else str(self.recorded["instrument_id"])

    def _as_recorded(self, listing: Listing, row: dict[str, Any]) -> Listing:
        """The listing with the prices of the recorded day."""
        if listing.symbol != self.symbol:
            return listing
        return attrs.evolve(
            listing,
            reference_price=exact(row["last_price"]),
            pre_settlement=exact(row["pre_settlement_price"]),
        )

    def time_ns(self, now: Moment) -> int:
        """Market time."""
        if self.started:
            return self._start_ns + int((now.mono_ns - self._start_mono_ns) * self._rate)
        return self._origin_ns(now)

    def _origin_ns(self, now: Moment) -> int:
        if self._own_time and self.recorded is not None:
            return int(self.recorded["ts_ns"])
        return now.wall_ns

    def start(self, now: Moment) -> None:
        """Let the market move from here on; once."""
        if self.started:
            return
        self._start_mono_ns, self._start_ns = now.mono_ns, self._origin_ns(now)
        self._generated = MergedFeed(
            [self._generator(each) for each in self.listings if each.symbol != self.symbol]
        )
        recorded = next((each for each in self.listings if each.symbol == self.symbol), None)
        if self._folder is not None and recorded is not None:
            self._ticks = TickFeed(
                self._folder,
                recorded.instrument(),
                start_ns=self._start_ns,
                speed=self._settings.speed / self._rate,
            )
        self.started = True

    def _generator(self, listing: Listing) -> Generator:
        settings = self._settings
        rate_hz = settings.quotes_per_s * settings.speed / self._rate
        shape = MarketShape(
            rate_hz=rate_hz, trade_rate_hz=rate_hz * TRADES_PER_QUOTE, levels=LEVELS
        )
        instrument = listing.instrument()
        return Generator(instrument, seed=settings.seed, start_ns=self._start_ns, shape=shape)

    def next_deadline_ns(self) -> int | None:
        """Monotonic time of the next event; None while held and at the end."""
        times = [
            at_ns
            for feed in (self._generated, self._ticks)
            if feed is not None and (at_ns := feed.next_at_ns()) is not None
        ]
        if not times:
            return None
        return self._start_mono_ns + ceil((min(times) - self._start_ns) / self._rate)

    def advance(self, now: Moment) -> list[MarketEvent | Tick]:
        """Events that are due, at most a batch of each feed."""
        if self._generated is None:
            return []
        until_ns = self.time_ns(now)
        due: list[MarketEvent | Tick] = list(self._generated.advance(until_ns, BATCH_MAX))
        if self._ticks is not None:
            due += self._ticks.advance(until_ns, BATCH_MAX)
        return due
