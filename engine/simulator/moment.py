"""The present, as everything that decides in a simulator is told it; handed in with every call."""

from typing import Final

import attrs

MS: Final = 1_000_000
"""Nanoseconds of a millisecond."""
NS: Final = 1_000_000_000
"""Nanoseconds of a second."""


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
        """Wall time in seconds."""
        return self.wall_ns // NS
