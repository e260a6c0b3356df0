"""One topic as a reader follows it: what was seen, whether it can be trusted, what to hand on.

Pure; time comes in, messages and events go out through an `Outlet`. This file has what all topics
share and the track of conflated kinds, where each message replaces the last, so a gap costs nothing
but its count. `engine.bus.ordered` has the kinds where every message matters.
"""

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from engine.bus.sequence import SequenceTrack, Verdict
from engine.errors import BadEnvelope
from engine.messages.codec import decode, kind_of
from engine.messages.replay import ReplayAnswer, ReplayRequest
from engine.messages.topic import position_of

GAP, RESTART, LATE, SILENT, GONE = "gap", "restart", "late", "silent", "gone"
"""Why a topic is not to be trusted: numbers are missing; the publisher is new; its messages come
too late; nothing comes, not even its sign of life; the publisher is not connected."""


@attrs.frozen
class Stale:
    """The instrument's messages of this class are not to be trusted from now on."""

    instrument: str
    cls: type
    reason: str


@attrs.frozen
class Fresh:
    """They are to be trusted again."""

    instrument: str
    cls: type


@attrs.frozen
class Lost:
    """So many messages of a kind where every one matters are gone for ever, at this point."""

    instrument: str
    cls: type
    count: int


@attrs.define
class ReaderStats:
    """Counters of a reader since its start."""

    received: int = 0
    delivered: int = 0
    conflated: int = 0
    repeats: int = 0
    gaps: int = 0
    missing: int = 0
    replayed: int = 0
    lost: int = 0
    restarts: int = 0
    late: int = 0
    bad: int = 0
    unknown: int = 0
    requests: int = 0
    held_max: int = 0
    age_ns: int = 0  # of the last live message when it was handed on: a gauge, not a counter


@attrs.frozen
class Outlet:
    """Where a reader's tracks put what they find out.

    Attributes:
        message: a decoded message, in order.
        stale: the topic is not to be trusted; called before the messages it concerns.
        fresh: the topic is to be trusted again; called before the first trusted message.
        lost: messages are gone.
        request: ask the publisher's ring; the answer comes back to the same track.
    """

    message: Callable[[Any], object]
    stale: Callable[[Stale], object]
    fresh: Callable[[Fresh], object]
    lost: Callable[[Lost], object]
    request: Callable[["Track", ReplayRequest], object]


