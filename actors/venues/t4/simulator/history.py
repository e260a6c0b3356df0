"""What was traded of one market: bars of any length, and its newest trades; pure.

What lies before the simulator's start is made up once, seeded by the market, and ends where its price
starts: a random walk backwards over minutes, and over the days before them.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

import attrs

from actors.venues.t4.simulator.codes import BidOffer
from actors.venues.t4.simulator.states import Print
from actors.venues.t4.simulator.tradedays import begins_on_weekday, day_start, week_start
from engine.simulator.moment import NS

MINUTE_S: Final = 60
DAY_S: Final = 86_400
PAST_MINUTES: Final = 3_000
PAST_DAYS: Final = 200
MINUTES_MAX: Final = 10_000
"""Minutes kept of what was traded here."""
TRADES_MAX: Final = 20_000
"""Trades kept: what ticks, seconds and volumes are counted in."""
LENGTHS_S: Final = {"Second": 1, "Minute": MINUTE_S, "Hour": 3_600}
COUNTED: Final = frozenset({"Tick", "TickRange", "Volume"})
"""Intervals that end by what was traded, not by the clock."""
DATED: Final = frozenset({"Day", "Week"})


@attrs.define
class Bar:
    """One bar from `start_s` to `end_s` (Unix seconds); prices in ticks, sizes in lots."""

    start_s: int
    end_s: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0
    at_bid: int = 0
    at_offer: int = 0
    trades: int = 0
    trades_at_bid: int = 0
    trades_at_offer: int = 0

    def take(self, later: "Bar") -> None:
        """Add what came later."""
        self.end_s = later.end_s
        self.high, self.low = max(self.high, later.high), min(self.low, later.low)
        self.close = later.close
        self.volume += later.volume
        self.at_bid += later.at_bid
        self.at_offer += later.at_offer
        self.trades += later.trades
        self.trades_at_bid += later.trades_at_bid
        self.trades_at_offer += later.trades_at_offer


class History:
    """The past of one market.

    Args:
        seed: of what is made up.
        reference: price in ticks where that ends.
        birth_s: when it ends, Unix seconds.
    """

    def __init__(self, seed: str, reference: int, birth_s: int) -> None:
        self._seed = seed
        self._reference = reference
        self._birth_s = birth_s // MINUTE_S * MINUTE_S
        self._minutes: deque[Bar] = deque(maxlen=MINUTES_MAX)
        self._past: tuple[list[Bar], list[Bar]] | None = None
        self.trades: deque[Print] = deque(maxlen=TRADES_MAX)

    def take(self, print_: Print) -> None:
        """Add a trade."""
        self.trades.append(print_)
        bar = _bar_of(print_)
        start_s = bar.start_s // MINUTE_S * MINUTE_S
        last = self._minutes[-1] if self._minutes else None
        if last is not None and last.start_s >= start_s:
            end_s = last.end_s
            last.take(bar)
            last.end_s = end_s
        else:
            self._minutes.append(attrs.evolve(bar, start_s=start_s, end_s=start_s + MINUTE_S))

    def bars(self, interval: str, period: int) -> list[Bar]:
        """All bars of a length, oldest first; KeyError for an interval that does not exist."""
        if interval in COUNTED:
            return _counted(map(_bar_of, self.trades), interval, period)
        minutes, days = self._made_up()
        if interval in DATED:
            every = [*days, *minutes, *self._minutes]
            return _grouped(every, day_start if interval == "Day" else week_start)
        length_s = LENGTHS_S[interval] * period
        seconds = interval == "Second"
        source = map(_bar_of, self.trades) if seconds else iter([*minutes, *self._minutes])

        def start_of(at_s: int) -> int:
            return at_s // length_s * length_s

        bars = _grouped(source, start_of)
        for bar in bars:
            bar.end_s = bar.start_s + length_s
        return bars

    def _made_up(self) -> tuple[list[Bar], list[Bar]]:
        """Minutes before the start, and days before those, oldest first; made on first demand."""
        if self._past is None:
            rng = random.Random(f"past {self._seed}")  # noqa: S311 - a market, not a secret
            minutes = _walk(rng, self._reference, self._birth_s, MINUTE_S, PAST_MINUTES)
            opened = day_start(minutes[0].start_s)
            days = _walk(rng, minutes[0].open, opened, DAY_S, PAST_DAYS)
            self._past = minutes, [each for each in days if begins_on_weekday(each.start_s)]
        return self._past


def _walk(rng: random.Random, close: int, end_s: int, length_s: int, number: int) -> list[Bar]:
    """Bars that lead to a price, oldest first."""
    step = max(1, close // 20_000) * (1 if length_s == MINUTE_S else 20)
    bars = []
    for _ in range(number):
        opened = max(20, close + rng.randint(-step, step))
        high = max(opened, close) + rng.randint(0, step)
        low = max(1, min(opened, close) - rng.randint(0, step))
        volume = rng.randint(50, 500)
        sold, count = volume // 2, max(1, volume // 5)
        bars.append(
            Bar(
                end_s - length_s,
                end_s,
                opened,
                high,
                low,
                close,
                volume,
                sold,
                volume - sold,
                count,
                count // 2,
                count - count // 2,
            )
        )
        end_s, close = end_s - length_s, opened
    return bars[::-1]


def _bar_of(print_: Print) -> Bar:
    at_s, ticks, lots = print_.at_ns // NS, print_.ticks, print_.lots
    bid, offer = print_.aggressor is BidOffer.BID, print_.aggressor is BidOffer.OFFER
    return Bar(
        at_s,
        at_s + 1,
        ticks,
        ticks,
        ticks,
        ticks,
        lots,
        lots * bid,
        lots * offer,
        1,
        int(bid),
        int(offer),
    )


def _grouped(bars: Iterable[Bar], start_of: Callable[[int], int]) -> list[Bar]:
    """Bars put together by the start that `start_of` gives each."""
    groups: list[Bar] = []
    for bar in bars:
        start_s = start_of(bar.start_s)
        if groups and groups[-1].start_s == start_s:
            groups[-1].take(bar)
        else:
            groups.append(attrs.evolve(bar, start_s=start_s))
    return groups


def _counted(trades: Iterable[Bar], interval: str, period: int) -> list[Bar]:
    """Bars that end after so many trades, lots, or ticks from low to high."""
    groups: list[Bar] = []
    full = True
    for bar in trades:
        if full:
            groups.append(bar)
        else:
            groups[-1].take(bar)
        last = groups[-1]
        size = {"Tick": last.trades, "Volume": last.volume}.get(interval, last.high - last.low)
        full = size >= period
    return groups
