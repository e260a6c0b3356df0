"""A simulator of WebCTP: the gateway and the CTP front behind it, a real server on loopback.

Shares nothing with the client side. `serve` runs it inside a trio run; what it can do and how it
misbehaves on demand is in `README.md` beside this file.
"""

from actors.venues.webctp.simulator.credentials import DEFAULT_CREDENTIALS, Credentials
from actors.venues.webctp.simulator.server import Running, serve
from actors.venues.webctp.simulator.settings import SimulatorSettings

__all__ = ["DEFAULT_CREDENTIALS", "Credentials", "Running", "SimulatorSettings", "serve"]
