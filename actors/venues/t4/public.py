"""The market data session: one connection, no account, no way to write an order."""

from collections.abc import Mapping

from actors.venues.t4.connection import Connection, DataReady
from actors.venues.t4.link import Heard, LoggedIn
from actors.venues.t4.settings import Settings
from engine.model.enums import VenueStateWord
from engine.session.contract import CallFailure, Effects, HttpResponse, Now, SetState, Target, Topic


class DataSession:
    """`DataProtocol` of T4.

    Raises ConfigError for missing credentials.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        self._connection = Connection(settings, secrets)
        self.ping_after_s = self._connection.ping_after_s
        self.dead_after_s = self._connection.dead_after_s

    def target(self) -> Target:
        """Where to connect."""
        return self._connection.target()

    def start(self, now: Now) -> Effects:
        """Nothing can be asked before the login."""
        return self._connection.start(now)

    def opened(self, now: Now) -> Effects:
        """Log in."""
        return _without_events(self._connection.opened(now))

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One message."""
        return _without_events(self._connection.received(data, now))

    def lost(self, reason: str, now: Now) -> Effects:
        """Everything that was delivered is stale."""
        return _without_events(self._connection.lost(reason, now))

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """A call over REST was answered."""
        return _without_events(self._connection.answered(call_id, response, now))

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """A call over REST came to nothing."""
        return _without_events(self._connection.failed(call_id, failure, now))

    def ping(self, now: Now) -> Effects:
        """A heartbeat."""
        return self._connection.ping(now)

    def deadline(self) -> int | None:
        """The next thing that is due."""
        return self._connection.deadline()

    def due(self, now: Now) -> Effects:
        """Whatever is due."""
        return _without_events(self._connection.due(now))

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """Subscribe and unsubscribe the difference; what cannot be had is noted once."""
        return _without_events(self._connection.demand(topics, now))

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """Subscribe this topic anew, unless that has only just been done."""
        return _without_events(self._connection.refresh(topic, now))


def _without_events(happened: list[object]) -> list[object]:
    """States for the events of the connection; accounts and orders are none of our business."""
    effects: list[object] = []
    for item in happened:
        if isinstance(item, LoggedIn):
            effects.append(SetState(VenueStateWord.RECONCILING, "subscribing"))
        elif isinstance(item, DataReady):
            effects.append(SetState(VenueStateWord.READY))
        elif not isinstance(item, Heard):
            effects.append(item)
    return effects
