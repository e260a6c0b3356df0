import pytest

from engine.session.retryafter import RETRY_AFTER_S_MAX, retry_after_s


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (b" 120 ", 120.0),
        ("", 0.0),
        ("-5", 0.0),
        ("1.5", 0.0),
        ("\u0661", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("9" * 500, RETRY_AFTER_S_MAX),
    ],
)
def test_seconds_are_read_and_bounded(value, seconds):
    """Only a plain number of seconds counts, and never more than the maximum."""
    assert retry_after_s(value) == seconds
