"""HTTP as a pure function: one request and its moment in, one response out."""

from typing import Any, Final

import attrs

from actors.venues.longbridge.simulator import jsontext
from actors.venues.longbridge.simulator.moment import Moment
from actors.venues.longbridge.simulator.venue import Venue

OTP_PATHS: Final = frozenset({"/v1/socket/token", "/v2/socket/token"})


@attrs.frozen(kw_only=True)
class Request:
    """One HTTP request; header names in lower case, path and query (without `?`) as they were sent."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    remote: str = "127.0.0.1"


@attrs.frozen
class Response:
    """One HTTP response with a JSON body."""

    status: int
    body: str
    headers: dict[str, str] = attrs.field(factory=dict)


class Rest:
    """Answers requests for one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def answer(self, request: Request, now: Moment) -> Response:
        """The venue's response; never raises for anything a client may send."""
        account = self._account(request)
        if account is None:
            return _envelope(403, 403203, "apikey illegal", None)
        if request.method == "GET" and request.path in OTP_PATHS:
            return _envelope(200, 0, "success", self._otp(account, now))
        return _envelope(404, 404001, "not found", None)

    def _account(self, request: Request) -> str | None:
        key = request.headers.get("x-api-key", "")
        for each in self._venue.settings.credentials:
            if each.app_key == key:
                return each.account
        return None

    def _otp(self, account: str, now: Moment) -> dict[str, Any]:
        sessions = self._venue.sessions
        return {
            "otp": self._venue.otps.issue(account, now),
            "limit": sessions.limit,
            "online": sessions.online(account),
        }


def _envelope(status: int, code: int, message: str, data: Any) -> Response:
    return Response(status, jsontext.dumps({"code": code, "message": message, "data": data}))
