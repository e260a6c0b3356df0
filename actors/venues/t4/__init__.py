"""T4 (futures of CME, ICE, Eurex and others through CTS): everything known of the venue.

`VENUE` is its declaration; sources, certainty and open questions stand in the README beside it.
"""

from collections.abc import Mapping

from actors.venues.t4.capabilities import BUDGETS, CAPABILITIES, budgets_of
from actors.venues.t4.credentials import SECRET_NAMES
from actors.venues.t4.panic import PanicSession
from actors.venues.t4.private import JointSession
from actors.venues.t4.public import DataSession
from actors.venues.t4.settings import Settings
from engine.errors import InvariantViolation
from engine.session.declaration import Venue

__all__ = ["VENUE"]


def _known(settings: object) -> Settings:
    if not isinstance(settings, Settings):
        raise InvariantViolation(f"settings of T4 expected, not {type(settings).__name__}")
    return settings


def _data(settings: object, secrets: Mapping[str, str]) -> DataSession:
    return DataSession(_known(settings), secrets)


def _trade(settings: object, secrets: Mapping[str, str]) -> JointSession:
    return JointSession(_known(settings), secrets)


def _panic(settings: object, secrets: Mapping[str, str]) -> PanicSession:
    return PanicSession(_known(settings), secrets)


def _http_base_url(settings: object) -> str:
    return _known(settings).http_url


VENUE = Venue(
    name="t4",
    title="T4",
    settings=Settings,
    credentials=SECRET_NAMES,
    data_secrets=SECRET_NAMES,
    data=_data,
    trade=_trade,
    joined=True,
    capabilities=CAPABILITIES,
    budgets=BUDGETS,
    budgets_by_settings=budgets_of,
    http_base_url=_http_base_url,
    simulator="actors.venues.t4.simulator",
    simulator_credentials={
        "firm": "CTS",
        "username": "pitboss",
        "password": "pitboss-simulated",
        "app_name": "Pitboss",
        "app_license": "9d2f7c1e-6a54-4b0e-8f3d-2c1b0a998877",
        "api_key": "pitboss-simulated-api-key",
    },
    panic=_panic,
)
