"""`ordering`: numbers that may be believed."""

from hypothesis import given
from hypothesis import strategies as st

from actors.venues.alltick.ordering import RESTART_AFTER, Ordering, Verdict

STEPS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=60)


@given(STEPS)
def test_what_is_believed_grows_but_for_new_beginnings(steps: list[tuple[int, int]]):
    """Nothing older is believed, and nothing twice."""
    ordering, known = Ordering(), (-1, 0)
    for seq, ts_ns in steps:
        verdict = ordering.judge(seq, ts_ns)
        if verdict is Verdict.NEWER:
            assert seq > known[0]
        elif verdict is Verdict.RESTARTED:
            assert seq < known[0]
            assert ts_ns > known[1]
        elif verdict is Verdict.REPEATED:
            assert seq == known[0]
        else:
            assert seq < known[0]
        if verdict in (Verdict.NEWER, Verdict.RESTARTED):
            known = (seq, ts_ns)


def test_a_server_that_counts_anew_is_believed_in_the_end():
    """T-049: contradictory first, then taken for a new beginning; found when a server is restarted."""
    ordering = Ordering()
    assert ordering.judge(1_000, 10) is Verdict.NEWER
    verdicts = [ordering.judge(number, 10 + number) for number in range(1, RESTART_AFTER + 2)]
    assert verdicts == [
        *[Verdict.CONTRADICTORY] * (RESTART_AFTER - 1),
        Verdict.RESTARTED,
        Verdict.NEWER,
    ]


def test_stragglers_make_no_new_beginning():
    """Overtaken pushes have older times, however many there are."""
    ordering = Ordering()
    ordering.judge(100, 100)
    assert {ordering.judge(seq, seq) for seq in range(50)} == {Verdict.OLDER}
    assert ordering.judge(100, 100) is Verdict.REPEATED
    ordering.restart()
    assert ordering.judge(1, 1) is Verdict.NEWER
