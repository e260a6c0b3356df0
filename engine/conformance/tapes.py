"""Transcripts as tapes: every call of a protocol in order, to be played to a fresh protocol up to any place.

That brings a protocol into each state that a transcript leads through, without knowing its inside.
"""

from pathlib import Path
from typing import Any, Self

import attrs

from engine.conformance.transcripts import Player, find
from engine.errors import EngineError
from engine.session.contract import Connect, HttpCall, Now, PreparesConnection
from engine.session.declaration import Venue


@attrs.frozen
class Step:
    """One call."""

    method: str
    arguments: tuple[Any, ...]


class _Recorder(Player):
    """Plays a transcript and notes each call."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue)
        self.steps: list[Step] = []

    def called(self, method: str, arguments: tuple[Any, ...]) -> None:
        """Note it."""
        self.steps.append(Step(method, arguments))


@attrs.frozen(kw_only=True)
class Tape:
    """One transcript.

    Attributes:
        path: its file.
        kind: `data` or `trade`.
        steps: all calls in order.
        player: makes protocols as the transcript wants them.
    """

    path: Path
    kind: str
    steps: tuple[Step, ...]
    player: Player

    @classmethod
    def of(cls, path: Path, venue: Venue) -> Self:
        """The tape of a transcript. Raises TranscriptError when it does not play."""
        recorder = _Recorder(venue)
        recorder.play(path)
        return cls(path=path, kind=recorder.kind, steps=tuple(recorder.steps), player=recorder)

    @property
    def frames(self) -> list[str | bytes]:
        """What the venue sent."""
        return [step.arguments[0] for step in self.steps if step.method == "received"]

    @property
    def bodies(self) -> list[bytes]:
        """What the venue answered."""
        return [step.arguments[1].body for step in self.steps if step.method == "answered"]


@attrs.define
class Played:
    """A protocol in the middle of a tape.

    Attributes:
        protocol: the object.
        prepares: whether it asks for something before its stream is opened.
        calls: ids of HTTP calls without an answer.
        now: the moment that was reached.
        is_open: whether its stream is; frames come only then.
        may_open: whether it said that it may be, after asking for what it needs first.
    """

    protocol: Any
    prepares: bool
    calls: list[int]
    now: Now
    is_open: bool = False
    may_open: bool = False

    def later(self, seconds: float) -> None:
        """Let time pass."""
        step_ns = int(seconds * 1e9)
        self.now = Now(self.now.mono_ns + step_ns, self.now.wall_ns + step_ns)

    def take(self, effects: Any) -> None:
        """Note what was asked of HTTP and of the stream."""
        for effect in effects:
            if isinstance(effect, HttpCall):
                self.calls.append(effect.call_id)
            elif isinstance(effect, Connect):
                self.may_open = not self.is_open

    def moved(self, method: str) -> None:
        """A call of the protocol that changes the stream."""
        if method in ("opened", "lost"):
            self.is_open, self.may_open = method == "opened", False


def wound(tape: Tape, length: int) -> Played:
    """A fresh protocol after so many steps of the tape, errors of the venue's included."""
    protocol = tape.player.made()
    prepares = isinstance(protocol, PreparesConnection)
    played = Played(protocol, prepares, [], tape.player.now())
    for step in tape.steps[:length]:
        moment = step.arguments[-1]
        played.now = moment if isinstance(moment, Now) else played.now
        if step.method in ("answered", "failed") and step.arguments[0] in played.calls:
            played.calls.remove(step.arguments[0])
        played.moved(step.method)
        try:
            played.take(getattr(played.protocol, step.method)(*step.arguments))
        except EngineError:
            continue  # the transcript shows it, and plays on as the driver would
    return played


def tapes_of(folder: Path, venue: Venue) -> list[Tape]:
    """The tapes of all transcripts of a venue."""
    return [Tape.of(path, venue) for path in find(folder)]
