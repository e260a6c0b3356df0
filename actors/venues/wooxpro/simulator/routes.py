"""All routes of the venue, gathered from the modules that answer them."""

from typing import Final

from actors.venues.wooxpro.simulator import inquiries, public, trading, waiting
from actors.venues.wooxpro.simulator.rest import Route

ROUTES: Final[tuple[Route, ...]] = (
    *public.ROUTES,
    *inquiries.ROUTES,
    *trading.ROUTES,
    *waiting.ROUTES,
)
