"""WebCTP (futures of the Chinese exchanges, through a CTP gateway that one runs oneself).

`VENUE` is its declaration; sources, certainty and open questions stand in the README beside it.
"""

from collections.abc import Mapping

from actors.venues.webctp.capabilities import BUDGETS, CAPABILITIES
from actors.venues.webctp.credentials import DATA_SECRET_NAMES, SECRET_NAMES
from actors.venues.webctp.panic import PanicSession
from actors.venues.webctp.private import TradeSession
from actors.venues.webctp.public import DataSession
from actors.venues.webctp.settings import Settings
from engine.errors import InvariantViolation
from engine.session.declaration import Venue

__all__ = ["VENUE"]


def _known(settings: object) -> Settings:
    if not isinstance(settings, Settings):
        raise InvariantViolation(f"settings of WebCTP expected, not {type(settings).__name__}")
    return settings


def _data(settings: object, secrets: Mapping[str, str]) -> DataSession:
    return DataSession(_known(settings), secrets)


def _trade(settings: object, secrets: Mapping[str, str]) -> TradeSession:
    return TradeSession(_known(settings), secrets)


def _panic(settings: object, secrets: Mapping[str, str]) -> PanicSession:
    return PanicSession(_known(settings), secrets)


def _http_base_url(settings: object) -> str:
    """There is no HTTP API."""
    _known(settings)
    return ""


VENUE = Venue(
    name="webctp",
    title="WebCTP",
    settings=Settings,
    credentials=SECRET_NAMES,
    data_secrets=DATA_SECRET_NAMES,
    data=_data,
    trade=_trade,
    capabilities=CAPABILITIES,
    budgets=BUDGETS,
    http_base_url=_http_base_url,
    simulator="actors.venues.webctp.simulator",
    simulator_credentials={
        "broker_id": "9999",
        "user_id": "100001",
        "password": "open-sesame",
        "app_id": "simnow_client_test",
        "auth_code": "SIMULATED-AUTH-1",
    },
    panic=_panic,
)
