"""Settings: what is refused, and where they lead."""

from decimal import Decimal

import pytest

from actors.venues.webctp.products import Products
from actors.venues.webctp.settings import SIMULATED_FRONT, Settings
from engine.errors import ConfigError
from engine.session.address import address_of
from engine.settings.converter import structure


def structured(given):
    return structure(given, Settings, path="venues.webctp")


def test_the_gateway_is_on_this_host_by_default():
    """One runs it oneself."""
    assert Settings().url("trade") == "ws://127.0.0.1:8888/trade"
    assert structured({"host": "::1"}).url("market_data") == "ws://[::1]:8888/market_data"


def test_another_host_needs_the_users_word():
    """Nothing on the way is encrypted, the password included; the message says what to do."""
    with pytest.raises(ConfigError, match=r"plain_accepted = true"):
        structured({"host": "10.0.0.7"})
    assert structured({"host": "10.0.0.7", "plain_accepted": True}).host == "10.0.0.7"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_the_urls_of_every_host_can_be_connected_to(host):
    """What the settings make of a host is an address."""
    url = structured({"host": host}).url("trade")
    assert address_of(url, plain_allowed=False, plain_accepted=True).host == host


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "ws://127.0.0.1"},
        {"host": ""},
        {"port": 0},
        {"port": 65_536},
        {"port": "8888"},
        {"md_front": "tcp://180.168.146.187:10211"},
        {"md_front": "180.168.146.187"},
        {"td_front": "180.168.146.187:99999"},
        {"investor_id": "1234567890123"},
        {"silence_limit_s": 10.0, "ping_interval_s": 10.0},
        {"subscribes_per_s": 0},
        {"holidays": ["2026-10-01"]},
        {"holidays": ["20261301"]},
        {"products": {"zz": {"exchange": "SHFE"}}},
        {"products": {"rb": {"exchange": "NYSE"}}},
        {"products": {"rb": {"night_ends": "22:00"}}},
        {"turn_timeout_s": 0},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong):
    """With the name of what is wrong."""
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        structured(wrong)


def test_an_added_product_must_be_whole():
    """What is missing is named."""
    with pytest.raises(ConfigError, match="must say multiplier, price_tick"):
        structured({"products": {"zz": {"exchange": "SHFE"}}})


def test_products_are_overridden_field_by_field():
    """As in a configuration file."""
    given = {
        "rb": {"price_tick": "0.5"},
        "zz": {"exchange": "DCE", "multiplier": "7", "price_tick": "0.1", "night_ends": "23:00"},
    }
    products = Products(structured({"products": given}).products)
    changed, added = products.get("rb"), products.get("zz")
    assert changed is not None
    assert added is not None
    assert (changed.price_tick, changed.multiplier) == (Decimal("0.5"), Decimal(10))
    assert (added.exchange, added.multiplier, added.day) == ("DCE", Decimal(7), "commodity")


def test_for_simulator():
    """Host and port are texts; a front that was configured stays; all hours are trading hours."""
    settings = Settings(td_front="10.0.0.1:1").for_simulator({"host": "127.0.0.1", "port": "4711"})
    assert settings.url("trade") == "ws://127.0.0.1:4711/trade"
    assert (settings.md_front, settings.td_front) == (SIMULATED_FRONT, "10.0.0.1:1")
    assert settings.any_hour


def test_a_simulator_is_on_this_host_whatever_the_gateway_was():
    """The user's word for another host is not needed for it, nor in the way."""
    settings = structured({"host": "10.0.0.7", "plain_accepted": True})
    assert settings.for_simulator({"host": "127.0.0.1", "port": "1"}).host == "127.0.0.1"
