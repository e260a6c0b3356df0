"""How the market data sessions are, and what the paper venue's own state is because of them. Pure.

A venue that cannot see its market is not in service, and says so in the words of what it lacks.
"""

from collections.abc import Iterable

from engine.messages.market import MarketStatus
from engine.model.enums import VenueStateWord

_LIVE = frozenset({VenueStateWord.RECONCILING, VenueStateWord.READY})


class Sight:
    """Follows the data session's status."""

    def __init__(self) -> None:
        self._status: MarketStatus | None = None
        self._gone_because = ""

    def told(self, status: MarketStatus) -> bool:
        """The data session told its state; whether its market can be seen."""
        self._status = status
        return status.state in _LIVE

    def gone(self, reason: str) -> None:
        """Nothing is heard of the data session any more."""
        self._gone_because = reason

    def back(self) -> None:
        """It is heard again; what it told last holds until it tells something else."""
        self._gone_because = ""

    def state(self) -> tuple[VenueStateWord, str]:
        """The paper venue's state and why; `reconciling` is as far as it comes without the router."""
        if self._gone_because:
            return VenueStateWord.DISCONNECTED, f"market data session: {self._gone_because}"
        if self._status is None:
            return VenueStateWord.CONNECTING, "waiting for market data"
        word, reason = self._status.state, self._status.reason
        if word in _LIVE:
            return VenueStateWord.RECONCILING, ""
        return word, f"market data: {reason or word.value}"


class Sights:
    """The same for a venue whose data comes over several feeds: it is as well as the worst of them.

    Args:
        feeds: ids of those that are started; without one there is nothing to be seen or missed.
    """

    def __init__(self, feeds: Iterable[str]) -> None:
        self._of = {feed: Sight() for feed in feeds}

    def told(self, status: MarketStatus) -> bool:
        """A data session told its state; whether its market can be seen."""
        return self._of[status.instrument.lower()].told(status)

    def gone(self, feed: str, reason: str) -> None:
        """Nothing is heard of this feed's session any more."""
        self._of[feed].gone(reason)

    def back(self, feed: str) -> None:
        """It is heard again."""
        self._of[feed].back()

    def state(self) -> tuple[VenueStateWord, str]:
        """As `Sight.state`, of the worst."""
        states = (sight.state() for sight in self._of.values())
        return min(
            states, key=lambda state: state[0].worth, default=(VenueStateWord.RECONCILING, "")
        )
