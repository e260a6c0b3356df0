"""Handlers of one-time passwords for the gateways and of access tokens."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from actors.venues.longbridge.simulator.fields import wrong
from actors.venues.longbridge.simulator.rest import Call, Route

VALID: Final = timedelta(days=90)
"""Life of an access token unless asked otherwise."""


def one_time_password(call: Call) -> dict[str, Any]:
    """GET /v1/socket/token."""
    sessions = call.venue.sessions
    return {
        "otp": call.venue.otps.issue(call.account, call.now),
        "limit": sessions.limit,
        "online": sessions.online(call.account),
    }


def refresh(call: Call) -> dict[str, Any]:
    """GET /v1/token/refresh?expired_at=RFC3339."""
    issued = datetime.fromtimestamp(call.now.wall_s, UTC)
    until = issued + VALID
    text = call.fields.text("expired_at")
    if text:
        try:
            until = datetime.fromisoformat(text)
        except ValueError as error:
            raise wrong("expired_at") from error
    return {
        "token": call.access.refresh(call.holder, call.now),
        "expired_at": until.isoformat(),
        "issued_at": issued.isoformat(),
    }


ROUTES: Final = (
    Route("GET", "/v1/socket/token", one_time_password, limited=False),
    Route("GET", "/v2/socket/token", one_time_password, limited=False),
    Route("GET", "/v1/token/refresh", refresh, limited=False),
)
