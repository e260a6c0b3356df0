"""AllTick (market data only): everything that is known of the venue lives in this folder.

`VENUE` is its declaration; sources, certainty and open questions stand in the README beside it.
"""

from collections.abc import Mapping
from typing import Final

from actors.venues.alltick.capabilities import CAPABILITIES, budgets_of
from actors.venues.alltick.codes import serves
from actors.venues.alltick.protocol import AllTickProtocol
from actors.venues.alltick.settings import Family, Settings
from engine.errors import InvariantViolation
from engine.session.declaration import Budget, Venue
from engine.session.feeds import Feed

__all__ = ["VENUE"]

SECRET_NAMES: Final = ("token",)


def _known(settings: object) -> Settings:
    if not isinstance(settings, Settings):
        raise InvariantViolation(f"settings of AllTick expected, not {type(settings).__name__}")
    return settings


def _feed(family: Family) -> Feed:
    """One family is one session, with a connection, a heartbeat and limits of its own."""

    def data(settings: object, secrets: Mapping[str, str]) -> AllTickProtocol:
        return AllTickProtocol(_known(settings), secrets, family)

    def http_base_url(settings: object) -> str:
        return _known(settings).http_url_of(family)

    return Feed(name=str(family), serves=serves(family), data=data, http_base_url=http_base_url)


def _http_base_url(settings: object) -> str:
    return _known(settings).http_url_of(Family.OTHER)


def _budgets(settings: object) -> tuple[Budget, ...]:
    known = _known(settings)
    return budgets_of(known.bought, sharers=known.token_sharers)


VENUE = Venue(
    name="alltick",
    title="AllTick",
    settings=Settings,
    credentials=SECRET_NAMES,
    data_secrets=SECRET_NAMES,
    feeds=(_feed(Family.STOCK), _feed(Family.OTHER)),
    trade=None,
    capabilities=CAPABILITIES,
    budgets=_budgets(Settings()),
    budgets_by_settings=_budgets,
    http_base_url=_http_base_url,
    simulator="actors.venues.alltick.simulator",
    simulator_credentials={"token": "simulated-alltick-token-0001"},
)
