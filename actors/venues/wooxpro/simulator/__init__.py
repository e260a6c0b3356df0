"""A simulator of WOO X Pro: a real server of the venue's real protocol on loopback.

Shares nothing with the client side but the instrument table. `serve` runs it inside a trio run;
what it can do and how it misbehaves on demand is in `README.md` beside this file.
"""

from actors.venues.wooxpro.simulator.server import Running, serve
from actors.venues.wooxpro.simulator.settings import (
    DEFAULT_API_KEY,
    DEFAULT_API_SECRET,
    DEFAULT_CREDENTIALS,
    DEFAULT_MEMO,
    SimulatorSettings,
)

__all__ = [
    "DEFAULT_API_KEY",
    "DEFAULT_API_SECRET",
    "DEFAULT_CREDENTIALS",
    "DEFAULT_MEMO",
    "Running",
    "SimulatorSettings",
    "serve",
]
