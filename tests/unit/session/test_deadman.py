"""Timers at the venue: set, renewed in time, switched off, and left to run out when nobody attends."""

from engine.session.deadman import Arm, DeadMan

NS = 1_000_000_000


def look(timer: DeadMan, at_s: float, *wanted: str, attended: bool = True) -> list[Arm]:
    return timer.look(int(at_s * NS), wanted, attended=attended)


def test_a_timer_is_set_with_the_first_order_and_renewed_three_times_in_its_length():
    """Two renewals may get lost before the venue cancels."""
    timer = DeadMan(60)
    sets = [at for at in range(130) if look(timer, 1000 + at, "A")]
    assert sets == [0, 20, 40, 60, 80, 100, 120]
    assert timer.armed == ("A",)


def test_a_timer_is_switched_off_where_no_order_is_left():
    """Once; another instrument's goes on."""
    timer = DeadMan(60)
    assert look(timer, 1000, "B", "A") == [Arm(("A", "B"), 60)]
    assert look(timer, 1001, "A") == [Arm(("B",), 0)]
    assert look(timer, 1002, "A") == []
    assert look(timer, 1003, "A", "B") == [Arm(("B",), 60)]


def test_what_cannot_be_kept_is_not_counted_as_armed():
    """One that runs is not given up for another; a free place is taken. Found by review M4."""
    timer = DeadMan(60, armed_max=2)
    assert look(timer, 1000, "C", "D") == [Arm(("C", "D"), 60)]
    assert look(timer, 1001, "A", "B", "C", "D") == []
    assert (timer.armed, timer.left_out) == (("C", "D"), ("A", "B"))
    assert look(timer, 1002, "A", "B", "D") == [Arm(("C",), 0), Arm(("A",), 60)]
    assert (timer.armed, timer.left_out) == (("D", "A"), ("B",))


def test_nobody_attends_and_it_runs_out():
    """Neither renewed nor switched off; when somebody attends again it is set again at once."""
    timer = DeadMan(60)
    look(timer, 1000, "A")
    assert look(timer, 1030, "A", attended=False) == []
    assert look(timer, 1030, attended=False) == []
    assert timer.armed == ("A",)
    assert look(timer, 1060, "A", attended=False) == []
    assert timer.armed == ()
    assert look(timer, 1061, "A") == [Arm(("A",), 60)]


def test_an_orderly_stop_switches_all_off_once():
    """What is left at the venue is left on purpose."""
    timer = DeadMan(60)
    assert timer.disarm() == []
    look(timer, 1000, "A", "B")
    assert timer.disarm() == [Arm(("A", "B"), 0)]
    assert timer.disarm() == []


def test_without_a_length_there_is_no_timer():
    """0 is off."""
    timer = DeadMan(0)
    assert look(timer, 1000, "A") == []
    assert timer.armed == ()
