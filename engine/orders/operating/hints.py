"""What a person who was told no may have meant: the nearest of what there is. Pure."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from engine.model.instrument import venue_of

NAMED_MAX = 10
"""Instruments named in a hint."""

LIKENESS = 0.5
"""How like a name must be to have been meant: a symbol without its venue still is."""


def instrument_hint(wanted: str, instruments: Sequence[str], venues: Collection[str]) -> str:
    """What can be traded instead of something that cannot.

    Args:
        wanted: as it was written.
        instruments: what may be traded.
        venues: names of the venues that take orders.
    """
    if not instruments:
        return "no venue that takes orders has listed an instrument yet: see `status`"
    parts = []
    venue = venue_of(wanted) if "." in wanted else ""
    if venue not in venues:
        parts.append(f"write SYMBOL.VENUE, with a venue that takes orders: {_upper(venues)}")
    nearest = get_close_matches(wanted.upper(), instruments, n=1, cutoff=LIKENESS)
    if nearest:
        parts.append(f"did you mean {nearest[0]}?")
    listed = [each for each in instruments if venue not in venues or venue_of(each) == venue]
    more = f" and {len(listed) - NAMED_MAX} more" if len(listed) > NAMED_MAX else ""
    parts.append(f"listed here: {', '.join(listed[:NAMED_MAX])}{more}")
    return "; ".join(parts)


def _upper(venues: Collection[str]) -> str:
    return ", ".join(sorted(venue.upper() for venue in venues))
