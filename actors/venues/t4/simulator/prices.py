"""Prices of the wire, in ticks and back, and what one tick is worth."""

from decimal import Decimal
from typing import Any, Final

from actors.venues.t4.simulator.listings import Listing

Payload = dict[str, Any]
"""A message as its fields by name; what is left out is absent on the wire."""
PLACES: Final = 8
"""Digits behind the point of an average price, REAL."""


def ticks_of(listing: Listing, text: str, price_format: int) -> int:
    """A price of the wire in ticks; ValueError for what is no price or off the tick."""
    price = listing.read(text, price_format)
    if price is None:
        raise ValueError("is no price, or off the tick")
    return int(price / listing.price_increment)


def text_of(listing: Listing, ticks: int | Decimal, price_format: int) -> str:
    """A number of ticks, whole or not, as a price of the wire."""
    price = listing.price_increment * ticks
    if price % listing.price_increment:
        price = round(price, PLACES).normalize()
    return listing.text(price, price_format)


def tick_value(listing: Listing) -> Decimal:
    """Money that one contract gains in one tick."""
    return listing.price_increment * listing.multiplier
