"""The market in front of the venue: which feed each contract has, and the one time line of it all.

With `timestamps = "now"` market time is wall time and a faster replay is pressed together; with
`"recorded"` it is the recording's own, runs `speed` times as fast, and everything of the venue
(order times too) is stamped with it. A market that is held does not move until `start`; nothing of
it is lost, its clock simply has not begun. The replay and its Parquet reader are imported only when
something is replayed: they double the size of the process.
"""

import os
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from actors.venues.wooxpro.instruments import BY_SYMBOL, CONTRACTS, Contract
from actors.venues.wooxpro.simulator.settings import SimulatorSettings
from actors.venues.wooxpro.simulator.symbols import exchange_instrument
from engine.errors import ConfigError, Problem
from engine.exchange.feeds import MarketEvent, MarketFeed, MergedFeed
from engine.exchange.generator import Generator, MarketShape
from engine.simulator.moment import Moment

if TYPE_CHECKING:
    from engine.exchange.recording import RecordedInstrument

BATCH_MAX: Final = 64
"""Market events taken between two looks at the clients: bounds the delay of an answer to a few ms."""
TRADES_PER_QUOTE: Final = 0.3
"""How many generated trades come with a quote, on average."""


def listed_contracts(settings: SimulatorSettings) -> list[Contract]:
    """The contracts of this simulator; ConfigError for a symbol that the table does not know."""
    symbols = settings.symbols or tuple(contract.symbol for contract in CONTRACTS)
    unknown = [symbol for symbol in symbols if symbol not in BY_SYMBOL]
    if unknown:
        known = ", ".join(BY_SYMBOL)
        raise ConfigError(
            *(Problem("symbols", f"{name} is not listed", f"one of {known}") for name in unknown)
        )
    return [BY_SYMBOL[symbol] for symbol in symbols]


class Market:
    """The feeds of all contracts and their clock; pure but for reading the recording's files.

    Args:
        settings: replay folders, seed, speed, time line.
        contracts: what is listed.
    """

    def __init__(self, settings: SimulatorSettings, contracts: Sequence[Contract]) -> None:
        self._settings = settings
        self._contracts = contracts
        self._recordings = _recordings(settings, contracts)
        self._first_ns = {
            symbol: _first_ns(recorded, BY_SYMBOL[symbol])
            for symbol, recorded in self._recordings.items()
        }
        self._recorded_time = settings.timestamps == "recorded" and bool(self._recordings)
        self._rate = settings.speed if self._recorded_time else 1.0
        self.held = bool(self._recordings or settings.hold_for)
        self._feed: MarketFeed | None = None
        self._start_mono_ns = 0
        self._start_ns = 0

    def reference_price(self, contract: Contract) -> str:
        """Where the contract's price starts: the recording's first, or the table's."""
        recorded = self._recordings.get(contract.symbol)
        price = contract.reference_price if recorded is None else recorded.reference_price
        return format(price.quantize(contract.price_increment), "f")

    @property
    def started(self) -> bool:
        """Whether the market moves."""
        return self._feed is not None

    def time_ns(self, now: Moment) -> int:
        """Market time."""
        if self._feed is not None:
            return self._start_ns + int((now.mono_ns - self._start_mono_ns) * self._rate)
        return self._origin_ns(now)

    def _origin_ns(self, now: Moment) -> int:
        return min(self._first_ns.values()) if self._recorded_time else now.wall_ns

    def start(self, now: Moment) -> None:
        """Let the market move from here on; once."""
        if self._feed is None:
            self._start_mono_ns, self._start_ns = now.mono_ns, self._origin_ns(now)
            self._feed = MergedFeed([self._build(each) for each in self._contracts])

    def _build(self, contract: Contract) -> MarketFeed:
        settings, instrument = self._settings, exchange_instrument(contract)
        recorded = self._recordings.get(contract.symbol)
        if recorded is None:
            rate_hz = settings.quotes_per_s * settings.speed / self._rate
            shape = MarketShape(rate_hz=rate_hz, trade_rate_hz=rate_hz * TRADES_PER_QUOTE)
            return Generator(instrument, seed=settings.seed, start_ns=self._start_ns, shape=shape)
        from engine.exchange.replay import Replay, ReplayOptions

        late_ns = self._first_ns[contract.symbol] - min(self._first_ns.values())
        speed = settings.speed / self._rate
        start_ns = self._start_ns + int(late_ns / speed)
        return Replay(recorded.folder, instrument, ReplayOptions(start_ns=start_ns, speed=speed))

    def next_deadline_ns(self) -> int | None:
        """Monotonic time of the next event; None while held and at the end."""
        at_ns = self._feed.next_at_ns() if self._feed is not None else None
        if at_ns is None:
            return None
        return self._start_mono_ns + ceil((at_ns - self._start_ns) / self._rate)

    def advance(self, now: Moment) -> list[MarketEvent]:
        """Events that are due, at most a batch; ask again until the deadline lies ahead."""
        if self._feed is None:
            return []
        return self._feed.advance(self.time_ns(now), BATCH_MAX)


def _recordings(
    settings: SimulatorSettings, contracts: Sequence[Contract]
) -> dict[str, "RecordedInstrument"]:
    if not settings.replay:
        return {}
    from engine.exchange.recording import instrument_of

    listed = {contract.symbol for contract in contracts}
    found = {}
    for folder in filter(None, settings.replay.split(os.pathsep)):
        recorded = instrument_of(Path(folder))
        if recorded.symbol not in listed:
            hint = f"recordings of {', '.join(sorted(listed))} can be replayed"
            raise ConfigError(Problem("replay", f"{recorded.symbol} is not listed", hint))
        found[recorded.symbol] = recorded
    return found


def _first_ns(recorded: "RecordedInstrument", contract: Contract) -> int:
    """Recorded time of the first row."""
    from engine.exchange.replay import Replay

    at_ns = Replay(recorded.folder, exchange_instrument(contract)).next_at_ns()
    if at_ns is None:
        raise ConfigError(Problem("replay", f"{recorded.folder.name} is empty"))
    return at_ns
