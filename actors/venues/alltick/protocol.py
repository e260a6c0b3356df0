"""The market data session of one endpoint family."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from actors.venues.alltick.settings import Family, Settings
from engine.errors import ConfigError, Problem
from engine.model.enums import VenueStateWord
from engine.session.contract import (
    NO_EFFECTS,
    CallFailure,
    Effects,
    HttpResponse,
    Now,
    SetState,
    Target,
    Topic,
)

__all__ = ["AllTickProtocol"]

TOKEN_CHARS_MAX: Final = 512


class AllTickProtocol:
    """`DataProtocol` of AllTick for one family.

    Args:
        settings: of the venue.
        secrets: `token`. Raises ConfigError without it.
        family: which of the venue's two services this session speaks to.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str], family: Family) -> None:
        token = secrets.get("token", "")
        if not token or len(token) > TOKEN_CHARS_MAX or not token.isascii():
            raise ConfigError(
                Problem("venues.alltick.credentials", "token is missing or not plain text")
            )
        self.family = family
        self.ping_after_s = settings.heartbeat_interval_s * 1.5
        self.dead_after_s = settings.heartbeat_timeout_s
        self._settings = settings
        self._token = token

    def target(self) -> Target:
        """The family's stream; the token stands in the query and nowhere else."""
        query = urlencode({"token": self._token})
        return Target(f"{self._settings.ws_url_of(self.family)}?{query}")

    def start(self, now: Now) -> Effects:
        """Nothing yet."""
        del now
        return NO_EFFECTS

    def opened(self, now: Now) -> Effects:
        """Nothing yet."""
        del now
        return (SetState(VenueStateWord.READY),)

    def received(self, data: str | bytes, now: Now) -> Effects:
        """Nothing yet."""
        del data, now
        return NO_EFFECTS

    def lost(self, reason: str, now: Now) -> Effects:
        """Nothing yet."""
        del reason, now
        return NO_EFFECTS

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """Nothing yet."""
        del call_id, response, now
        return NO_EFFECTS

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """Nothing yet."""
        del call_id, failure, now
        return NO_EFFECTS

    def ping(self, now: Now) -> Effects:
        """Nothing yet."""
        del now
        return NO_EFFECTS

    def deadline(self) -> int | None:
        """Nothing yet."""
        return None

    def due(self, now: Now) -> Effects:
        """Nothing yet."""
        del now
        return NO_EFFECTS

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """Nothing yet."""
        del topics, now
        return NO_EFFECTS

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """Nothing yet."""
        del topic, now
        return NO_EFFECTS
