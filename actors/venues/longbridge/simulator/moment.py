"""The present, as everything that decides here is told it."""

from typing import Final

import attrs

MS: Final = 1_000_000
NS: Final = 1_000_000_000


@attrs.frozen
class Moment:
    """The two clocks: monotonic for ages, wall (UTC) for stamps; both in nanoseconds."""

    mono_ns: int
    wall_ns: int

    @property
    def wall_ms(self) -> int:
        """Wall time in milliseconds."""
        return self.wall_ns // MS

    @property
    def wall_s(self) -> int:
        """Wall time in seconds, the unit of most of the venue's stamps."""
        return self.wall_ns // NS
