"""What one client is told, in order: messages wait here for their time, and faults bend them on the way.

The gateway queues what CTP says through its event loop and writes its own errors at once; so an error
can overtake the PERFORMED of an earlier request, here as there.
"""

import heapq
from itertools import count
from typing import Final, Protocol

from actors.venues.webctp.simulator.agenda import FAR, Agenda
from actors.venues.webctp.simulator.faults import MESSAGE, Fault, FaultKind, Faults
from engine.simulator.frames import binary_frame, text_frame
from engine.simulator.moment import NS, Moment

WAITING_MAX: Final = 200_000
"""Messages that wait for their time; beyond it the newest is lost, as it would be for a slow reader."""
BATCH_MAX: Final = 64
"""Messages between two looks at the socket, so that a reader who keeps up loses none of a long answer."""
COPIES_MAX: Final = 200
OVERSIZE_BYTES: Final = 2_000_000


class Sink(Protocol):
    """One connection's socket side."""

    def push(self, frame: bytes) -> None:
        """Take one whole frame; must not block and must not raise."""

    def torn(self, part: bytes) -> None:
        """Take the beginning of a frame after which the connection ends."""

    def cut(self, why: str) -> None:
        """End the connection with a reset."""


class Outlet:
    """The messages of one connection.

    Args:
        endpoint: `market_data` or `trade`, the first part of every subject.
        sink: where frames go.
        faults: asked for every message while any is armed.
        agenda: for messages that a fault holds back.
        binary: everything goes out as BINARY.
    """

    def __init__(
        self, endpoint: str, sink: Sink, faults: Faults, agenda: Agenda, *, binary: bool
    ) -> None:
        self._endpoint = endpoint
        self._sink = sink
        self._faults = faults
        self._agenda = agenda
        self._binary = binary
        self._waiting: list[tuple[int, int, str, str]] = []
        self._numbers = count()
        self._last_ns = 0

    def say(self, subject: str, text: str, due_ns: int, *, of_ctp: bool = True) -> None:
        """Queue a message; what CTP says never overtakes what it said earlier."""
        if len(self._waiting) >= WAITING_MAX:
            return
        if of_ctp:
            self._last_ns = due_ns = max(self._last_ns, due_ns)
        heapq.heappush(self._waiting, (due_ns, next(self._numbers), subject, text))

    def blurt(self, subject: str, text: str, now: Moment) -> None:
        """Send one of the gateway's own messages at once."""
        self._send(subject, text, now, binary=True)

    def next_deadline_ns(self) -> int:
        """When `advance` has something to do."""
        return self._waiting[0][0] if self._waiting else FAR

    def advance(self, now: Moment) -> None:
        """Send what is due, at most a batch."""
        for _ in range(BATCH_MAX):
            if not self._waiting or self._waiting[0][0] > now.mono_ns:
                return
            _, _, subject, text = heapq.heappop(self._waiting)
            self._send(subject, text, now, binary=self._binary)

    def _send(self, subject: str, text: str, now: Moment, *, binary: bool) -> None:
        if not self._faults:
            self._sink.push(_frame(text, binary=binary))
            return
        fault = self._faults.take(MESSAGE, f"{self._endpoint}/{subject}")
        if fault is None:
            self._sink.push(_frame(text, binary=binary))
        else:
            self._bend(fault, text, now, binary=binary)

    def _bend(self, fault: Fault, text: str, now: Moment, *, binary: bool) -> None:
        frame = _frame(text, binary=binary)
        match fault.kind:
            case FaultKind.DELAY:
                delay_ns = int(max(0.0, fault.number_value(1.0)) * NS)
                self._agenda.after(delay_ns, now, lambda _: self._sink.push(frame))
            case FaultKind.DUPLICATE:
                for _ in range(max(0, min(int(fault.number_value(2)), COPIES_MAX))):
                    self._sink.push(frame)
            case FaultKind.MALFORMED:
                self._sink.push(_frame(text[: len(text) // 2], binary=binary))
            case FaultKind.TORN:
                self._sink.torn(frame[: len(frame) // 2])
            case FaultKind.OVERSIZED:
                padding = " " * max(0, int(fault.number_value(OVERSIZE_BYTES)))
                self._sink.push(_frame(text[:-1] + padding + text[-1:], binary=binary))
            case FaultKind.BINARY:
                self._sink.push(_frame(text, binary=not binary))
            case _:
                pass  # dropped


def _frame(text: str, *, binary: bool) -> bytes:
    return binary_frame(text.encode()) if binary else text_frame(text)
