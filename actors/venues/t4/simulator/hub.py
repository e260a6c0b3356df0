"""The way of every pushed message to its subscribers, and how armed faults bend it; pure.

A push is one frame, built once and handed to every sink. Delayed data waits here too.
"""

import heapq
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, Final

from actors.venues.t4.simulator.faults import PUSH, Fault, FaultKind, Faults
from actors.venues.t4.simulator.messages import packed
from actors.venues.t4.simulator.sessions import Sink
from engine.simulator.frames import binary_frame, text_frame
from engine.simulator.moment import NS, Moment

DELAYED_MAX: Final = 200_000
"""Pushes that may be held back at once; beyond it they go out undelayed."""
COPIES_MAX: Final = 200
"""Of one push under the fault `duplicate`."""
OVERSIZE_BYTES: Final = 2_000_000
UNKNOWN_ENVELOPE: Final = b"\xba\x3e\x03abc"
"""Field 999 of the envelope."""
BROKEN: Final = b"\xba\x06\x7f\x0a"
"""A length beyond the end."""
_FAR: Final = 1 << 62
_CONTINUED: Final = 0x02
_FINAL_PART: Final = 0x80


class Hub:
    """Pushes of one simulator.

    Args:
        faults: asked for every push while any is armed.

    Attributes:
        pushes: how many there were.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._delayed: list[tuple[int, int, tuple[Sink, ...], bytes]] = []
        self._delayed_numbers = count()
        self._held: dict[str, tuple[tuple[Sink, ...], bytes]] = {}
        self.pushes = 0

    def send(
        self,
        sinks: Iterable[Sink],
        subject: str,
        name: str,
        message: Any,
        now: Moment,
        *,
        late_ns: int = 0,
    ) -> None:
        """Push one message to several sinks.

        Args:
            sinks: whom.
            subject: what armed faults match.
            name: of the message in the server's envelope.
            message: the message itself.
            now: the present.
            late_ns: of delayed data.
        """
        self.pushes += 1
        to, body = tuple(sinks), packed(name, message)
        fault = self._faults.take(PUSH, subject) if self._faults else None
        if fault is not None:
            self._bend(fault, to, subject, body=body, now=now)
        elif late_ns:
            self._hold_back(to, binary_frame(body), now.mono_ns + late_ns)
        else:
            self._out(to, subject, binary_frame(body))

    def _out(self, sinks: tuple[Sink, ...], subject: str, frame: bytes) -> None:
        """Send a push, and behind it the one that was held back for it."""
        _hand_out(sinks, frame)
        if self._held:
            held_sinks, held = self._held.pop(subject, ((), b""))
            _hand_out(held_sinks, held)

    def _bend(
        self, fault: Fault, sinks: tuple[Sink, ...], subject: str, *, body: bytes, now: Moment
    ) -> None:
        frame = binary_frame(body)
        match fault.kind:
            case FaultKind.DELAY:
                self._hold_back(sinks, frame, now.mono_ns + int(fault.number_value(1.0) * NS))
            case FaultKind.REORDER:
                if subject in self._held:
                    self._out(sinks, subject, frame)
                else:
                    self._held[subject] = (sinks, frame)
            case FaultKind.TORN:
                for sink in sinks:
                    sink.torn(frame[: len(frame) // 2])
            case _:
                _hand_out(sinks, *_bent(fault, body, frame))

    def _hold_back(self, sinks: tuple[Sink, ...], frame: bytes, due_ns: int) -> None:
        if len(self._delayed) >= DELAYED_MAX:
            _hand_out(sinks, frame)
            return
        heapq.heappush(self._delayed, (due_ns, next(self._delayed_numbers), sinks, frame))

    def next_deadline_ns(self) -> int:
        """When `advance` has something to do; far in the future when it has not."""
        return self._delayed[0][0] if self._delayed else _FAR

    def advance(self, now: Moment) -> None:
        """Send what was held back and is due."""
        while self._delayed and self._delayed[0][0] <= now.mono_ns:
            _, _, sinks, frame = heapq.heappop(self._delayed)
            _hand_out(sinks, frame)


def _hand_out(sinks: Sequence[Sink], *frames: bytes) -> None:
    for frame in frames:
        for sink in sinks:
            sink.push(frame)


def _bent(fault: Fault, body: bytes, frame: bytes) -> list[bytes]:
    """What is sent in place of a push; nothing when it is dropped."""
    match fault.kind:
        case FaultKind.DUPLICATE:
            return [frame] * min(int(fault.number_value(2)), COPIES_MAX)
        case FaultKind.MALFORMED:
            return [binary_frame(BROKEN + body[:8])]
        case FaultKind.TRUNCATED:
            return [binary_frame(body[:-1])]
        case FaultKind.OVERSIZED:
            size = min(int(fault.number_value(OVERSIZE_BYTES)), 8 * OVERSIZE_BYTES)
            return [binary_frame(body + _padding(size))]
        case FaultKind.TEXT:
            return [text_frame(body)]
        case FaultKind.FRAGMENTED:
            return [fragmented(body)]
    return []


def fragmented(body: bytes) -> bytes:
    """One binary message in three frames, the middle one empty."""
    half = len(body) // 2
    first, middle, last = binary_frame(body[:half]), binary_frame(b""), binary_frame(body[half:])
    return (
        bytes((_CONTINUED,))
        + first[1:]
        + bytes((0,))
        + middle[1:]
        + bytes((_FINAL_PART,))
        + last[1:]
    )


def _padding(size: int) -> bytes:
    """An unknown text field (number 1000) of the envelope of so many bytes."""
    left, varint = size, bytearray()
    while left > 0x7F:
        varint.append(left & 0x7F | 0x80)
        left >>= 7
    varint.append(left)
    return b"\xc2\x3e" + bytes(varint) + bytes(size)
