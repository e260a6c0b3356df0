"""Which handler each message of a logged-in client has, by its name in the envelope."""

from typing import Final

from actors.venues.t4.simulator import subscribing, tradecalls
from actors.venues.t4.simulator.calls import Handler

HANDLERS: Final[dict[str, Handler]] = {**subscribing.HANDLERS, **tradecalls.HANDLERS}
