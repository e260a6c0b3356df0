"""Connections between nodes, as bad as real ones: ordered and whole while up, silent losers when cut."""

from collections.abc import Callable
from typing import Any, Protocol

import attrs

from engine.drill.simulation.world import World


class End(Protocol):
    """Who sits at an end of a line."""

    def arrived(self, line: "Line", message: Any, /) -> None:
        """A message came."""
        ...

    def linked(self, line: "Line", /, *, up: bool) -> None:
        """The line came up, or went down."""
        ...


@attrs.define(eq=False)
class _Way:
    """One direction of a line."""

    to: End
    next_ns: int = 0
    muted_until_ns: int = 0
    has_tail: bool = False
    disturb: Callable[[Any], list[tuple[int, Any]]] | None = None


class Line:
    """One connection between `left` and `right`.

    What is under way when it is cut is lost, except for a first part of what `left` had sent
    (`tail_ms`): bytes in a cable do not know that their sender is dead.
    """

    def __init__(
        self,
        world: World,
        name: str,
        left: End,
        right: End,
        *,
        latency_ms: tuple[float, float] = (0.05, 2.0),
        tail_ms: float = 0.0,
    ) -> None:
        self.name = name
        self.is_up = False
        self.generation = 0
        self._world = world
        self._latency_ms = latency_ms
        self._tail_ms = tail_ms
        self._dead_ns: dict[int, int] = {}
        self._ways = {id(left): _Way(right, has_tail=True), id(right): _Way(left)}
        self._ends = (left, right)

    def send(self, sender: End, message: Any) -> bool:
        """Put a message on its way; False when the line is down."""
        if not self.is_up:
            return False
        way, world = self._ways[id(sender)], self._world
        copies = [(0, message)] if way.disturb is None else way.disturb(message)
        for extra_ns, copy in copies:
            arrival_ns = world.mono_ns + world.delay_ns(*self._latency_ms)
            if extra_ns:
                arrival_ns += extra_ns  # overtaken by what is sent after it
            else:
                arrival_ns = way.next_ns = max(arrival_ns, way.next_ns)
            delay_ns = arrival_ns - world.mono_ns
            world.after(delay_ns, self._deliver, way, self.generation, copy)
        return True

    def _deliver(self, way: _Way, generation: int, message: Any) -> None:
        now_ns = self._world.mono_ns
        if now_ns < way.muted_until_ns:
            return
        current = self.is_up and generation == self.generation
        if current or (way.has_tail and now_ns < self._dead_ns.get(generation, 0)):
            way.to.arrived(self, message)

    def disturb(self, sender: End, how: Callable[[Any], list[tuple[int, Any]]] | None) -> None:
        """Let `how` say when copies of each message of this end arrive, in addition to the latency."""
        self._ways[id(sender)].disturb = how

    def mute(self, sender: End, duration_ns: int) -> None:
        """Let nothing of this end arrive for a while, without anybody noticing."""
        self._ways[id(sender)].muted_until_ns = self._world.mono_ns + duration_ns

    def unmute(self) -> None:
        """Both ways are open again."""
        for way in self._ways.values():
            way.muted_until_ns = 0

    def cut(self) -> None:
        """Both ends notice at once; what was under way is mostly gone."""
        if not self.is_up:
            return
        self.is_up = False
        tail_ns = self._world.delay_ns(0, self._tail_ms) if self._tail_ms else 0
        self._dead_ns[self.generation] = self._world.mono_ns + tail_ns
        self._world.note(self.name, "cut")
        for end in self._ends:
            end.linked(self, up=False)

    def connect(self) -> None:
        """A new connection: nothing of the old one is in it."""
        if self.is_up:
            return
        self.generation += 1
        self.is_up = True
        for way in self._ways.values():
            way.next_ns, way.muted_until_ns = 0, 0
        self._world.note(self.name, "up")
        for end in self._ends:
            end.linked(self, up=True)
