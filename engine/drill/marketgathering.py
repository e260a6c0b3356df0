"""From a strategy's market lines (`marketnotes`) to steps of readers in streams, which INV-12 judges.

A stream is one voice on one thing: the numbers of a topic and boot of its publisher, the reader's
doubt of a topic, the session's doubt of a stream. An order is a step in all streams of its instrument,
those of its whole feed included.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from engine.drill.checkers import MarketEvent, MarketWord
from engine.drill.witness import lines_of

_DOUBTS = {"stale": MarketWord.STALE, "fresh": MarketWord.FRESH}
_SAID = {"said_stale": MarketWord.STALE, "said_fresh": MarketWord.FRESH}


@attrs.define(eq=False)
class _Reader:
    """One boot of a strategy, so far."""

    name: str
    numbers: dict[str, tuple[str, int]] = attrs.field(factory=dict)
    """By topic: the stream of its present publisher's numbers, and the last of them."""
    said: dict[str, tuple[int, str]] = attrs.field(factory=dict)
    """By stream of a session's doubts: the boot that speaks, and its feed."""
    streams: dict[str, set[str]] = attrs.field(factory=dict)
    """By instrument or feed."""
    places: dict[str, str] = attrs.field(factory=dict)
    """Instrument or feed by stream; the first step of a stream is one of its own."""

    def step(self, line: Mapping[str, Any]) -> Iterator[MarketEvent]:
        word, instrument = line["word"], line["instrument"]
        topic = f"{instrument} {line.get('kind', '')}"
        if word == "acted":
            for place in (instrument, line["feed"]):
                for stream in sorted(self.streams.get(place, ())):
                    yield self._event(line, stream, MarketWord.ACTED)
        elif word in _DOUBTS:
            yield self._event(line, f"{topic} read", _DOUBTS[word])
            if topic in self.numbers:
                yield self._event(line, self.numbers[topic][0], _DOUBTS[word])
        elif word in _SAID:
            yield from self._say(line, topic, _SAID[word])
        elif word == "lost":
            if topic in self.numbers:
                stream, last = self.numbers[topic]
                yield self._number(line, topic, stream, last + line["count"], MarketWord.SNAPSHOT)
        else:
            yield from self._hand_on(line, topic, MarketWord(word))

    def _hand_on(
        self, line: Mapping[str, Any], topic: str, word: MarketWord
    ) -> Iterator[MarketEvent]:
        stream = f"{topic} numbers of {line['publisher']:x}"
        before = self.numbers.get(topic)
        if before is not None and before[0] != stream:  # the dead have no numbers to doubt
            yield self._event(line, before[0], MarketWord.FRESH)
            self.streams[line["instrument"]].discard(before[0])
        yield self._number(line, topic, stream, line["sequence"], word)

    def _number(
        self, line: Mapping[str, Any], topic: str, stream: str, sequence: int, word: MarketWord
    ) -> MarketEvent:
        self.numbers[topic] = stream, sequence
        event = self._event(line, stream, word)
        return attrs.evolve(event, sequence=sequence, crossed=line.get("crossed", False))

    def _say(self, line: Mapping[str, Any], topic: str, word: MarketWord) -> Iterator[MarketEvent]:
        """What a session said is void once another boot of it says how it is."""
        boot, feed = line["publisher"], line["feed"]
        if line["kind"] == "session":
            for stream, (spoken, of_feed) in list(self.said.items()):
                if spoken != boot and of_feed == feed:
                    del self.said[stream]
                    yield self._event(line, stream, MarketWord.FRESH)
        stream = f"{topic} said"
        self.said[stream] = boot, feed
        yield self._event(line, stream, word)

    def _event(self, line: Mapping[str, Any], stream: str, word: MarketWord) -> MarketEvent:
        place = self.places.setdefault(stream, line["instrument"])
        self.streams.setdefault(place, set()).add(stream)
        return MarketEvent(mono_ns=line["mono_ns"], reader=self.name, stream=stream, word=word)


def market_events(lines: Iterable[Mapping[str, Any]]) -> Iterator[MarketEvent]:
    """Steps of all readers; each boot of a strategy is a reader of its own."""
    readers: dict[str, _Reader] = {}
    for line in lines:
        name = f"{line['strategy']} {line['boot']:x}"
        reader = readers.get(name)
        if reader is None:
            reader = readers[name] = _Reader(name)
        yield from reader.step(line)


def read_market(file: Path) -> tuple[MarketEvent, ...]:
    """The steps noted in a file; ValueError when it was tampered with."""
    return tuple(market_events(lines_of(file)))
