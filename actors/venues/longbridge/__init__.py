"""Longbridge (equities of Hong Kong, the US, China and Singapore): everything known of the venue.

`VENUE` is its declaration; sources, certainty and open questions stand in the README beside it.
"""

from collections.abc import Mapping

from actors.venues.longbridge.capabilities import BUDGETS, CAPABILITIES
from actors.venues.longbridge.panic import HttpPanic
from actors.venues.longbridge.private import TradeProtocol
from actors.venues.longbridge.public import QuoteProtocol
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.signature import SECRET_NAMES
from engine.errors import InvariantViolation
from engine.session.declaration import Venue

__all__ = ["VENUE"]


def _known(settings: object) -> Settings:
    if not isinstance(settings, Settings):
        raise InvariantViolation(f"settings of Longbridge expected, not {type(settings).__name__}")
    return settings


def _data(settings: object, secrets: Mapping[str, str]) -> QuoteProtocol:
    return QuoteProtocol(_known(settings), secrets)


def _trade(settings: object, secrets: Mapping[str, str]) -> TradeProtocol:
    return TradeProtocol(_known(settings), secrets)


def _panic(settings: object, secrets: Mapping[str, str]) -> HttpPanic:
    return HttpPanic(_known(settings), secrets)


def _http_base_url(settings: object) -> str:
    return _known(settings).http_url


VENUE = Venue(
    name="longbridge",
    title="Longbridge",
    settings=Settings,
    credentials=SECRET_NAMES,
    data_secrets=SECRET_NAMES,
    data=_data,
    trade=_trade,
    capabilities=CAPABILITIES,
    budgets=BUDGETS,
    http_base_url=_http_base_url,
    simulator="actors.venues.longbridge.simulator",
    simulator_credentials={
        "app_key": "5f0c1d2e3b4a59687786a5b4c3d2e1f0",
        "app_secret": "9d1e8c7b6a5f4e3d2c1b0a99887766554433221100ffeeddccbbaa9988776655",
        "access_token": "m_pitboss-simulated-access-token",
    },
    panic=_panic,
)
