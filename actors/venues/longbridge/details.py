"""Instruments: what the venue's static facts, its present prices and our tick tables make together.

The venue lists nothing by itself; it is asked about the symbols that somebody wants. An instrument is
known when its static facts are, and defined when a price has told which band of the tick table holds.
When the price moves into another band or the venue halts trading, the definition changes.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.longbridge.proto import quote_pb2
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.symbols import id_of, is_symbol, market_of
from actors.venues.longbridge.ticks import tick_of
from actors.venues.longbridge.wire import exact
from engine.model.instrument import AssetClass, Instrument, QuantityUnit

LISTED_MAX: Final = 2_000
"""Symbols that are known at once; four times what an account may subscribe."""
LOT_MAX: Final = 10_000_000

_INDEX_BOARDS: Final = frozenset(
    {"USDJI", "USSector", "HKHS", "HKSector", "CNIX", "CNSector", "STI", "SGSector"}
    | {"SPXIndex", "VIXIndex"}
)
_OPTION_BOARDS: Final = frozenset({"USOption", "USOptionS"})


@attrs.define
class Listing:
    """One symbol: what is known of it so far."""

    symbol: str
    market: str
    known: bool = False
    refused: bool = False
    board: str = ""
    currency: str = ""
    lot_size: int = 1
    price: Decimal = Decimal(0)
    status: int = quote_pb2.STATUS_NORMAL
    quoted: bool = False
    defined: Instrument | None = None

    @property
    def instrument(self) -> str:
        """The engine's name."""
        return id_of(self.symbol)


class Details:
    """The listings of one session.

    Args:
        settings: tick tables and fees.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._listings: dict[str, Listing] = {}

    def need(self, symbols: Iterable[str]) -> None:
        """These symbols are of interest; what is no symbol or beyond the bound is left out."""
        for symbol in symbols:
            if symbol in self._listings or not is_symbol(symbol):
                continue
            if len(self._listings) < LISTED_MAX:
                self._listings[symbol] = Listing(symbol, market_of(symbol))

    def get(self, symbol: str) -> Listing | None:
        """What is known of a symbol."""
        return self._listings.get(symbol)

    def is_served(self, symbol: str) -> bool:
        """Whether the venue has it."""
        listing = self._listings.get(symbol)
        return listing is not None and listing.known

    def is_refused(self, symbol: str) -> bool:
        """Whether the venue was asked and does not have it."""
        listing = self._listings.get(symbol)
        return listing is not None and listing.refused

    @property
    def unknown(self) -> list[str]:
        """Symbols to be asked for."""
        return [
            s for s, listing in self._listings.items() if not (listing.known or listing.refused)
        ]

    @property
    def symbols(self) -> list[str]:
        """All symbols that the venue has."""
        return [symbol for symbol, listing in self._listings.items() if listing.known]

    @property
    def markets(self) -> list[str]:
        """Markets of everything that is of interest."""
        return sorted({listing.market for listing in self._listings.values()})

    def static_told(self, asked: Iterable[str], rows: Iterable[Any]) -> list[str]:
        """The answer to command 10; returns the symbols that the venue does not have.

        Raises:
            RemoteProtocolError: a row that cannot be.
        """
        for row in rows:
            listing = self._listings.get(row.symbol)
            if listing is not None:
                listing.board, listing.currency = row.board[:32], row.currency[:8]
                # Some securities have no board lot; one share is the venue's own rule for the US.
                listing.lot_size = row.lot_size if 0 < row.lot_size <= LOT_MAX else 1
                listing.known, listing.refused = True, False
        missing = [symbol for symbol in asked if not self.is_served(symbol)]
        for symbol in missing:
            if (listing := self._listings.get(symbol)) is not None:
                listing.refused = True
        return missing

    def quotes_told(self, asked: Iterable[str], rows: Iterable[Any]) -> None:
        """The answer to command 11: prices and states. Raises RemoteProtocolError."""
        for row in rows:
            listing = self._listings.get(row.symbol)
            if listing is not None:
                listing.price = exact(row.last_done, "last_done") or exact(
                    row.prev_close, "prev_close"
                )
                listing.status = row.trade_status
        for symbol in asked:
            if (listing := self._listings.get(symbol)) is not None:
                listing.quoted = True

    def traded(self, symbol: str, price: Decimal, status: int) -> Instrument | None:
        """A push told price and state: the new definition if they change it."""
        listing = self._listings.get(symbol)
        if listing is None:
            return None
        listing.price, listing.status, listing.quoted = price or listing.price, status, True
        return self.changed(symbol)

    def changed(self, symbol: str) -> Instrument | None:
        """The definition, when it differs from the one that was told last."""
        listing = self._listings.get(symbol)
        if listing is None or not listing.known or not listing.quoted:
            return None
        made = self._made(listing)
        if made == listing.defined:
            return None
        listing.defined = made
        return made

    def _made(self, listing: Listing) -> Instrument:
        bands = self._settings.ticks.of(listing.market)
        index = listing.board in _INDEX_BOARDS
        option = listing.board in _OPTION_BOARDS
        asset_class = AssetClass.EQUITY
        if index or option:
            asset_class = AssetClass.INDEX if index else AssetClass.OPTION
        # Less than a board lot goes to a market of its own, if the user wants that.
        odd = listing.market == "HK" and self._settings.odd_lots == "odd"
        lot = Decimal(1 if odd else listing.lot_size)
        return Instrument(
            id=listing.instrument,
            asset_class=asset_class,
            currency=listing.currency,
            base=listing.symbol,
            quantity_unit=QuantityUnit.SHARES,
            price_increment=tick_of(bands, listing.price),
            quantity_increment=lot,
            multiplier=Decimal(1),
            min_quantity=lot,
            maker_fee_rate=self._settings.fee_rate,
            taker_fee_rate=self._settings.fee_rate,
            # Options are never sent: their multiplier is not among the static facts.
            tradeable=listing.status == quote_pb2.STATUS_NORMAL
            and not index
            and not option
            and listing.price > 0,
        )
