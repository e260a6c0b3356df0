"""Who hears what: books and trades per code, their subscribers, and what faults make of a push; pure.

A connection's set of one kind is replaced as a whole. Every book that differs from the last one and
every trade is pushed to all subscribers of its code, in order; one rendering per depth is shared by
all of them. With an interval, books are conflated: the newest is pushed when its time has come.
"""

import heapq
from collections.abc import Mapping
from itertools import count
from typing import Final, Protocol

import attrs

from actors.venues.alltick.simulator import bending
from actors.venues.alltick.simulator.connection import Kind
from actors.venues.alltick.simulator.faults import Fault, FaultKind, Faults
from actors.venues.alltick.simulator.payloads import (
    DEPTH_PUSH,
    TRADE_PUSH,
    Payload,
    Printer,
    push_text,
)
from actors.venues.alltick.simulator.symbols import BookShown, SymbolState, TradeShown
from engine.simulator.frames import text_frame
from engine.simulator.moment import NS

FAR: Final = 1 << 62
DELAYED_MAX: Final = 100_000
"""Frames that the delay fault may hold back at once; beyond it frames go out undelayed."""
NUMBERS: Final[dict[Kind, int]] = {"depth": DEPTH_PUSH, "trade": TRADE_PUSH}


class Sink(Protocol):
    """A subscriber: one connection's outbox."""

    def push(self, frame: bytes) -> None:
        """Take one whole frame; must not block and must not raise."""

    def torn(self, part: bytes) -> None:
        """Take the beginning of a frame after which the connection ends."""


@attrs.frozen(eq=False)
class _Delayed:
    """A push that is held back."""

    sinks: list[Sink]
    frame: bytes


class Hub:
    """All subscriptions of one simulator.

    Args:
        printer: renders pushes.
        faults: asked for every push while any is armed.
    """

    def __init__(self, printer: Printer, faults: Faults) -> None:
        self._printer = printer
        self._faults = faults
        self._sinks: dict[tuple[Kind, str], dict[Sink, int]] = {}
        self._delayed: list[tuple[int, int, _Delayed]] = []
        self._numbers = count()
        self.pushes = 0

    # --- subscribers ----------------------------------------------------------------------

    def watch(self, sink: Sink, kind: Kind, levels: Mapping[str, int]) -> None:
        """Deliver exactly these codes of a kind to the sink from here on."""
        self._leave(sink, kind)
        for code, level in levels.items():
            self._sinks.setdefault((kind, code), {})[sink] = level

    def drop(self, sink: Sink) -> None:
        """The sink is gone."""
        self._leave(sink, "depth")
        self._leave(sink, "trade")

    def unsubscribe(self, sink: Sink, code: str) -> None:
        """Deliver one code no more."""
        for kind in NUMBERS:
            self._remove(sink, (kind, code))

    def _leave(self, sink: Sink, kind: Kind) -> None:
        for key in [key for key in self._sinks if key[0] == kind]:
            self._remove(sink, key)

    def _remove(self, sink: Sink, key: tuple[Kind, str]) -> None:
        sinks = self._sinks.get(key)
        if sinks is not None and sinks.pop(sink, None) is not None and not sinks:
            del self._sinks[key]

    def subscribed(self, topic: str) -> bool:
        """Whether somebody has `depth:CODE`, `trade:CODE` or, of either kind, `CODE`."""
        kind, colon, code = topic.rpartition(":")
        kinds = (kind,) if colon else tuple(NUMBERS)
        return any(key[0] in kinds and key[1] == code for key in self._sinks)

    def watched(self, sink: Sink, kind: Kind) -> dict[str, int]:
        """The sink's set of a kind: depth by code."""
        return {
            code: sinks[sink]
            for (some, code), sinks in self._sinks.items()
            if some == kind and sink in sinks
        }

    @property
    def anybody(self) -> bool:
        """Whether there is any subscription."""
        return bool(self._sinks)

    # --- pushes ---------------------------------------------------------------------------

    def book(
        self, state: SymbolState, book: BookShown, now_ns: int, only: Sink | None = None
    ) -> None:
        """Push a book to all its subscribers, or to one of them."""
        sinks = self._sinks.get(("depth", state.listing.code))
        if sinks is None or (only is not None and only not in sinks):
            return
        by_level: dict[int, list[Sink]] = {}
        for sink, level in sinks.items():
            if only is None or sink is only:
                by_level.setdefault(level, []).append(sink)
        fault = self._faults.take_push("depth", state.listing.code) if self._faults else None
        for level, some in by_level.items():
            self._push("depth", self._printer.book(state, book, level), some, fault, now_ns)

    def trade(
        self, state: SymbolState, trade: TradeShown, now_ns: int, only: Sink | None = None
    ) -> None:
        """Push a trade to all its subscribers, or to one of them."""
        sinks = self._sinks.get(("trade", state.listing.code))
        if sinks is None or (only is not None and only not in sinks):
            return
        fault = self._faults.take_push("trade", state.listing.code) if self._faults else None
        some = list(sinks) if only is None else [only]
        self._push("trade", self._printer.trade(state, trade), some, fault, now_ns)

    def _push(
        self, kind: Kind, payload: Payload, sinks: list[Sink], fault: Fault | None, now_ns: int
    ) -> None:
        self.pushes += 1
        number = NUMBERS[kind]
        if fault is None:
            self._hand_out(sinks, text_frame(push_text(number, payload)))
        elif fault.kind is FaultKind.DELAY:
            frame = text_frame(push_text(number, payload))
            self._hold_back(sinks, frame, now_ns + int(fault.number_value(1.0) * NS))
        elif fault.kind is FaultKind.TORN:
            frame = text_frame(push_text(number, payload))
            for sink in sinks:
                sink.torn(frame[: len(frame) // 2])
        else:
            for text in bending.texts(fault, number, payload):
                self._hand_out(sinks, text_frame(text))

    @staticmethod
    def _hand_out(sinks: list[Sink], frame: bytes) -> None:
        for sink in sinks:
            sink.push(frame)

    def _hold_back(self, sinks: list[Sink], frame: bytes, due_ns: int) -> None:
        if len(self._delayed) >= DELAYED_MAX:
            self._hand_out(sinks, frame)
        else:
            held = _Delayed(sinks, frame)
            heapq.heappush(self._delayed, (due_ns, next(self._numbers), held))

    # --- time -----------------------------------------------------------------------------

    def next_deadline_ns(self) -> int:
        """When `advance` has something to do; far in the future when it has not."""
        return self._delayed[0][0] if self._delayed else FAR

    def advance(self, now_ns: int) -> None:
        """Push every delayed frame that is due."""
        while self._delayed and self._delayed[0][0] <= now_ns:
            _, _, held = heapq.heappop(self._delayed)
            self._hand_out(held.sinks, held.frame)
