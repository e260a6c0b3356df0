"""Market data in, decided without I/O: which message of a batch goes where, and what is silent.

The core owns the tracks of one reader. It is handed batches of bytes, answers of the replay server
and the time; it calls the outlet. `engine.bus.reader` puts sockets around it.
"""

from collections.abc import Sequence

import attrs

from engine.bus.ordered import OrderedTrack
from engine.bus.track import GONE, SILENT, ConflatedTrack, Outlet, ReaderStats, Track
from engine.errors import BadEnvelope, LimitExceeded, LocalProtocolError
from engine.messages.codec import decode_as, kind_of, kind_of_tag, prefix
from engine.messages.joined import is_joined, split
from engine.messages.replay import ReplayAnswer
from engine.messages.topic import parse_subscription, topic_of

TRACKS_MAX = 8192
"""Topics one reader follows; twice what one publisher may have."""

ASK_EVERY_NS = 1_000_000_000
"""Silent topics are asked for this often."""

IDLE_TICKS = 2
"""Ticks without a batch after which a reader has read all there is."""

ASK_MAX = 64
"""Questions about silent topics in one tick, so that a dead publisher's return is no storm."""


@attrs.frozen(kw_only=True)
class ReaderLimits:
    """When data is not to be trusted any more.

    Attributes:
        age_max_s: a message handed on later than this after it woke the session is late.
        silence_max_s: no message and no echo on a topic for this long; a quiet topic is echoed
            every 5 s.
    """

    age_max_s: float = 2.0
    silence_max_s: float = 15.0


@attrs.frozen
class _Whole:
    """A subscription to all instruments of a kind; tracks appear with the first message."""

    cls: type
    conflate: bool


