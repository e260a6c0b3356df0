"""A simulator of AllTick: a real server of the venue's real protocol on loopback.

Shares nothing with the client side. `serve` runs it inside a trio run; what it can do and how it
misbehaves on demand is in `README.md` beside this file.
"""

from actors.venues.alltick.simulator.server import Running, serve
from actors.venues.alltick.simulator.settings import DEFAULT_TOKEN, Account, SimulatorSettings

__all__ = ["DEFAULT_TOKEN", "Account", "Running", "SimulatorSettings", "serve"]
