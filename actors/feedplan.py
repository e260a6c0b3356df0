"""Which market data sessions a configuration needs, and what each of them serves. Pure.

A venue with one feed has its data session in any case: whoever has configured the venue wants to see
it. Of a venue with several only those are started that serve an instrument which a strategy or a risk
check names; a session that nobody needs would only use up the venue's limits.
"""

from collections.abc import Iterable, Sequence

import attrs

from engine.errors import Problem
from engine.model.feeds import feed_id_of
from engine.model.instrument import symbol_of
from engine.session.declaration import Venue
from engine.session.feeds import Feed


@attrs.frozen
class PlannedFeed:
    """One market data session: of which feed, for which instruments."""

    venue: str
    feed: Feed
    instruments: tuple[str, ...]

    @property
    def id(self) -> str:
        """`wooxpro`, or `alltick.stock`."""
        return feed_id_of(self.venue, self.feed.name)

    @property
    def session(self) -> str:
        """Name of the process."""
        return f"{self.id}.data"


def plan_feeds(venue: Venue, instruments: Sequence[str]) -> tuple[PlannedFeed, ...]:
    """The data sessions of a venue, for all of its instruments that the engine knows by name."""
    plans = (
        PlannedFeed(
            venue.name,
            feed,
            tuple(name for name in instruments if _is_served(venue, feed, name)),
        )
        for feed in venue.data_feeds
    )
    return tuple(plan for plan in plans if plan.instruments or not plan.feed.name)


def _is_served(venue: Venue, feed: Feed, instrument: str) -> bool:
    found = venue.feed_of(symbol_of(instrument))
    return found is not None and found.name == feed.name


def named_feeds(venue: Venue, instruments: Iterable[str]) -> dict[str, str]:
    """Feed id by instrument, where that is not simply the venue (`engine.model.feeds.FeedMap`)."""
    found = ((name, venue.feed_of(symbol_of(name))) for name in instruments)
    return {name: feed_id_of(venue.name, feed.name) for name, feed in found if feed and feed.name}


def is_unserved(venue: Venue, instrument: str) -> bool:
    """Whether no feed of the venue delivers an instrument."""
    return venue.feed_of(symbol_of(instrument)) is None


def unserved(path: str, venue: Venue, instrument: str) -> Problem:
    """The problem with an instrument that no feed delivers."""
    names = ", ".join(feed.name for feed in venue.data_feeds)
    return Problem(path, f"no feed of {venue.name} delivers {instrument!r}", f"there are: {names}")
