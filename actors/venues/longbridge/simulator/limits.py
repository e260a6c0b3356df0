"""Limits on quote requests: calls in one second and calls under way, per account; pure."""

from collections import Counter, deque
from typing import Final

from actors.venues.longbridge.simulator.errors import RATE_LIMITED
from engine.simulator.moment import NS, Moment

SECOND_NS: Final = 900_000_000
"""The second that calls are counted in, with a tenth for what the network does to their distances."""
HISTORY_CALLS: Final = 60
HISTORY_WINDOW_S: Final = 30
ACCOUNTS_MAX: Final = 1_000
"""More accounts than any settings have; bounds the tables."""


class CallLimits:
    """Counts the calls of each account; `enter` raises what `limits` allows no more.

    Args:
        per_s: calls in any second.
        concurrent: calls that were taken and not answered.
        enabled: False counts and refuses nothing.
    """

    def __init__(self, per_s: int, concurrent: int, *, enabled: bool = True) -> None:
        self._per_s = per_s
        self._concurrent = concurrent
        self._enabled = enabled
        self._recent: dict[str, deque[int]] = {}
        self._history: dict[str, deque[int]] = {}
        self._open: Counter[str] = Counter()

    def enter(self, account: str, now: Moment) -> None:
        """One call begins; Refusal (301606) when it is one too many."""
        if self._enabled:
            if self._open[account] >= self._concurrent:
                raise RATE_LIMITED
            _count(self._recent, account, self._per_s, SECOND_NS, now)
        self._open[account] += 1

    def leave(self, account: str) -> None:
        """A call that began is answered, or never will be."""
        self._open[account] -= 1

    def history(self, account: str, now: Moment) -> None:
        """One request for past candlesticks; Refusal when there were 60 in 30 s."""
        if self._enabled:
            _count(self._history, account, HISTORY_CALLS, HISTORY_WINDOW_S * NS, now)


def _count(
    table: dict[str, deque[int]], account: str, limit: int, window_ns: int, now: Moment
) -> None:
    if len(table) >= ACCOUNTS_MAX:
        table.clear()
    times = table.setdefault(account, deque(maxlen=limit))
    if len(times) == limit and now.mono_ns - times[0] < window_ns:
        raise RATE_LIMITED
    times.append(now.mono_ns)
