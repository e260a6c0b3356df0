"""The benchmarks still measure: short runs of the real thing, looked at for sense and not for speed."""

import pytest

from benchmarks import floor, path


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(path, "SETTLE_S", 0.2)
    monkeypatch.setattr(path, "RUN_S", 0.5)


async def test_the_path_carries_orders_at_the_rate_of_ticks_and_under_saturation():
    paced = await path.measure(200, 1)
    assert paced.orders > 0
    assert 0 < paced.p50_us <= paced.p99_us
    assert paced.ticks_per_s < 400  # what has waited may follow, but nothing is made up
    saturated = await path.measure(0, path.SATURATION_TICKS_PER_ORDER)
    assert saturated.ticks_per_s > paced.ticks_per_s


def test_the_floor_is_measured():
    assert floor.measure(1_000.0, 100).p50_us > 0


def test_a_run_that_lost_a_process_gives_no_figure():
    row = {"name": "strategy.bench", "state": "quarantined", "reason": "exit 70", "gauges": {}}
    with pytest.raises(RuntimeError, match=r"strategy\.bench is quarantined: exit 70"):
        path._gauges({"actors": [row]})
