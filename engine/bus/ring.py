"""The publisher's memory of one topic: its last messages, bounded by bytes.

Numbers are contiguous by construction, so the ring stores bytes only and computes the rest.
"""

from collections import deque

import attrs

RING_BYTES_MAX = 64 * 1024
"""Per topic: some 500 trades or 80 books; more would only help readers that are lost anyway."""

ENTRY_OVERHEAD_BYTES = 49
"""Object header of a bytes object and its slot in the ring."""


@attrs.frozen
class Piece:
    """Part of a ring: `lost` numbers are gone, `messages` follow them, `through` is the last."""

    lost: int
    messages: tuple[bytes, ...]
    through: int


class Ring:
    """Messages numbered up to `head`, oldest dropped first; the newest always stays."""

    __slots__ = ("_bytes", "_bytes_max", "_entries", "head")

    def __init__(self, bytes_max: int = RING_BYTES_MAX) -> None:
        self.head = 0
        self._bytes = 0
        self._bytes_max = bytes_max
        self._entries: deque[bytes] = deque()

    def append(self, data: bytes) -> None:
        """Add the message with the next number."""
        entries = self._entries
        entries.append(data)
        self.head += 1
        self._bytes += len(data) + ENTRY_OVERHEAD_BYTES
        while self._bytes > self._bytes_max and len(entries) > 1:
            self._bytes -= len(entries.popleft()) + ENTRY_OVERHEAD_BYTES

    @property
    def last(self) -> bytes:
        """The newest message; empty before the first."""
        return self._entries[-1] if self._entries else b""

    @property
    def held_bytes(self) -> int:
        """Bytes kept; within the bound unless the newest message alone is larger."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._entries)

    def piece(self, after: int, through: int, *, count_max: int, bytes_max: int) -> Piece:
        """The oldest part of the numbers in (after, through] that fits the two bounds.

        A message that alone exceeds `bytes_max` cannot be sent and counts as lost.
        """
        through = min(through, self.head)
        oldest = self.head - len(self._entries) + 1
        start = max(after + 1, oldest)
        lost = max(0, min(start, through + 1) - after - 1)
        messages: list[bytes] = []
        size = 0
        for number in range(start, through + 1):
            data = self._entries[number - oldest]
            if not messages and len(data) > bytes_max:
                lost += 1
                continue
            size += len(data)
            if size > bytes_max or len(messages) == count_max:
                break
            messages.append(data)
        covered = after + lost + len(messages)
        return Piece(lost, tuple(messages), max(covered, after))
