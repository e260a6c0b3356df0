"""The HTTP API as a pure function: one request and its moment in, one response out.

Who calls, how often, the handler's answer in the venue's envelope: `message` is always there and
`data` is never null on success, because the official SDKs insist on both.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs

import attrs

from actors.venues.longbridge.simulator import codes
from actors.venues.longbridge.simulator.access import Access, Knock
from actors.venues.longbridge.simulator.codes import Refusal
from actors.venues.longbridge.simulator.credentials import Credentials
from actors.venues.longbridge.simulator.desk import Desk
from actors.venues.longbridge.simulator.faults import FaultKind
from actors.venues.longbridge.simulator.fields import Fields
from actors.venues.longbridge.simulator.ledger import Ledger
from actors.venues.longbridge.simulator.listings import Listing
from actors.venues.longbridge.simulator.store import OrderStore
from actors.venues.longbridge.simulator.throttle import Throttle
from actors.venues.longbridge.simulator.venue import Venue
from engine.simulator import jsontext
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response

QUERY_FIELDS_MAX: Final = 1_000
"""Parameters of one query; more are a parameter error."""


@attrs.frozen(kw_only=True)
class Call:
    """What a handler works on; `fields` is the query, or the body of a POST or PUT."""

    venue: Venue
    access: Access
    holder: Credentials
    fields: Fields
    now: Moment

    @property
    def desk(self) -> Desk:
        """The trading desk."""
        return self.venue.desk

    @property
    def account(self) -> str:
        """Number of the calling account."""
        return self.holder.account

    @property
    def ledger(self) -> Ledger:
        """What the calling account owns."""
        return self.desk.ledgers[self.account]

    @property
    def store(self) -> OrderStore:
        """The calling account's orders."""
        return self.desk.stores[self.account]

    def listing(self, name: str = "symbol") -> Listing:
        """The security that a field names; Refusal when it is missing or not listed."""
        symbol = self.fields.required(name)
        for each in self.venue.listings:
            if each.symbol == symbol:
                return each
        raise Refusal(codes.SYMBOL_UNKNOWN, f"{symbol} is not tradeable")


Handler = Callable[[Call], Any]


@attrs.frozen
class Route:
    """One route of the venue; `limited` where the limits on trading calls count it."""

    method: str
    path: str
    handler: Handler
    limited: bool = True


class Rest:
    """Answers requests for one venue.

    Args:
        venue: what the handlers work on.
        access: who is let in.
        routes: all routes.
    """

    def __init__(self, venue: Venue, access: Access, routes: tuple[Route, ...]) -> None:
        settings = venue.settings
        self._venue = venue
        self._access = access
        self._routes = {(route.method, route.path): route for route in routes}
        limited = settings.rate_limits
        self._throttle = Throttle(
            settings.calls_per_30s if limited else 0, settings.spacing_ms / 1e3 if limited else 0
        )
        self._traces = 0

    def answer(self, request: Request, now: Moment) -> Response:
        """The venue's response; never raises for anything a client may send."""
        try:
            return self._envelope(200, codes.OK, "success", self._data(request, now))
        except Refusal as refusal:
            return self._envelope(refusal.status, refusal.code, refusal.message, None)

    def _data(self, request: Request, now: Moment) -> Any:
        route = self._routes.get((request.method, request.path))
        if route is None:
            raise Refusal(codes.ROUTE_UNKNOWN)
        holder = self._access.enter(_knock(request), now)
        if route.limited:
            self._throttle.take(holder.account, f"{route.method} {route.path}", now.mono_ns)
        fault = self._venue.faults.take((FaultKind.HTTP_CODE,), request.path)
        if fault is not None:
            raise Refusal(int(fault.number_value(codes.INTERNAL)))
        call = Call(
            venue=self._venue,
            access=self._access,
            holder=holder,
            fields=_fields(request),
            now=now,
        )
        return route.handler(call)

    def _envelope(self, status: int, code: int, message: str, data: Any) -> Response:
        self._traces += 1
        body = {"code": code, "message": message, "data": data}
        return Response(status, jsontext.dumps(body), {"x-trace-id": f"{self._traces:032x}"})


def _knock(request: Request) -> Knock:
    headers = request.headers
    return Knock(
        method=request.method,
        path=request.path,
        query=request.query,
        body=request.body,
        key=headers.get("x-api-key", ""),
        authorization=headers.get("authorization", ""),
        timestamp=headers.get("x-timestamp", ""),
        signature=headers.get("x-api-signature", ""),
        paper=headers.get("x-papertrading", "").lower() == "true",
    )


def _fields(request: Request) -> Fields:
    if request.method in ("GET", "DELETE"):
        try:
            query = parse_qs(request.query, keep_blank_values=True, max_num_fields=QUERY_FIELDS_MAX)
        except ValueError as error:
            raise Refusal(codes.PARAMETER, "too many parameters") from error
        return Fields(query)
    if not request.body.strip():
        return Fields({})
    try:
        value = jsontext.loads(request.body)
    except jsontext.NotJson as error:
        raise Refusal(codes.PARAMETER, "the body is not JSON") from error
    if not isinstance(value, dict):
        raise Refusal(codes.PARAMETER, "the body is not a JSON object")
    return Fields(value)