class Track:
    """State of one topic; the base of the two ways to follow one."""

    __slots__ = (
        "age_max_ns",
        "cls",
        "conflate",
        "heard_ns",
        "instrument",
        "outlet",
        "reasons",
        "request_id",
        "sequence",
        "stats",
        "tag",
        "tail",
        "timed",
        "topic_bytes",
    )

    def __init__(
        self,
        cls: type,
        instrument: str,
        topic: bytes,
        *,
        conflate: bool,
        outlet: Outlet,
        stats: ReaderStats,
        age_max_ns: int,
    ) -> None:
        kind = kind_of(cls)
        self.cls: type[Any] = cls
        self.tag = kind.tag
        self.instrument = instrument
        self.topic_bytes = len(topic)
        self.conflate = conflate
        self.outlet = outlet
        self.stats = stats
        self.age_max_ns = age_max_ns
        self.timed = any(name == "mono_ns" for name, _ in kind.fields)
        self.sequence = SequenceTrack()
        self.heard_ns = 0
        self.reasons: set[str] = set()
        self.request_id = 0
        self.tail = b""  # the publisher's last message, asked for, until nothing is ahead of it

    def distrust(self, reason: str) -> None:
        """Not to be trusted for this reason; told once, at the first reason."""
        if not self.reasons:
            self.outlet.stale(Stale(self.instrument, self.cls, reason))
        self.reasons.add(reason)

    def trust(self, reason: str) -> None:
        """This reason is gone; told when it was the last."""
        if reason in self.reasons:
            self.reasons.discard(reason)
            if not self.reasons:
                self.outlet.fresh(Fresh(self.instrument, self.cls))

    def heard(self, now_ns: int) -> None:
        """Any word on the topic, also a repeat, shows that the publisher is there."""
        self.heard_ns = now_ns
        if self.reasons:
            self.trust(SILENT)
            self.trust(GONE)

    def caught_up(self, now_ns: int) -> None:
        """Nothing is waiting any more: old data is old at the venue, and a tail is really missing."""
        self.trust(LATE)
        if self.tail:
            tail, self.tail = self.tail, b""
            self.take((tail,), now_ns)

    def ask_last(self) -> None:
        """Ask what the publisher's last message is: repairs a lost tail, or proves there is none."""
        self.ask(after=self.sequence.last, through=0)

    def ask(self, *, after: int, through: int) -> None:
        """Send a request in the name of this track."""
        self.stats.requests += 1
        self.request_id += 1
        request = ReplayRequest(
            request_id=self.request_id,
            tag=self.tag,
            instrument=self.instrument,
            boot=self.sequence.boot,
            after=after,
            through=through,
        )
        self.outlet.request(self, request)

    def take(self, group: Sequence[bytes], now_ns: int) -> None:
        """The topic's messages out of one batch, oldest first."""
        raise NotImplementedError

    def answered(self, answer: ReplayAnswer, now_ns: int) -> None:
        """The publisher's ring has answered the track's latest request.

        Its last message waits until the reader has caught up: what it seems to be ahead of may
        still stand in the queue of the other socket.
        """
        self.tail = answer.last_value
        self.heard(now_ns)

    def tick(self, now_ns: int) -> None:
        """Time has passed."""

    def _read(self, data: bytes) -> Any | None:
        try:
            message = decode(data)
        except BadEnvelope:
            message = None
        if type(message) is not self.cls:
            self.stats.bad += 1
            return None
        return message

    def _deliver(self, message: Any, now_ns: int, *, judge_age: bool) -> None:
        if self.timed and judge_age:
            self.stats.age_ns = age_ns = now_ns - message.mono_ns
            if age_ns > self.age_max_ns:
                self.stats.late += 1
                self.distrust(LATE)
            elif self.reasons:
                self.trust(LATE)
        self.stats.delivered += 1
        self.outlet.message(message)


class ConflatedTrack(Track):
    """Of each batch only the newest message is decoded and handed on; the others are counted.

    Numbers are checked by count: as many messages as numbers means no gap. Only when that does not
    hold are the skipped ones looked at one by one. (A repeat and a gap of one in the same batch hide
    each other from the counters; the value handed on is the newest all the same.)
    """

    __slots__ = ()

    def take(self, group: Sequence[bytes], now_ns: int) -> None:
        """Hand on the newest message that is new."""
        track = self.sequence
        message = self._read(group[-1])
        if message is None:
            return
        if message.boot == track.boot and message.sequence - track.last == len(group):
            track.last = message.sequence
            self.stats.conflated += len(group) - 1
            self.heard(now_ns)
            self._deliver(message, now_ns, judge_age=True)
        else:
            self._take_slowly(group, now_ns)

    def _take_slowly(self, group: Sequence[bytes], now_ns: int) -> None:
        newest: bytes | None = None
        judge_age = self.sequence.started
        for data in group:
            try:
                step = self.sequence.accept(*position_of(data, self.topic_bytes))
            except BadEnvelope:
                self.stats.bad += 1
                continue
            if step.verdict is Verdict.REPEAT:
                self.stats.repeats += 1
                continue
            self._count(step.verdict, step.missing)
            self.stats.conflated += newest is not None
            newest = data
        self.heard(now_ns)
        message = None if newest is None else self._read(newest)
        if message is not None:
            self._deliver(message, now_ns, judge_age=judge_age)

    def _count(self, verdict: Verdict, missing: int) -> None:
        if verdict is Verdict.GAP:
            self.stats.gaps += 1
            self.stats.missing += missing
        elif verdict is Verdict.NEW_BOOT:
            self.stats.restarts += 1
