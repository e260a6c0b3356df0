"""A folder of recorded market data: what its `instrument.toml` says and its tables as plain rows.

Reads Parquet in batches, so memory is bounded by the batch and not by the recording. Prices and
sizes leave this module as whole ticks and lots of the exchange's instrument; a value off that grid
is a ConfigError (the recording and the instrument do not fit), never a silent rounding.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine.errors import ConfigError, Problem
from engine.exchange.model import ZERO, ExchangeInstrument

BATCH_ROWS = 8_192
"""Rows decoded at a time: a few hundred kilobytes, and well amortised."""
OFF_GRID = 1e-3
"""Distance from a whole number, in steps, that still counts as float error of the division."""
MAX_QUANTITY = Decimal(1_000_000_000)
"""Largest order on an instrument made from a recording, which does not know one."""


@attrs.frozen(slots=True, kw_only=True)
class RecordedInstrument:
    """What a recording says of its instrument.

    `size_increment` is in recorded units; one recorded unit is `multiplier` units of the
    underlying (1 coin, 1 share, 50 times the index). `tables` are the names of its tables.
    `reference_price` is the first recorded price.
    """

    folder: Path
    symbol: str
    price_increment: Decimal
    size_increment: Decimal
    multiplier: Decimal
    currency: str
    tables: frozenset[str]
    reference_price: Decimal

    def listed(
        self, *, maker_fee_rate: Decimal = ZERO, taker_fee_rate: Decimal = ZERO
    ) -> ExchangeInstrument:
        """An exchange instrument in the recording's own units (one contract = one recorded unit)."""
        return ExchangeInstrument(
            symbol=self.symbol,
            price_increment=self.price_increment,
            lot=self.size_increment,
            contract_size=self.multiplier,
            currency=self.currency,
            min_quantity=self.size_increment,
            max_quantity=MAX_QUANTITY,
            maker_fee_rate=maker_fee_rate,
            taker_fee_rate=taker_fee_rate,
            reference_price=self.reference_price,
        )


def instrument_of(folder: Path) -> RecordedInstrument:
    """Read a folder's `instrument.toml`; ConfigError when it is missing or lacks something."""
    path = folder / "instrument.toml"
    try:
        facts = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
        tables = frozenset(facts["tables"])
        return RecordedInstrument(
            folder=folder,
            symbol=facts["symbol"],
            price_increment=_plain(facts["price_increment"]),
            size_increment=_plain(facts["size_increment"]),
            multiplier=_plain(facts["multiplier"]),
            currency=facts["currency"],
            tables=tables,
            reference_price=_first_price(folder, tables, _plain(facts["price_increment"])),
        )
    except OSError as error:
        raise _unusable(folder, f"no recording here: {error}") from error
    except (KeyError, tomllib.TOMLDecodeError) as error:
        raise _unusable(folder, f"instrument.toml is incomplete: {error}") from error


def _plain(number: Decimal | int) -> Decimal:
    """The number as a Decimal that prints in plain notation (1e-05 becomes 0.00001)."""
    value = Decimal(number)
    whole = value.to_integral_value()
    return whole if value == whole else Decimal(format(value.normalize(), "f"))


def _first_price(folder: Path, tables: frozenset[str], increment: Decimal) -> Decimal:
    """The first recorded price, on the grid."""
    for table, column in (("quotes", "bid_price"), ("trades", "price"), ("book", "price")):
        if table in tables:
            batch = next(batches(folder, table, [column], rows=1), None)
            if batch is not None:
                return round(Decimal(batch.column(0)[0].as_py()) / increment) * increment
    raise _unusable(folder, "neither quotes nor trades nor book rows")


def batches(
    folder: Path, table: str, columns: list[str], *, rows: int = BATCH_ROWS
) -> Iterator[pa.RecordBatch]:
    """The columns of a table in file order, some rows at a time."""
    with pq.ParquetFile(folder / f"{table}.parquet") as file:
        yield from file.iter_batches(batch_size=rows, columns=columns)


class Grid:
    """Converts recorded prices and sizes to whole ticks and lots of an exchange's instrument.

    A recorded size times `multiplier` is an amount of the underlying; divided by the contract
    size and the lot it is a number of lots. With `inexact_sizes` a size off the lot grid becomes
    the nearest number of lots, at least one; otherwise it is a ConfigError.
    """

    def __init__(
        self,
        recorded: RecordedInstrument,
        instrument: ExchangeInstrument,
        *,
        unknown_size: Decimal,
        inexact_sizes: bool,
    ) -> None:
        self._folder = recorded.folder
        self._tick = float(instrument.price_increment)
        # exact in Decimal; one float division per value is what is left
        self._lot = float(instrument.contract_size * instrument.lot / recorded.multiplier)
        self._unknown_size = float(unknown_size)
        self._inexact_sizes = inexact_sizes

    def ticks(self, prices: pa.Array) -> list[int | None]:
        """Whole ticks; None stays None."""
        return self._whole(prices, self._tick, "price", exact=True)

    def lots(self, sizes: pa.Array) -> list[int]:
        """Whole lots; a size that was not published becomes the stated one."""
        if sizes.null_count:
            sizes = sizes.fill_null(self._unknown_size)
        return self._whole(sizes, self._lot, "size", exact=not self._inexact_sizes)

    def _whole(self, values: pa.Array, step: float, what: str, *, exact: bool) -> list[Any]:
        steps = pc.divide(values, step)
        whole = pc.round(steps)
        distance = pc.max(pc.abs(pc.subtract(steps, whole))).as_py()
        if distance is not None and distance > OFF_GRID:
            if exact:
                raise _unusable(
                    self._folder, f"a recorded {what} is not a multiple of {step}", hint=_HINT
                )
            some = pc.and_(pc.greater(steps, 0.0), pc.less(whole, 1.0))
            whole = pc.if_else(some, 1.0, whole)
        counted: list[Any] = whole.cast(pa.int64()).to_pylist()
        return counted


_HINT = "list the instrument with the recording's increments, or allow inexact sizes"


def _unusable(folder: Path, problem: str, *, hint: str = "") -> ConfigError:
    return ConfigError(Problem(f"recording {folder.name}", problem, hint))
