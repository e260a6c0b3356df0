"""Where a venue can be reached, by name, and how the same names lead elsewhere. Pure.

An endpoint is a URL under a name of the venue's (`http`, `quote_ws`), or a pair of `host` and `port`, for a
venue whose clients are told the two apart. Each is one link, which a proxy can stand in; a pair is the
link `port`. A simulator chooses its ports by settings: `<link>_port`, or `port` for a pair.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

HOST: Final = "host"
PORT: Final = "port"
_PAIR: Final = frozenset({HOST, PORT})

Place = tuple[str, int]
"""Host and port."""


def places_of(endpoints: Mapping[str, str]) -> dict[str, Place]:
    """Where each link leads, by its name."""
    places: dict[str, Place] = {}
    for name, text in endpoints.items():
        if name == PORT and endpoints.keys() >= _PAIR:
            places[PORT] = (endpoints[HOST], int(text))
        elif name not in _PAIR:
            parts = urlsplit(text)
            places[name] = (str(parts.hostname), int(parts.port or 0))
    return places


def moved(endpoints: Mapping[str, str], places: Mapping[str, Place]) -> dict[str, str]:
    """The same endpoints with every link leading to the place that is given for it."""
    found: dict[str, str] = {}
    for name, text in endpoints.items():
        if name in _PAIR:
            host, port = places[PORT]
            found[name] = host if name == HOST else str(port)
        else:
            host, port = places[name]
            found[name] = urlsplit(text)._replace(netloc=f"{host}:{port}").geturl()
    return found


def setting_of(link: str) -> str:
    """The setting of a simulator that chooses the port of a link."""
    return PORT if link == PORT else f"{link}_port"


def links_of(settings: Iterable[str]) -> list[str]:
    """The links of a simulator with settings of these names, in their order.

    A setting `port` makes a pair of `host` and `port` where no other chooses a port.
    """
    names = list(settings)
    found = [name.removesuffix("_port") for name in names if name.endswith("_port")]
    return found or [name for name in names if name == PORT]


def made_up(links: Iterable[str], place: Place) -> dict[str, str]:
    """Endpoints of these links that all lead to one place, for looking at what is made of them."""
    host, port = place
    found: dict[str, str] = {}
    for link in links:
        if link == PORT:
            found |= {HOST: host, PORT: str(port)}
        else:
            found[link] = f"{_scheme(link)}://{host}:{port}"
    return found


def _scheme(link: str) -> str:
    word = link.rpartition("_")[2]
    return word if word in ("ws", "http", "tcp") else "tcp"
