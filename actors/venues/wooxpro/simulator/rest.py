"""REST as a pure function: one request and its moment in, one response out.

Route, header checks, rate limit, the handler's answer in the venue's envelope. GET requests with a
key never have their signature checked (real clients sign them in four different ways); POST
requests sign `<timestamp>#<memo>#<raw body>`. Unknown keys and headers are ignored.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal
from uuid import UUID

import attrs

from actors.venues.wooxpro.simulator import errors
from actors.venues.wooxpro.simulator.errors import Refusal
from actors.venues.wooxpro.simulator.limits import RateLimiter
from actors.venues.wooxpro.simulator.login import Credentials, in_window, same, signature
from actors.venues.wooxpro.simulator.positions import Account
from actors.venues.wooxpro.simulator.venue import Venue
from engine.simulator import jsontext
from engine.simulator.moment import Moment
from engine.simulator.requests import Request, Response

Level = Literal["none", "keyed", "signed"]
NOT_FOUND_BODY: Final = '{"error_msg":"404 Route Not Found"}'


@attrs.frozen(kw_only=True)
class Call:
    """What a handler works on; `fields` is the query of a GET, the body of a POST."""

    venue: Venue
    fields: Mapping[str, Any]
    now: Moment
    account_or_none: Account | None = None

    @property
    def account(self) -> Account:
        """The account that calls; only handlers with a key may ask."""
        if self.account_or_none is None:
            raise Refusal(errors.KEY_EMPTY)
        return self.account_or_none

    @property
    def now_ms(self) -> int:
        """Market time."""
        return self.venue.time_ms(self.now)


Handler = Callable[[Call], Any]


@attrs.frozen
class Route:
    """One route of the venue."""

    method: Literal["GET", "POST"]
    path: str
    level: Level
    handler: Handler


class Rest:
    """Answers requests for one venue.

    Args:
        venue: what the handlers work on.
        routes: all routes.
    """

    def __init__(self, venue: Venue, routes: tuple[Route, ...]) -> None:
        self._venue = venue
        self._routes: dict[tuple[str, str], Route] = {
            (route.method, route.path): route for route in routes
        }
        self._limiter = RateLimiter(enabled=venue.settings.rate_limits)
        self._traces = 0

    def answer(self, request: Request, now: Moment) -> Response:
        """The venue's response; never raises for anything a client may send."""
        route = self._routes.get((request.method, request.path))
        if route is None:
            return Response(404, NOT_FOUND_BODY)
        headers: dict[str, str] = {}
        try:
            account = self._authenticate(route, request, now)
            caller = request.remote if account is None else account.name
            verdict = self._limiter.take(request.path, caller, now.mono_ns)
            headers = verdict.headers()
            verdict.enforce()
            fields = _fields(route, request)
            call = Call(venue=self._venue, fields=fields, now=now, account_or_none=account)
            data = route.handler(call)
        except Refusal as refusal:
            return self._envelope(refusal.status, refusal.code, refusal.text, {}, headers)
        return self._envelope(200, errors.OK, "Ok", data, headers)

    def _envelope(
        self, status: int, code: int, text: str, data: Any, headers: dict[str, str]
    ) -> Response:
        self._traces += 1
        body = {"code": code, "message": text, "data": data, "trace": str(UUID(int=self._traces))}
        return Response(status, jsontext.dumps(body), headers)

    # --- who calls ------------------------------------------------------------------------

    def _authenticate(self, route: Route, request: Request, now: Moment) -> Account | None:
        if route.level == "none":
            return None
        api_key = self._header(request, "KEY")
        if not api_key:
            raise Refusal(errors.KEY_EMPTY)
        account = self._venue.accounts.get(api_key)
        if account is None:
            raise Refusal(errors.KEY_NOT_FOUND)
        if route.level == "signed":
            self._check_signature(request, api_key, now)
        return account

    def _check_signature(self, request: Request, api_key: str, now: Moment) -> None:
        timestamp, sign = self._header(request, "TIMESTAMP"), self._header(request, "SIGN")
        if not sign:
            raise Refusal(errors.SIGN_EMPTY)
        if not timestamp:
            raise Refusal(errors.TIMESTAMP_EMPTY)
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 16):
            raise Refusal(errors.TIMESTAMP_FORMAT)
        if not in_window(timestamp, now.wall_ms):
            raise Refusal(errors.TIMESTAMP_RANGE)
        credentials = self._credentials(api_key)
        body = request.body.decode("utf-8", "replace")
        if not same(sign, signature(credentials.api_secret, timestamp, credentials.memo, body)):
            raise Refusal(errors.SIGN_WRONG)

    def _credentials(self, api_key: str) -> Credentials:
        return next(each for each in self._venue.settings.credentials if each.api_key == api_key)

    def _header(self, request: Request, name: str) -> str:
        for prefix in self._venue.settings.header_prefixes:
            value = request.headers.get(f"{prefix}-{name}".lower(), "")
            if value:
                return value
        return ""


def _fields(route: Route, request: Request) -> Mapping[str, Any]:
    if route.method == "GET":
        return request.fields
    if not request.body.strip():
        return {}
    try:
        value = jsontext.loads(request.body)
    except jsontext.NotJson as error:
        raise Refusal(errors.BODY_NOT_JSON) from error
    if not isinstance(value, dict):
        raise Refusal(errors.BODY_NOT_JSON)
    return value
