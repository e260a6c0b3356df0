"""What strategies under a drill saw of market data, and when they acted on it.

Three kinds of lines, from three places that know nothing of one another: each message as the reader
handed it on, the doubts of reader and session, and each order as it left the plugin. Whether an order
was placed on a broken stream is decided by the checkers from these lines alone, not by what the
process believed.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from engine.bus.track import Fresh, Lost, Stale
from engine.clock import Clock
from engine.drill.faultpoints import Points
from engine.drill.witness import WitnessFile
from engine.messages.codec import kind_of
from engine.messages.market import Book, MarketStale, MarketStatus, Quote
from engine.messages.orders import SubmitIntent
from engine.model.enums import VenueStateWord
from engine.model.feeds import FeedMap
from engine.strategy.outbox import ToRouter

MARKET_FILE: Final = "drill.market.jsonl"

_LIVE = frozenset({VenueStateWord.RECONCILING, VenueStateWord.READY})


class MarketNotes:
    """One strategy's lines; made only when fault points are on."""

    def __init__(
        self, run_dir: Path, clock: Clock, strategy: str, boot: int, *, feeds: FeedMap
    ) -> None:
        self._feeds = feeds
        self._file = WitnessFile(run_dir / MARKET_FILE)
        self._clock = clock
        self._who = {"strategy": strategy, "boot": boot}

    @classmethod
    def wanted(
        cls,
        points: Points,
        run_dir: Path,
        clock: Clock,
        strategy: str,
        boot: int,
        *,
        feeds: FeedMap,
    ) -> "MarketNotes | None":
        """Notes under a drill, None in every other life."""
        return cls(run_dir, clock, strategy, boot, feeds=feeds) if points.on else None

    def messages(self, handler: Callable[[object], object]) -> Callable[[object], object]:
        """`handler`, noting before it what is handed on: it may be killed in a callback."""

        def noted(message: object) -> object:
            self._message(message)
            return handler(message)

        return noted

    def events(self, handler: Callable[..., object]) -> Callable[..., object]:
        """`handler` of the reader's doubts and losses, noted before it."""

        def noted(event: Stale | Fresh | Lost) -> object:
            kind = event.cls.__name__.lower()
            if isinstance(event, Lost):
                self._note("lost", kind=kind, instrument=event.instrument, count=event.count)
            else:
                word = "stale" if isinstance(event, Stale) else "fresh"
                self._note(word, kind=kind, instrument=event.instrument)
            return handler(event)

        return noted

    def wishes(self, take: Callable[[], list[object]]) -> Callable[[], list[object]]:
        """`take`, noting the new orders among the wishes."""

        def noted() -> list[object]:
            wishes = take()
            self._acted(wishes)
            return wishes

        return noted

    def _acted(self, wishes: Sequence[object]) -> None:
        for wish in wishes:
            if isinstance(wish, ToRouter) and isinstance(wish.message, SubmitIntent):
                name = wish.message.instrument
                self._note("acted", instrument=name, feed=self._feeds.of(name).upper())

    def _message(self, message: object) -> None:
        if isinstance(message, MarketStale):
            self._said(message, message.stream or "all", is_fresh=message.fresh)
        elif isinstance(message, MarketStatus):
            self._said(message, "session", is_fresh=message.state in _LIVE)
        elif hasattr(message, "mono_ns"):
            self._note(
                "snapshot" if kind_of(type(message)).conflate else "update",
                kind=type(message).__name__.lower(),
                instrument=message.instrument,  # type: ignore[attr-defined]
                publisher=message.boot,  # type: ignore[attr-defined]
                sequence=message.sequence,  # type: ignore[attr-defined]
                crossed=_is_crossed(message),
            )

    def _said(self, message: MarketStale | MarketStatus, kind: str, *, is_fresh: bool) -> None:
        name = message.instrument
        status = isinstance(message, MarketStatus)
        self._note(
            "said_fresh" if is_fresh else "said_stale",
            kind=kind,
            instrument=name,
            feed=name if status else self._feeds.of(name).upper(),
            publisher=message.boot,
        )

    def _note(self, word: str, **details: object) -> None:
        self._file.note(self._clock.monotonic_ns(), word, **self._who, **details)


def _is_crossed(message: object) -> bool:
    if isinstance(message, Book):
        return bool(message.bids and message.asks) and message.bids[0][0] >= message.asks[0][0]
    if isinstance(message, Quote):
        return bool(message.bid_price and message.ask_price) and (
            message.bid_price >= message.ask_price
        )
    return False
