from hypothesis import given
from hypothesis import strategies as st

from engine.session.latency import DURATION_NS_MAX, LatencyHistogram


@given(st.lists(st.integers(1, DURATION_NS_MAX), min_size=1, max_size=200))
def test_percentiles_are_within_a_thirtysecond(durations):
    """Every percentile is within 1/32 of the exact one."""
    histogram = LatencyHistogram()
    for duration in durations:
        histogram.record(duration)
    ordered = sorted(durations)
    for percent in (1, 50, 99, 100):
        rank = max(-(-len(ordered) * percent // 100), 1)
        exact = ordered[rank - 1] / 1000
        assert abs(histogram.percentile_us(percent) - exact) <= exact / 32


def test_out_of_range_is_counted_at_the_edge():
    """Nothing is lost: negative counts as 0, endless as the largest."""
    histogram = LatencyHistogram()
    histogram.record(-5)
    histogram.record(1 << 60)
    assert histogram.figures()["count"] == 2
    assert histogram.percentile_us(1) == 0.0


def test_empty_answers_zero():
    """Before the first order the figures are zeros."""
    assert LatencyHistogram().figures() == {"p50": 0.0, "p99": 0.0, "count": 0}
