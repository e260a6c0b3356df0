"""What a drill shows in figures: kills per point, levels of queues, descriptors of processes at rest."""

from typing import Any

import pytest
import trio

from actors.drill.killing import PointResult
from actors.drill.sampling import Sampler
from engine.clock import SystemClock


class Engine:
    """Answers with prepared rows, the last one for ever."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)

    async def actors(self) -> dict[str, Any]:
        await trio.lowlevel.checkpoint()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def row(boot: str, high: int, files: int = 9) -> dict[str, Any]:
    gauges = {"queues": {"reader.held": [high, 10]}, "process": {"open_files": files}}
    return {"router": {"boot": boot, "pid": 5, "gauges": gauges}}


def test_kills_at_a_point_in_figures():
    result = PointResult(
        point="after_sync",
        kills=4,
        took_s=6.0,
        agreed_s=0.2,
        duplicates=("x",),
        differences=("one", "two"),
    )
    assert result.row() == {
        "point": "after_sync",
        "kills": 4,
        "duplicates": 1,
        "disagreements": 2,
        "seconds_per_kill": 1.5,
        "agreed_s": 0.2,
    }
    assert str(result) == "4 kills, 1 duplicates, 2 disagreements, 1.50 s per kill, one; two"


async def test_the_highest_mark_of_all_boots_is_kept():
    sampler = Sampler(Engine(row("a", 3), row("a", 7), row("b", 1)), SystemClock())
    for _ in range(3):
        await sampler.look()
    assert sampler.queues == {("router", "reader.held"): (7, 10)}
    assert sampler.samples == []


class Steps(SystemClock):
    """So many seconds pass between two looks."""

    def __init__(self, step_s: int) -> None:
        self.step_ns = step_s * 1_000_000_000
        self.now_ns = 0

    def monotonic_ns(self) -> int:
        self.now_ns += self.step_ns
        return self.now_ns


@pytest.mark.parametrize(("boots", "step_s", "count"), [("aa", 5, 1), ("ab", 5, 0), ("aa", 4, 0)])
async def test_descriptors_count_at_rest_and_of_processes_that_have_settled(boots, step_s, count):
    """A process that was just started still opens its sockets: what it had then is no measure."""
    sampler = Sampler(Engine(*(row(boot, 0) for boot in boots)), Steps(step_s))
    await sampler.look_quietly()
    assert [sample.descriptors for sample in sampler.samples] == [9] * count


async def test_an_engine_that_does_not_answer_is_no_news():
    sampler = Sampler(Engine({}), SystemClock())
    await sampler.look_quietly()
    assert not sampler.queues
