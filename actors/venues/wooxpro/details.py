"""The venue's instrument list: loading it, loading it again, and what a row means to the engine.

`Loader` is shared by both sessions. It asks at the start, tries again after the documented 404 flake
or any other failure, and refreshes now and then. One row that we cannot use is skipped and named; a
list that is no list is an error of the venue.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from actors.venues.wooxpro.rest import Answer, Path, Rest
from actors.venues.wooxpro.settings import Settings
from actors.venues.wooxpro.symbols import id_of, is_symbol
from actors.venues.wooxpro.wire import decimal_or_none, text
from engine.errors import RemoteProtocolError
from engine.model.instrument import AssetClass, Instrument, QuantityUnit
from engine.session.contract import HttpCall, Note, Now
from engine.session.values import decimal, malformed, obj, shorten

INSTRUMENTS_MAX: Final = 5_000
"""Ten times what the venue lists; a bound for what one answer may make us keep."""
SKIPPED_NAMED_MAX: Final = 5
"""Rows named in one note about rows that cannot be used."""
RETRY_S_MAX: Final = 30.0
ALERT_AFTER_FAILURES: Final = 3
"""One 404 is a known flake of the venue; three in a row keep the session from working."""

_CLASSES: Final[Mapping[int, AssetClass]] = {1: AssetClass.CRYPTO_PERPETUAL, 2: AssetClass.FUTURE}


class _Unusable(Exception):
    pass


def instruments_of(data: Any, settings: Settings) -> tuple[list[Instrument], list[str]]:
    """The instruments of an answer, and why which rows are not among them.

    Raises:
        RemoteProtocolError: the answer is not a list of instruments at all.
    """
    symbols = obj(data, "details").get("symbols")
    if type(symbols) is not list or not 0 < len(symbols) <= INSTRUMENTS_MAX:
        malformed("symbols", f"an array of 1 to {INSTRUMENTS_MAX} instruments")
    instruments: dict[str, Instrument] = {}
    skipped = []
    for row in symbols:
        try:
            instrument = _instrument(obj(row, "symbols"), settings)
        except (_Unusable, RemoteProtocolError) as error:
            name = row.get("symbol") if type(row) is dict else row
            skipped.append(f"{shorten(name, 32)}: {error}")
            continue
        instruments[instrument.id] = instrument
    if not instruments:
        malformed("symbols", "a list with an instrument that we can use")
    return list(instruments.values()), skipped


def _instrument(row: Mapping[str, Any], settings: Settings) -> Instrument:
    symbol = text(row, "symbol")
    if not is_symbol(symbol):
        raise _Unusable("symbol with other characters than ASCII letters, digits, - and _")
    quote = text(row, "quote_currency")
    if quote == "USD":
        # Coin-margined contracts are inverse: their value is not price times size.
        raise _Unusable("coin-margined (inverse) contracts are not supported")
    asset_class = _CLASSES.get(row.get("product_type", 1))
    if asset_class is None:
        raise _Unusable("unknown product type")
    lot = _positive(row, "vol_precision" if "vol_precision" in row else "volume_precision")
    return Instrument(
        id=id_of(symbol),
        asset_class=asset_class,
        currency=quote,
        base=text(row, "base_currency"),
        quantity_unit=QuantityUnit.CONTRACTS,
        price_increment=_positive(row, "price_precision"),
        quantity_increment=lot,
        multiplier=_positive(row, "contract_size"),
        min_quantity=decimal_or_none(row, "min_volume") or lot,
        max_quantity=decimal_or_none(row, "max_volume") or None,
        max_market_quantity=decimal_or_none(row, "market_max_volume") or None,
        maker_fee_rate=settings.maker_fee_rate,
        taker_fee_rate=settings.taker_fee_rate,
        tradeable=row.get("status", "Trading") == "Trading",
    )


def _positive(row: Mapping[str, Any], field: str) -> Any:
    value = decimal(row, field)
    if value <= 0:
        raise _Unusable(f"{field} is not above zero")
    return value


@attrs.frozen
class Loaded:
    """What an answer brought: the changed instruments, and remarks."""

    changed: tuple[Instrument, ...]
    notes: tuple[Note, ...]


class Loader:
    """Keeps the table of instruments of one session.

    Args:
        rest: numbers and builds the calls.
    """

    def __init__(self, settings: Settings, rest: Rest) -> None:
        self._settings = settings
        self._rest = rest
        self._call_id: int | None = None
        self._due_ns: int | None = None
        self._failures = 0
        self.table: dict[str, Instrument] = {}
        """By instrument id."""

    def start(self) -> list[object]:
        """Ask now, unless that is under way; each call comes to an end, so none is lost."""
        if self._call_id is not None:
            return []
        call: HttpCall = self._rest.get(Path.DETAILS)
        self._call_id, self._due_ns = call.call_id, None
        return [call]

    def mine(self, call_id: int) -> bool:
        """Whether this call is the loader's."""
        return call_id == self._call_id

    def deadline(self) -> int | None:
        """When to ask again."""
        return self._due_ns

    def due(self, now: Now) -> list[object]:
        """Ask again if it is time."""
        if self._due_ns is None or now.mono_ns < self._due_ns:
            return []
        return self.start()

    def ended(self, answer: Answer, now: Now) -> Loaded:
        """The call came to an end; whatever it brought, the next one is planned.

        A list that cannot be read is an alert and no reason to leave a stream that works.
        """
        self._call_id = None
        self._plan(now, self._retry_s())
        if not answer.ok:
            return Loaded((), self._failed(answer))
        try:
            instruments, skipped = instruments_of(answer.data, self._settings)
        except RemoteProtocolError as error:
            self._failures += 1
            return Loaded((), (Note("instruments_unreadable", str(error), alert=True),))
        self._failures = 0
        self._plan(now, self._settings.details_interval_s)
        changed = tuple(i for i in instruments if self.table.get(i.id) != i)
        first = not self.table
        self.table.update((instrument.id, instrument) for instrument in changed)
        return Loaded(changed, _remarks(skipped) if first else ())

    def _failed(self, answer: Answer) -> tuple[Note, ...]:
        self._failures += 1
        alert = self._failures == ALERT_AFTER_FAILURES
        detail = f"{answer.code_text}: {answer.text}"
        return (Note("instruments_not_loaded", detail, alert=alert),)

    def _retry_s(self) -> float:
        return min(RETRY_S_MAX, self._settings.details_retry_s * 2.0 ** min(self._failures, 10))

    def _plan(self, now: Now, seconds: float) -> None:
        self._due_ns = now.mono_ns + int(seconds * 1e9)


def _remarks(skipped: list[str]) -> tuple[Note, ...]:
    if not skipped:
        return ()
    named = "; ".join(skipped[:SKIPPED_NAMED_MAX])
    return (Note("instruments_skipped", f"{len(skipped)} rows: {named}"),)


Find = Callable[[str], Instrument | None]
"""Looks an instrument up by id."""
