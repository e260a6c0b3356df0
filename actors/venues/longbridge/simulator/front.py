"""The HTTP side in front of `rest.py`: the simulator's own routes, the witness, and HTTP faults."""

from collections.abc import Callable
from typing import Any, Final

from actors.venues.longbridge.simulator.faults import HTTP, Fault, FaultKind
from actors.venues.longbridge.simulator.paths import ROUTES
from actors.venues.longbridge.simulator.rest import Rest
from actors.venues.longbridge.simulator.venue import Venue
from engine.simulator import httpfaults
from engine.simulator.admin import PREFIX, Admin
from engine.simulator.http import Reply
from engine.simulator.jsontext import dumps
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response

OK: Final = 200
SUBMIT: Final = ("POST", "/v1/trade/order")
_CODES: Final = {
    401: (401004, "token invalid"),
    403: (403201, "signature invalid"),
    429: (429002, "api request is limited"),
}

LOGGED_BYTES_MAX: Final = 4_096
"""Bytes of one request body that the log keeps."""


class Front:
    """Answers every request of one simulator.

    Args:
        venue: what it works on.
        state: what `/simulator/state` shows.
    """

    def __init__(self, venue: Venue, state: Callable[[], dict[str, Any]]) -> None:
        self._venue = venue
        self._rest = Rest(venue, venue.access, ROUTES)
        self._admin = Admin(venue.faults, venue.log, state)

    def reply(self, request: Request, now: Moment) -> Reply:
        """The reply and what becomes of it on the wire."""
        if request.path.startswith(PREFIX):
            return Reply(self._admin.answer(request, now))
        faults = self._venue.faults
        fault = None
        if faults:
            named = f"{request.method} {request.path}"
            fault = faults.take(HTTP, request.path) or faults.take(HTTP, named)
        self._venue.log.append(
            "request",
            now,
            method=request.method,
            path=request.path,
            query=request.query,
            body=request.body[:LOGGED_BYTES_MAX].decode("utf-8", "replace"),
            fault=fault.kind.value if fault is not None else "",
        )
        submits = (request.method, request.path) == SUBMIT
        testimony = self._venue.desk.testimony
        remark = testimony.arrived(request.body, now) if submits else ""
        reply = _unprocessed(fault)
        if reply is not None and fault is not None:
            testimony.refused(remark, now, fault.kind.value)
            return reply
        response = self._rest.answer(request, now)
        if response.status != OK:
            testimony.refused(remark, now, response.body)
        return httpfaults.processed(fault, response)


def _unprocessed(fault: Fault | None) -> Reply | None:
    """The reply to a request that a fault keeps from being processed, None for all others."""
    if fault is None:
        return None
    if fault.kind is FaultKind.HTTP_STATUS:
        return Reply(_failure(int(fault.number_value(503))))
    if fault.kind is FaultKind.HTTP_PLAIN:
        return Reply(Response(int(fault.number_value(429)), "too many requests"))
    return httpfaults.unprocessed(fault)


def _failure(status: int) -> Response:
    """An error answer of the venue's HTTP gateway."""
    code, message = _CODES.get(status, (500000, "internal error"))
    return Response(status, dumps({"code": code, "message": message, "data": None}))
