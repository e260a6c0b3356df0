"""Why a strategy should not trust an instrument's data now, and who said so. Pure.

Three voices may doubt: the venue's session (per stream of an instrument), the session about itself
(its state), and our own reader (numbers missing, too late, silent). Data is good again when all of
them say so. What a session said is void once another boot of it speaks: the dead cannot take back
their doubts.
"""

from engine.messages.market import MarketStale, MarketStatus
from engine.model.enums import VenueStateWord
from engine.model.feeds import FeedMap

_LIVE = frozenset({VenueStateWord.RECONCILING, VenueStateWord.READY})
_SESSION = "session"


class Doubts:
    """The doubts about a strategy's instruments; methods return the instruments whose belief changed.

    Args:
        instruments: the strategy's.
        feeds: which session speaks of which of them.
    """

    def __init__(self, instruments: tuple[str, ...], feeds: FeedMap | None = None) -> None:
        self._instruments = instruments
        self._feeds = feeds or FeedMap()
        self._said: dict[str, dict[str, int]] = {name: {} for name in instruments}

    def is_stale(self, instrument: str) -> bool:
        """Whether anybody doubts the instrument's data."""
        return bool(self._said.get(instrument))

    def told(self, message: MarketStale) -> list[str]:
        """The session's word on one stream of an instrument."""
        said = self._said.get(message.instrument)
        if said is None:
            return []
        return self._note(
            message.instrument, message.stream or "all", message.boot, fresh=message.fresh
        )

    def status(self, message: MarketStatus) -> list[str]:
        """The session's word on itself: without a live connection nothing is to be trusted."""
        changed = []
        for instrument in self._of(message.instrument):
            said, before = self._said[instrument], self.is_stale(instrument)
            for source in [s for s, boot in said.items() if boot not in (0, message.boot)]:
                del said[source]
            self._note(instrument, _SESSION, message.boot, fresh=message.state in _LIVE)
            if self.is_stale(instrument) != before:
                changed.append(instrument)
        return changed

    def linked(self, topic: str, stream: str, *, fresh: bool) -> list[str]:
        """Our own reader's word on a topic: of one instrument, or of a whole feed."""
        return [
            instrument
            for name in self._of(topic)
            for instrument in self._note(name, f"link:{stream}", 0, fresh=fresh)
        ]

    def _of(self, topic: str) -> list[str]:
        if topic in self._said:
            return [topic]
        feed = topic.lower()
        return [name for name in self._instruments if self._feeds.of(name) == feed]

    def _note(self, instrument: str, source: str, boot: int, *, fresh: bool) -> list[str]:
        said = self._said[instrument]
        before = bool(said)
        if fresh:
            said.pop(source, None)
        else:
            said[source] = boot
        return [instrument] if bool(said) != before else []
