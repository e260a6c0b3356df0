"""The heartbeat's arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from engine.supervise.heartbeat import Heartbeat


def test_three_unanswered_pings_are_a_hang() -> None:
    """Stuck exactly at the limit, and no longer once an answer comes."""
    beat = Heartbeat(missed_max=3)
    assert beat.age_s(5) is None
    beat.pong(beat.next(), now_mono_ns=1_000_000_000)
    for expected in (False, False, True):
        beat.next()
        assert beat.stuck is expected
    beat.pong(3, now_mono_ns=2_000_000_000)
    assert not beat.stuck
    assert beat.age_s(2_500_000_000) == 0.5


def test_a_starting_process_is_forgiven() -> None:
    """What was missed while starting does not count afterwards."""
    beat = Heartbeat(missed_max=2)
    for _ in range(5):
        beat.next()
    beat.forgive()
    assert beat.missed == 0
    beat.next()
    assert not beat.stuck
    beat.next()
    assert beat.stuck


def test_pongs_for_no_ping_change_nothing() -> None:
    """Neither an answer to the future nor a late one to the past counts."""
    beat = Heartbeat(missed_max=2)
    for number in (1, 2, 3):
        assert beat.next() == number
    beat.pong(2, 10)
    for number in (7, 0, -1, 1, 2):
        beat.pong(number, 99)
    assert (beat.answered, beat.answered_mono_ns, beat.missed) == (2, 10, 1)


@given(st.lists(st.one_of(st.just("ping"), st.integers(-3, 40)), max_size=60))
def test_it_never_accuses_one_that_answers_every_ping(steps: list[str | int]) -> None:
    """`missed` is never negative, and zero right after the last ping is answered."""
    beat = Heartbeat(missed_max=3)
    for now, step in enumerate(steps, start=1):
        if step == "ping":
            beat.next()
        else:
            beat.pong(int(step), now)
        assert 0 <= beat.missed <= beat.sent
    beat.pong(beat.next(), 10**9)
    assert beat.missed == 0
