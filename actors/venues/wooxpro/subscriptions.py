"""The subscriptions of one stream: asked for in batches, acknowledged one by one, renewed when silent.

Pure bookkeeping for both sessions. Nothing counts as subscribed before its own acknowledgement came;
what stays unanswered is asked for again and in the end costs the connection. Effects go out in the
order returned: frames, `Note`, `Drop`, and `Silent` for a topic whose data stayed away.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import attrs

from actors.venues.wooxpro.phases import Event, Phase, step
from actors.venues.wooxpro.settings import Settings
from actors.venues.wooxpro.symbols import base_of
from engine.errors import PeerSilent
from engine.session.contract import Drop, Note, Now, SendFrame

ATTEMPTS_MAX: Final = 3
"""Requests for one topic without any answer before the connection is given up."""
REFUSED_RETRY_S: Final = 300.0
"""A refused topic is asked for again after this: listings change."""
LATER_RETRY_S: Final = 5.0
"""The same where the venue says that the refusal is temporary."""
SCAN_INTERVAL_S: Final = 0.5
"""How often topics are looked at for silence; one pass costs a comparison per topic."""
RENEWALS_DOUBLED_MAX: Final = 4
"""Each renewal in vain doubles the patience with a topic, up to 16 times its limit."""

_AWAITING: Final = frozenset({Phase.SUBSCRIBING, Phase.UNSUBSCRIBING, Phase.DROPPING})
_TO_RETURN: Final = frozenset({Phase.RENEWING, Phase.LEAVING})
_TO_SEND: Final = _TO_RETURN | {Phase.QUEUED}
_UNSETTLED: Final = frozenset(
    {Phase.QUEUED, Phase.SUBSCRIBING, Phase.RENEWING, Phase.UNSUBSCRIBING}
)


@attrs.frozen
class Wanted:
    """A topic as it is to be asked for; `quiet_s` is the silence that is suspicious, 0 for never."""

    topic: str
    quiet_s: float = 0.0


@attrs.frozen
class Silent:
    """The topic with this base brought no data for so long; it is being renewed."""

    base: str
    seconds: float


@attrs.define
class Entry:
    """One subscription. `fed_ns` is set by the owner with each believed message."""

    base: str
    topic: str
    quiet_ns: int
    phase: Phase = Phase.QUEUED
    due_ns: int | None = None
    attempts: int = 0
    renewals: int = 0
    live_ns: int = 0
    fed_ns: int = 0


class Subscriptions:
    """All subscriptions of one stream, by base topic.

    Args:
        settings: batch sizes, pace and patience.
    """

    def __init__(self, settings: Settings) -> None:
        self._entries: dict[str, Entry] = {}
        self._topics_max = settings.topics_per_frame_max
        self._bytes_max = settings.topic_bytes_max
        self._interval_ns = int(settings.frame_interval_s * 1e9)
        self._ack_ns = int(settings.ack_timeout_s * 1e9)
        self._open = False
        self._send_ns = 0
        self._scan_ns: int | None = None
        self._deadline_ns: int | None = None
        self._changed = False

    # --- what is wanted ---------------------------------------------------------------------

    def want(self, wanted: Mapping[str, Wanted], now: Now) -> list[object]:
        """Exactly these topics, by base, are wanted from now on."""
        self._changed = True
        for base, wish in wanted.items():
            entry = self._entries.get(base)
            if entry is None:
                self._entries[base] = Entry(base, wish.topic, int(wish.quiet_s * 1e9))
                continue
            entry.quiet_ns = int(wish.quiet_s * 1e9)
            if entry.phase in (Phase.LEAVING, Phase.DROPPING):
                self._step(entry, Event.WANTED, now)
        for entry in [entry for base, entry in self._entries.items() if base not in wanted]:
            if entry.phase not in (Phase.LEAVING, Phase.DROPPING):
                self._step(entry, Event.UNWANTED, now)
        return self._pump(now)

    def doubt(self, base: str, now: Now) -> list[object]:
        """The data of this topic is worthless: give it back and ask for it anew."""
        entry = self._entries.get(base)
        if entry is None or entry.phase in (Phase.LEAVING, Phase.DROPPING):
            return []
        self._step(entry, Event.DOUBTED, now)
        return self._pump(now)

    def probe(self, base: str, now: Now) -> list[object]:
        """Ask again for a live topic, to hear whether the venue still grants it."""
        entry = self._entries.get(base)
        if entry is None or entry.phase is not Phase.LIVE:
            return []
        self._step(entry, Event.PROBED, now)
        return [_frame("subscribe", [entry])]

    # --- the stream ---------------------------------------------------------------------------

    def opened(self, now: Now) -> list[object]:
        """The stream may be used from now on."""
        self._open = self._changed = True
        self._send_ns = now.mono_ns
        return self._pump(now)

    def lost(self, now: Now) -> None:
        """Nothing is subscribed any more; all of it will be asked for again."""
        self._open, self._changed = False, True
        for entry in list(self._entries.values()):
            entry.attempts = entry.renewals = 0
            self._step(entry, Event.LOST, now)

    # --- answers ------------------------------------------------------------------------------

    def subscribed(self, base: str, now: Now) -> list[object]:
        """The venue granted this topic."""
        return self._answered(base, Event.SUBSCRIBED, now)

    def unsubscribed(self, base: str, now: Now) -> list[object]:
        """The venue took this topic back as asked."""
        return self._answered(base, Event.UNSUBSCRIBED, now)

    def refused(self, base: str, now: Now, *, later: bool) -> list[object]:
        """The venue refused this topic, or (`later`) refused it for the moment."""
        effects = self._answered(base, Event.REFUSED, now)
        entry = self._entries.get(base)
        if entry is not None and entry.phase is Phase.REFUSED:
            wait_s = LATER_RETRY_S if later else REFUSED_RETRY_S
            self._changed = True
            entry.due_ns = now.mono_ns + int(wait_s * 1e9)
        return effects

    def _answered(self, base: str, event: Event, now: Now) -> list[object]:
        entry = self._entries.get(base)
        if entry is None:
            return []
        entry.attempts = 0
        self._step(entry, event, now)
        return self._pump(now)

    # --- time ---------------------------------------------------------------------------------

    def deadline(self) -> int | None:
        """When `due` has something to do; kept, because it is asked after every frame."""
        if self._changed:
            self._deadline_ns = self._next_ns()
            self._changed = False
        return self._deadline_ns

    def _next_ns(self) -> int | None:
        times = [entry.due_ns for entry in self._entries.values() if entry.due_ns is not None]
        if self._open:
            if self._scan_ns is not None:
                times.append(self._scan_ns)
            if any(entry.phase in _TO_SEND for entry in self._entries.values()):
                times.append(self._send_ns)
        return min(times, default=None)

    def due(self, now: Now) -> list[object]:
        """Answers that did not come, refusals to try again, silence, and what waited for its turn."""
        effects: list[object] = []
        for entry in list(self._entries.values()):
            if entry.due_ns is not None and now.mono_ns >= entry.due_ns:
                effects += self._overdue(entry, now)
        if any(isinstance(effect, Drop) for effect in effects):
            self._open = False  # nothing more is asked of a stream that is being left
            return effects
        if self._open and self._scan_ns is not None and now.mono_ns >= self._scan_ns:
            effects += self._scan(now)
        return effects + self._pump(now)

    def _overdue(self, entry: Entry, now: Now) -> Iterator[object]:
        awaited = entry.phase in _AWAITING
        self._step(entry, Event.TIMED_OUT, now)
        if awaited:
            entry.attempts += 1
            yield Note("subscription_unanswered", f"{entry.topic}, request {entry.attempts}")
        if entry.attempts >= ATTEMPTS_MAX:
            yield Drop(PeerSilent(f"no answer to {entry.attempts} requests for {entry.topic}"))

    def _scan(self, now: Now) -> Iterator[object]:
        self._scan_ns = now.mono_ns + int(SCAN_INTERVAL_S * 1e9)
        self._changed = True
        for entry in list(self._entries.values()):
            if not entry.quiet_ns or entry.phase is not Phase.LIVE:
                continue
            if entry.fed_ns >= entry.live_ns:
                entry.renewals = 0
            silence_ns = now.mono_ns - max(entry.fed_ns, entry.live_ns)
            if silence_ns >= entry.quiet_ns << entry.renewals:
                entry.renewals = min(entry.renewals + 1, RENEWALS_DOUBLED_MAX)
                self._step(entry, Event.DOUBTED, now)
                yield Silent(entry.base, silence_ns / 1e9)

    # --- queries ------------------------------------------------------------------------------

    def entry(self, base: str) -> Entry | None:
        """The subscription with this base."""
        return self._entries.get(base)

    def settled(self) -> bool:
        """Whether every wanted topic was granted or refused."""
        return all(entry.phase not in _UNSETTLED for entry in self._entries.values())

    def live(self, base: str) -> bool:
        """Whether this topic is granted."""
        entry = self._entries.get(base)
        return entry is not None and entry.phase is Phase.LIVE

    # --- inside -------------------------------------------------------------------------------

    def _step(self, entry: Entry, event: Event, now: Now) -> None:
        entry.phase = step(entry.phase, event)
        self._changed = True
        entry.due_ns = now.mono_ns + self._ack_ns if entry.phase in _AWAITING else None
        if entry.phase is Phase.GONE:
            del self._entries[entry.base]
        elif entry.phase is Phase.LIVE:
            entry.live_ns = now.mono_ns
            if entry.quiet_ns and self._scan_ns is None:
                self._scan_ns = now.mono_ns + int(SCAN_INTERVAL_S * 1e9)

    def _pump(self, now: Now) -> list[object]:
        """At most one frame per interval: first what is wanted, then what is to be given back."""
        if not self._open or now.mono_ns < self._send_ns:
            return []
        for action, chosen in (
            ("subscribe", lambda entry: entry.phase is Phase.QUEUED),
            ("unsubscribe", lambda entry: entry.phase in _TO_RETURN),
        ):
            batch = self._batch(chosen)
            if batch:
                self._send_ns = now.mono_ns + self._interval_ns
                for entry in batch:
                    self._step(entry, Event.SENT, now)
                return [_frame(action, batch)]
        return []

    def _batch(self, chosen: Callable[[Entry], bool]) -> list[Entry]:
        batch: list[Entry] = []
        length = 0
        for entry in self._entries.values():
            if not chosen(entry):
                continue
            length += len(entry.topic)
            if batch and (len(batch) >= self._topics_max or length > self._bytes_max):
                break
            batch.append(entry)
        return batch


def _frame(action: str, entries: list[Entry]) -> SendFrame:
    topics = [entry.topic for entry in entries]
    return SendFrame(json.dumps({"action": action, "args": topics}, separators=(",", ":")))


def wanted_of(topic: str, quiet_s: float = 0.0) -> tuple[str, Wanted]:
    """The entry of a `want` mapping for a topic."""
    return base_of(topic), Wanted(topic, quiet_s)
