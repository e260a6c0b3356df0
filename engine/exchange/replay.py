"""Replay: a recorded folder as a market feed.

The tables are merged by time; rows with one time come trades first, then quotes, then depth (a
depth update of a moment already contains its quotes), and within a table in file order. Quotes
alone make tops: every row becomes one `TopSet`, and depth rows only fill the book beneath it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from heapq import merge
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path

import attrs

from engine.exchange.feeds import (
    BookReset,
    LevelSet,
    MarketEvent,
    OutsideTrade,
    StreamFeed,
    TopSet,
)
from engine.exchange.model import ExchangeInstrument, Side
from engine.exchange.recording import (
    Grid,
    RecordedInstrument,
    batches,
    instrument_of,
)

UNKNOWN_SIZE = Decimal(1_000_000)
"""Size, in recorded units, of quotes whose recording published none (FX dealers)."""
REPEAT_PAUSE_NS = 1_000_000_000
"""Silence between the end of a recording and its next round."""

_SIDES = {1: Side.BUY, -1: Side.SELL}
_Clock = Callable[[int], int]
_DepthRow = tuple[tuple[int, bool], int, tuple[Side, int, int]]
"""((update id, snapshot), time, (side, ticks, lots))."""


@attrs.frozen(slots=True, kw_only=True)
class ReplayOptions:
    """How to play a recording.

    `start_ns` moves the first row to that time (None: the recorded times stay) and `speed`
    divides the distances from there. `repeat` starts over at the end, with a `BookReset` between
    the rounds and without the recorded trade ids, which must not occur twice. `depth=False`
    leaves the book table out. `unknown_size` and `inexact_sizes`: see `recording.Grid`.
    """

    start_ns: int | None = None
    speed: float = attrs.field(default=1.0, validator=attrs.validators.gt(0.0))
    repeat: bool = False
    depth: bool = True
    unknown_size: Decimal = UNKNOWN_SIZE
    inexact_sizes: bool = False


class Replay(StreamFeed):
    """The recording in `folder` as the outside market of `instrument`, whatever its symbol there.

    ConfigError when the folder holds no recording or does not fit the instrument's grid; as rows
    are read in batches, the latter can show as late as the row that is off.
    """

    def __init__(
        self,
        folder: Path,
        instrument: ExchangeInstrument,
        options: ReplayOptions | None = None,
    ) -> None:
        options = options or ReplayOptions()
        recorded = instrument_of(folder)
        grid = Grid(
            recorded,
            instrument,
            unknown_size=options.unknown_size,
            inexact_sizes=options.inexact_sizes,
        )
        super().__init__(_Rows(recorded, grid, instrument.symbol, options).events())


class _Rows:
    """The rows of one recording as events."""

    def __init__(
        self, recorded: RecordedInstrument, grid: Grid, symbol: str, options: ReplayOptions
    ) -> None:
        self._recorded = recorded
        self._grid = grid
        self._symbol = symbol
        self._options = options
        tables = recorded.tables
        self._with_book = options.depth and "book" in tables
        self._with_quotes = "quotes" in tables

    def events(self) -> Iterator[MarketEvent]:
        """All rounds."""
        start_ns = self._options.start_ns
        first_ns = self._first_ns()
        first_round = True
        while first_round or self._options.repeat:
            last_ns = first_ns if start_ns is None else start_ns
            if not first_round:
                yield BookReset(self._symbol, last_ns)
            for event in self._round(self._clock(first_ns, start_ns), ids=first_round):
                last_ns = event.at_ns
                yield event
            start_ns = last_ns + REPEAT_PAUSE_NS
            first_round = False

    def _round(self, clock: _Clock, *, ids: bool) -> Iterator[MarketEvent]:
        """One pass through the tables."""
        tables = self._recorded.tables
        streams: list[Iterator[MarketEvent]] = []
        if "trades" in tables:
            streams.append(self._trades(clock, ids=ids))
        if self._with_quotes:
            streams.append(self._quotes(clock))
        if self._with_book:
            streams.append(self._depth(clock))
        return merge(*streams, key=attrgetter("at_ns"))

    def _first_ns(self) -> int:
        firsts: list[int] = []
        for table in ("trades", "quotes", "book"):
            if table in self._recorded.tables:
                batch = next(batches(self._recorded.folder, table, ["ts_ns"], rows=1), None)
                if batch is not None:
                    firsts.append(batch.column(0)[0].as_py())
        return min(firsts)

    def _clock(self, first_ns: int, start_ns: int | None) -> _Clock:
        """From recorded time to the time of the feed."""
        begin_ns = first_ns if start_ns is None else start_ns
        speed = self._options.speed
        if speed == 1.0:
            return lambda ts_ns: ts_ns - first_ns + begin_ns
        return lambda ts_ns: begin_ns + int((ts_ns - first_ns) / speed)

    # --- tables ---------------------------------------------------------------------------

    def _quotes(self, clock: _Clock) -> Iterator[MarketEvent]:
        names = ["ts_ns", "bid_price", "bid_size", "ask_price", "ask_size"]
        grid, symbol, keep_depth = self._grid, self._symbol, self._with_book
        for batch in batches(self._recorded.folder, "quotes", names):
            rows = zip(
                batch["ts_ns"].to_pylist(),
                grid.ticks(batch["bid_price"]),
                grid.lots(batch["bid_size"]),
                grid.ticks(batch["ask_price"]),
                grid.lots(batch["ask_size"]),
                strict=True,
            )
            for ts_ns, bid, bid_lots, ask, ask_lots in rows:
                yield TopSet(symbol, bid, bid_lots, ask, ask_lots, clock(ts_ns), keep_depth)

    def _trades(self, clock: _Clock, *, ids: bool) -> Iterator[MarketEvent]:
        names = ["ts_ns", "price", "size", "aggressor", "trade_id"]
        grid, symbol = self._grid, self._symbol
        for batch in batches(self._recorded.folder, "trades", names):
            rows = zip(
                batch["ts_ns"].to_pylist(),
                grid.ticks(batch["price"]),
                grid.lots(batch["size"]),
                batch["aggressor"].to_pylist(),
                batch["trade_id"].to_pylist(),
                strict=True,
            )
            for ts_ns, price, lots, aggressor, trade_id in rows:
                if price is not None and lots:
                    yield OutsideTrade(
                        symbol,
                        price,
                        lots,
                        _SIDES.get(aggressor),
                        trade_id if ids else None,
                        clock(ts_ns),
                    )

    def _depth(self, clock: _Clock) -> Iterator[MarketEvent]:
        """One `LevelSet` per update id; an update may run across batches."""
        for (_, is_snapshot), rows in groupby(self._depth_rows(), key=itemgetter(0)):
            _, times, levels = zip(*rows, strict=True)
            yield LevelSet(
                self._symbol,
                levels,
                clock(times[0]),
                snapshot=is_snapshot,
                beneath_top=self._with_quotes,
            )

    def _depth_rows(self) -> Iterator[_DepthRow]:
        """All rows in file order; the columns are joined without a step of ours per row."""
        names = ["ts_ns", "update_id", "is_snapshot", "side", "price", "size"]
        for batch in batches(self._recorded.folder, "book", names):
            sides = map(_SIDES.__getitem__, batch["side"].to_pylist())
            ticks, lots = self._grid.ticks(batch["price"]), self._grid.lots(batch["size"])
            yield from zip(
                zip(batch["update_id"].to_pylist(), batch["is_snapshot"].to_pylist(), strict=True),
                batch["ts_ns"].to_pylist(),
                zip(sides, ticks, lots, strict=True),
                strict=True,
            )
