"""`spans`: every second is covered once, however the rows lie."""

from hypothesis import given
from hypothesis import strategies as st

from engine.session.spans import Spans

ROWS_LIMIT = 200

ROWS = st.dictionaries(st.integers(0, 5_000), st.integers(0, 450), max_size=40)


@given(rows=ROWS, start_s=st.integers(0, 5_000), length_s=st.integers(0, 6_000))
def test_every_second_is_read_once_from_the_newest_on(
    rows: dict[int, int], start_s: int, length_s: int
):
    """Whole pages tile the time without hole or overlap, and only a single second stays cut."""
    end_s = start_s + length_s
    spans, expected_high_s, asked = Spans(start_s, end_s, ROWS_LIMIT), end_s, 0
    while (span := spans.next()) is not None:
        low_s, high_s = span
        found = sum(count for at_s, count in rows.items() if low_s <= at_s <= high_s)
        asked += 1
        assert asked < 2_000
        if spans.take(min(found, ROWS_LIMIT)):
            assert high_s == expected_high_s
            assert found < ROWS_LIMIT or low_s == high_s
            expected_high_s = low_s - 1
            assert spans.covered_from_s == low_s
        else:
            assert found >= ROWS_LIMIT
    assert expected_high_s == start_s - 1


def test_a_steady_rate_costs_few_pages_more_than_it_must():
    """3,600 rows at ten a second: 18 full pages, and not twice as many questions."""
    spans, asked = Spans(0, 3_600, ROWS_LIMIT), 0
    while (span := spans.next()) is not None:
        low_s, high_s = span
        asked += 1
        spans.take(min(ROWS_LIMIT, 10 * sum(at_s >= 3_240 for at_s in range(low_s, high_s + 1))))
    assert asked <= 36
