"""The HTTP side in front of `rest.py`: the simulator's own routes, HTTP faults, and leave for browsers."""

from collections.abc import Callable
from typing import Any, Final

import attrs

from actors.venues.t4.simulator.faults import HTTP, Fault, FaultKind
from actors.venues.t4.simulator.rest import NOT_FOUND, Rest
from actors.venues.t4.simulator.venue import Venue
from engine.simulator import httpfaults
from engine.simulator.admin import PREFIX, Admin
from engine.simulator.http import Reply
from engine.simulator.jsontext import dumps
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response

__all__ = ["NOT_FOUND", "Front"]

CROSS_ORIGIN: Final = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "*, authorization",
    "access-control-allow-methods": "GET, POST, OPTIONS",
}
"""Clients that are web pages come from elsewhere."""


class Front:
    """Answers every request of one simulator.

    Args:
        venue: what it works on.
        state: what `/simulator/state` shows.
    """

    def __init__(self, venue: Venue, state: Callable[[], dict[str, Any]]) -> None:
        self._venue = venue
        self._rest = Rest(venue)
        self._admin = Admin(venue.faults, venue.log, state)

    def reply(self, request: Request, now: Moment) -> Reply:
        """The reply and what becomes of it on the wire."""
        if request.path.startswith(PREFIX):
            return Reply(self._admin.answer(request, now))
        if request.method == "OPTIONS":
            return Reply(Response(204, "", CROSS_ORIGIN))
        faults = self._venue.faults
        fault = faults.take(HTTP, request.path) if faults else None
        self._venue.log.append(
            "request",
            now,
            method=request.method,
            path=request.path,
            query=request.query,
            fault="" if fault is None else fault.kind.value,
        )
        reply = _unprocessed(fault)
        if reply is None:
            reply = httpfaults.processed(fault, self._rest.answer(request, now))
        shared = attrs.evolve(reply.response, headers={**reply.response.headers, **CROSS_ORIGIN})
        return attrs.evolve(reply, response=shared)


def _unprocessed(fault: Fault | None) -> Reply | None:
    """The reply to a request that a fault keeps from being processed, None for all others."""
    if fault is None:
        return None
    if fault.kind is FaultKind.HTTP_STATUS:
        status = int(fault.number_value(503))
        return Reply(Response(status, dumps({"message": "refused by fault"})))
    return httpfaults.unprocessed(fault)
