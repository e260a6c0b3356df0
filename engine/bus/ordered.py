"""A topic where every message matters (trades, bars): gaps are repaired before anything goes on.

Pure. At a gap the topic turns stale, the publisher's ring is asked for the missing numbers, and what
arrives meanwhile is held. Then all goes on in order. What the ring has no more is told as `Lost`,
and nothing waits for ever: requests, tries and held messages are bounded.
"""

from collections.abc import Sequence
from typing import Any

import attrs

from engine.bus.sequence import Verdict
from engine.bus.track import GAP, RESTART, Lost, Track
from engine.errors import BadEnvelope
from engine.messages.codec import decode
from engine.messages.replay import ReplayAnswer
from engine.messages.topic import position_of

REPAIR_TIMEOUT_NS = 1_000_000_000
"""A request unanswered for this long is repeated."""

REPAIR_TRIES_MAX = 3
"""Requests without progress before the missing numbers are given up as lost."""

HELD_MAX = 4096
"""Messages held back during a repair; more means that the reader cannot keep up anyway."""


@attrs.define
class Repair:
    """A repair under way: numbers up to `through` are missing, `held` came after them."""

    through: int
    held: dict[int, bytes]
    asked_ns: int = 0
    tries: int = 0


class OrderedTrack(Track):
    """Hands on every message once and in order, or says how many are lost."""

    __slots__ = ("asked_repair", "repair")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.repair: Repair | None = None
        self.asked_repair = False  # whether the latest request was for a repair

    def take(self, group: Sequence[bytes], now_ns: int) -> None:
        """Hand on, hold or drop each message."""
        for data in group:
            if self.repair is not None or not self._take_next(data, now_ns):
                self._take_slowly(data, now_ns)

    def _take_next(self, data: bytes, now_ns: int) -> bool:
        """Hand on the message when it is just the next one, which it nearly always is."""
        track = self.sequence
        try:
            message: Any = decode(data)
        except BadEnvelope:
            return False
        if message.__class__ is not self.cls or message.boot != track.boot:
            return False
        if message.sequence != track.last + 1:
            return False
        track.last += 1
        self.heard(now_ns)
        self._deliver(message, now_ns, judge_age=True)
        return True

    def _take_slowly(self, data: bytes, now_ns: int) -> None:
        try:
            boot, sequence = position_of(data, self.topic_bytes)
        except BadEnvelope:
            self.stats.bad += 1
            return
        self.heard(now_ns)
        self._offer(boot, sequence, data, now_ns)

    def _offer(self, boot: int, sequence: int, data: bytes, now_ns: int) -> None:
        if self.repair is not None:
            self._hold(self.repair, boot, sequence, data, now_ns)
            return
        step = self.sequence.look(boot, sequence)
        if step.verdict is Verdict.REPEAT:
            self.stats.repeats += 1
        elif step.verdict is Verdict.GAP:
            self.stats.gaps += 1
            self._begin_repair({sequence: data}, now_ns, reason=GAP)
        elif step.verdict is Verdict.NEW_BOOT:
            self._begin_boot(boot, sequence, data, now_ns)
        else:
            self._hand_on(boot, sequence, data, now_ns, judge_age=step.verdict is Verdict.NEXT)

    def _hand_on(
        self, boot: int, sequence: int, data: bytes, now_ns: int, *, judge_age: bool
    ) -> None:
        self.sequence.move(boot, sequence)
        message = self._read(data)
        if message is None:
            self._tell_lost(1)
        else:
            self._deliver(message, now_ns, judge_age=judge_age)

    def _begin_boot(self, boot: int, sequence: int, data: bytes, now_ns: int) -> None:
        """A restarted publisher: what its first boot did not send, no ring remembers."""
        self.stats.restarts += 1
        self.distrust(RESTART)
        self.sequence.move(boot, 0)
        if sequence == 1:
            self.trust(RESTART)
            self._hand_on(boot, sequence, data, now_ns, judge_age=True)
        else:
            self._begin_repair({sequence: data}, now_ns, reason=RESTART)

    def _begin_repair(self, held: dict[int, bytes], now_ns: int, *, reason: str) -> None:
        through = min(held) - 1
        self.stats.missing += through - self.sequence.last
        self.distrust(reason)
        self.repair = Repair(through=through, held=held)
        self._ask_on(self.repair, now_ns)

    def _ask_on(self, repair: Repair, now_ns: int) -> None:
        repair.asked_ns = now_ns
        repair.tries += 1
        self.asked_repair = True
        self.ask(after=self.sequence.last, through=repair.through)

    def _hold(self, repair: Repair, boot: int, sequence: int, data: bytes, now_ns: int) -> None:
        if boot != self.sequence.boot:
            if self.sequence.look(boot, sequence).verdict is Verdict.REPEAT:
                self.stats.repeats += 1
                return
            self._abandon(repair, now_ns)
            self._offer(boot, sequence, data, now_ns)
        elif sequence <= self.sequence.last or sequence in repair.held:
            self.stats.repeats += 1
        else:
            repair.held[sequence] = data
            self.stats.held_max = max(self.stats.held_max, len(repair.held))
            if len(repair.held) > HELD_MAX:
                self._abandon(repair, now_ns)

    def ask_last(self) -> None:
        """Nothing to ask while a repair is asking already."""
        if self.repair is None:
            self.asked_repair = False
            super().ask_last()

    def answered(self, answer: ReplayAnswer, now_ns: int) -> None:
        """A piece of the missing, news of another boot, or the last message of a silent topic."""
        repair = self.repair
        if repair is None:
            if not self.asked_repair:
                super().answered(answer, now_ns)
            return
        self.heard(now_ns)
        if answer.boot != self.sequence.boot:
            self._abandon(repair, now_ns)
        else:
            self._repaired(repair, answer, now_ns)

    def _repaired(self, repair: Repair, answer: ReplayAnswer, now_ns: int) -> None:
        before = self.sequence.last
        if answer.after == before and answer.lost:
            self._tell_lost(answer.lost)
            self.sequence.last += answer.lost
        for data in answer.messages:
            if not self._replay(data, now_ns):
                break
        if self.sequence.last >= repair.through:
            self._finish(repair, now_ns)
        elif self.sequence.last > before:
            repair.tries = 0
            self._ask_on(repair, now_ns)
        else:
            self._give_up(repair, now_ns)

    def _replay(self, data: bytes, now_ns: int) -> bool:
        """Hand one replayed message on; False when it is not the next one."""
        try:
            boot, sequence = position_of(data, self.topic_bytes)
        except BadEnvelope:
            self.stats.bad += 1
            return False
        if self.sequence.look(boot, sequence).verdict is not Verdict.NEXT:
            return False
        self.stats.replayed += 1
        self._hand_on(boot, sequence, data, now_ns, judge_age=False)
        return True

    def _finish(self, repair: Repair, now_ns: int) -> None:
        """Let go what was held, up to a further gap, which is the next repair."""
        self.repair = None
        boot, held = self.sequence.boot, repair.held
        for sequence in sorted(held):
            data = held.pop(sequence)
            missing = sequence - self.sequence.last - 1
            if missing > 0:
                held[sequence] = data
                self.stats.gaps += 1
                self._begin_repair(held, now_ns, reason=GAP)
                return
            if missing == 0:
                self._hand_on(boot, sequence, data, now_ns, judge_age=False)
        self.trust(GAP)
        self.trust(RESTART)

    def _give_up(self, repair: Repair, now_ns: int) -> None:
        """The missing stay missing: say so and go on."""
        self._tell_lost(repair.through - self.sequence.last)
        self.sequence.last = repair.through
        self._finish(repair, now_ns)

    def _abandon(self, repair: Repair, now_ns: int) -> None:
        """Let go all that was held and ask for nothing more, whatever else is missing in it."""
        self.repair = None
        boot = self.sequence.boot
        for sequence in sorted(repair.held):
            missing = sequence - self.sequence.last - 1
            if missing > 0:
                self._tell_lost(missing)
            self._hand_on(boot, sequence, repair.held[sequence], now_ns, judge_age=False)
        self.trust(GAP)
        self.trust(RESTART)

    def _tell_lost(self, count: int) -> None:
        self.stats.lost += count
        self.outlet.lost(Lost(self.instrument, self.cls, count))

    def tick(self, now_ns: int) -> None:
        """Ask again when the answer is overdue, give up after the last try."""
        repair = self.repair
        if repair is None or now_ns - repair.asked_ns < REPAIR_TIMEOUT_NS:
            return
        if repair.tries < REPAIR_TRIES_MAX:
            self._ask_on(repair, now_ns)
        else:
            self._give_up(repair, now_ns)
