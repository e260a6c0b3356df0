"""What the controls said no to: how often for which reason, and the newest in full.

Part of the book, so the journal brings it back: how often since the journal began, not since this boot.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping

import attrs

from engine.orders.records import DeniedOrder, DeniedReplace

DENIALS_MAX = 1_000
"""Denials kept for the operator's screen, about 1 MB; the index has all."""

CODES_MAX = 100
"""Codes counted per owner: more than there are, should a journal name others."""

OTHER = "OTHER"
"""What is counted for codes beyond the bound."""

Denied = DeniedOrder | DeniedReplace


@attrs.define(eq=False)
class Denials:
    """Counts by owner and code, and the newest denials; changed by applying records alone."""

    counts: dict[str, Counter[str]] = attrs.field(factory=dict)
    newest: deque[Denied] = attrs.field(factory=lambda: deque(maxlen=DENIALS_MAX))

    def add(self, record: Denied) -> None:
        """Count one and keep it."""
        owner = record.intent.strategy
        counts = self.counts.get(owner)
        if counts is None:
            counts = self.counts[owner] = Counter()
        code = record.code if record.code in counts or len(counts) < CODES_MAX else OTHER
        counts[code] += 1
        self.newest.append(record)

    def of(self, owner: str) -> Mapping[str, int]:
        """How often by code, the most frequent first."""
        return dict(self.counts.get(owner, Counter()).most_common())

    def __iter__(self) -> Iterator[Denied]:
        return iter(self.newest)
