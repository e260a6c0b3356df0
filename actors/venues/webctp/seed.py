"""The seed of the position book: a small dated file that says what was held at a day's opening.

The gateway has neither a query for positions nor trades of earlier days, so overnight lots rest on
somebody's word: this file's, written by `text_of` at the end of a day or by hand from the broker's
statement. It names the trading day at whose opening it holds and the account; of any other day or
account it proves nothing. Reading a file is done here; what the text means is decided by `parse`. Pure
but for `load`.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NoReturn

import attrs

from actors.venues.webctp.positions import Held, Overnight
from engine.errors import ConfigError, Problem
from engine.model.money import parse_decimal, plain

FLAT: Final = "flat"
"""Instead of a file: somebody declares that nothing is held overnight, on any day. For simulators."""

FILE_BYTES_MAX: Final = 1 << 20
ROWS_MAX: Final = 5_000
LOTS_MAX: Final = 1_000_000

_DAY = re.compile(r"20[0-9]{6}", re.ASCII)
_NAME = re.compile(r"[!-~]{1,40}", re.ASCII)
_EXCHANGES: Final = frozenset({"SHFE", "INE", "DCE", "CZCE", "CFFEX", "GFEX"})
_TOP: Final = frozenset({"trading_day", "broker_id", "investor_id", "positions"})
_ROW: Final = frozenset({"instrument", "exchange", "side", "quantity", "price"})


@attrs.frozen(kw_only=True)
class Seed:
    """What was held at the opening of `trading_day`; empty `trading_day` holds for every day."""

    trading_day: str
    broker_id: str
    investor_id: str
    positions: tuple[Overnight, ...] = ()

    def doubt(self, trading_day: str, broker_id: str, investor_id: str) -> str:
        """Why it proves nothing for this day and account; empty when it does."""
        if not self.trading_day:
            return ""
        if (self.broker_id, self.investor_id) != (broker_id, investor_id):
            return f"the seed of positions is of account {self.broker_id}/{self.investor_id}"
        if self.trading_day != trading_day:
            return (
                f"the seed of positions is of {self.trading_day}, the trading day is {trading_day}"
            )
        return ""


def load(source: str) -> Seed | None:
    """The seed that a setting names: None for none, `flat`, or the path of a file.

    Raises:
        ConfigError: there is no such file, or it is not as described.
    """
    if not source:
        return None
    if source == FLAT:
        return Seed(trading_day="", broker_id="", investor_id="")
    path = Path(source)
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        hint = "name the dated file of the positions at the opening, or nothing"
        raise ConfigError(Problem("orders.seed", f"{source}: {error.strerror}", hint)) from error
    if len(data) > FILE_BYTES_MAX:
        raise ConfigError(Problem("orders.seed", f"{source} is larger than {FILE_BYTES_MAX} bytes"))
    return parse(data)


def parse(data: bytes) -> Seed:
    """A seed from its text.

    Raises:
        ConfigError: it is no TOML, or has other fields or values than described.
    """
    try:
        table = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(Problem("orders.seed", f"no TOML: {error}")) from error
    _only(table, _TOP, "the seed")
    rows = table.get("positions", [])
    if type(rows) is not list or len(rows) > ROWS_MAX:
        _wrong("positions", f"an array of at most {ROWS_MAX} tables")
    found = tuple(_row(row, number) for number, row in enumerate(rows))
    keys = [(each.instrument, each.held) for each in found]
    if len(set(keys)) != len(keys):
        _wrong("positions", "one row per instrument and side")
    day = table.get("trading_day")
    if type(day) is not str or not _DAY.fullmatch(day):
        _wrong("trading_day", "a day like 20261130")
    return Seed(
        trading_day=day,
        broker_id=_name(table, "broker_id"),
        investor_id=_name(table, "investor_id"),
        positions=found,
    )


def text_of(seed: Seed) -> str:
    """The file's text; `parse` reads it back unchanged."""
    lines = [
        "# Positions at the opening of this trading day.",
        f'trading_day = "{seed.trading_day}"',
        f'broker_id = "{seed.broker_id}"',
        f'investor_id = "{seed.investor_id}"',
    ]
    for each in sorted(seed.positions, key=lambda row: (row.instrument, row.held)):
        lines += [
            "",
            "[[positions]]",
            f'instrument = "{each.instrument}"',
            f'exchange = "{each.exchange}"',
            f'side = "{each.held}"',
            f"quantity = {each.quantity}",
        ]
        if each.price is not None:
            lines.append(f'price = "{plain(each.price)}"')
    return "\n".join(lines) + "\n"


@attrs.frozen(kw_only=True)
class Kept:
    """What one boot of the session leaves for the next.

    Attributes:
        opening: the seed of its trading day, which was proven.
        closing: what the day had come to.
        over: nothing of the day could trade any more when this was kept.
    """

    opening: Seed
    closing: Seed
    over: bool

    def text(self) -> str:
        """For the engine to keep."""
        parts = {"opening": text_of(self.opening), "closing": text_of(self.closing)}
        return json.dumps({**parts, "over": self.over})


def kept_in(text: str) -> Kept | None:
    """What was kept; None for a text that is none."""
    try:
        table = json.loads(text)
        return Kept(
            opening=parse(table["opening"].encode()),
            closing=parse(table["closing"].encode()),
            over=table["over"] is True,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ConfigError):
        return None


def carried(trading_day: str, broker_id: str, investor_id: str, held: Iterable[Overnight]) -> Seed:
    """The seed of the day that follows: `trading_day` is that day."""
    return Seed(
        trading_day=trading_day,
        broker_id=broker_id,
        investor_id=investor_id,
        positions=tuple(held),
    )


def _row(row: Any, number: int) -> Overnight:
    place = f"positions[{number}]"
    if type(row) is not dict:
        _wrong(place, "a table")
    _only(row, _ROW, place)
    quantity, exchange, side = row.get("quantity"), row.get("exchange"), row.get("side")
    if type(quantity) is not int or not 0 < quantity <= LOTS_MAX:
        _wrong(f"{place}.quantity", f"a whole number from 1 to {LOTS_MAX}")
    if exchange not in _EXCHANGES:
        _wrong(f"{place}.exchange", f"one of {', '.join(sorted(_EXCHANGES))}")
    if side not in ("long", "short"):
        _wrong(f"{place}.side", "long or short")
    return Overnight(
        instrument=_name(row, "instrument", place),
        exchange=exchange,
        held=Held(side),
        quantity=quantity,
        price=_price(row.get("price"), place),
    )


def _price(value: Any, place: str) -> Decimal | None:
    if value is None:
        return None
    try:
        price = parse_decimal(value) if type(value) is str else None
    except ValueError:
        price = None
    if price is None or price <= 0:
        _wrong(f"{place}.price", 'a positive decimal as text, like "3850"')
    return price


def _name(table: Mapping[str, Any], field: str, place: str = "") -> str:
    value = table.get(field)
    if type(value) is not str or not _NAME.fullmatch(value) or set(value) & set('"\\'):
        _wrong(f"{place}.{field}" if place else field, "a name without blanks or quotes")
    return value


def _only(table: Mapping[str, Any], known: frozenset[str], place: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        _wrong(place, f"without {', '.join(unknown)[:80]}")


def _wrong(field: str, wanted: str) -> NoReturn:
    hint = "the README of the venue describes the file"
    raise ConfigError(Problem("orders.seed", f"{field}: must be {wanted}", hint))
