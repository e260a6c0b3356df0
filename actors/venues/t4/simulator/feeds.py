"""The outside market of all markets on one time line: recorded where it can be, else generated.

With `timestamps = "now"` market time is wall time and a faster replay is pressed together; with
`"recorded"` it is the recording's own, runs `speed` times as fast, and everything of the venue is
stamped with it. Pure but for reading the recording's file.
"""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import chain
from math import ceil
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.settings import SimulatorSettings
from engine.errors import ConfigError, Problem
from engine.exchange.feeds import MarketEvent
from engine.exchange.folders import folders
from engine.exchange.generator import Generator, MarketShape
from engine.simulator.jsontext import plain
from engine.simulator.moment import Moment

if TYPE_CHECKING:
    from actors.venues.t4.simulator.recorded import RecordedEvent, Recording

BATCH_MAX: Final = 256
"""Events taken between two looks at the clients: bounds the delay of an answer to a few ms."""
TRADES_PER_QUOTE: Final = 0.3
"""How many generated trades come with a quote, on average."""

OutsideEvent: TypeAlias = "MarketEvent | RecordedEvent"


class Feeds:
    """All feeds and their clock.

    Args:
        settings: replay folder, seed, speed, time line.
        listings: what is traded.

    Raises:
        ConfigError: the replay folder is no recording of a listed market.
    """

    def __init__(self, settings: SimulatorSettings, listings: Sequence[Listing]) -> None:
        self._settings = settings
        self._listings = [each for each in listings if not each.expired]
        self.recordings: dict[str, Recording] = {}
        for folder, must_fit in folders(settings.replay):
            self._open(folder, must_fit=must_fit)
        self._recorded_time = settings.timestamps == "recorded" and bool(self.recordings)
        self._rate = settings.speed if self._recorded_time else 1.0
        self._events: Iterator[OutsideEvent] | None = None
        self._next: OutsideEvent | None = None
        self._start_mono_ns = 0
        self._start_ns = 0

    def _open(self, folder: Path, *, must_fit: bool) -> None:
        from actors.venues.t4.simulator.recorded import Recording
        from engine.exchange.recording import instrument_of

        symbol = instrument_of(folder).symbol
        markets = {each.recorded_as: each for each in self._listings if each.recorded_as}
        listing = markets.get(symbol)
        if listing is None and not must_fit:
            return
        if listing is None:
            hint = f"recordings of {', '.join(markets)} can be replayed"
            raise ConfigError(Problem("replay", f"{symbol} is not listed", hint))
        instrument = listing.instrument()
        self.recordings[listing.market_id] = Recording(
            folder, instrument, self._settings.pre_open_s
        )

    def reference_price(self, listing: Listing) -> str:
        """Where the price starts, REAL: the recording's first, or the table's."""
        recording = self.recordings.get(listing.market_id)
        return plain(listing.reference_price if recording is None else recording.reference_price)

    # --- time -----------------------------------------------------------------------------

    @property
    def started(self) -> bool:
        """Whether the market moves."""
        return self._events is not None

    def time_ns(self, now: Moment) -> int:
        """Market time, which is the wall clock's or the recording's."""
        if self.started:
            return self._start_ns + int((now.mono_ns - self._start_mono_ns) * self._rate)
        return self._origin_ns(now)

    def _origin_ns(self, now: Moment) -> int:
        if self._recorded_time:
            return min((each.begin_ns for each in self.recordings.values()), default=now.wall_ns)
        return now.wall_ns

    def start(self, now: Moment) -> None:
        """Let the market move from here on; once."""
        if self._events is None:
            self._start_mono_ns, self._start_ns = now.mono_ns, self._origin_ns(now)
            streams = [self._stream(each) for each in self._listings]
            self._events = merge(*streams, key=attrgetter("at_ns"))
            self._next = next(self._events, None)

    def add(self, listing: Listing, now: Moment) -> None:
        """A further market, generated from here on."""
        self._listings.append(listing)
        if self._events is None:
            return
        known = self._events if self._next is None else chain([self._next], self._events)
        stream = self._generated(listing, self.time_ns(now))
        self._events = merge(known, stream, key=attrgetter("at_ns"))
        self._next = next(self._events, None)

    def _stream(self, listing: Listing) -> Iterator[OutsideEvent]:
        settings = self._settings
        recording = self.recordings.get(listing.market_id)
        if recording is not None:
            speed = settings.speed / self._rate
            return recording.events(self._start_ns, speed, repeat=settings.repeat)
        return self._generated(listing, self._start_ns)

    def _generated(self, listing: Listing, start_ns: int) -> Iterator[OutsideEvent]:
        settings = self._settings
        rate_hz = settings.quotes_per_s * settings.speed / self._rate
        shape = MarketShape(
            rate_hz=rate_hz,
            trade_rate_hz=rate_hz * TRADES_PER_QUOTE,
            levels=settings.depth_levels,
        )
        instrument = listing.instrument()
        return _endless(Generator(instrument, seed=settings.seed, start_ns=start_ns, shape=shape))

    def next_deadline_ns(self) -> int | None:
        """Monotonic time of the next event; None while the market stands still and at the end."""
        if self._next is None:
            return None
        return self._start_mono_ns + ceil((self._next.at_ns - self._start_ns) / self._rate)

    def advance(self, now: Moment) -> list[OutsideEvent]:
        """Events that are due, at most a batch; ask again until the deadline lies ahead."""
        until_ns = self.time_ns(now)
        taken: list[OutsideEvent] = []
        while (
            self._events is not None
            and self._next is not None
            and self._next.at_ns <= until_ns
            and len(taken) < BATCH_MAX
        ):
            taken.append(self._next)
            self._next = next(self._events, None)
        return taken


def _endless(feed: Generator) -> Iterator[OutsideEvent]:
    """A feed's events one by one."""
    while (at_ns := feed.next_at_ns()) is not None:
        yield from feed.advance(at_ns, 1)
