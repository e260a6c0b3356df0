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
    """Best bid and offer. A missing side has price 0.0 and size 0.0.

    Attributes:
        instrument: id of the instrument, `SYMBOL.VENUE`.
        boot: which life of the venue's session it came from.
        sequence: number of the message in that life, without holes for each kind and instrument.
        ts_ns: time of the venue, UTC nanoseconds.
        recv_ns: time of this machine when it was received, UTC nanoseconds.
        mono_ns: the same on this machine's monotonic clock, nanoseconds; ages come from it.
        bid_price: best price to sell at.
        bid_size: what is wanted there, in the instrument's quantity unit.
        ask_price: best price to buy at.
        ask_size: what is offered there, in the instrument's quantity unit.
    """

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
    """One trade at the venue.

    Attributes:
        price: what it was done at.
        size: how much, in the instrument's quantity unit.
        aggressor: 1 when the buyer came last, -1 when the seller did, 0 when the venue does not say.
        trade_id: the venue's name for it; empty where it has none.
    """

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
    """The visible depth, both sides; each message replaces the last.

    Attributes:
        depth: how many levels a side the venue's feed covers; fewer may be present.
        bids: (price, size) of those who buy, highest price first.
        asks: (price, size) of those who sell, lowest price first.
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

    It closes with the first price of a later interval; an interval without a price has no bar.

    Attributes:
        interval_s: length of the interval, seconds.
        open: first price.
        high: highest price.
        low: lowest price.
        close: last price.
        volume: what was traded, in the instrument's quantity unit; 0.0 for bars of mid prices.
        closed: whether it is finished; those that a strategy is called with always are.
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
    """Slow statistics; 0.0 for what a venue lacks.

    Attributes:
        last_price: of the last trade.
        mark_price: what the venue values positions at.
        index_price: what the venue takes for the price of the underlying.
        volume_24h: traded in 24 hours, or since the venue's day began, in the unit that it tells it in.
    """

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
    """Funding of a perpetual: the rate that is due and the expected next one.

    Attributes:
        rate: part of the position's value that longs pay to shorts (negative: shorts to longs).
        funding_ts_ns: when it is due, UTC nanoseconds.
        next_rate: what is expected after that.
        next_funding_ts_ns: when that is due, UTC nanoseconds; 0 when the venue does not say.
    """

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
