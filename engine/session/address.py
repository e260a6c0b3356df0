"""Where a session connects to: one URL taken apart and judged before any byte is sent.

Plain connections are refused unless the peer is this very host and the caller allowed it (that is
how simulators are reached): a credential must not leave the machine unencrypted because of a typing
error in a configuration.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

import attrs

from engine.errors import ConfigError, Problem

_PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443, "tcp": 0}
"""Default ports; plain TCP has none and must name it."""

_ENCRYPTED = frozenset({"wss", "https"})


@attrs.frozen
class Address:
    """A checked URL. `resource` is path and query, never empty; `host_header` as HTTP wants it."""

    host: str
    port: int
    encrypted: bool
    resource: str
    host_header: str


def address_of(url: str, *, plain_allowed: bool, plain_accepted: bool = False) -> Address:
    """Take a `ws`, `wss`, `http`, `https` or `tcp` URL apart.

    Args:
        url: with a port in the case of `tcp`, which is never encrypted.
        plain_allowed: permits plain connections to the loopback interface.
        plain_accepted: permits this one to anywhere: its user was told and wants it.

    Raises:
        ConfigError: not such a URL, credentials inside it, or a plain connection that is neither
            accepted nor both allowed and to the loopback interface.
    """
    shown = url.partition("?")[0]
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(Problem("url", f"{shown!r} is no URL: {error}")) from None
    host = parts.hostname
    if parts.scheme not in _PORTS or not host:
        raise ConfigError(Problem("url", f"{shown!r} is no ws, wss, http, https or tcp URL"))
    if not (port or _PORTS[parts.scheme]):
        raise ConfigError(Problem("url", f"{shown!r} names no port"))
    if parts.username is not None:
        raise ConfigError(Problem("url", "a URL must not carry a user or password"))
    encrypted = parts.scheme in _ENCRYPTED
    if not (encrypted or plain_accepted or (plain_allowed and is_loopback(host))):
        raise ConfigError(
            Problem(
                "url",
                f"{shown!r} is not encrypted",
                "use wss or https; plain connections are for simulators on loopback",
            )
        )
    return Address(
        host=host,
        port=port or _PORTS[parts.scheme],
        encrypted=encrypted,
        resource=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        host_header=parts.netloc,
    )


def is_loopback(host: str) -> bool:
    """Whether the name or literal address is this host and never leaves it."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
