"""When a trade session acts by itself: its router is gone for too long and orders are left at the venue.

Nothing may depend on the part that died. A router that restarts is back within a second or two and
finds its orders as it left them; one that stays away leaves orders that nobody counts, cancels or
hedges. Pure: the session says what it sees, and hears what to do.
"""

from enum import StrEnum
from typing import Any, Final

import attrs

REPEAT_S: Final = 5.0
"""Between two attempts to cancel what is left: a venue needs a moment to show that it worked."""

ATTEMPTS_MAX: Final = 60
"""Attempts while nothing changes: five minutes; after that only a new log-in begins them anew."""


class OrphanPolicy(StrEnum):
    """What becomes of orders whose router is gone."""

    CANCEL = "cancel"
    KEEP = "keep"


def _at_least(least: float) -> Any:
    def check(_instance: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
        if not value >= least:
            raise ValueError(f"{attribute.name} must be at least {least:g}, not {value}")

    return check


@attrs.frozen(kw_only=True)
class OrphanSettings:
    """What a trade session does for itself.

    Attributes:
        policy: cancel, or leave orders as they are.
        router_gone_s_max: a router that says nothing for longer is gone. A restart takes a second
            or two, and as long as its journal takes to read (50,000 records a second).
        dead_man_s: the venue's own timer, where it has one; 0 never sets it.
    """

    policy: OrphanPolicy = OrphanPolicy.CANCEL
    router_gone_s_max: float = attrs.field(default=10.0, validator=_at_least(1.0))
    dead_man_s: int = attrs.field(default=60, validator=_at_least(0))


class Step(StrEnum):
    """What to do now."""

    NOTHING = "nothing"
    ALONE = "alone"
    """The router has just been missed for too long: tell the operator."""
    CANCEL = "cancel"
    """Cancel everything."""
    EXHAUSTED = "exhausted"
    """Orders are left and no attempt worked: tell the operator."""
    BACK = "back"
    """A router speaks again: it has to compare before orders go on."""


class Orphan:
    """Counts the time without a router, and the attempts."""

    def __init__(self, settings: OrphanSettings) -> None:
        self._settings = settings
        self._alone = self._reached = self._exhausted = False
        self._connected = False
        self._next_ns = 0
        self.attempts = 0
        """Since the router was lost, or since the last log-in after that."""

    @property
    def alone(self) -> bool:
        """Whether the router counts as gone."""
        return self._alone

    def look(self, mono_ns: int, *, silence_s: float, connected: bool, left: bool) -> Step:
        """What to do now; call it again at once after anything but NOTHING.

        Args:
            mono_ns: now.
            silence_s: how long the router has said nothing.
            connected: whether the venue knows our login.
            left: whether orders are known to be open.
        """
        gone = silence_s > self._settings.router_gone_s_max
        if gone is not self._alone:
            self._alone = gone
            self._begin(mono_ns)
            return Step.ALONE if gone else Step.BACK
        if connected and not self._connected:
            self._begin(mono_ns)
        self._connected = connected
        if not gone or self._settings.policy is OrphanPolicy.KEEP or mono_ns < self._next_ns:
            return Step.NOTHING
        return self._attempt(mono_ns, connected=connected, left=left)

    def _begin(self, mono_ns: int) -> None:
        self.attempts, self._next_ns = 0, mono_ns
        self._reached = self._exhausted = False

    def _attempt(self, mono_ns: int, *, connected: bool, left: bool) -> Step:
        if self._reached and not left:
            return Step.NOTHING
        if self.attempts >= ATTEMPTS_MAX:
            told, self._exhausted = self._exhausted, True
            return Step.NOTHING if told else Step.EXHAUSTED
        self.attempts += 1
        self._reached = self._reached or connected
        self._next_ns = mono_ns + int(REPEAT_S * 1e9)
        return Step.CANCEL
