"""What the HTTP API refuses for its frequency: too many calls, too close calls, repeated requests.

Thirty calls in thirty seconds count per interface (method and path), twenty milliseconds between
calls over all of them. The spacing is a leaky bucket: what the network shoves together is let pass
as long as the pace holds on average. Pure, time handed in as monotonic nanoseconds.
"""

from collections import OrderedDict, deque
from typing import Final, TypeVar

from actors.venues.longbridge.simulator import codes
from actors.venues.longbridge.simulator.codes import Refusal
from engine.simulator.moment import NS

WINDOW_NS: Final = 30 * NS
LATE_NS: Final = 250_000_000
"""How much later than the thirty-first call the first one may have arrived, with both sent in time."""
JITTER_NS: Final = 60_000_000
"""How far calls may run ahead of their pace: three spacings, what a loaded host does to a client."""
CALLERS_MAX: Final = 1_024
"""Callers remembered at once; the oldest goes first, which only forgives it something."""
REPLAYS_MAX: Final = 20_000
REPLAY_NS: Final = 300 * NS
"""How long a request is remembered as seen; the venue's own memory is not documented."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class Throttle:
    """Counts calls of accounts.

    Args:
        calls_per_30s: of one interface; 0 for no limit.
        spacing_s: between two calls; 0 for none.
    """

    def __init__(self, calls_per_30s: int, spacing_s: float) -> None:
        self._calls = calls_per_30s
        self._spacing_ns = int(spacing_s * NS)
        self._seen: OrderedDict[tuple[str, str], deque[int]] = OrderedDict()
        self._due_ns: OrderedDict[str, int] = OrderedDict()

    def take(self, account: str, interface: str, now_ns: int) -> None:
        """Let one call pass; Refusal 429002 otherwise, and then it does not count."""
        due_ns = max(now_ns, self._due_ns.get(account, now_ns))
        if due_ns - now_ns > JITTER_NS:
            raise Refusal(codes.REQUEST_RATE)
        if self._calls:
            self._count(account, interface, now_ns)
        if self._spacing_ns:
            self._due_ns[account] = due_ns + self._spacing_ns
            _shorten(self._due_ns)

    def _count(self, account: str, interface: str, now_ns: int) -> None:
        times = self._seen.setdefault((account, interface), deque())
        while times and now_ns - times[0] >= WINDOW_NS - LATE_NS:
            times.popleft()
        if len(times) >= self._calls:
            raise Refusal(codes.REQUEST_RATE)
        times.append(now_ns)
        _shorten(self._seen)


class Replays:
    """Requests that were seen: equal ones are refused, but for questions.

    Clients with timestamps of whole seconds send equal GETs within one second, so only requests
    that change something are remembered.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[str, int] = OrderedDict()

    def take(self, method: str, fingerprint: str, now_ns: int) -> None:
        """Remember one request; Refusal 403202 when it was seen before."""
        if method == "GET":
            return
        while self._seen:
            oldest, at_ns = next(iter(self._seen.items()))
            if now_ns - at_ns < REPLAY_NS and len(self._seen) < REPLAYS_MAX:
                break
            del self._seen[oldest]
        if fingerprint in self._seen:
            raise Refusal(codes.DUPLICATE_REQUEST)
        self._seen[fingerprint] = now_ns


def _shorten(kept: OrderedDict[Key, Value]) -> None:
    while len(kept) > CALLERS_MAX:
        kept.popitem(last=False)
