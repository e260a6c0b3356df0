"""How the market data session is, and what the paper venue's own state is because of it. Pure.

A venue that cannot see its market is not in service, and says so in the words of what it lacks.
"""

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
