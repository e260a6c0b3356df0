"""A simulator of Longbridge: a real server of the venue's real protocols on loopback.

Shares nothing with the client side. `serve` runs it inside a trio run; what it can do and how it
misbehaves on demand is in `README.md` beside this file.
"""

from actors.venues.longbridge.simulator.credentials import (
    DEFAULT_ACCESS_TOKEN,
    DEFAULT_APP_KEY,
    DEFAULT_APP_SECRET,
    DEFAULT_CREDENTIALS,
    Credentials,
)
from actors.venues.longbridge.simulator.server import Running, serve
from actors.venues.longbridge.simulator.settings import SimulatorSettings

__all__ = [
    "DEFAULT_ACCESS_TOKEN",
    "DEFAULT_APP_KEY",
    "DEFAULT_APP_SECRET",
    "DEFAULT_CREDENTIALS",
    "Credentials",
    "Running",
    "SimulatorSettings",
    "serve",
]
