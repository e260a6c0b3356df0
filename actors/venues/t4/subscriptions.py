"""What is subscribed on one connection: asked for, live with its first data, refused, renewed. Pure.

The venue acknowledges nothing: a subscription is live when its first data comes, and one that brings none
in time is asked for again, in the end on another connection. Subscribing what is subscribed changes
nothing, so what is to be had anew is given back first. Nothing survives a connection.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import attrs

from actors.venues.t4.settings import Settings
from engine.session.contract import Now

REFUSED_RETRY_NS: Final = 300_000_000_000
"""A refused subscription is asked for again after this: permissions and listings change."""
UNANSWERED_MAX: Final = 3
"""Requests for one subscription without any data before the connection is given up."""


class Feed(StrEnum):
    """Kinds of subscription of a market."""

    DEPTH = "depth"
    ORDERS = "orders"
    """Market by order."""


Key = tuple[str, Feed]
"""Market id and kind."""


class Phase(StrEnum):
    """Of one subscription."""

    IDLE = "idle"
    ASKED = "asked"
    LIVE = "live"
    REFUSED = "refused"


@attrs.frozen
class Ask:
    """Subscribe or, with `subscribe` false, give back."""

    key: Key
    subscribe: bool


@attrs.define
class Entry:
    """One subscription."""

    phase: Phase = Phase.IDLE
    wanted: bool = True
    stands: bool = False
    """Whether the venue may take it for subscribed."""
    due_ns: int | None = None
    tries: int = 0


class Subscriptions:
    """All of one connection.

    Args:
        settings: how long first data is waited for.
    """

    def __init__(self, settings: Settings) -> None:
        self._entries: dict[Key, Entry] = {}
        self._patience_ns = int(settings.snapshot_timeout_s * 1e9)

    def want(self, keys: Iterable[Key]) -> None:
        """Exactly these from now on."""
        wanted = set(keys)
        for key in sorted(wanted):
            self._entries.setdefault(key, Entry()).wanted = True
        for key, entry in self._entries.items():
            entry.wanted = key in wanted

    def lost(self) -> None:
        """Nothing is subscribed any more."""
        self._entries = {key: Entry() for key, entry in self._entries.items() if entry.wanted}

    def asks(self, now: Now) -> list[Ask]:
        """What is to be sent now, in order."""
        asked: list[Ask] = []
        for key, entry in list(self._entries.items()):
            if not entry.wanted:
                if entry.stands:
                    asked.append(Ask(key, subscribe=False))
                del self._entries[key]
            elif entry.phase is Phase.IDLE:
                if entry.stands:
                    asked.append(Ask(key, subscribe=False))
                asked.append(Ask(key, subscribe=True))
                entry.phase, entry.stands = Phase.ASKED, True
                entry.due_ns = now.mono_ns + self._patience_ns
        return asked

    def arrived(self, key: Key) -> bool:
        """Data of a subscription came; False when nobody wants it."""
        entry = self._entries.get(key)
        if entry is None or not entry.wanted:
            return False
        if entry.phase is not Phase.LIVE and entry.stands:
            entry.phase, entry.due_ns, entry.tries = Phase.LIVE, None, 0
        return entry.stands

    def refused(self, key: Key, now: Now) -> bool:
        """The venue refused; False when nobody asked."""
        entry = self._entries.get(key)
        if entry is None or not entry.stands:
            return False
        entry.phase, entry.stands, entry.tries = Phase.REFUSED, False, 0
        entry.due_ns = now.mono_ns + REFUSED_RETRY_NS
        return True

    def renew(self, key: Key) -> bool:
        """What is subscribed is worthless: have it anew. False when it is not live."""
        entry = self._entries.get(key)
        if entry is None or entry.phase is not Phase.LIVE:
            return False
        entry.phase = Phase.IDLE
        return True

    def is_live(self, key: Key) -> bool:
        """Whether data comes."""
        entry = self._entries.get(key)
        return entry is not None and entry.phase is Phase.LIVE

    @property
    def settled(self) -> bool:
        """Whether everything that is wanted is live or refused."""
        return all(
            entry.phase in (Phase.LIVE, Phase.REFUSED)
            for entry in self._entries.values()
            if entry.wanted
        )

    def deadline(self) -> int | None:
        """When an answer is overdue or a refusal is to be tried again."""
        times = (entry.due_ns for entry in self._entries.values())
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> tuple[list[Key], bool]:
        """What brought no data in time, and whether that has happened too often for this connection."""
        late: list[Key] = []
        too_often = False
        for key, entry in self._entries.items():
            if entry.due_ns is None or now.mono_ns < entry.due_ns:
                continue
            entry.due_ns = None
            if entry.phase is Phase.ASKED:
                late.append(key)
                entry.tries += 1
                too_often |= entry.tries >= UNANSWERED_MAX
            entry.phase = Phase.IDLE
        return late, too_often
