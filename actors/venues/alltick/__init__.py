"""AllTick (market data only): everything that is known of the venue lives in this folder.

`VENUE` is its declaration; sources, certainty and open questions stand in the README beside it.
"""

from collections.abc import Mapping

from actors.venues.alltick.capabilities import CAPABILITIES, budgets_of
from actors.venues.alltick.plans import PLANS
from actors.venues.alltick.protocol import AllTickProtocol
from actors.venues.alltick.settings import Family, Settings
from engine.errors import InvariantViolation
from engine.session.contract import Venue

__all__ = ["VENUE"]

SECRET_NAMES = ("token",)


def _known(settings: object) -> Settings:
    if not isinstance(settings, Settings):
        raise InvariantViolation(f"settings of AllTick expected, not {type(settings).__name__}")
    return settings


def _data(settings: object, secrets: Mapping[str, str]) -> AllTickProtocol:
    return AllTickProtocol(_known(settings), secrets, Family.OTHER)


def _http_base_url(settings: object) -> str:
    return _known(settings).http_url_of(Family.OTHER)


VENUE = Venue(
    name="alltick",
    title="AllTick",
    settings=Settings,
    credentials=SECRET_NAMES,
    data_secrets=SECRET_NAMES,
    data=_data,
    trade=None,
    capabilities=CAPABILITIES,
    budgets=budgets_of(PLANS["free"], sharers=2),
    http_base_url=_http_base_url,
    simulator="actors.venues.alltick.simulator",
    simulator_credentials={"token": "simulated-alltick-token-0001"},
)
