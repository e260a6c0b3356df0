"""The seventh venue: the sixth over one connection for data and orders, found by host and port."""

from engine.session.declaration import Venue

from ..sixth.capabilities import BUDGETS, CAPABILITIES
from .joint import JointProtocol, MarketProtocol
from .settings import Settings

VENUE = Venue(
    name="seventh",
    title="The Seventh",
    settings=Settings,
    credentials=("user", "password"),
    data_secrets=(),
    data=MarketProtocol,
    trade=JointProtocol,
    joined=True,
    capabilities=CAPABILITIES,
    budgets=BUDGETS,
    http_base_url=lambda _settings: "",
    simulator=f"{__name__}.simulator",
    simulator_credentials={"user": "somebody", "password": "open-sesame-6"},
)
