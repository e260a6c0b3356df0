"""Handlers of accounts and orders: messages 200 to 340 of the client's envelope."""

from typing import Final

from actors.venues.t4.simulator.calls import Handler

HANDLERS: Final[dict[str, Handler]] = {}
