"""INV-12: no strategy acts on a stream that has a hole, and a hole is noticed at once."""

import attrs

from engine.drill.checkers.history import History, MarketEvent, MarketWord
from engine.drill.checkers.verdict import Checker, Evidence, Findings


@attrs.define(eq=False)
class _Stream:
    """One stream as one reader saw it so far."""

    last: int | None = None
    stale: bool = False
    has_hole: bool = False
    crossed: bool = False


def _noticed(history: History, findings: Findings) -> None:
    streams: dict[tuple[str, str], _Stream] = {}
    for event in history.market or ():
        stream = streams.setdefault((event.reader, event.stream), _Stream())
        _step(stream, event, findings)


def _step(stream: _Stream, event: MarketEvent, findings: Findings) -> None:
    where = f"{event.reader} on {event.stream} at {event.mono_ns}"
    word = event.word
    if word is MarketWord.STALE:
        stream.stale, stream.has_hole = True, False
    elif word is MarketWord.FRESH:
        stream.stale = False
    elif word is MarketWord.SNAPSHOT:
        stream.last, stream.has_hole, stream.crossed = event.sequence, False, event.crossed
    elif word is MarketWord.ACTED:
        doubtful = stream.stale or stream.has_hole or stream.crossed
        findings.expect(not doubtful, f"{where}: acted on a broken stream")
    else:
        findings.expect(not stream.has_hole, f"{where}: a hole was not noticed in one message")
        follows = stream.last is None or event.sequence == stream.last + 1 or stream.stale
        stream.has_hole = not follows
        stream.last, stream.crossed = event.sequence, event.crossed


INV_12 = Checker(
    "INV-12",
    "no strategy acts on a stream with a hole, and each hole is noticed within one message",
    needs=frozenset({Evidence.MARKET}),
    run=_noticed,
)
