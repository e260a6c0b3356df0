"""The subscriptions of one connection: one contract per message, paced, each granted by its own row. Pure.

What stays unanswered is asked for again and in the end costs the connection. Requests come out one at a
time; the gateway's queue (`turns`) takes them.
"""

from collections.abc import Iterable
from typing import Final

import attrs

from actors.venues.webctp.errors import name_of
from actors.venues.webctp.phases import Event, Phase, step
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.turns import Ended, Outcome, Rank, Request
from actors.venues.webctp.wire import Message, text
from engine.errors import PeerSilent
from engine.session.contract import Drop, Note, Now
from engine.session.values import shorten

CONTRACTS_MAX: Final = 2_000
"""More than one front lets a session subscribe."""
ATTEMPTS_MAX: Final = 3
"""Requests for one contract without an answer before the connection is given up."""
REFUSED_RETRY_S: Final = 300.0
COMPLAINT_RETRY_S: Final = 1.0
"""The gateway's own complaints are about the request, and none of ours is wrong: it is made again."""


@attrs.define(eq=False)
class Entry:
    """One contract."""

    symbol: str
    phase: Phase = Phase.QUEUED
    due_ns: int | None = None
    attempts: int = 0


@attrs.frozen
class Tag:
    """Of a request: which contract, and whether it is given back."""

    symbol: str
    leaving: bool = False


