"""The quote session: one connection to the quote gateway, and the market data desk behind it.

The common half of both gateways is `control.Gateway`, what is asked and what it means is `desk.Desk`, and
`watch.Watch` looks for data that stays away.
"""

from collections.abc import Mapping

from actors.venues.longbridge.calls import Calls
from actors.venues.longbridge.control import Answered, Gateway, LoggedIn, Pushed
from actors.venues.longbridge.desk import Desk
from actors.venues.longbridge.settings import Settings
from actors.venues.longbridge.signature import Credentials
from actors.venues.longbridge.watch import Watch
from engine.session.contract import (
    NO_EFFECTS,
    CallFailure,
    Effects,
    HttpResponse,
    Now,
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
        self._desk = Desk(settings, self._gateway)
        self._watch = Watch(settings, self._desk)
        self._reload_ns: int | None = None

    # --- the session --------------------------------------------------------------------------

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

    def lost(self, reason: str, now: Now) -> Effects:
        """Everything that was delivered is stale."""
        del now
        self._gateway.lost()
        self._watch.end()
        self._reload_ns = None
        return self._desk.lost(reason)

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """The one-time password came; there are no other calls."""
        mine = self._gateway.mine(call_id)
        return self._gateway.answered(call_id, response, now) if mine else NO_EFFECTS

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """The one-time password did not come."""
        del now
        mine = self._gateway.mine(call_id)
        return self._gateway.failed(call_id, failure) if mine else NO_EFFECTS

    def ping(self, now: Now) -> Effects:
        """A heartbeat."""
        return self._gateway.ping(now)

    def deadline(self) -> int | None:
        """Answers, heartbeats, requests that wait for time, silence, reloading."""
        times = [self._gateway.deadline()]
        if self._gateway.in_service:
            times += [self._desk.deadline(), self._watch.deadline(), self._reload_ns]
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> Effects:
        """Whatever of that is due."""
        effects = self._read(self._gateway.due(now), now)
        if not self._gateway.in_service:
            return effects
        effects += self._watch.due(now)
        if self._reload_ns is not None and now.mono_ns >= self._reload_ns:
            self._reload(now)
        return effects + self._desk.pump(now)

    def _reload(self, now: Now) -> None:
        self._reload_ns = now.mono_ns + int(self._settings.static_interval_s * 1e9)
        self._desk.load(now)

    # --- data ---------------------------------------------------------------------------------

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """Look up, subscribe and unsubscribe the difference; what cannot be had is noted once."""
        return [*self._desk.demand(topics, now), *self._desk.pump(now)]

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """Ask for the present state of this topic, unless that has only just been done."""
        return [*self._desk.refresh(topic, now), *self._desk.pump(now)]

    def received(self, data: str | bytes, now: Now) -> Effects:
        """Packets: answers and pushes."""
        return self._read(self._gateway.received(data, now), now)

    def _read(self, happened: list[object], now: Now) -> list[object]:
        effects: list[object] = []
        answered = False
        for item in happened:
            if isinstance(item, Pushed):
                effects += self._desk.pushed(item, now)
            elif isinstance(item, Answered):
                answered = True
                effects += self._desk.ended(item, now)
            elif isinstance(item, LoggedIn):
                answered = True
                effects += self._logged_in(now)
            else:
                effects.append(item)
        if answered or self._desk.has_questions:
            effects += self._desk.pump(now)
        return effects

    def _logged_in(self, now: Now) -> list[object]:
        self._watch.begin(now)
        self._reload_ns = now.mono_ns + int(self._settings.static_interval_s * 1e9)
        return self._desk.logged_in(now)
