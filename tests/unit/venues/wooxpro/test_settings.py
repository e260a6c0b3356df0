"""`settings`: what a configuration file may say of WOO X Pro, and how it is told what is wrong."""

import pytest

from actors.venues.wooxpro.settings import PUBLIC_PATH, Settings, with_path
from engine.errors import ConfigError
from engine.settings.converter import structure


def test_defaults_are_usable_without_any_setting():
    """A file that names nothing gives settings that a simulator completes."""
    endpoints = {
        "http": "http://127.0.0.1:1",
        "public_ws": "ws://[::1]:2",
        "private_ws": "ws://localhost:3",
    }
    settings = structure({}, Settings).for_simulator(endpoints)
    assert (settings.http_url, settings.public_ws_url, settings.private_ws_url) == tuple(
        endpoints.values()
    )


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("http_url", "http://example.org", "only allowed on loopback"),
        ("public_ws_url", "ws://10.0.0.1/api", "only allowed on loopback"),
        ("public_ws_url", "https://example.org", "must be a wss:// URL"),
        ("private_ws_url", "wss://user:secret@example.org/user", "must not carry credentials"),
        ("private_ws_url", "wss://example.org:99999/user", "is not a URL"),
        ("ping_interval_s", 20, "must be from 1 to 19.0"),
        ("login_action", "logon", "must be one of 'access', 'login'"),
        ("sign_suffix", "", "must be one of"),
        ("header_prefix", "X", "must be one of 'X-API', 'X-BM'"),
        ("topics_per_frame_max", 0, "must be from 1 to 100"),
        ("topic_bytes_max", 5000, "must be from 128 to 4096"),
        ("book_depth", 10, "must be one of 5, 20, 50"),
        ("book_feed", "deep", "must be one of 'all', 'increase', 'sides'"),
        ("bar_interval", "3m", "must be one of '1m'"),
        ("position_mode", "net", "must be one of 'auto'"),
        ("default_leverage", 0, "must be from 1 to 200"),
        ("asset_currencies", ["EUR"], "not 'EUR'"),
        ("quiet", {"quote_s": -1}, "quote_s must be from 0"),
        ("taker_fee_rate", "0.5", "must be from -0.01 to 0.01"),
        ("leverage", 5, "unknown key 'leverage'"),
    ],
)
def test_a_wrong_value_is_refused_with_its_reason(key: str, value: object, words: str):
    """Every fault names the key and what would be right."""
    with pytest.raises(ConfigError) as caught:
        structure({key: value}, Settings, path="venues.wooxpro")
    assert words in str(caught.value)
    assert key in str(caught.value)


def test_a_url_of_a_host_alone_gets_the_path_of_the_sibling():
    """Path and query are kept where they are given and completed where they are not."""
    assert with_path("wss://example.org", PUBLIC_PATH) == "wss://example.org/api?protocol=1.1"
    assert with_path("wss://example.org/", PUBLIC_PATH) == "wss://example.org/api?protocol=1.1"
    assert with_path("wss://example.org/other", PUBLIC_PATH) == "wss://example.org/other"
