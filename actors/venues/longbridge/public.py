"""The quote session: logs in and keeps its connection; market data follows."""

from collections.abc import Mapping

from actors.venues.longbridge.calls import Calls
from actors.venues.longbridge.control import Answered, Gateway, LoggedIn, Pushed
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.signature import Credentials
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


class QuoteProtocol:
    """`DataProtocol` of Longbridge.

    Raises ConfigError for missing credentials.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        self.ping_after_s = settings.heartbeat_interval_s
        self.dead_after_s = settings.silence_limit_s
        self._settings = settings
        metadata = {"accept-language": settings.language}
        if settings.overnight:
            metadata["need_over_night_quote"] = "true"
        self._gateway = Gateway(settings, Calls(settings, Credentials.of(secrets)), metadata)

    def target(self) -> Target:
        """The quote gateway."""
        return self._gateway.target(self._settings.quote_url())

    def start(self, now: Now) -> Effects:
        """Nothing can be asked before the login."""
        del now
        return NO_EFFECTS

    def prepare(self, now: Now) -> Effects:
        """Resume, or get a one-time password."""
        return self._gateway.prepare(now)

    def opened(self, now: Now) -> Effects:
        """Log in."""
        return self._gateway.opened(now)

    def received(self, data: str | bytes, now: Now) -> Effects:
        """Packets."""
        return self._read(self._gateway.received(data, now))

    def lost(self, reason: str, now: Now) -> Effects:
        """The connection is gone."""
        del reason, now
        self._gateway.lost()
        return NO_EFFECTS

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """The one-time password came."""
        del call_id
        return self._gateway.answered(response, now)

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """The one-time password did not come."""
        del call_id, now
        return self._gateway.failed(failure)

    def ping(self, now: Now) -> Effects:
        """A heartbeat."""
        return self._gateway.ping(now)

    def deadline(self) -> int | None:
        """The gateway's."""
        return self._gateway.deadline()

    def due(self, now: Now) -> Effects:
        """The gateway's."""
        return self._read(self._gateway.due(now))

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """Not yet."""
        del topics, now
        return NO_EFFECTS

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """Not yet."""
        del topic, now
        return NO_EFFECTS

    def _read(self, happened: list[object]) -> Effects:
        effects: list[object] = []
        for item in happened:
            if isinstance(item, LoggedIn):
                effects.append(SetState(VenueStateWord.READY))
            elif not isinstance(item, Answered | Pushed):
                effects.append(item)
        return effects
