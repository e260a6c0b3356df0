"""A generated outside market: seeded, endless, and the same however its time is cut into calls.

The price is worth trading: its volatility comes and goes, a trend of some seconds' life carries it
(what a moving-average cross lives on) and an anchor draws it back (what a market maker lives on).
Quotes and trades arrive as Poisson processes. Trades hit the generated book from the best price
on; what they or clients took is refilled by the next quotes, and a full snapshot now and then
restores whatever else clients consumed. The generator knows nothing of clients' orders.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import attrs

from engine.exchange.feeds import LevelSet, MarketEvent, OutsideTrade, StreamFeed
from engine.exchange.model import ExchangeInstrument, Side

SECOND_NS = 1_000_000_000
LEVEL_VALUE = 50_000
"""Usual worth of one generated level, in the instrument's currency."""
LEVEL_LOTS_MIN = 20
"""Smallest usual size of a level, for instruments with large contracts."""
TRADE_LEVELS_MAX = 4
"""Levels that one trade may sweep; a larger one is cut."""
VALUE_TICKS_MIN = 10
"""The price never falls below so many ticks."""


def _positive(default: float) -> float:
    """A field above zero."""
    field: float = attrs.field(default=default, validator=attrs.validators.gt(0.0))
    return field


@attrs.frozen(slots=True, kw_only=True)
class MarketShape:
    """What a generated market looks like.

    `rate_hz` and `trade_rate_hz` are mean arrivals per second. `volatility_ticks` is the usual
    standard deviation of the price over one second and `trend_ticks` of the trend per second
    (None: derived from the instrument's price, at least about a tick). Lives are the seconds
    after which a deviation has shrunk to 1/e. `level_lots` is the usual size of a level (None:
    worth about `LEVEL_VALUE`). Every `snapshot_s` a full book replaces a quote update.
    """

    rate_hz: float = _positive(20.0)
    trade_rate_hz: float = _positive(6.0)
    levels: int = attrs.field(default=50, validator=attrs.validators.ge(1))
    volatility_ticks: float | None = None
    trend_ticks: float | None = None
    trend_life_s: float = _positive(5.0)
    volatility_life_s: float = _positive(20.0)
    reversion_life_s: float = _positive(12.0)
    anchor_life_s: float = _positive(120.0)
    level_lots: int | None = None
    snapshot_s: float = _positive(2.0)


class Generator(StreamFeed):
    """The generated outside market of one instrument, from `start_ns` on; it never ends.

    The same seed, instrument, shape and start give the same events, whatever the sequence of
    `advance` calls; different symbols with one seed move on their own.
    """

    def __init__(
        self,
        instrument: ExchangeInstrument,
        *,
        seed: int,
        start_ns: int,
        shape: MarketShape | None = None,
    ) -> None:
        self.shape = shape or MarketShape()
        rng = random.Random(f"{seed}/{instrument.symbol}")  # noqa: S311 - a market, not a secret
        super().__init__(_events(instrument, self.shape, rng, start_ns))


def _events(
    instrument: ExchangeInstrument, shape: MarketShape, rng: random.Random, start_ns: int
) -> Iterator[MarketEvent]:
    """Snapshot first, then quotes and trades as they arrive."""
    price = _Price(instrument, shape, rng)
    book = _Book(instrument, shape, rng)
    at_ns = quoted_ns = start_ns
    snapshot_every_ns = round(shape.snapshot_s * SECOND_NS)
    snapshot_ns = start_ns + snapshot_every_ns
    arrivals_hz = shape.rate_hz + shape.trade_rate_hz
    book.quote(price.value)
    yield book.snapshot(at_ns)
    while True:
        at_ns += 1 + round(rng.expovariate(arrivals_hz) * SECOND_NS)
        if rng.random() * arrivals_hz < shape.trade_rate_hz:
            yield from book.trade(price.buyer_share(), at_ns)
            continue
        price.move((at_ns - quoted_ns) / SECOND_NS)
        quoted_ns = at_ns
        changes = book.quote(price.value)
        if at_ns >= snapshot_ns:
            snapshot_ns += snapshot_every_ns
            yield book.snapshot(at_ns)
        elif changes:
            yield LevelSet(instrument.symbol, changes, at_ns)


