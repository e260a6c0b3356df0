"""Settings: what is refused, and where they lead."""

import pytest

from actors.venues.longbridge.settings import Settings
from engine.errors import ConfigError
from engine.settings.converter import structure

ENDPOINTS = {
    "http": "http://127.0.0.1:1",
    "quote_ws": "ws://127.0.0.1:2",
    "trade_ws": "ws://127.0.0.1:3/v2?a=b",
    "quote_tcp": "tcp://127.0.0.1:4",
    "trade_tcp": "tcp://127.0.0.1:5",
}


def test_the_defaults_are_the_real_venue():
    """Over WebSocket, with the handshake in the query."""
    settings = Settings()
    assert settings.quote_url() == (
        "wss://openapi-quote.longbridge.com/v2?version=1&codec=1&platform=9"
    )
    assert "openapi-trade" in settings.trade_url()
    assert not settings.is_tcp


@pytest.mark.parametrize(
    ("transport", "quote", "trade"),
    [
        ("ws", "ws://127.0.0.1:2?version=1&codec=1&platform=9",
         "ws://127.0.0.1:3/v2?a=b&version=1&codec=1&platform=9"),
        ("tcp", "tcp://127.0.0.1:4", "tcp://127.0.0.1:5"),
    ],
)  # fmt: skip
def test_for_simulator(transport, quote, trade):
    """Endpoints are replaced, everything else stays; a simulator trades at any hour."""
    settings = Settings(transport=transport, language="zh-HK").for_simulator(ENDPOINTS)
    assert (settings.quote_url(), settings.trade_url()) == (quote, trade)
    assert settings.http_url == ENDPOINTS["http"]
    assert settings.language == "zh-HK"
    assert settings.quiet.any_hour


@pytest.mark.parametrize(
    "wrong",
    [
        {"http_url": "http://example.com"},
        {"http_url": "https://example.com/"},
        {"http_url": "https://user:pw@example.com"},
        {"quote_ws_url": "ws://example.com"},
        {"quote_ws_url": "https://example.com"},
        {"quote_tcp_url": "wss://example.com"},
        {"quote_tcp_url": "tcp://example.com:99999"},
        {"transport": "udp"},
        {"language": "de"},
        {"requests_per_s": 0},
        {"subscribed_symbols_max": 501},
        {"silence_limit_s": 10.0, "heartbeat_interval_s": 10.0},
        {"bar_period": "1d"},
        {"ticks": {"hk": []}},
        {"ticks": {"hk": [{"below": "1", "tick": "2"}]}},
        {"quiet": {"depth_s": -1}},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong):
    """With the name of what is wrong."""
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        structure(wrong, Settings, path="venues.longbridge")


def test_tables_of_ticks_can_be_set():
    """As in a configuration file."""
    bands = [{"below": "10", "tick": "0.005"}, {"below": "100", "tick": "0.01"}]
    settings = structure({"ticks": {"hk": bands}}, Settings)
    assert [str(band.tick) for band in settings.ticks.of("HK")] == ["0.005", "0.01"]
    assert settings.ticks.of("US") == Settings().ticks.us
