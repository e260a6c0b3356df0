"""The sixth venue: made up, to show that a venue needs no more than a folder."""

from engine.session.declaration import Venue

from .capabilities import BUDGETS, CAPABILITIES
from .data import DataProtocol
from .settings import Settings
from .trade import TradeProtocol

VENUE = Venue(
    name="sixth",
    title="The Sixth",
    settings=Settings,
    credentials=("user", "password"),
    data_secrets=(),
    data=DataProtocol,
    trade=TradeProtocol,
    capabilities=CAPABILITIES,
    budgets=BUDGETS,
    http_base_url=lambda _settings: "",
    simulator=f"{__name__}.simulator",
    simulator_credentials={"user": "somebody", "password": "open-sesame-6"},
)
