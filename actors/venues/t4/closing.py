"""Why the venue closed the WebSocket, and which reasons are final.

The venue's own clients connect again after some codes and never after others. Codes that say who we are
not (4000, 4001, 4003) are final at once. Codes that say that we broke the protocol may have been one
damaged frame: they are final when they come twice in short time.
"""

from typing import Final

from engine.errors import CredentialsRejected, LocalProtocolError, PermissionMissing
from engine.session.closing import close_code
from engine.session.contract import Now
from engine.session.values import shorten

REJECTED: Final = frozenset({4000, 4001})
"""Authentication failed, invalid key."""
FORBIDDEN: Final = 4003
BROKEN: Final = frozenset({1002, 1003, 1007, 1008, 1009, 1010})
"""We broke the protocol, sent what the venue does not take, or too much of it."""
BROKEN_MAX: Final = 2
BROKEN_WITHIN_NS: Final = 60_000_000_000


def final_close(reason: str, broken: list[int], now: Now) -> Exception | None:
    """The error that ends all attempts, None when it may be tried again.

    Args:
        reason: as the driver tells the end of a connection.
        broken: when the connection was closed because of broken protocol; kept here up to date.
        now: the moment.
    """
    code = close_code(reason)
    text = shorten(reason)
    if code in REJECTED:
        return CredentialsRejected(text)
    if code == FORBIDDEN:
        return PermissionMissing(text)
    if code not in BROKEN:
        return None
    broken[:] = [at_ns for at_ns in broken if at_ns > now.mono_ns - BROKEN_WITHIN_NS]
    broken.append(now.mono_ns)
    if len(broken) < BROKEN_MAX:
        return None
    broken.clear()
    return LocalProtocolError(f"{text}, {BROKEN_MAX} times: the venue will not take what we send")
