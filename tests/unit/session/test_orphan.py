"""When a session counts its router as gone, and how often it tries to cancel."""

import pytest

from engine.session.orphan import (
    ATTEMPTS_MAX,
    REPEAT_S,
    Orphan,
    OrphanPolicy,
    OrphanSettings,
    Step,
)

NS = 1_000_000_000


class Watch:
    """An orphan watched once a second; the router fell silent at 0."""

    def __init__(self, **settings: object) -> None:
        self.orphan = Orphan(OrphanSettings(**settings))
        self.now_s = 0.0
        self.heard_s = 0.0

    def look(self, *, connected: bool = True, left: bool = True) -> list[Step]:
        steps = []
        while True:
            step = self.orphan.look(
                int(self.now_s * NS),
                silence_s=self.now_s - self.heard_s,
                connected=connected,
                left=left,
            )
            if step is Step.NOTHING:
                return steps
            steps.append(step)

    def wait(self, seconds: float, **seen: bool) -> list[Step]:
        steps = []
        for _ in range(int(seconds)):
            self.now_s += 1.0
            steps += self.look(**seen)
        return steps


def test_a_router_that_restarts_in_time_is_not_missed():
    """Up to the limit nothing happens, and its word begins the time anew."""
    watch = Watch(router_gone_s_max=10.0)
    assert watch.wait(10) == []
    watch.heard_s = watch.now_s
    assert watch.wait(10) == []
    assert watch.wait(1) == [Step.ALONE, Step.CANCEL]


def test_cancels_are_repeated_until_nothing_is_left():
    """Every few seconds while orders are known to be open; then it is done, once and for all."""
    watch = Watch()
    watch.wait(11)
    assert watch.wait(REPEAT_S * 3) == [Step.CANCEL] * 3
    assert watch.wait(60, left=False) == []
    assert watch.orphan.alone


def test_one_attempt_is_made_even_when_nothing_is_known_to_be_open():
    """A session that was restarted meanwhile knows of nothing; the venue may."""
    watch = Watch()
    assert watch.wait(60, left=False) == [Step.ALONE, Step.CANCEL]


def test_an_attempt_that_could_not_reach_the_venue_does_not_count_as_one():
    """Not connected: tried again although nothing is known to be open, and anew at the log-in."""
    watch = Watch()
    steps = watch.wait(20, left=False, connected=False)
    assert steps.count(Step.CANCEL) == 2
    assert watch.wait(1, left=False) == [Step.CANCEL]
    assert watch.wait(30, left=False) == []


def test_attempts_are_bounded_and_the_end_is_told_once():
    """A venue that never does what it is told is not asked for ever."""
    watch = Watch()
    steps = watch.wait(11 + REPEAT_S * (ATTEMPTS_MAX + 20))
    assert steps.count(Step.CANCEL) == ATTEMPTS_MAX
    assert steps.count(Step.EXHAUSTED) == 1


def test_kept_orders_are_kept():
    """The policy keep tells the operator and does nothing."""
    watch = Watch(policy=OrphanPolicy.KEEP)
    assert watch.wait(100) == [Step.ALONE]


def test_a_router_that_is_back_is_told_and_may_be_lost_again():
    """Each loss begins anew."""
    watch = Watch()
    watch.wait(11)
    watch.heard_s = watch.now_s
    assert watch.look() == [Step.BACK]
    assert not watch.orphan.alone
    assert watch.wait(11) == [Step.ALONE, Step.CANCEL]


@pytest.mark.parametrize("wrong", [{"router_gone_s_max": 0.5}, {"dead_man_s": -1}])
def test_impossible_times_are_refused(wrong):
    """A second is the router's own heartbeat: less would cancel at every pause."""
    with pytest.raises(ValueError, match="at least"):
        OrphanSettings(**wrong)
