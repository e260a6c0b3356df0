"""The gap detector and the topic order it rests on."""

from hypothesis import given
from hypothesis import strategies as st

from engine.bus.sequence import SequenceTrack, Step, Verdict


def verdicts(*numbers, boot=5):
    track = SequenceTrack()
    return [track.accept(boot, number).verdict.value for number in numbers]


def test_numbers_in_order():
    """The first number may be any, the following ones are the next."""
    assert verdicts(7, 8, 9) == ["first", "next", "next"]


def test_gaps_are_counted_and_passed():
    """A gap tells how many are missing; the track goes on behind it."""
    track = SequenceTrack()
    track.accept(1, 1)
    assert track.accept(1, 5) == Step(Verdict.GAP, 3)
    assert track.accept(1, 6).verdict is Verdict.NEXT


def test_repeats_move_nothing():
    """What was seen, or is older, is a repeat."""
    assert verdicts(3, 3, 2, 1, 4) == ["first", "repeat", "repeat", "repeat", "next"]


def test_a_new_boot_starts_again_and_the_old_is_over():
    """Another boot is new with what is missing before it; the boot left behind never returns."""
    track = SequenceTrack()
    track.accept(1, 9)
    assert track.accept(2, 3) == Step(Verdict.NEW_BOOT, 2)
    assert track.accept(1, 10).verdict is Verdict.REPEAT
    assert track.accept(2, 4).verdict is Verdict.NEXT
    assert track.accept(3, 1) == Step(Verdict.NEW_BOOT, 0)


def test_look_changes_nothing():
    """Asking what a number would mean leaves the track where it is."""
    track = SequenceTrack()
    track.accept(1, 1)
    assert track.look(1, 9) == track.look(1, 9) == Step(Verdict.GAP, 7)
    assert (track.boot, track.last) == (1, 1)


@given(st.lists(st.integers(1, 30), min_size=1))
def test_what_is_missing_adds_up(numbers):
    """Accepted plus missing numbers are exactly the span from the first to the last."""
    track = SequenceTrack()
    accepted = missing = 0
    for number in numbers:
        step = track.accept(1, number)
        accepted += step.verdict is not Verdict.REPEAT
        missing += step.missing
    assert accepted + missing == track.last - numbers[0] + 1
