"""What does not fit, told once and asked for: at this venue the answer is always the whole account."""

from typing import Final

from actors.venues.t4.accountfeed import AccountFeed
from engine.session.contract import Note, Now

ASK_INTERVAL_NS: Final = 2_000_000_000
"""What does not fit is asked for so often at most."""
NOTED_MAX: Final = 1_000
"""Things that are told once are remembered up to here; beyond it nothing is told."""


class Doubts:
    """Notes and questions of one session.

    Args:
        feed: has the account shown anew.
    """

    def __init__(self, feed: AccountFeed) -> None:
        self._feed = feed
        self._noted: set[str] = set()
        self._asked_ns: int | None = None
        self._ask_ns: int | None = None

    def once(self, event: str, detail: str) -> list[object]:
        """Tell this, but not twice."""
        name = f"{event} {detail}"
        if name in self._noted or len(self._noted) >= NOTED_MAX:
            return []
        self._noted.add(name)
        return [Note(event, detail)]

    def doubted(self, why: str, now: Now) -> list[object]:
        """Something does not fit: tell it, and have the account shown."""
        return [*self.once("order_in_doubt", why), *self.ask(now)]

    def ask(self, now: Now) -> list[object]:
        """Have the account shown now, or as soon as it may be asked again."""
        if self._asked_ns is not None and now.mono_ns < self._asked_ns + ASK_INTERVAL_NS:
            self._ask_ns = self._asked_ns + ASK_INTERVAL_NS
            return []
        return self._ask_now(now)

    def lost(self) -> None:
        """The next subscription shows everything."""
        self._ask_ns = None

    def deadline(self) -> int | None:
        """When what waits may be asked."""
        return self._ask_ns

    def due(self, now: Now) -> list[object]:
        """Ask it."""
        if self._ask_ns is None or now.mono_ns < self._ask_ns:
            return []
        return self._ask_now(now)

    def _ask_now(self, now: Now) -> list[object]:
        self._ask_ns = None
        if not self._feed.subscribed:
            return []
        self._asked_ns = now.mono_ns
        return self._feed.ask(now)[1]
