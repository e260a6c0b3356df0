"""One connection for data and orders: the sixth venue's two protocols, each with its own frames of it.

Frames of the market come without a login, those of the account after one. The session is ready when
the login was granted and the market is shown.
"""

from collections.abc import Mapping

from engine.messages.venue import (
    CancelAllOrders,
    CancelOrder,
    QueryOrder,
    ReconcileRequest,
    ReplaceOrder,
    SubmitOrder,
)
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

from ..sixth.data import DataProtocol
from ..sixth.frames import Listing, QuoteFrame, TradeFrame, Watching, read
from ..sixth.trade import TradeProtocol
from .settings import Settings

_OF_THE_MARKET = (Listing, Watching, QuoteFrame, TradeFrame)


class MarketProtocol(DataProtocol):
    """Data alone: no frame that it can send concerns an account."""

    venue = "seventh"


class AccountProtocol(TradeProtocol):
    """The other half."""

    venue = "seventh"


class JointProtocol:
    """`JointProtocol` of the seventh venue."""

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        self.ping_after_s = settings.ping_interval_s
        self.dead_after_s = 2 * settings.ping_interval_s
        self._market = MarketProtocol(settings, {})
        self._account = AccountProtocol(settings, secrets)
        self._granted = self._seen = False

    def target(self) -> Target:
        """Where both are."""
        return self._account.target()

    def start(self, now: Now) -> Effects:
        """Nothing is needed before the connection."""
        return NO_EFFECTS

    def opened(self, now: Now) -> Effects:
        """Log in; the market comes by itself."""
        self._granted = self._seen = False
        return [
            *self._joined("account", self._account.opened(now)),
            *self._joined("market", self._market.opened(now)),
        ]

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One frame, of either half."""
        if isinstance(read(data), _OF_THE_MARKET):
            return self._joined("market", self._market.received(data, now))
        return self._joined("account", self._account.received(data, now))

    def lost(self, reason: str, now: Now) -> Effects:
        """Both are."""
        return [*self._account.lost(reason, now), *self._market.lost(reason, now)]

    def _joined(self, half: str, effects: Effects) -> Effects:
        """The effects, with what one half makes of its state turned into that of both."""
        out: list[object] = []
        for effect in effects:
            if not isinstance(effect, SetState):
                out.append(effect)
                continue
            if half == "account":
                self._granted = effect.state is VenueStateWord.RECONCILING
                out.append(effect)
            else:
                self._seen = effect.state is VenueStateWord.READY
            if self._granted and self._seen:
                out.append(SetState(VenueStateWord.READY))
        return out

    # --- data ----------------------------------------------------------------------------------

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """Of the market."""
        return self._joined("market", self._market.demand(topics, now))

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """Of the market."""
        return self._joined("market", self._market.refresh(topic, now))

    # --- orders --------------------------------------------------------------------------------

    def unsent(self, order: str, now: Now) -> Effects:
        """Proof that nothing left."""
        return self._account.unsent(order, now)

    def submit(self, command: SubmitOrder, now: Now) -> Effects:
        """Of the account."""
        return self._account.submit(command, now)

    def cancel(self, command: CancelOrder, now: Now) -> Effects:
        """Of the account."""
        return self._account.cancel(command, now)

    def replace(self, command: ReplaceOrder, now: Now) -> Effects:
        """Of the account."""
        return self._account.replace(command, now)

    def query(self, command: QueryOrder, now: Now) -> Effects:
        """Of the account."""
        return self._account.query(command, now)

    def cancel_all(self, command: CancelAllOrders, now: Now) -> Effects:
        """Of the account."""
        return self._account.cancel_all(command, now)

    def reconcile(self, request: ReconcileRequest, now: Now) -> Effects:
        """Of the account."""
        return self._account.reconcile(request, now)

    # --- the rest ------------------------------------------------------------------------------

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """There is no HTTP."""
        return NO_EFFECTS

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """There is no HTTP."""
        return NO_EFFECTS

    def ping(self, now: Now) -> Effects:
        """The venue answers."""
        return self._account.ping(now)

    def deadline(self) -> int | None:
        """The earlier of both."""
        moments = (self._account.deadline(), self._market.deadline())
        return min((moment for moment in moments if moment is not None), default=None)

    def due(self, now: Now) -> Effects:
        """Both look at the time."""
        return [
            *self._joined("account", self._account.due(now)),
            *self._joined("market", self._market.due(now)),
        ]
