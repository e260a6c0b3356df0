"""The market in front of the venue: which feed each instrument has, and the one time line of it all.

Market time begins with 0 and runs `speed` times as fast as the monotonic clock. Recordings that began
within a minute keep their distance from each other; all others begin together. What a push is
stamped with follows from market time: wall time with `timestamps = "now"`, with `"recorded"` the
recording's own (generated instruments then show that of the first recording). A market that is held
does not move until `start`; nothing of it is lost. A generated instrument sleeps until somebody asks
for it, and begins then. The replay and its Parquet reader are imported
only when something is replayed: they double the size of the process.
"""

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from actors.venues.alltick.simulator.catalog import BY_CODE, BY_RECORDED, CATALOG, Listing
from actors.venues.alltick.simulator.settings import SimulatorSettings
from engine.errors import ConfigError, Problem
from engine.exchange.feeds import MarketEvent, MarketFeed, MergedFeed
from engine.exchange.generator import Generator, MarketShape
from engine.exchange.model import ExchangeInstrument
from engine.simulator.moment import Moment

if TYPE_CHECKING:
    from engine.exchange.recording import RecordedInstrument

BATCH_MAX: Final = 64
"""Market events taken between two looks at the clients: bounds the delay of an answer to a few ms."""
TRADES_PER_QUOTE: Final = 0.3
"""How many generated trades come with a quote, on average."""
LEVELS_SPARE: Final = 3
"""Generated beneath what the class shows, so that a trade rarely thins that out."""
MAX_LOTS: Final = 1_000_000_000
TOGETHER_NS: Final = 60_000_000_000
"""Recordings that began within this time are of one moment."""
DESCRIPTION_FILE: Final = "instrument.toml"


def listed(settings: SimulatorSettings) -> list[Listing]:
    """What this simulator lists; ConfigError for a code that the catalog does not know."""
    codes = settings.symbols or tuple(listing.code for listing in CATALOG)
    unknown = [code for code in codes if code not in BY_CODE]
    if unknown:
        known = ", ".join(BY_CODE)
        raise ConfigError(
            *(Problem("symbols", f"{code} is not listed", f"one of {known}") for code in unknown)
        )
    return [BY_CODE[code] for code in codes]


def exchange_instrument(listing: Listing) -> ExchangeInstrument:
    """The instrument as the matching core wants it; nobody trades here, so only the grid counts."""
    return ExchangeInstrument(
        symbol=listing.code,
        price_increment=listing.price_increment,
        lot=listing.lot,
        contract_size=Decimal(1),
        currency=listing.currency,
        min_quantity=listing.lot,
        max_quantity=listing.lot * MAX_LOTS,
        maker_fee_rate=Decimal(0),
        taker_fee_rate=Decimal(0),
        reference_price=listing.reference_price,
    )