class _Price:
    """The value the market quotes around, in ticks (not whole)."""

    def __init__(
        self, instrument: ExchangeInstrument, shape: MarketShape, rng: random.Random
    ) -> None:
        self.value = float(instrument.reference_price / instrument.price_increment)
        usual = max(0.8, self.value * 0.00003)
        self._shape = shape
        self._rng = rng
        self._usual = usual if shape.volatility_ticks is None else shape.volatility_ticks
        self._usual_trend = 0.6 * self._usual if shape.trend_ticks is None else shape.trend_ticks
        self._anchor = self._home = self.value
        self._agitation = 0.0
        self._trend = 0.0

    def move(self, dt_s: float) -> None:
        """Let so much time pass."""
        shape, gauss = self._shape, self._rng.gauss
        self._agitation = _relax(
            self._agitation, 0.4, dt_s / shape.volatility_life_s, gauss(0.0, 1.0)
        )
        self._trend = _relax(
            self._trend, self._usual_trend, dt_s / shape.trend_life_s, gauss(0.0, 1.0)
        )
        noise = self._usual * math.exp(self._agitation) * math.sqrt(dt_s) * gauss(0.0, 1.0)
        pull = (self._anchor - self.value) * -math.expm1(-dt_s / shape.reversion_life_s)
        self.value = max(float(VALUE_TICKS_MIN), self.value + self._trend * dt_s + noise + pull)
        follow = -math.expm1(-dt_s / shape.anchor_life_s)
        # the anchor follows the price and is itself drawn home, so that a long run stays in range
        self._anchor += (0.7 * self.value + 0.3 * self._home - self._anchor) * follow

    def buyer_share(self) -> float:
        """Probability that the next trade is a buyer's: buyers lead when the price rises."""
        if not self._usual_trend:
            return 0.5
        return 0.5 + 0.3 * math.tanh(self._trend / self._usual_trend)


def _relax(state: float, usual: float, lives: float, shock: float) -> float:
    """One exact step of a mean-reverting (Ornstein-Uhlenbeck) state around zero."""
    kept = math.exp(-lives)
    return state * kept + usual * math.sqrt(1.0 - kept * kept) * shock


class _Book:
    """The generated levels: sizes in lots by price in ticks, never crossed."""

    def __init__(
        self, instrument: ExchangeInstrument, shape: MarketShape, rng: random.Random
    ) -> None:
        self._symbol = instrument.symbol
        self._rng = rng
        self._depth = shape.levels
        worth = float(instrument.reference_price * instrument.contract_size * instrument.lot)
        self._usual = shape.level_lots or max(LEVEL_LOTS_MIN, round(LEVEL_VALUE / worth))
        self._spread = 1
        self._levels: dict[Side, dict[int, int]] = {Side.BUY: {}, Side.SELL: {}}

    def quote(self, value: float) -> tuple[tuple[Side, int, int], ...]:
        """Put the book around a value and stir some sizes; the changed levels."""
        rng = self._rng
        if rng.random() < 0.2:
            self._spread = rng.choices((1, 2, 3), (6, 3, 1))[0]
        bid = math.floor(value - self._spread / 2 + 0.5)
        ask = bid + self._spread
        bids = range(bid, max(0, bid - self._depth), -1)
        asks = range(ask, ask + self._depth)
        return tuple(self._place(Side.BUY, bids) + self._place(Side.SELL, asks))

    def snapshot(self, at_ns: int) -> LevelSet:
        """The whole book."""
        levels = tuple(
            (side, ticks, lots)
            for side, sizes in self._levels.items()
            for ticks, lots in sizes.items()
        )
        return LevelSet(self._symbol, levels, at_ns, snapshot=True)

    def trade(self, buyer_share: float, at_ns: int) -> Iterator[MarketEvent]:
        """One aggressor takes from the best price on; prints first, then what is left."""
        rng = self._rng
        buys = rng.random() < buyer_share
        aggressor = Side.BUY if buys else Side.SELL
        sizes = self._levels[aggressor.opposite]
        left = max(1, round(self._usual * 0.25 * rng.lognormvariate(0.0, 1.0)))
        changes: list[tuple[Side, int, int]] = []
        prices = sorted(sizes, reverse=not buys)[:TRADE_LEVELS_MAX]
        for ticks in prices[: len(sizes) - 1]:  # the last level of a side always stays
            lots = min(left, sizes[ticks])
            sizes[ticks] -= lots
            changes.append((aggressor.opposite, ticks, sizes[ticks]))
            if not sizes[ticks]:
                del sizes[ticks]
            yield OutsideTrade(self._symbol, ticks, lots, aggressor, None, at_ns)
            left -= lots
            if not left:
                break
        if changes:
            yield LevelSet(self._symbol, tuple(changes), at_ns)

    def _place(self, side: Side, prices: range) -> list[tuple[Side, int, int]]:
        """Make a side stand at the given prices, best first; the changes."""
        rng, sizes = self._rng, self._levels[side]
        changes = [(side, ticks, 0) for ticks in sizes if ticks not in prices]
        for _, ticks, _ in changes:
            del sizes[ticks]
        stirred = {prices[0], *(rng.choice(prices) for _ in range(3))}
        for distance, ticks in enumerate(prices):
            if ticks not in sizes or ticks in stirred:
                sizes[ticks] = self._size(distance)
                changes.append((side, ticks, sizes[ticks]))
        return changes

    def _size(self, distance: int) -> int:
        """Size of a level so many ticks from the best: thin at the top, thicker behind."""
        usual = self._usual * (0.4 + 0.12 * min(distance, 10))
        return max(1, round(usual * self._rng.lognormvariate(0.0, 0.5)))
