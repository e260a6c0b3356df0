"""Endpoints are URLs, or a pair of host and port; proxies and simulators find their way by either."""

import pytest

from engine.session.endpoints import links_of, made_up, moved, places_of, setting_of

URLS = {"http": "http://127.0.0.1:81/api?x=1", "quote_ws": "ws://127.0.0.1:82"}
PAIR = {"host": "127.0.0.1", "port": "83"}


def test_places_by_link():
    """A pair is one link, called like the setting of its simulator."""
    assert places_of(URLS) == {"http": ("127.0.0.1", 81), "quote_ws": ("127.0.0.1", 82)}
    assert places_of(PAIR) == {"port": ("127.0.0.1", 83)}
    assert places_of({**URLS, **PAIR}).keys() == {"http", "quote_ws", "port"}


@pytest.mark.parametrize("endpoints", [URLS, PAIR, {**URLS, **PAIR}])
def test_moved_endpoints_lead_elsewhere_and_are_otherwise_the_same(endpoints):
    """Names and order stay, paths stay; moving back gives what there was."""
    places = places_of(endpoints)
    elsewhere = {link: ("127.0.0.2", port + 1000) for link, (_, port) in places.items()}
    away = moved(endpoints, elsewhere)

    assert list(away) == list(endpoints)
    assert places_of(away) == elsewhere
    assert moved(away, places) == endpoints


def test_settings_choose_the_ports_of_links():
    """One setting each; `port` alone makes a pair, beside others it is something of the venue's."""
    assert (setting_of("ws"), setting_of("port")) == ("ws_port", "port")
    assert links_of(["host", "port", "speed"]) == ["port"]
    assert links_of(["port", "http_port", "quote_ws_port", "support"]) == ["http", "quote_ws"]
    assert links_of(["speed"]) == []


def test_made_up_endpoints_have_the_shape_of_their_names():
    """As programs read them."""
    assert made_up(["http", "stock_ws", "quote_tcp", "port"], ("127.0.0.1", 1)) == {
        "http": "http://127.0.0.1:1",
        "stock_ws": "ws://127.0.0.1:1",
        "quote_tcp": "tcp://127.0.0.1:1",
        "host": "127.0.0.1",
        "port": "1",
    }
