"""Settings: what is refused and how that is said, and where they lead."""

import pytest

from actors.venues.t4.capabilities import budgets_of
from actors.venues.t4.settings import Settings
from engine.errors import ConfigError
from engine.settings.converter import structure

ENDPOINTS = {"http": "http://127.0.0.1:1", "ws": "ws://127.0.0.1:1/v1"}
ES = "CME_Eq/ES/XCME_Eq ES (H24)"


def test_the_defaults_are_the_real_venue():
    """Over TLS, with the names of API v1."""
    assert Settings().ws_url == "wss://wss.t4login.com/v1"
    assert Settings().http_url == "https://api.t4login.com"


def test_for_simulator():
    """Endpoints are replaced; a contract is named where none was."""
    settings = Settings(depth_levels="all").for_simulator(ENDPOINTS)
    assert (settings.ws_url, settings.http_url) == (ENDPOINTS["ws"], ENDPOINTS["http"])
    assert settings.depth_levels == "all"
    assert settings.contracts == ("CME_Eq/ES",)
    assert Settings(markets=(ES,)).for_simulator(ENDPOINTS).contracts == ()


def test_market_ids_may_hold_slashes_and_blanks():
    """Only the first two slashes divide."""
    given = {"markets": [ES, "X/Y/A B/C (1)"]}
    assert structure(given, Settings, path="venues.t4").markets == (ES, "X/Y/A B/C (1)")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"http_url": "http://example.com"}, "only allowed on loopback"),
        ({"http_url": "https://user:pw@example.com"}, "credentials"),
        ({"http_url": "https://example.com/"}, "slash"),
        ({"ws_url": "ws://example.com/v1"}, "only allowed on loopback"),
        ({"ws_url": "wss://example.com:99999"}, "not a URL"),
        ({"login": "password"}, "'api_key'"),
        ({"price_format": "Real"}, "clearing_decimal"),
        ({"contracts": ["ES"]}, "CME_Eq/ES"),
        ({"contracts": ["CME_Eq/"]}, "CME_Eq/ES"),
        ({"contracts": ["CME_Eq/ES", "CME_Eq/ES"]}, "twice"),
        ({"contracts": [f"CME_Eq/E{n}" for n in range(51)]}, "at most 50"),
        ({"markets": ["CME_Eq/ES"]}, "XCME_Eq ES"),
        ({"markets": ["CME_Eq/ES/ x"]}, "XCME_Eq ES"),
        ({"depth_buffer": "fast"}, "'smart_trade'"),
        ({"depth_buffer": "trade_only"}, "market_by_order"),
        ({"depth_levels": "10"}, "'normal'"),
        ({"book_source": "mbo"}, "'market_by_order'"),
        ({"book_levels": 0}, "from 1"),
        ({"account": " A"}, "id, number or name"),
        ({"currency": "dollar"}, "three letters"),
        ({"currencies": {"Eurex": "EU"}}, "Eurex"),
        ({"fee_rate": "0.5"}, "fee_rate"),
        ({"silence_limit_s": 10.0}, "longer than heartbeat_interval_s"),
        ({"trading_day_start": "5pm"}, "17:00"),
        ({"trading_day_zone": "Chicago"}, "America/Chicago"),
        ({"bar_interval": "1d"}, "'1m'"),
        ({"requests_per_s": 0}, "requests_per_s"),
    ],
)
def test_what_is_refused(wrong, said):
    """Each with words that say what to write instead."""
    with pytest.raises(ConfigError, match=r"venues\.t4") as refused:
        structure(wrong, Settings, path="venues.t4")
    assert said in str(refused.value)


def test_currencies():
    """The contract's word before the exchange's before that for all."""
    settings = Settings(currencies={"Eurex": "EUR", "Eurex/FX": "CHF"})
    found = [settings.currency_of("Eurex", "FX"), settings.currency_of("Eurex", "DAX")]
    assert [*found, settings.currency_of("CME_Eq", "ES")] == ["CHF", "EUR", "USD"]


def test_the_pace_of_rest_is_a_setting():
    """The budget follows it."""
    assert [budget.count for budget in budgets_of(Settings(requests_per_s=3))] == [3]
