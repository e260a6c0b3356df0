"""The instruments of one session: those of the table, those its readers name, and what is learned of them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import attrs

from actors.venues.alltick.codes import Listing, family_of, listing_of
from actors.venues.alltick.settings import Family, Settings
from actors.venues.alltick.table import ROWS
from engine.model.instrument import Instrument
from engine.model.money import parse_decimal

LISTINGS_MAX: Final = 10_000
"""Codes kept; readers of more than the largest plan can subscribe are not served."""
LOT_MAX: Final = Decimal(1_000_000)
CURRENCY_CHARS_MAX: Final = 8


class Listings:
    """What is known of the codes of one family."""

    def __init__(self, settings: Settings, family: Family) -> None:
        self._own = {own.code: own for own in settings.instruments}
        self._family = family
        self._found: dict[str, Listing | None] = {}
        self._told: set[str] = set()
        self._asked: set[str] = set()

    def known(self) -> list[Listing]:
        """All of the table and of the user's own, in the table's order; they count as told."""
        codes = [code for code in (*ROWS, *self._own) if family_of(code) is self._family]
        found = [listing for code in dict.fromkeys(codes) if (listing := self.find(code))]
        self._told.update(listing.code for listing in found)
        return found

    def find(self, code: str) -> Listing | None:
        """What is known of a code, None for one of the other family or of no form that we know."""
        if code in self._found:
            return self._found[code]
        if len(self._found) >= LISTINGS_MAX:
            return None
        listing = listing_of(code, self._own) if family_of(code) is self._family else None
        self._found[code] = listing
        return listing

    def is_new(self, listing: Listing) -> bool:
        """Whether the engine has not been told of it; it counts as told from then on."""
        new = listing.code not in self._told
        self._told.add(listing.code)
        return new

    def wants_details(self, listing: Listing) -> bool:
        """Whether the venue is to be asked for lot and currency; once per code."""
        if not listing.kind.lot_asked or listing.code in self._own or listing.code in self._asked:
            return False
        self._asked.add(listing.code)
        return True

    def undetailed(self, codes: Iterable[str]) -> None:
        """The venue could not be asked for these: they may be asked for again."""
        self._asked.difference_update(codes)

    def detailed(self, given: Iterable[Mapping[str, Any]]) -> list[Instrument]:
        """The instruments that rows of `/static_info` change. Rows that say nothing are passed over."""
        changed: list[Instrument] = []
        for row in given:
            code = row.get("symbol")
            listing = self._found.get(code) if isinstance(code, str) else None
            if listing is None:
                continue
            lot = _lot(row.get("lot_size")) or listing.instrument.quantity_increment
            currency = _currency(row.get("currency")) or listing.instrument.currency
            instrument = attrs.evolve(
                listing.instrument, quantity_increment=lot, min_quantity=lot, currency=currency
            )
            if instrument != listing.instrument:
                self._found[listing.code] = attrs.evolve(listing, instrument=instrument)
                changed.append(instrument)
        return changed


def _lot(value: object) -> Decimal | None:
    try:
        lot = parse_decimal(value) if isinstance(value, str) else Decimal(0)
    except ValueError:
        return None
    return lot if 0 < lot <= LOT_MAX and lot == lot.to_integral_value() else None


def _currency(value: object) -> str:
    if not isinstance(value, str) or len(value) > CURRENCY_CHARS_MAX:
        return ""
    return value if value.isascii() and value.isalpha() and value.isupper() else ""
