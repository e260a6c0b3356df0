"""What the gateways answer when they refuse: status of the packet, code and text of its body."""

from typing import Final

import attrs

from actors.venues.longbridge.simulator.packets import Status


@attrs.frozen
class Refusal(Exception):
    """A request that is not carried out."""

    status: int
    code: int
    text: str


INVALID: Final = Refusal(Status.BAD_REQUEST, 301600, "invalid request")
RATE_LIMITED: Final = Refusal(Status.BAD_REQUEST, 301606, "Request rate limit")
SYMBOL: Final = Refusal(Status.SERVER_INTERNAL_ERROR, 301600, "invalid request:symbol not found")
PARAMETERS: Final = Refusal(Status.SERVER_INTERNAL_ERROR, 301600, "invalid request")
NO_QUOTES: Final = Refusal(Status.SERVER_INTERNAL_ERROR, 301603, "no quotes")
NO_ACCESS: Final = Refusal(Status.SERVER_INTERNAL_ERROR, 301604, "no quote access")
TOO_MANY_SUBSCRIPTIONS: Final = Refusal(
    Status.SERVER_INTERNAL_ERROR, 301605, "too many subscriptions"
)
TOO_MANY: Final = Refusal(Status.SERVER_INTERNAL_ERROR, 301607, "too many symbols requested")
UNAUTHENTICATED: Final = Refusal(Status.UNAUTHENTICATED, 401, "unauthenticated")
BAD_OTP: Final = Refusal(Status.UNAUTHENTICATED, 401, "invalid token")
BAD_SESSION: Final = Refusal(Status.UNAUTHENTICATED, 401, "session expired")
CONNECTION_LIMIT: Final = Refusal(Status.PERMISSION_DENIED, 403, "connections limitation is hit")
