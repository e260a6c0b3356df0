"""A recorded market by order as a stream of events, on its own clock or moved to another.

One event is what the exchange did at once: it ends at the row with the flag for that. Everything before
the recording begins to move is one opening event. Reads the file in batches; nothing else in the
simulator imports the Parquet reader, which doubles the size of the process.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import attrs

from engine.errors import ConfigError, Problem
from engine.exchange.model import ExchangeInstrument, Side
from engine.exchange.recording import Grid, batches, instrument_of
from engine.simulator.moment import NS

END_OF_EVENT: Final = 128
REPEAT_PAUSE_NS: Final = NS
"""Silence between the end of a recording and its next round."""
_COLUMNS: Final = ["ts_event", "action", "side", "order_id", "price", "size", "flags"]
_SIDES: Final = {1: Side.BUY, -1: Side.SELL}


@attrs.frozen
class Row:
    """One row: A add, C cancel, M modify, F fill of an order, T trade; no side in an auction."""

    action: str
    side: Side | None
    order_id: int
    ticks: int
    lots: int


@attrs.frozen
class RecordedEvent:
    """What happened at once.

    Attributes:
        market_id: whose.
        at_ns: on the feed's time line.
        rows: in their order.
        opened: whether continuous trading has begun.
        begins: it is the first of a round: everything recorded before is forgotten.
    """

    market_id: str
    at_ns: int
    rows: tuple[Row, ...]
    opened: bool = False
    begins: bool = False


class Recording:
    """One folder.

    Args:
        folder: where it is.
        instrument: what it stands for.
        pre_open_s: seconds before the open at which it begins to move.

    Raises:
        ConfigError: it has no market by order, or does not fit the instrument.
    """

    def __init__(self, folder: Path, instrument: ExchangeInstrument, pre_open_s: float) -> None:
        recorded = instrument_of(folder)
        if not {"orders", "trades"} <= recorded.tables:
            raise ConfigError(Problem(f"recording {folder.name}", "it has no market by order"))
        self.symbol = recorded.symbol
        self.reference_price = recorded.reference_price
        self._folder = folder
        self._market_id = instrument.symbol
        self._grid = Grid(recorded, instrument, unknown_size=Decimal(1), inexact_sizes=False)
        first = next(batches(folder, "trades", ["ts_ns"], rows=1), None)
        if first is None:
            raise ConfigError(Problem(f"recording {folder.name}", "nothing was traded in it"))
        self.open_ns: int = first.column(0)[0].as_py()
        self.begin_ns = self.open_ns - int(pre_open_s * NS)

    def opening(self) -> RecordedEvent:
        """The state at the beginning."""
        return next(self._round(lambda at_ns: at_ns))

    def events(self, start_ns: int, speed: float, *, repeat: bool) -> Iterator[RecordedEvent]:
        """The recording from `start_ns` on, that many times as fast; its first event is the opening."""
        while True:
            begin_ns, last_ns = start_ns, start_ns

            def moved(at_ns: int, begin_ns: int = begin_ns) -> int:
                return begin_ns + int((at_ns - self.begin_ns) / speed)

            for event in self._round(moved):
                last_ns = event.at_ns
                yield event
            if not repeat:
                return
            start_ns = last_ns + REPEAT_PAUSE_NS

    def _round(self, clock: Callable[[int], int]) -> Iterator[RecordedEvent]:
        before: list[Row] = []
        begun = False
        for ts_ns, rows in self._grouped():
            if not begun and ts_ns < self.begin_ns:
                before += rows
                continue
            if not begun:
                begun = True
                at_ns = clock(self.begin_ns)
                yield RecordedEvent(self._market_id, at_ns, tuple(before), begins=True)
            opened = ts_ns >= self.open_ns
            yield RecordedEvent(self._market_id, clock(ts_ns), tuple(rows), opened=opened)

    def _grouped(self) -> Iterator[tuple[int, list[Row]]]:
        rows: list[Row] = []
        for ts_ns, row, flags in self._rows():
            rows.append(row)
            if flags & END_OF_EVENT:
                yield ts_ns, rows
                rows = []

    def _rows(self) -> Iterator[tuple[int, Row, int]]:
        for batch in batches(self._folder, "orders", _COLUMNS):
            named: dict[str, Any] = {name: batch.column(name) for name in _COLUMNS}
            ticks = self._grid.ticks(named["price"])
            lots = self._grid.lots(named["size"])
            rows = zip(
                named["ts_event"].to_pylist(),
                named["action"].to_pylist(),
                named["side"].to_pylist(),
                named["order_id"].to_pylist(),
                ticks,
                lots,
                named["flags"].to_pylist(),
                strict=True,
            )
            for ts_ns, action, side, order_id, at, size, flags in rows:
                yield ts_ns, Row(action, _SIDES.get(side), order_id, at or 0, size), flags
