"""`login`: the signatures, against the test vectors of the fact sheet (section 3.2)."""

import json

import pytest

from actors.venues.wooxpro.login import (
    Credentials,
    keyed_headers,
    login_frame,
    sign,
    signed_headers,
)
from actors.venues.wooxpro.settings import Settings
from engine.errors import ConfigError

SECRET = "6c6c98544461bbe71db2bca4c6d7fd0021e0ba9efc215f9c6ad41852df9d9df9"
KEY = "80618e45710812162b04892c7ee5ead4a3cc3e56"
CREDENTIALS = Credentials(KEY, SECRET, "test001")


@pytest.mark.parametrize(
    ("timestamp", "what", "expected"),
    [
        (
            1589267764859,
            "wooxpro.WebSocket",
            "c9faeea6ee09e397102923d97841f8a19c1b37e6fc9ec61d15a9908e788ca19e",
        ),
        (
            1589267764859,
            "bitmart.WebSocket",
            "3ceeb7e1b8cb165a975e28a2e2dfaca4d30b358873c0351c1a071d8c83314556",
        ),
        (
            1589793796145,
            '{"symbol":"BTC_USDT","price":"8600","count":"100"}',
            "c31dc326bf87f38bfb49a3f8494961abfa291bd549d0d98d9578e87516cee46d",
        ),
        (1589793796145, "", "f38f0d62f545344208c544d43a32269234c08ad19c50b00707444a3172f47546"),
    ],
)
def test_signatures_are_those_of_the_documents(timestamp: int, what: str, expected: str):
    """Each vector of the sheet comes out."""
    assert sign(CREDENTIALS, timestamp, what) == expected


def test_the_login_frame_carries_four_texts():
    """Key, time in ms, signature and device, all strings, in this order."""
    frame = json.loads(login_frame(Settings(), CREDENTIALS, 1589267764859_999_999))
    assert frame == {
        "action": "access",
        "args": [
            KEY,
            "1589267764859",
            "c9faeea6ee09e397102923d97841f8a19c1b37e6fc9ec61d15a9908e788ca19e",
            "web",
        ],
    }


def test_headers_follow_the_configured_prefix():
    """Queries carry the key alone, commands three headers and the type of their body."""
    settings = Settings(header_prefix="X-BM")
    assert keyed_headers(settings, CREDENTIALS) == {"X-BM-KEY": KEY}
    body = '{"symbol":"BTC_USDT","price":"8600","count":"100"}'
    assert signed_headers(settings, CREDENTIALS, body, 1589793796145_000_000) == {
        "X-BM-KEY": KEY,
        "X-BM-TIMESTAMP": "1589793796145",
        "X-BM-SIGN": "c31dc326bf87f38bfb49a3f8494961abfa291bd549d0d98d9578e87516cee46d",
        "Content-Type": "application/json",
    }


def test_no_secret_shows_in_a_representation_or_a_scrubbed_text():
    """The key, the beginning of it that the venue repeats, the secret and the memo disappear."""
    shown = repr(CREDENTIALS) + CREDENTIALS.scrub(f"{KEY} {KEY[:10]}s**** {SECRET} test001")
    assert not any(secret in shown for secret in (KEY, KEY[:10], SECRET, "test001"))


def test_missing_credentials_are_all_named():
    """One error lists every name that is missing."""
    with pytest.raises(ConfigError) as caught:
        Credentials.of({"api_key": "x"})
    assert [problem.path.rpartition(".")[2] for problem in caught.value.problems] == [
        "api_secret",
        "memo",
    ]
