"""Whether each topic's data is to be trusted, told once at each change. Pure.

A protocol tells its own doubts (a gap, silence, a crossed book). What it cannot forget here is the
loss of the connection: every topic that had data is stale from then on, and fresh again with its
first data after it was subscribed anew.
"""

from typing import Any

from engine.messages.market import MarketStale


class Freshness:
    """Belief in the topics of one session. A topic is (stream word, instrument)."""

    def __init__(self) -> None:
        self._words: dict[type, str] = {}
        self._seen: dict[tuple[type, str], None] = {}
        self._stale: set[tuple[str, str]] = set()
        self._by_loss: set[tuple[str, str]] = set()

    @property
    def stale(self) -> int:
        """How many topics are not to be trusted."""
        return len(self._stale)

    def arrived(self, message: Any) -> MarketStale | None:
        """Data of a topic: what is to be told before it, if the topic was stale by a lost connection."""
        kind, instrument = message.__class__, message.instrument
        self._seen[kind, instrument] = None
        if not self._by_loss:
            return None
        topic = (self._word(kind), instrument)
        if topic not in self._by_loss:
            return None
        self._by_loss.discard(topic)
        self._stale.discard(topic)
        return _told(topic, "", fresh=True)

    def doubted(self, told: MarketStale) -> bool:
        """The protocol's own word; True when it is news and is to be passed on."""
        topic = (told.stream, told.instrument)
        if told.fresh:
            self._by_loss.discard(topic)
            if topic not in self._stale:
                return False
            self._stale.discard(topic)
            return True
        if topic in self._stale:
            return False
        self._stale.add(topic)
        return True

    def lost(self, reason: str) -> list[MarketStale]:
        """The connection is gone: what is to be told of every topic that had data."""
        topics = [(self._word(kind), instrument) for kind, instrument in self._seen]
        news = [topic for topic in topics if topic not in self._stale]
        self._seen.clear()
        self._stale.update(news)
        self._by_loss.update(topics)
        return [_told(topic, reason, fresh=False) for topic in news]

    def _word(self, kind: type) -> str:
        word = self._words.get(kind)
        if word is None:
            word = self._words[kind] = kind.__name__.lower()
        return word


def _told(topic: tuple[str, str], reason: str, *, fresh: bool) -> MarketStale:
    return MarketStale(
        instrument=topic[1], boot=0, sequence=0, stream=topic[0], fresh=fresh, reason=reason
    )
