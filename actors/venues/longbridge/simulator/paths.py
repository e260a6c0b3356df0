"""All routes of the venue, gathered from the modules that answer them."""

from typing import Final

from actors.venues.longbridge.simulator import assets, passes, quoting, trading
from actors.venues.longbridge.simulator.rest import Route

ROUTES: Final[tuple[Route, ...]] = (
    *passes.ROUTES,
    *trading.ROUTES,
    *assets.ROUTES,
    *quoting.ROUTES,
)
