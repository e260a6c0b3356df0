"""The outside market of all securities on one time line, recorded where it can be, else generated.

Pure but for reading the recordings' files.

Recorded times are shifted to the wall clock. A recording of prints alone gets quotes a tick around
each print, so that its security has a book to trade against.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING, Final

from actors.venues.longbridge.simulator.listings import Listing
from actors.venues.longbridge.simulator.settings import SimulatorSettings
from engine.errors import ConfigError, Problem
from engine.exchange.feeds import (
    MarketEvent,
    MarketFeed,
    MergedFeed,
    OutsideTrade,
    StreamFeed,
    TopSet,
)
from engine.exchange.folders import folders
from engine.exchange.generator import Generator, MarketShape
from engine.simulator.moment import Moment

if TYPE_CHECKING:
    from engine.exchange.recording import RecordedInstrument

BATCH_MAX: Final = 256
"""Market events taken between two looks at the clients: bounds the delay of an answer to a few ms."""
TRADES_PER_QUOTE: Final = 0.3
"""How many generated trades come with a quote, on average."""
AROUND_LOTS: Final = 500
"""Size of the quotes put around the prints of a recording that has no quotes."""


class Feeds:
    """All feeds and their clock.

    Args:
        settings: replay folders, seed, speed.
        listings: what is traded.

    Raises:
        ConfigError: a folder that is no recording and holds none, or one of another security.
    """

    def __init__(self, settings: SimulatorSettings, listings: Sequence[Listing]) -> None:
        self._settings = settings
        self._listings = listings
        self._recordings = self._found()
        self._feed: MarketFeed | None = None
        self._start_mono_ns = 0
        self._start_ns = 0

    def _found(self) -> dict[str, "RecordedInstrument"]:
        if not self._settings.replay:
            return {}
        from engine.exchange.recording import instrument_of

        symbols = {each.recorded_as: each.symbol for each in self._listings if each.recorded_as}
        found = {}
        for folder, must_fit in folders(self._settings.replay):
            recorded = instrument_of(folder)
            symbol = symbols.get(recorded.symbol)
            if symbol is not None:
                found[symbol] = recorded
            elif must_fit:
                hint = f"recordings of {', '.join(sorted(symbols))} can be replayed"
                raise ConfigError(Problem("replay", f"{recorded.symbol} is not listed", hint))
        return found

    @property
    def recorded(self) -> list[str]:
        """The symbols that a recording stands for."""
        return sorted(self._recordings)

    def reference_price(self, listing: Listing) -> str:
        """Where the price starts: the recording's first, or the table's."""
        recorded = self._recordings.get(listing.symbol)
        price = listing.reference_price if recorded is None else recorded.reference_price
        return format(price.quantize(listing.tick), "f")

    @property
    def started(self) -> bool:
        """Whether the market moves."""
        return self._feed is not None

    def start(self, now: Moment) -> None:
        """Let the market move from here on; once."""
        if self._feed is None:
            self._start_mono_ns, self._start_ns = now.mono_ns, now.wall_ns
            self._feed = MergedFeed([self._build(each) for each in self._listings])

    def _build(self, listing: Listing) -> MarketFeed:
        settings, instrument = self._settings, listing.instrument()
        recorded = self._recordings.get(listing.symbol)
        if recorded is None:
            rate_hz = settings.quotes_per_s * settings.speed
            shape = MarketShape(
                rate_hz=rate_hz,
                trade_rate_hz=rate_hz * TRADES_PER_QUOTE,
                levels=settings.depth_levels,
            )
            return Generator(instrument, seed=settings.seed, start_ns=self._start_ns, shape=shape)
        from engine.exchange.replay import Replay, ReplayOptions

        options = ReplayOptions(start_ns=self._start_ns, speed=settings.speed, repeat=True)
        replay = Replay(recorded.folder, instrument, options)
        return replay if "quotes" in recorded.tables else StreamFeed(_quoted(replay))

    def next_deadline_ns(self) -> int | None:
        """Monotonic time of the next event; None while the market stands still."""
        at_ns = self._feed.next_at_ns() if self._feed is not None else None
        return None if at_ns is None else self._start_mono_ns + ceil(at_ns - self._start_ns)

    def advance(self, now: Moment) -> list[MarketEvent]:
        """Events that are due, at most a batch; ask again until the deadline lies ahead."""
        if self._feed is None:
            return []
        until_ns = self._start_ns + now.mono_ns - self._start_mono_ns
        return self._feed.advance(until_ns, BATCH_MAX)


def _quoted(prints: MarketFeed) -> Iterator[MarketEvent]:
    """Prints with a quote one tick around each new price, ahead of the print."""
    shown = None
    while (at_ns := prints.next_at_ns()) is not None:
        for event in prints.advance(at_ns, 1):
            if isinstance(event, OutsideTrade) and event.price_ticks != shown:
                shown = event.price_ticks
                yield TopSet(
                    event.symbol, shown - 1, AROUND_LOTS, shown + 1, AROUND_LOTS, event.at_ns
                )
            yield event
