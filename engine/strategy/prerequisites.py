"""What a strategy still waits for before it may begin, in words for the operator. Pure.

It needs the router's welcome and the definition of each of its instruments. Definitions come from the
venues' data sessions: one that is away will bring them later, one that has been ready for a while and
has not brought one does not list the instrument, which only a changed configuration cures.
"""

from collections.abc import Iterable

from engine.messages.market import MarketStatus
from engine.model.enums import VenueStateWord
from engine.model.feeds import FeedMap
from engine.model.instrument import venue_of

NS_PER_S = 1_000_000_000

DEFINITIONS_WITHIN_S = 5.0
"""A session publishes its definitions before it calls itself ready; the rest is for their way here."""


class Prerequisites:
    """Remembers since when each feed's session has been ready without a doubt.

    Args:
        feeds: which session defines which instrument.
    """

    def __init__(self, feeds: FeedMap | None = None) -> None:
        self._feeds = feeds or FeedMap()
        self._ready: set[str] = set()
        self._since_ns: dict[str, int] = {}

    def told(self, status: MarketStatus, mono_ns: int) -> None:
        """The session's word on itself."""
        feed = status.instrument.lower()
        if status.state is VenueStateWord.READY:
            self._ready.add(feed)
            self._since_ns.setdefault(feed, mono_ns)
        else:
            self._ready.discard(feed)
            self._since_ns.pop(feed, None)

    def linked(self, feed: str, mono_ns: int, *, fresh: bool) -> None:
        """Our own reader doubts the session's word, or (`fresh`) believes it again from now on."""
        if not fresh:
            self._since_ns.pop(feed, None)
        elif feed in self._ready:
            self._since_ns.setdefault(feed, mono_ns)

    def waits_for(self, missing: Iterable[str], mono_ns: int, *, welcomed: bool) -> str:
        """One sentence on all that is missing; empty when it may begin.

        Args:
            missing: instruments without a definition.
            mono_ns: now.
            welcomed: whether the router has told orders and positions.
        """
        names = sorted(missing)
        unlisted = [name for name in names if self._is_unlisted(name, mono_ns)]
        awaited = [name for name in names if name not in unlisted]
        sentences = [
            f"{venue_of(name)} does not list {name}: correct the strategy's instruments"
            for name in unlisted
        ]
        if not welcomed:
            sentences.append("waits for the router")
        if awaited:
            sentences.append(f"waits for the definition of {', '.join(awaited)}")
        return "; ".join(sentences)

    def _is_unlisted(self, instrument: str, mono_ns: int) -> bool:
        since_ns = self._since_ns.get(self._feeds.of(instrument))
        return since_ns is not None and mono_ns - since_ns >= DEFINITIONS_WITHIN_S * NS_PER_S
