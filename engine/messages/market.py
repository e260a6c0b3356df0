"""Market data: a venue's data session → strategies, paper venues and recorders.

Hot classes: slotted, built once, by convention never changed after publishing (the publisher sets
`boot` and `sequence`). Prices and sizes are float64 measurements; sizes are in the instrument's
quantity unit. `ts_ns` is the venue's time (UTC), `recv_ns` the local wall clock, `mono_ns` the
monotonic clock when the frame woke the session: ages and latencies come from it.
"""

import attrs

from engine.messages.codec import register
from engine.model.enums import VenueStateWord
from engine.model.instrument import Instrument

LEVELS_MAX = 400
"""No venue of ours publishes deeper books; a bound for every book message."""


@register(tag=30, conflate=True)
@attrs.define
class Quote:
    """Best bid and offer. A missing side has price 0.0 and size 0.0."""

    instrument: str
    boot: int
    sequence: int
    ts_ns: int
    recv_ns: int
    mono_ns: int
    bid_price: float
    bid_size: float
    ask_price: float
    ask_size: float

    @property
    def mid_price(self) -> float:
        """Middle of bid and offer; 0.0 when a side is missing."""
        if not self.bid_price or not self.ask_price:
            return 0.0
        return (self.bid_price + self.ask_price) / 2


@register(tag=31)
@attrs.define
class Trade:
    """One trade at the venue. `aggressor` is 1 for buy, -1 for sell, 0 when the venue does not say."""

    instrument: str
    boot: int
    sequence: int
    ts_ns: int
    recv_ns: int
    mono_ns: int
    price: float
    size: float
    aggressor: int
    trade_id: str


@register(tag=32, conflate=True)
@attrs.define
class Book:
    """The visible depth, both sides, best first, as (price, size); each message replaces the last.

    `depth` is how many levels a side the venue's feed covers; fewer may be present.
    """

    instrument: str
    boot: int
    sequence: int
    ts_ns: int
    recv_ns: int
    mono_ns: int
    depth: int
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]


@register(tag=33)
@attrs.define
class Bar:
    """Open, high, low, close and volume over one interval that began at `ts_ns`.

    `closed` tells a finished bar from the running one.
    """

    instrument: str
    boot: int
    sequence: int
    ts_ns: int
    recv_ns: int
    mono_ns: int
    interval_s: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    closed: bool


@register(tag=34, conflate=True)
@attrs.define
class Ticker:
    """Slow statistics: last, mark and index price, volume of 24 h. 0.0 for what a venue lacks."""

    instrument: str
    boot: int
    sequence: int
    ts_ns: int
    recv_ns: int
    mono_ns: int
    last_price: float
    mark_price: float
    index_price: float
    volume_24h: float


@register(tag=35, conflate=True)
@attrs.define
class FundingRate:
    """Funding of a perpetual: the rate that is due at `funding_ts_ns` and the expected next one."""

    instrument: str
    boot: int
    sequence: int
    ts_ns: int
    recv_ns: int
    mono_ns: int
    rate: float
    funding_ts_ns: int
    next_rate: float
    next_funding_ts_ns: int


@register(tag=36, conflate=True)
@attrs.frozen(kw_only=True)
class InstrumentDefinition:
    """An instrument's definition; a late joiner gets the last one first."""

    instrument: str
    boot: int
    sequence: int
    definition: Instrument


@register(tag=37)
@attrs.frozen(kw_only=True)
class MarketStale:
    """The data of one instrument is not to be trusted until `fresh` is true again.

    `stream` is the lower-case name of the kind (`quote`, `book`, …) or empty for all of them.
    """

    instrument: str
    boot: int
    sequence: int
    stream: str
    fresh: bool
    reason: str


@register(tag=38, conflate=True)
@attrs.frozen(kw_only=True)
class MarketStatus:
    """State of the venue's data session; `instrument` is the venue in capitals (its topic)."""

    instrument: str
    boot: int
    sequence: int
    state: VenueStateWord
    reason: str
    ts_ns: int
