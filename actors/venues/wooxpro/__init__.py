"""WOO X Pro (futures): everything that is known of the venue lives in this folder.

`VENUE` is its declaration; sources, certainty and open questions stand in the README beside it.
"""

from collections.abc import Mapping

from actors.venues.wooxpro.capabilities import BUDGETS, CAPABILITIES
from actors.venues.wooxpro.login import SECRET_NAMES
from actors.venues.wooxpro.panic import RestPanic
from actors.venues.wooxpro.private import PrivateProtocol
from actors.venues.wooxpro.public import PublicProtocol
from actors.venues.wooxpro.settings import Settings
from engine.errors import InvariantViolation
from engine.session.declaration import Venue

__all__ = ["VENUE"]


def _known(settings: object) -> Settings:
    if not isinstance(settings, Settings):
        raise InvariantViolation(f"settings of WOO X Pro expected, not {type(settings).__name__}")
    return settings


def _data(settings: object, secrets: Mapping[str, str]) -> PublicProtocol:
    return PublicProtocol(_known(settings), secrets)


def _trade(settings: object, secrets: Mapping[str, str]) -> PrivateProtocol:
    return PrivateProtocol(_known(settings), secrets)


def _panic(settings: object, secrets: Mapping[str, str]) -> RestPanic:
    return RestPanic(_known(settings), secrets)


def _http_base_url(settings: object) -> str:
    return _known(settings).http_url


VENUE = Venue(
    name="wooxpro",
    title="WOO X Pro",
    settings=Settings,
    credentials=SECRET_NAMES,
    data_secrets=(),
    data=_data,
    trade=_trade,
    capabilities=CAPABILITIES,
    budgets=BUDGETS,
    http_base_url=_http_base_url,
    simulator="actors.venues.wooxpro.simulator",
    simulator_credentials={
        "api_key": "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678",
        "api_secret": "6c6c98544461bbe71db2bca4c6d7fd0021e0ba9efc215f9c6ad41852df9d9df9",
        "memo": "pitboss",
    },
    panic=_panic,
)