class Market:
    """The feeds of all instruments and their clock; pure but for reading the recordings' files.

    Args:
        settings: replay folders, seed, speed, time line.
        listings: what is listed.
        birth: until the start, market time stands still here.
    """

    def __init__(
        self, settings: SimulatorSettings, listings: Sequence[Listing], birth: Moment
    ) -> None:
        self._settings = settings
        self.recordings: Mapping[str, RecordedInstrument] = _recordings(settings, listings)
        self._first_ns = {
            code: _first_ns(recorded, BY_CODE[code]) for code, recorded in self.recordings.items()
        }
        self._origins_ns = _origins_ns(self._first_ns)
        self.held = bool(self.recordings or settings.hold_for)
        self._awake: dict[str, MarketFeed | None] = dict.fromkeys(self.recordings)
        self._feed: MarketFeed | None = None
        self._start = birth

    def reference_price(self, listing: Listing) -> str:
        """Where the instrument's price starts: the recording's first, or the catalog's."""
        recorded = self.recordings.get(listing.code)
        price = listing.reference_price if recorded is None else recorded.reference_price
        return format(price.quantize(listing.price_increment), "f")

    def source(self, listing: Listing) -> str:
        """Where the instrument's market comes from, for people."""
        recorded = self.recordings.get(listing.code)
        if recorded is not None:
            return f"recorded: {recorded.folder.name}"
        if self._settings.replay and listing.recorded:
            return f"generated: no recording of {listing.recorded} was found"
        return "generated"

    def quoteless(self, code: str) -> bool:
        """Whether the recording has prints alone, so that quotes have to be made up."""
        recorded = self.recordings.get(code)
        return recorded is not None and not recorded.tables & {"quotes", "book"}

    def printless(self, code: str) -> bool:
        """Whether the recording has quotes alone, so that the last price is the bid."""
        recorded = self.recordings.get(code)
        return recorded is not None and "trades" not in recorded.tables

    # --- time -----------------------------------------------------------------------------

    @property
    def started(self) -> bool:
        """Whether the market moves."""
        return self._feed is not None

    def time_ns(self, now: Moment) -> int:
        """Market time, 0 before the start."""
        if self._feed is None:
            return 0
        return int((now.mono_ns - self._start.mono_ns) * self._settings.speed)

    def stamp_ns(self, code: str, market_ns: int) -> int:
        """What an instrument's market is stamped with at a market time."""
        if self._settings.timestamps == "recorded" and self._origins_ns:
            first = next(iter(self._origins_ns.values()))
            return self._origins_ns.get(code, first) + market_ns
        return self._start.wall_ns + int(market_ns / self._settings.speed)

    # --- events ---------------------------------------------------------------------------

    def start(self, now: Moment) -> None:
        """Let the market move from here on; once."""
        if self._feed is None:
            self._start = now
            self._awake = {code: self._build(BY_CODE[code], 0) for code in self._awake}
            self._merge()

    def awake(self, code: str) -> bool:
        """Whether the instrument moves, or will as soon as the market does."""
        return code in self._awake

    def wake(self, code: str, now: Moment) -> list[MarketEvent]:
        """Let a sleeping instrument move; what of its market is there at once."""
        if self._feed is None:
            self._awake[code] = None
            return []
        at_ns = self.time_ns(now)
        self._awake[code] = feed = self._build(BY_CODE[code], at_ns)
        there = feed.advance(at_ns)
        self._merge()
        return there

    def _merge(self) -> None:
        self._feed = MergedFeed([feed for feed in self._awake.values() if feed is not None])

    def _build(self, listing: Listing, start_ns: int) -> MarketFeed:
        settings, instrument = self._settings, exchange_instrument(listing)
        recorded = self.recordings.get(listing.code)
        if recorded is None:
            rate_hz = settings.quotes_per_s
            shape = MarketShape(
                rate_hz=rate_hz,
                trade_rate_hz=rate_hz * TRADES_PER_QUOTE,
                levels=listing.levels + LEVELS_SPARE,
            )
            return Generator(instrument, seed=settings.seed, start_ns=start_ns, shape=shape)
        from engine.exchange.replay import Replay, ReplayOptions

        late_ns = self._first_ns[listing.code] - self._origins_ns[listing.code]
        options = ReplayOptions(start_ns=late_ns, repeat=settings.repeat, inexact_sizes=True)
        return Replay(recorded.folder, instrument, options)

    def next_deadline_ns(self) -> int | None:
        """Monotonic time of the next event; None while held and at the end."""
        at_ns = self._feed.next_at_ns() if self._feed is not None else None
        if at_ns is None:
            return None
        return self._start.mono_ns + ceil(at_ns / self._settings.speed)

    def advance(self, now: Moment) -> list[MarketEvent]:
        """Events that are due, at most a batch; ask again until the deadline lies ahead."""
        if self._feed is None:
            return []
        return self._feed.advance(self.time_ns(now), BATCH_MAX)


def _recordings(
    settings: SimulatorSettings, listings: Sequence[Listing]
) -> dict[str, "RecordedInstrument"]:
    if not settings.replay:
        return {}
    from engine.exchange.recording import instrument_of

    codes = {listing.code for listing in listings}
    found = {}
    for folder, must_fit in _folders(settings.replay):
        recorded = instrument_of(folder)
        listing = BY_RECORDED.get(recorded.symbol)
        if listing is not None and listing.code in codes:
            found[listing.code] = recorded
        elif must_fit:
            hint = f"recordings of {', '.join(sorted(BY_RECORDED))} can be replayed, if listed"
            raise ConfigError(Problem("replay", f"{recorded.symbol} is not listed", hint))
    return found


def _folders(replay: str) -> list[tuple[Path, bool]]:
    """Folders of recordings, and whether each was named itself; a folder of folders is looked through."""
    found = []
    for folder in map(Path, filter(None, replay.split(os.pathsep))):
        inside = [] if (folder / DESCRIPTION_FILE).exists() else _inside(folder)
        found += [(each, False) for each in inside] or [(folder, True)]
    return found


def _inside(folder: Path) -> list[Path]:
    return sorted(each.parent for each in folder.glob(f"*/{DESCRIPTION_FILE}"))


def _origins_ns(first_ns: Mapping[str, int]) -> dict[str, int]:
    """Recorded time at which market time begins, for each code."""
    origins: dict[str, int] = {}
    origin_ns = 0
    for code, at_ns in sorted(first_ns.items(), key=lambda item: item[1]):
        if at_ns > origin_ns + TOGETHER_NS:
            origin_ns = at_ns
        origins[code] = origin_ns
    return {code: origins[code] for code in first_ns}


def _first_ns(recorded: "RecordedInstrument", listing: Listing) -> int:
    """Recorded time of the first row."""
    from engine.exchange.replay import Replay, ReplayOptions

    options = ReplayOptions(inexact_sizes=True)
    at_ns = Replay(recorded.folder, exchange_instrument(listing), options).next_at_ns()
    if at_ns is None:
        raise ConfigError(Problem("replay", f"{recorded.folder.name} is empty"))
    return at_ns
