"""Who may come in, by the test vectors of the fact sheet."""

import pytest

from actors.venues.wooxpro.simulator.login import (
    Credentials,
    check_login,
    in_window,
    signature,
)

SECRET = "6c6c98544461bbe71db2bca4c6d7fd0021e0ba9efc215f9c6ad41852df9d9df9"
KEY = Credentials(
    api_key="80618e45710812162b04892c7ee5ead4a3cc3e56", api_secret=SECRET, memo="test001"
)
WOOX = "c9faeea6ee09e397102923d97841f8a19c1b37e6fc9ec61d15a9908e788ca19e"
BITMART = "3ceeb7e1b8cb165a975e28a2e2dfaca4d30b358873c0351c1a071d8c83314556"
STAMP = "1589267764859"
BOTH = ("wooxpro.WebSocket", "bitmart.WebSocket")


@pytest.mark.parametrize(
    ("stamp", "suffix", "expected"),
    [
        (STAMP, "wooxpro.WebSocket", WOOX),
        (STAMP, "bitmart.WebSocket", BITMART),
        (
            "1589793796145",
            '{"symbol":"BTC_USDT","price":"8600","count":"100"}',
            "c31dc326bf87f38bfb49a3f8494961abfa291bd549d0d98d9578e87516cee46d",
        ),
        ("1589793796145", "", "f38f0d62f545344208c544d43a32269234c08ad19c50b00707444a3172f47546"),
    ],
)
def test_signatures_equal_the_vectors_of_the_sheet(stamp, suffix, expected):
    """Every published or computed vector comes out."""
    assert signature(SECRET, stamp, "test001", suffix) == expected


@pytest.mark.parametrize("sign", [WOOX, BITMART])
def test_each_listed_suffix_logs_in(sign):
    """Both suffixes are accepted when both are listed."""
    account, error = check_login(
        [KEY.api_key, STAMP, sign, "web"], {KEY.api_key: KEY}, BOTH, int(STAMP)
    )
    assert (account, error) == (KEY.api_key, "")


def test_a_suffix_that_is_not_listed_does_not_log_in():
    """The list decides."""
    account, _ = check_login(
        [KEY.api_key, STAMP, BITMART, "web"], {KEY.api_key: KEY}, BOTH[:1], int(STAMP)
    )
    assert account is None


@pytest.mark.parametrize("skew_ms", [-60_000, -5_000, 0, 5_000, 60_000])
def test_the_clock_may_be_off_by_a_minute_either_way(skew_ms):
    """The window is symmetric and includes its ends."""
    assert in_window(STAMP, int(STAMP) + skew_ms)


@pytest.mark.parametrize(
    "stamp", ["", "x", "1589267764.859", "-1", "١٥٨", "9" * 17, "1589267704858"]
)
def test_what_is_no_time_within_a_minute_is_refused(stamp):
    """Text, fractions, foreign digits, absurd lengths and 60.001 s are outside."""
    assert not in_window(stamp, int(STAMP))


def test_the_error_masks_the_key_after_ten_characters():
    """The venue's text, letter by letter."""
    _, error = check_login(["880d5edecs1234567890", STAMP, "x", "web"], {}, BOTH, int(STAMP))
    assert error == (
        "access failed: openapi auth: apiKey 880d5edecs**** failed: openapi auth failed"
    )


@pytest.mark.parametrize("arguments", [[], [KEY.api_key], [1, 2, 3], [None] * 4])
def test_odd_arguments_are_refused_without_failing(arguments):
    """Missing and mistyped arguments are a refused login."""
    assert check_login(arguments, {KEY.api_key: KEY}, BOTH, int(STAMP))[0] is None
