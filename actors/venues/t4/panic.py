"""The venue's panic protocol: the account and its orders over a connection of its own, no market data.

The venue has no way to an order but its WebSocket, so panic logs in like any session. Markets are not
asked for, nothing is subscribed but the account, no REST is used: fewer things can be broken. A login
with the credentials of a running engine takes that engine's place at the venue; it gives up after the
second time, so panic has more patience than that.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from actors.venues.t4.desk import TradeDesk
from actors.venues.t4.desked import Desked
from actors.venues.t4.link import Heard, Link, LoggedIn
from actors.venues.t4.private import MarketFacts
from actors.venues.t4.settings import Settings
from actors.venues.t4.wire import ACCOUNT_BYTES_MAX
from engine.errors import LocalProtocolError
from engine.session.contract import NO_EFFECTS, CallFailure, Effects, HttpResponse, Now, Target

DISPLACED_MAX: Final = 6
"""Times that a running engine may take our place before we give up; it stops after two."""


class PanicSession(Desked):
    """`PanicProtocol` of T4.

    Args:
        settings: of the venue.
        secrets: as the kind of login needs them.

    Raises:
        ConfigError: one of them is missing.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        self.ping_after_s = settings.heartbeat_interval_s
        self.dead_after_s = settings.silence_limit_s
        self._link = link = Link(
            settings, secrets, displaced_max=DISPLACED_MAX, bytes_max=ACCOUNT_BYTES_MAX
        )
        super().__init__(TradeDesk(settings, link.send, MarketFacts(settings, None)))

    def target(self) -> Target:
        """Where to connect."""
        return self._link.target()

    def start(self, now: Now) -> Effects:
        """Nothing can be asked before the login."""
        del now
        return NO_EFFECTS

    def opened(self, now: Now) -> Effects:
        """Log in."""
        return self._read(self._link.opened(now), now)

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One message; those about markets are none of ours."""
        return self._read(self._link.received(data, now), now)

    def lost(self, reason: str, now: Now) -> Effects:
        """What was under way has to be asked again."""
        return [*self._desk.lost(reason, now), *self._link.lost(reason, now)]

    def ping(self, now: Now) -> Effects:
        """A heartbeat."""
        return self._link.ping(now)

    def deadline(self) -> int | None:
        """The next of login, heartbeat and answers."""
        times = (self._link.deadline(), self._desk.deadline())
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> Effects:
        """Whatever is due."""
        return [*self._read(self._link.due(now), now), *self._desk.due(now)]

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """No call is made."""
        del response, now
        raise LocalProtocolError(f"an answer to call {call_id}, which was never made")

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """No call is made."""
        del failure, now
        raise LocalProtocolError(f"an answer to call {call_id}, which was never made")

    def _read(self, happened: Sequence[object], now: Now) -> list[object]:
        effects: list[object] = []
        for item in happened:
            if isinstance(item, LoggedIn):
                effects += self._desk.logged_in(item.response, now)
            elif isinstance(item, Heard):
                effects += self._desk.heard(item.kind, item.message, now)
            else:
                effects.append(item)
        return effects