class Subscriptions:
    """All contracts of one connection.

    Args:
        settings: pace and patience.
    """

    def __init__(self, settings: Settings) -> None:
        self._entries: dict[str, Entry] = {}
        self._pace_ns = int(1e9 / settings.subscribes_per_s)
        self._ack_ns = int(settings.turn_timeout_s * 1e9)
        self._serving = False
        self._asking: Tag | None = None
        self._next_ns = 0

    def phase(self, symbol: str) -> Phase | None:
        """How far a contract is; None for one that nobody wants."""
        entry = self._entries.get(symbol)
        return None if entry is None else entry.phase

    def is_live(self, symbol: str) -> bool:
        """Whether the front has granted it."""
        return self.phase(symbol) is Phase.LIVE

    # --- what is wanted -----------------------------------------------------------------------

    def want(self, symbols: Iterable[str]) -> list[str]:
        """Exactly these contracts are wanted; returns those for which there is no room."""
        wanted = set(symbols)
        for entry in [e for e in self._entries.values() if e.symbol not in wanted]:
            if entry.phase not in (Phase.LEAVING, Phase.LEFT):
                self._move(entry, Event.UNWANTED)
        beyond: list[str] = []
        for symbol in sorted(wanted):
            known = self._entries.get(symbol)
            if known is None and len(self._entries) < CONTRACTS_MAX:
                self._entries[symbol] = Entry(symbol)
            elif known is None:
                beyond.append(symbol)
            elif known.phase in (Phase.LEAVING, Phase.LEFT):
                self._move(known, Event.WANTED)
        return beyond

    def doubt(self, symbol: str) -> None:
        """Ask for this contract again; the front answers with its present state."""
        entry = self._entries.get(symbol)
        if entry is not None and entry.phase not in (Phase.LEAVING, Phase.LEFT):
            self._move(entry, Event.DOUBTED)

    def _move(self, entry: Entry, event: Event) -> None:
        entry.phase = step(entry.phase, event)
        if event is not Event.DOUBTED:
            entry.due_ns = None
        if entry.phase is Phase.GONE:
            del self._entries[entry.symbol]

    # --- the connection -----------------------------------------------------------------------

    def serving(self) -> None:
        """Requests may be made."""
        self._serving, self._asking = True, None

    def lost(self) -> None:
        """The front is gone: nothing is subscribed."""
        self._serving, self._asking = False, None
        for entry in list(self._entries.values()):
            self._move(entry, Event.LOST)
            entry.attempts = 0

    def next_request(self, now: Now) -> Request | None:
        """What to ask next, one at a time and not too fast."""
        if not self._serving or self._asking is not None or now.mono_ns < self._next_ns:
            return None
        for entry in self._entries.values():
            if entry.phase not in (Phase.QUEUED, Phase.LEAVING):
                continue
            leaving = entry.phase is Phase.LEAVING
            self._move(entry, Event.SENT)
            self._asking = Tag(entry.symbol, leaving)
            self._next_ns = now.mono_ns + self._pace_ns
            return Request(
                op="unsubscribe" if leaving else "subscribe",
                data={"instruments": [entry.symbol]},
                rank=Rank.ORDER,
                tag=self._asking,
            )
        return None

    # --- answers ------------------------------------------------------------------------------

    def ended(self, end: Ended, now: Now) -> list[object]:
        """The acknowledgement of a request; its row grants it."""
        tag = self._asking
        if tag is None or tag is not end.request.tag:
            return []
        self._asking = None
        entry = self._entries.get(tag.symbol)
        if entry is None or entry.phase not in (Phase.ASKED, Phase.LEFT):
            return []
        if end.outcome is Outcome.DONE:
            entry.due_ns = now.mono_ns + self._ack_ns
            return []
        if end.outcome is Outcome.REFUSED and not tag.leaving:
            return self._complained(entry, end, now)
        self._move(entry, Event.UNANSWERED)
        return []

    def _complained(self, entry: Entry, end: Ended, now: Now) -> list[object]:
        """The request was not taken; a few times that is no verdict about the contract."""
        entry.attempts += 1
        if not end.complaint or entry.attempts >= ATTEMPTS_MAX:
            return self._refused(entry, end.code, end.text, now)
        self._move(entry, Event.REFUSED)
        entry.due_ns = now.mono_ns + int(COMPLAINT_RETRY_S * 1e9)
        return [Note("subscription_repeated", f"{entry.symbol}: {end.text}")]

    def _refused(self, entry: Entry, code: int, said: str, now: Now) -> list[object]:
        if entry.phase is not Phase.ASKED:
            return []
        self._move(entry, Event.REFUSED)
        entry.due_ns = now.mono_ns + int(REFUSED_RETRY_S * 1e9)
        detail = f"{entry.symbol}: {name_of(code) if code else ''} {said}".rstrip()
        return [Note("subscription_refused", detail, alert=True)]

    def granted(self, message: Message, now: Now) -> list[object]:
        """A SUBSCRIBE row. Raises RemoteProtocolError."""
        symbol = text(message.info, "instrument_id")
        entry = self._entries.get(symbol)
        if message.failed:
            # Without a name it can only be the one that was asked for.
            asked = [e for e in self._entries.values() if e.phase is Phase.ASKED]
            entry = entry or (asked[0] if len(asked) == 1 else None)
            if entry is None:
                return [Note("subscription_refused", name_of(message.error_code), alert=True)]
            return self._refused(entry, message.error_code, message.error_text, now)
        if entry is None:
            if not symbol:
                return []  # a row without a record
            return [Note("subscribed_another", f"{shorten(symbol)} was not asked for", alert=True)]
        self._move(entry, Event.GRANTED)
        entry.attempts = 0
        return []

    def returned(self, message: Message) -> None:
        """An UNSUBSCRIBE row. Raises RemoteProtocolError."""
        entry = self._entries.get(text(message.info, "instrument_id"))
        if entry is not None and entry.phase is Phase.LEFT:
            self._move(entry, Event.RETURNED)

    # --- time ---------------------------------------------------------------------------------

    def deadline(self) -> int | None:
        """When an answer is overdue, or another request may go."""
        times = [entry.due_ns for entry in self._entries.values() if entry.due_ns is not None]
        if self._serving and self._asking is None and self._has_work:
            times.append(self._next_ns)
        return min(times, default=None)

    @property
    def _has_work(self) -> bool:
        return any(e.phase in (Phase.QUEUED, Phase.LEAVING) for e in self._entries.values())

    def due(self, now: Now) -> list[object]:
        """Answers that are overdue, refusals that are old enough."""
        out: list[object] = []
        late = [
            e for e in self._entries.values() if e.due_ns is not None and now.mono_ns >= e.due_ns
        ]
        for entry in late:
            if entry.phase is Phase.REFUSED:
                self._move(entry, Event.RETRY)
                continue
            asked = entry.phase is Phase.ASKED
            entry.attempts += asked
            if entry.attempts >= ATTEMPTS_MAX:
                self._serving = False
                for each in self._entries.values():
                    each.due_ns = None
                silent = PeerSilent(f"{entry.symbol} was asked for {ATTEMPTS_MAX} times in vain")
                return [*out, Drop(silent)]
            self._move(entry, Event.UNANSWERED)
            if asked:
                out.append(Note("subscription_unanswered", entry.symbol))
        return out