class ReaderCore:
    """All topics of one reader of one venue."""

    def __init__(self, outlet: Outlet, limits: ReaderLimits) -> None:
        self.stats = ReaderStats()
        self._outlet = outlet
        self._age_max_ns = int(limits.age_max_s * 1e9)
        self._silence_max_ns = int(limits.silence_max_s * 1e9)
        self._tracks: dict[bytes, Track] = {}
        self._wholes: dict[bytes, _Whole] = {}
        self._asked_ns = 0
        self._batches = 0
        self._batches_at_tick = 0
        self._idle_ticks = 0

    @property
    def topics(self) -> int:
        """How many topics are followed."""
        return len(self._tracks)

    def open(self, cls: type, instrument: str | None, *, conflate: bool) -> bytes | None:
        """Follow a topic, or (None) all instruments of a kind; the prefix to subscribe to.

        None when it is followed already.

        Raises:
            LocalProtocolError: to conflate a kind where every message matters, or twice otherwise.
            LimitExceeded: too many topics.
        """
        if conflate and not kind_of(cls).conflate:
            raise LocalProtocolError(f"every {cls.__name__} matters: it cannot be conflated")
        wanted = prefix(cls, instrument)
        known = self._tracks.get(wanted) or self._wholes.get(wanted)
        if known is not None:
            if known.conflate != conflate:
                raise LocalProtocolError(f"{cls.__name__} of {instrument} is read both ways")
            return None
        if instrument is None:
            self._wholes[wanted] = _Whole(cls, conflate)
        else:
            self._new_track(cls, instrument, wanted, conflate=conflate)
        return wanted

    def close(self, cls: type, instrument: str | None) -> bytes | None:
        """Forget a topic, or all of a kind; the prefix to unsubscribe, None when unknown."""
        wanted = prefix(cls, instrument)
        if instrument is not None:
            return wanted if self._tracks.pop(wanted, None) else None
        if self._wholes.pop(wanted, None) is None:
            return None
        for topic in [topic for topic in self._tracks if topic.startswith(wanted)]:
            del self._tracks[topic]
        return wanted

    def _new_track(self, cls: type, instrument: str, topic: bytes, *, conflate: bool) -> Track:
        if len(self._tracks) >= TRACKS_MAX:
            raise LimitExceeded(f"a reader follows at most {TRACKS_MAX} topics")
        make = ConflatedTrack if conflate else OrderedTrack
        track = make(
            cls,
            instrument,
            topic,
            conflate=conflate,
            outlet=self._outlet,
            stats=self.stats,
            age_max_ns=self._age_max_ns,
        )
        self._tracks[topic] = track
        return track

    def take(self, batch: list[bytes], now_ns: int) -> None:
        """One drained batch: of a conflated topic the newest goes on, at its place in the order."""
        self.stats.received += len(batch)
        self._batches += 1
        if len(batch) == 1:
            track = self._track_of(batch[0])
            if track is not None and (messages := self._messages_of(batch[0], track)):
                track.take(messages, now_ns)
            return
        groups: dict[int, tuple[Track, list[bytes]]] = {}
        places: dict[Track, int] = {}
        for place, data in enumerate(batch):
            track = self._track_of(data)
            if track is None:
                continue
            messages = self._messages_of(data, track)
            if not messages:
                continue
            previous = places.get(track) if track.conflate else None
            if previous is None:
                entry = (track, list(messages))
            else:
                entry = groups.pop(previous)
                entry[1].extend(messages)
            groups[place] = entry
            places[track] = place
        for track, group in groups.values():
            track.take(group, now_ns)

    def _messages_of(self, data: bytes, track: Track) -> Sequence[bytes]:
        """The one or, of a joined message, several that it is."""
        if not is_joined(data, track.topic_bytes):
            return (data,)
        try:
            messages = split(data, track.topic_bytes)
        except BadEnvelope:
            self.stats.bad += 1
            return ()
        self.stats.received += len(messages) - 1
        return messages

    def _track_of(self, data: bytes) -> Track | None:
        try:
            topic = topic_of(data)
        except BadEnvelope:
            self.stats.bad += 1
            return None
        return self._tracks.get(topic) or self._appear(topic)

    def _appear(self, topic: bytes) -> Track | None:
        """The first message of an instrument under a subscription to the whole kind."""
        wanted = parse_subscription(topic)
        for header, whole in self._wholes.items():
            if topic.startswith(header) and wanted is not None:
                return self._new_track(whole.cls, wanted.instrument, topic, conflate=whole.conflate)
        self.stats.unknown += 1
        return None

    def answered(self, payload: bytes, now_ns: int) -> None:
        """One answer of the replay server."""
        try:
            answer = decode_as(payload, ReplayAnswer)
        except BadEnvelope:
            self.stats.bad += 1
            return
        kind = kind_of_tag(answer.tag)
        track = self._tracks.get(prefix(kind.cls, answer.instrument)) if kind else None
        if track is not None and answer.request_id == track.request_id:
            track.answered(answer, now_ns)

    def tick(self, now_ns: int, *, connected: bool) -> None:
        """Time has passed: repeat questions, find the silent, forgive lateness when caught up."""
        caught_up = self._is_caught_up()
        ask = now_ns - self._asked_ns >= ASK_EVERY_NS
        questions = 0
        for track in list(self._tracks.values()):
            track.tick(now_ns)
            if caught_up:
                track.caught_up(now_ns)
            if not track.sequence.started:
                continue
            if not connected:
                track.distrust(GONE)
            elif now_ns - track.heard_ns > self._silence_max_ns:
                track.distrust(SILENT)
            if ask and connected and questions < ASK_MAX and track.reasons & {SILENT, GONE}:
                questions += 1
                self._asked_ns = now_ns
                track.ask_last()

    def _is_caught_up(self) -> bool:
        """Whether nothing came for two ticks (one may have come before its batch was read)."""
        self._idle_ticks = self._idle_ticks + 1 if self._batches == self._batches_at_tick else 0
        self._batches_at_tick = self._batches
        return self._idle_ticks >= IDLE_TICKS

    def is_stale(self, cls: type, instrument: str) -> bool:
        """Whether the topic is not to be trusted now, or was never heard of."""
        track = self._tracks.get(prefix(cls, instrument))
        return track is None or not track.sequence.started or bool(track.reasons)
