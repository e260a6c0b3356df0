"""How often and how many: requests on a socket, connections of a token, HTTP requests of a plan.

All pure: time is handed in as monotonic nanoseconds (wall time for the day). What is refused does
not count as used.
"""

from collections import deque
from typing import Final

import attrs

from actors.venues.alltick.simulator.plans import Plan
from engine.simulator.moment import NS, Moment

MINUTE_NS: Final = 60 * NS
DAY_NS: Final = 86_400 * NS
SUSPENSION_INTERVAL_S: Final = 60.0
"""One request a minute, whatever the plan."""


class Pacer:
    """Requests on WebSockets: 1 s on one connection, 3 s between connections of one token.

    Args:
        own_s: on one connection.
        cross_s: between different ones.
    """

    def __init__(self, own_s: float, cross_s: float) -> None:
        self._own_ns = int(own_s * NS)
        self._cross_ns = int(cross_s * NS)
        self._last: dict[str, dict[int, int]] = {}

    def admit(self, group: str, connection: int, now_ns: int) -> bool:
        """Whether a request passes; `group` is what shares the 3 s rule."""
        last = self._last.setdefault(group, {})
        for other, at_ns in last.items():
            wait_ns = self._own_ns if other == connection else self._cross_ns
            if now_ns < at_ns + wait_ns:
                return False
        last[connection] = now_ns
        return True

    def forget(self, group: str, connection: int) -> None:
        """The connection is gone; its last request still counts for the others."""
        last = self._last.get(group)
        if last is not None and connection in last:
            last[-1] = max(last.pop(connection), last.get(-1, 0))


class Arrivals:
    """Attempts to connect: not more often than the plan says."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def admit(self, group: str, interval_s: float, now_ns: int) -> bool:
        """Whether an attempt passes; a refused one does not push the next one back."""
        last = self._last.get(group)
        if last is not None and now_ns < last + int(interval_s * NS):
            return False
        self._last[group] = now_ns
        return True


@attrs.define
class _Usage:
    """What one token has used."""

    methods: dict[str, deque[int]] = attrs.field(factory=dict)
    minute: deque[int] = attrs.field(factory=deque)
    day: int = 0
    in_day: int = 0


class HttpLimits:
    """HTTP requests per token: per method, per minute, per day."""

    def __init__(self) -> None:
        self._usage: dict[str, _Usage] = {}

    def admit(self, token: str, plan: Plan, method: str, now: Moment) -> bool:
        """Whether a request passes; `method` is the path."""
        usage = self._usage.setdefault(token, _Usage())
        count, interval_s = _allowance(plan, method)
        recent = usage.methods.setdefault(method, deque())
        _forget(recent, now.mono_ns - int(interval_s * NS))
        _forget(usage.minute, now.mono_ns - MINUTE_NS)
        day = now.wall_ns // DAY_NS
        if day != usage.day:
            usage.day, usage.in_day = day, 0
        if (
            len(recent) >= count
            or len(usage.minute) >= plan.per_minute
            or usage.in_day >= plan.per_day
        ):
            return False
        recent.append(now.mono_ns)
        usage.minute.append(now.mono_ns)
        usage.in_day += 1
        return True


def _allowance(plan: Plan, method: str) -> tuple[int, float]:
    """(requests, within seconds) of a method."""
    if "/suspension/" in method:
        return 1, SUSPENSION_INTERVAL_S
    if method.endswith("/batch-kline"):
        return 1, plan.batch_interval_s
    return plan.burst, plan.interval_s


def _forget(times: deque[int], until_ns: int) -> None:
    while times and times[0] <= until_ns:
        times.popleft()
