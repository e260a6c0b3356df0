import pytest

from engine.errors import ConfigError
from engine.session.address import address_of


def test_a_url_is_taken_apart():
    """Host, port, encryption, resource and host header come from the URL."""
    address = address_of("wss://ws.example.com/api?protocol=1.1", plain_allowed=False)
    assert (address.host, address.port, address.encrypted) == ("ws.example.com", 443, True)
    assert address.resource == "/api?protocol=1.1"
    assert address.host_header == "ws.example.com"


def test_the_resource_is_never_empty():
    """A bare host asks for the root."""
    assert address_of("https://h:8443", plain_allowed=False).resource == "/"


@pytest.mark.parametrize("host", ["127.0.0.1:99", "127.8.8.8", "localhost", "[::1]:5"])
def test_plain_is_for_loopback_that_was_allowed(host):
    """Unencrypted connections need both: loopback and permission."""
    assert not address_of(f"ws://{host}/", plain_allowed=True).encrypted
    with pytest.raises(ConfigError):
        address_of(f"ws://{host}/", plain_allowed=False)


@pytest.mark.parametrize(
    "url",
    [
        "ws://example.com/",
        "http://10.0.0.1/",
        "ws://localhost.example.com/",
        "ws://0.0.0.0/",
        "ftp://127.0.0.1/",
        "wss://",
        "wss://user:pw@example.com/",
        "wss://example.com:99999/",
        "wss://[::1/",
        "example.com",
    ],
)
def test_bad_targets_are_refused(url):
    """Plain to elsewhere, other schemes, credentials inside and nonsense are configuration errors."""
    with pytest.raises(ConfigError):
        address_of(url, plain_allowed=True)


def test_errors_do_not_show_the_query():
    """Tokens in a query stay out of the error's text."""
    with pytest.raises(ConfigError) as caught:
        address_of("ws://example.com/?token=hunter2", plain_allowed=True)
    assert "hunter2" not in str(caught.value)
