"""A feed: one of several market data sessions of a venue whose data comes over more than one connection.

Each feed is a process of its own, with its own endpoints on the bus. Which of them are started follows
from the instruments that strategies and risk checks name. A venue with one connection declares none.
"""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from engine.session.declaration import SessionMaker

FEED_NAME_PATTERN = r"[a-z][a-z0-9_]{0,15}"
"""Feed names stand in socket files and process names."""


def _name(_instance: object, _attribute: "attrs.Attribute[str]", value: str) -> None:
    if value and not re.fullmatch(FEED_NAME_PATTERN, value):
        raise ValueError(
            f"feed name {value!r} must be 1 to 16 characters of a-z, 0-9 and '_', "
            "beginning with a letter"
        )


@attrs.frozen(kw_only=True)
class Feed:
    """One market data session of a venue.

    Attributes:
        name: its part of the process's name: `stock` makes `alltick.stock.data`. Empty for the only
            feed of a venue.
        serves: whether it delivers an instrument, by the venue's symbol; pure. Of several that do,
            the first is used.
        data: makes its protocol; how it knows which feed it is.
        http_base_url: reads the base URL of its HTTP API from the venue's settings, None where it is
            that of the venue (`Venue.http_base_url`).
    """

    name: str = attrs.field(validator=_name)
    serves: Callable[[str], bool]
    data: "SessionMaker"
    http_base_url: Callable[[object], str] | None = None


def check_feeds(venue: str, feeds: Sequence[Feed], *, alone: bool) -> None:
    """Refuse what a venue may not declare; `alone` says that it has one data session without a name.

    Raises:
        ValueError: both or none of the two, or names that are empty or used twice.
    """
    if alone == bool(feeds):
        raise ValueError(f"venue {venue} must declare either data or feeds")
    names = [feed.name for feed in feeds]
    if "" in names or len(set(names)) != len(names):
        raise ValueError(f"feeds of venue {venue} need names, each its own: {names}")


def only_feed(data: "SessionMaker") -> Feed:
    """The feed of a venue with one data session: it has no name and delivers all symbols."""
    return Feed(name="", serves=lambda _symbol: True, data=data)
