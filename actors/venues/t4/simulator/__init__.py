"""A simulator of T4: a real server of the venue's real protocols on loopback.

Shares nothing with the client side. `serve` runs it inside a trio run; what it can do and how it
misbehaves on demand is in `README.md` beside this file.
"""

from actors.venues.t4.simulator.server import Running, serve
from actors.venues.t4.simulator.settings import SimulatorSettings
from actors.venues.t4.simulator.users import DEFAULT_USER, AccountSpec, User

DEFAULT_CREDENTIALS = DEFAULT_USER.credentials()

__all__ = [
    "DEFAULT_CREDENTIALS",
    "DEFAULT_USER",
    "AccountSpec",
    "Running",
    "SimulatorSettings",
    "User",
    "serve",
]
