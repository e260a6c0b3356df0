"""Fault points: off for everybody but a drill, and then exactly as planned."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.drill.disk import journal_opener
from engine.drill.faultpoints import (
    FIRED_FILE,
    POINTS,
    Action,
    FaultPoints,
    NoPoints,
    PointPlan,
    fault_points,
    read_fired,
    write_plan,
)
from engine.errors import LocalProtocolError
from engine.journal.file import JournalFile
from tests.kit.waiting import deadline_s

TOKEN = "t0ken"


def plan(**changes) -> PointPlan:
    return PointPlan(
        **{
            "number": 1,
            "actor": "router",
            "point": "before_write",
            "action": Action.ERROR,
            "passing": 1,
        }
        | changes
    )


def live(run_dir: Path, *plans: PointPlan, seed: int = 0) -> FaultPoints:
    write_plan(run_dir, TOKEN, plans, seed=seed)
    points = fault_points(TOKEN, run_dir, "router", SystemClock())
    assert isinstance(points, FaultPoints)
    return points


def test_without_a_token_nothing_is_wrapped(tmp_path: Path):
    """A plan alone, or an environment alone, switches nothing on: the function stays the same object."""
    write_plan(tmp_path, TOKEN, [plan()])
    points = fault_points("", tmp_path, "router", SystemClock())

    def function() -> None: ...

    assert isinstance(points, NoPoints)
    assert points.around(function, before="before_write", after="after_write") is function
    assert points.chosen(function, lambda: "after_send") is function
    assert journal_opener(points) == JournalFile.open
    points.reach("before_write")


def test_a_foreign_token_is_refused(tmp_path: Path):
    write_plan(tmp_path, TOKEN, [plan()])
    with pytest.raises(LocalProtocolError, match="not this drill's"):
        fault_points("other", tmp_path, "router", SystemClock())


def test_a_token_without_a_plan_is_refused(tmp_path: Path):
    with pytest.raises(LocalProtocolError, match="not this drill's"):
        fault_points(TOKEN, tmp_path, "router", SystemClock())


def test_strikes_at_the_planned_passing_only(tmp_path: Path):
    points = live(tmp_path, plan(passing=3))
    struck = []
    for number in range(1, 8):
        try:
            points.reach("before_write")
        except OSError:
            struck.append(number)
    assert struck == [3]
    assert [fired.number for fired in read_fired(tmp_path / FIRED_FILE)] == [1]


def test_before_and_after_stand_around_the_call(tmp_path: Path):
    calls = []
    points = live(tmp_path, plan(number=2, point="after_write"))
    with pytest.raises(OSError, match="No space"):
        points.around(calls.append, before="before_write", after="after_write")("x")
    assert calls == ["x"]
    points = live(tmp_path, plan(number=3, point="before_write"))
    with pytest.raises(OSError, match="No space"):
        points.around(calls.append, before="before_write", after="after_write")("y")
    assert calls == ["x"]


def test_a_chosen_point_depends_on_the_arguments(tmp_path: Path):
    points = live(tmp_path, plan(point="after_send"))
    send = points.chosen(len, lambda text: "after_send" if text == "order" else "")
    assert send("heartbeat") == 9
    with pytest.raises(OSError, match="No space"):
        send("order")


def test_another_actor_is_left_alone(tmp_path: Path):
    points = live(tmp_path, plan(actor="wooxpro.trade"))
    points.reach("before_write")


def test_the_plan_changes_while_the_process_runs(tmp_path: Path):
    points = live(tmp_path)
    points.reach("before_write")
    write_plan(tmp_path, TOKEN, [plan()])
    with pytest.raises(OSError, match="No space"):
        points.reach("before_write")
    write_plan(tmp_path, TOKEN, [])
    points.reach("before_write")


def test_once_is_once_also_for_the_next_process(tmp_path: Path):
    points = live(tmp_path, plan(once=True))
    with pytest.raises(OSError, match="No space"):
        points.reach("before_write")
    points.reach("before_write")
    again = fault_points(TOKEN, tmp_path, "router", SystemClock())
    again.reach("before_write")
    assert len(read_fired(tmp_path / FIRED_FILE)) == 1


def test_probability_is_near_what_was_asked(tmp_path: Path):
    points = live(tmp_path, plan(passing=0, probability=0.2, action=Action.DELAY))
    for _ in range(2000):
        points.reach("before_write")
    assert 200 < len(read_fired(tmp_path / FIRED_FILE)) < 700


def test_unknown_points_are_refused(tmp_path: Path):
    with pytest.raises(LocalProtocolError, match="no such fault point: nowhere"):
        write_plan(tmp_path, TOKEN, [plan(point="nowhere")])


def test_a_full_disk_is_felt_below_the_writer(tmp_path: Path):
    points = live(tmp_path, plan(point="disk_write"))
    file = journal_opener(points)(tmp_path / "j")
    with pytest.raises(OSError, match="No space"):
        file.write(b"x")
    assert file.write(b"x") == 1
    file.close()


@pytest.mark.parametrize("points", [POINTS["router"], POINTS["session"]])
def test_a_kill_kills_and_leaves_a_trace(tmp_path: Path, points: tuple[str, ...]):
    """The trace is written before the blow, so the harness knows what it was."""
    write_plan(tmp_path, TOKEN, [plan(point=points[0], action=Action.KILL)])
    code = (
        "import sys; from pathlib import Path; from engine.clock import SystemClock\n"
        "from engine.drill.faultpoints import fault_points\n"
        f"fault_points({TOKEN!r}, Path(sys.argv[1]), 'router', SystemClock()).reach({points[0]!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=False, timeout=deadline_s(20)
    )
    assert done.returncode == -signal.SIGKILL
    row = json.loads((tmp_path / FIRED_FILE).read_text())
    assert (row["point"], row["action"]) == (points[0], "kill")
