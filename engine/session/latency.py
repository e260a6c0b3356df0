"""A histogram of durations in fixed memory, for the latency figures every session shows.

Buckets grow with the value (32 to each power of two), so a percentile is off by at most 1/32 whatever
its size, and recording costs one addition. Pure: durations come in as nanoseconds.
"""

_STEPS_BITS = 5
_STEPS = 1 << _STEPS_BITS

DURATION_NS_MAX = (1 << 40) - 1
"""About 18 minutes; longer durations are counted there."""

_BUCKETS = _STEPS * (40 - _STEPS_BITS + 1)


class LatencyHistogram:
    """Counts durations; answers percentiles with a relative error of at most 1/32."""

    __slots__ = ("_buckets", "count")

    def __init__(self) -> None:
        self._buckets = [0] * _BUCKETS
        self.count = 0

    def record(self, duration_ns: int) -> None:
        """Count one duration; negative ones count as 0."""
        self._buckets[_index(min(max(duration_ns, 0), DURATION_NS_MAX))] += 1
        self.count += 1

    def percentile_us(self, percent: float) -> float:
        """The duration in microseconds that `percent` of all recorded do not exceed; 0.0 when empty."""
        rank = self.count * percent / 100
        seen = 0
        for index, count in enumerate(self._buckets):
            seen += count
            if count and seen >= rank:
                return _middle_ns(index) / 1000
        return 0.0

    def figures(self) -> dict[str, float | int]:
        """`p50` and `p99` in microseconds and `count`, as the status shows them."""
        return {
            "p50": self.percentile_us(50),
            "p99": self.percentile_us(99),
            "count": self.count,
        }


def _index(duration_ns: int) -> int:
    shift = duration_ns.bit_length() - _STEPS_BITS - 1
    if shift <= 0:
        return duration_ns
    return _STEPS * shift + (duration_ns >> shift)


def _middle_ns(index: int) -> float:
    if index < 2 * _STEPS:
        return float(index)
    shift = index // _STEPS - 1
    low = (index - _STEPS * shift) << shift
    return low + (1 << shift) / 2
