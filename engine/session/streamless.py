"""What a protocol without a stream says to everything that only a stream can ask.

Such a protocol names no URL, so its driver has a connection that carries nothing
(`engine.session.nostream`). Protocols that do without one derive from this and add what they do.
"""

from typing import Final

from engine.session.contract import (
    NO_EFFECTS,
    CallFailure,
    Effects,
    HttpResponse,
    Now,
    Target,
)

SILENCE_S: Final = 3600.0
"""There is no stream that could be silent."""


class Streamless:
    """`SessionProtocol` but for `opened`: nothing to load, nothing to hear, nobody to ping."""

    ping_after_s: float = SILENCE_S
    dead_after_s: float = 2 * SILENCE_S

    def target(self) -> Target:
        """No stream."""
        return Target("")

    def start(self, now: Now) -> Effects:
        """Nothing to load."""
        del now
        return NO_EFFECTS

    def received(self, data: str | bytes, now: Now) -> Effects:
        """Nothing comes without a stream."""
        del data, now
        return NO_EFFECTS

    def lost(self, reason: str, now: Now) -> Effects:
        """The session stops."""
        del reason, now
        return NO_EFFECTS

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """No call is made."""
        del call_id, response, now
        return NO_EFFECTS

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """No call is made."""
        del call_id, failure, now
        return NO_EFFECTS

    def ping(self, now: Now) -> Effects:
        """Nobody to ping."""
        del now
        return NO_EFFECTS

    def deadline(self) -> int | None:
        """Nothing is waited for."""
        return None

    def due(self, now: Now) -> Effects:
        """Nothing was waited for."""
        del now
        return NO_EFFECTS
