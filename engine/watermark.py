"""High-water marks: the most that a queue or buffer ever held, beside the most that it may hold.

Every process exports those of its queues with each heartbeat (`queues` among its gauges), so that
"every queue is bounded" can be seen and not only read.
"""

from collections.abc import Mapping

import attrs

Levels = Mapping[str, tuple[float, float]]
"""By name of the queue: high-water mark and declared bound."""


@attrs.define
class Watermark:
    """The mark of one queue; `maximum` is its declared bound, `high` the most it held since the start."""

    maximum: int
    high: int = 0

    def note(self, held: int) -> None:
        """The queue holds so much now."""
        self.high = max(self.high, held)

    @property
    def level(self) -> tuple[float, float]:
        """As it travels."""
        return self.high, self.maximum
