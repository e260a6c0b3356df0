"""A simulator's own append-only record of what reached it: the independent witness for tests.

Every connection, login, request and fault gets one entry with a running number and both clocks.
The monotonic clock is the host's, so entries compare with what a client on the same host stamped.
"""

from collections import deque
from itertools import islice
from typing import Any, Final

import attrs

from engine.simulator.moment import Moment

ENTRIES_MAX: Final = 100_000
"""Kept entries; older ones fall off the front, which their numbers show."""


@attrs.frozen
class Entry:
    """One thing that happened; `details` are plain JSON values."""

    number: int
    kind: str
    mono_ns: int
    wall_ns: int
    details: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """One flat object."""
        return {
            "number": self.number,
            "kind": self.kind,
            "mono_ns": self.mono_ns,
            "wall_ns": self.wall_ns,
            **self.details,
        }


class WitnessLog:
    """Append-only; what kinds there are, beside `fault`, is the venue's affair."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=ENTRIES_MAX)
        self._next = 1

    def append(self, kind: str, now: Moment, **details: Any) -> Entry:
        """Record one thing; secrets (tokens, signatures) are left out by whoever calls."""
        entry = Entry(self._next, kind, now.mono_ns, now.wall_ns, details)
        self._next += 1
        self._entries.append(entry)
        return entry

    def since(self, number: int = 0, kind: str = "", limit: int = ENTRIES_MAX) -> list[Entry]:
        """Entries with a greater number, oldest first; of one kind when named."""
        matching = (
            entry
            for entry in self._entries
            if entry.number > number and (not kind or entry.kind == kind)
        )
        return list(islice(matching, limit))
