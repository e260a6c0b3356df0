"""High-water marks keep the most that there was."""

from hypothesis import given
from hypothesis import strategies as st

from engine.watermark import Watermark


@given(st.lists(st.integers(0, 100)))
def test_a_mark_never_falls(held: list[int]):
    mark = Watermark(50)
    for each in held:
        mark.note(each)
    assert mark.level == (max(held, default=0), 50)
