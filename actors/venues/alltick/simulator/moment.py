"""The two clocks of the simulator: one for ages, one for stamps; handed in with every call."""

import attrs


@attrs.frozen
class Moment:
    """Monotonic time for ages, wall time (UTC) for stamps; both in nanoseconds."""

    mono_ns: int
    wall_ns: int
