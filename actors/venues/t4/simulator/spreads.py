"""Markets made of others: what a spread's fill means for its legs, and the prices its legs imply."""

from collections.abc import Sequence
from typing import Final

from actors.venues.t4.simulator.listings import Listing
from actors.venues.t4.simulator.market import Market
from actors.venues.t4.simulator.ordercodes import BuySell
from actors.venues.t4.simulator.orders import Leg
from engine.exchange.matching import NO_TOP, Top

LOTS_MAX: Final = 10_000
"""Implied volume is never shown larger."""


def legs_of(
    market: Market, listing: Listing, side: BuySell, ticks: int, volume: int
) -> tuple[Leg, ...]:
    """The fills of the legs that make up a fill of the spread; none where a leg is not listed.

    All legs trade at their last price but the first, whose price makes the sum come out.
    """
    if not listing.legs or any(each.market_id not in market.states for each in listing.legs):
        return ()
    prices = [market.states[each.market_id].last_ticks for each in listing.legs]
    others = sum(
        each.volume * price for each, price in zip(listing.legs[1:], prices[1:], strict=True)
    )
    prices[0] = (ticks - others) // listing.legs[0].volume
    return tuple(
        Leg(
            index=index,
            listing=market.states[each.market_id].listing,
            side=BuySell(side if each.volume > 0 else -side),
            volume=abs(each.volume) * volume,
            ticks=price,
        )
        for index, (each, price) in enumerate(zip(listing.legs, prices, strict=True))
    )


def implied_top(market: Market, listing: Listing) -> Top:
    """Best bid and offer of a spread that its legs' books imply; ticks of all legs are the same size."""
    bid = _implied(market, listing, buys=False)
    ask = _implied(market, listing, buys=True)
    return (*bid, *ask)


def _implied(market: Market, listing: Listing, *, buys: bool) -> tuple[int | None, int]:
    """What one who buys (or sells) the spread pays (or gets) by trading its legs at once."""
    total, lots = 0, LOTS_MAX
    for leg in listing.legs:
        bid, bid_lots, ask, ask_lots = (
            market.exchange.top(leg.market_id) if leg.market_id in market.states else NO_TOP
        )
        takes_ask = buys is (leg.volume > 0)
        price, found = (ask, ask_lots) if takes_ask else (bid, bid_lots)
        if price is None:
            return None, 0
        total += leg.volume * price
        lots = min(lots, found // abs(leg.volume))
    return (total, lots) if lots else (None, 0)


def same_legs(one: Sequence[tuple[str, int]], listing: Listing) -> bool:
    """Whether a listed spread has exactly these legs."""
    return sorted(one) == sorted((each.market_id, each.volume) for each in listing.legs)
