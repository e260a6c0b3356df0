"""The one place that reads clocks.

Everything that decides gets time as an argument; shells take it from a `Clock`, so that a clock
jump is a test input and a backtest can run on simulated time. Wall time is for people and venues,
monotonic time for ages and expiries (it is comparable between processes of one host boot).
"""

import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks: monotonic nanoseconds for ages, wall nanoseconds (UTC) for stamps."""

    def monotonic_ns(self) -> int:
        """Nanoseconds that never step back, comparable within one boot of the host."""
        ...

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 UTC; may jump."""
        ...


class SystemClock:
    """The host's clocks."""

    __slots__ = ()
    monotonic_ns = staticmethod(time.monotonic_ns)
    wall_ns = staticmethod(time.time_ns)
