"""A recorded day of one contract: CTP snapshots as a feed.

Each row is a snapshot that is shown as it is, and what it says of the market: a print of the volume
that was traded since the row before it, and the best quotes. The Parquet reader is imported only
when something is replayed: it doubles the size of the process.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import attrs

from engine.errors import ConfigError, Problem
from engine.exchange.feeds import MarketEvent, OutsideTrade, TopSet
from engine.exchange.model import ExchangeInstrument, Side

TABLE: Final = "ticks"
COLUMNS: Final = (
    *("ts_ns", "trading_day", "action_day", "update_time", "update_millisec", "exchange_id"),
    *("instrument_id", "last_price", "pre_settlement_price", "pre_close_price"),
    *("pre_open_interest", "open_price", "highest_price", "lowest_price", "volume", "turnover"),
    *("open_interest", "settlement_price", "upper_limit_price", "lower_limit_price"),
    *("bp1", "bv1", "ap1", "av1"),
)


@attrs.frozen
class Tick:
    """One row at its time on the feed's own time line, and what it does to the market."""

    symbol: str
    at_ns: int
    row: dict[str, Any]
    events: tuple[MarketEvent, ...]


def rows_of(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of a recording, in order. ConfigError where there are none."""
    from engine.exchange.recording import batches

    try:
        for batch in batches(folder, TABLE, list(COLUMNS)):
            yield from batch.to_pylist()
    except (OSError, KeyError, ValueError) as error:
        raise _unusable(folder, f"no recorded ticks: {error}") from error


def first_row(folder: Path) -> dict[str, Any]:
    """The first row."""
    row = next(rows_of(folder), None)
    if row is None:
        raise _unusable(folder, "the recording is empty")
    return row


def _unusable(folder: Path, problem: str) -> ConfigError:
    return ConfigError(Problem(f"recording {folder.name}", problem))


class TickFeed:
    """The rows of a folder from `start_ns` on, so many times as fast as recorded; once."""

    def __init__(
        self, folder: Path, instrument: ExchangeInstrument, *, start_ns: int, speed: float
    ) -> None:
        self._instrument = instrument
        self._start_ns = start_ns
        self._speed = speed
        self._rows = rows_of(folder)
        self._before: dict[str, Any] | None = None
        self._first_ns: int | None = None
        self._next = self._read()

    def next_at_ns(self) -> int | None:
        """Time of the next row, None at the end."""
        return None if self._next is None else self._next.at_ns

    def advance(self, until_ns: int, limit: int) -> list[Tick]:
        """Further rows that are due, at most so many."""
        taken: list[Tick] = []
        while self._next is not None and self._next.at_ns <= until_ns and len(taken) < limit:
            taken.append(self._next)
            self._next = self._read()
        return taken

    def _read(self) -> Tick | None:
        row = next(self._rows, None)
        if row is None:
            return None
        if self._first_ns is None:
            self._first_ns = int(row["ts_ns"])
        at_ns = self._start_ns + int((row["ts_ns"] - self._first_ns) / self._speed)
        events = tuple(self._events(row, at_ns))
        self._before = row
        return Tick(self._instrument.symbol, at_ns, row, events)

    def _events(self, row: dict[str, Any], at_ns: int) -> Iterator[MarketEvent]:
        symbol, before = self._instrument.symbol, self._before
        traded = row["volume"] - (0 if before is None else before["volume"])
        if traded > 0:
            aggressor = None if before is None else _aggressor(row["last_price"], before)
            last = self._ticks(row["last_price"])
            if last is not None:
                yield OutsideTrade(symbol, last, traded, aggressor, None, at_ns)
        yield TopSet(
            symbol,
            self._ticks(row["bp1"]),
            row["bv1"] or 0,
            self._ticks(row["ap1"]),
            row["av1"] or 0,
            at_ns,
        )

    def _ticks(self, price: float | None) -> int | None:
        return None if price is None else round(price / float(self._instrument.price_increment))


def _aggressor(price: float, before: dict[str, Any]) -> Side | None:
    """Who took, by the quotes of the row before."""
    if before["ap1"] is not None and price >= before["ap1"]:
        return Side.BUY
    if before["bp1"] is not None and price <= before["bp1"]:
        return Side.SELL
    return None


def exact(price: float) -> Decimal:
    """A recorded price as its decimal text has it."""
    return Decimal(repr(price))
