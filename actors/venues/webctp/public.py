"""The market data session: one socket to the gateway, and every contract that somebody wants.

The common half of both sessions is `gateway.Gateway`; what is wanted and granted is `subscriptions`, what
a snapshot means is `streams`. Definitions come from the product table, because this side of the gateway
cannot be asked for them; they follow the sessions' table (`tradeable`).
"""

from collections.abc import Mapping
from typing import Final

from actors.venues.webctp.calendar import Calendar, local
from actors.venues.webctp.codes import Endpoint, Kind
from actors.venues.webctp.credentials import Credentials
from actors.venues.webctp.definitions import definition_of
from actors.venues.webctp.gateway import Arrived, Gateway
from actors.venues.webctp.products import Products
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.steps import FrontLost, InService, LoggedIn
from actors.venues.webctp.streams import ContractStream
from actors.venues.webctp.subscriptions import Subscriptions
from actors.venues.webctp.symbols import MARKET_KINDS, contract_of, symbol_at_venue
from actors.venues.webctp.turns import Ended, Row
from actors.venues.webctp.wire import Message, text
from engine.errors import ConfigError, Problem
from engine.model.enums import VenueStateWord
from engine.model.instrument import Instrument
from engine.session.contract import (
    NO_EFFECTS,
    CallFailure,
    Define,
    Effects,
    HttpResponse,
    Note,
    Now,
    SetState,
    Target,
    Topic,
)
from engine.session.values import shorten

SCAN_INTERVAL_NS: Final = 500_000_000
"""How often contracts are looked at for silence and for the hours of their exchange."""
RENEWALS_DOUBLED_MAX: Final = 4
"""Each renewal in vain doubles the patience with a contract, up to 16 times its limit."""
REFUSED_MAX: Final = 1_000
"""Topics that were answered by a note; beyond it they are answered again."""


class DataSession:
    """`DataProtocol` of WebCTP.

    Args:
        settings: `md_front` must be set.
        secrets: `broker_id`, `user_id`, `password`.

    Raises:
        ConfigError: one of them is missing.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str]) -> None:
        if not settings.md_front:
            raise ConfigError(missing_front("md_front"))
        self.ping_after_s = settings.ping_interval_s
        self.dead_after_s = settings.silence_limit_s
        self._settings = settings
        endpoint = Endpoint.MARKET_DATA
        self._gateway = Gateway(settings, endpoint, Credentials.of(secrets, endpoint))
        self._subscriptions = Subscriptions(settings)
        self._calendar = Calendar(settings.holidays)
        self._products = Products(settings.products)
        self._streams: dict[str, ContractStream] = {}
        self._defined: dict[str, Instrument] = {}
        self._unserved: dict[Topic, None] = {}
        self._scan_ns: int | None = None

    # --- the session --------------------------------------------------------------------------

    def target(self) -> Target:
        """The gateway's market data socket."""
        return self._gateway.target()

    def start(self, now: Now) -> Effects:
        """Define what the settings name."""
        effects: list[object] = []
        for symbol in self._settings.symbols:
            told = self._define(symbol, now)
            if told is None:
                detail = f"{shorten(symbol)}: no future of a product that is known"
                effects.append(Note("symbol_unknown", detail, alert=True))
            else:
                effects += told
        return effects

    def opened(self, now: Now) -> Effects:
        """Wait for the greeting."""
        self._scan_ns = now.mono_ns + SCAN_INTERVAL_NS
        return self._gateway.opened(now)

    def lost(self, reason: str, now: Now) -> Effects:
        """Everything that was delivered is stale."""
        self._scan_ns = None
        # What became of our requests is of no interest: everything is asked for again.
        told = [e for e in self._gateway.lost(reason, now) if not isinstance(e, Row | Ended)]
        return [*told, *self._all_lost(reason)]

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """There are no HTTP calls."""
        del call_id, response, now
        return NO_EFFECTS

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """There are no HTTP calls."""
        del call_id, failure, now
        return NO_EFFECTS

    def ping(self, now: Now) -> Effects:
        """A ping frame."""
        return self._gateway.ping(now)

    def deadline(self) -> int | None:
        """Steps, turns, subscriptions, the next look at all contracts."""
        times = [self._gateway.deadline(), self._subscriptions.deadline(), self._scan_ns]
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> Effects:
        """Whatever of that is due."""
        effects = self._read(self._gateway.due(now), now)
        effects += self._subscriptions.due(now)
        if self._scan_ns is not None and now.mono_ns >= self._scan_ns:
            effects += self._scan(now)
        return effects + self._pump(now)

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One frame. Raises RemoteProtocolError."""
        return self._read(self._gateway.received(data, now), now)

    def _read(self, happened: list[object], now: Now) -> list[object]:
        effects: list[object] = []
        for item in happened:
            if isinstance(item, Arrived):
                effects += self._arrived(item.kind, item.message, now)
            elif isinstance(item, Ended):
                effects += [*self._subscriptions.ended(item, now), *self._pump(now)]
            elif isinstance(item, InService):
                self._subscriptions.serving()
                effects += [SetState(VenueStateWord.READY), *self._pump(now)]
            elif isinstance(item, FrontLost):
                effects += self._all_lost(item.reason)
            elif not isinstance(item, Row | LoggedIn):
                effects.append(item)
        return effects

    def _arrived(self, kind: Kind, message: Message, now: Now) -> list[object]:
        if kind is Kind.MARKET_DATA:
            return self._snapshot(message, now)
        if kind is Kind.SUBSCRIBE:
            return [*self._subscriptions.granted(message, now), *self._pump(now)]
        if kind is Kind.UNSUBSCRIBE:
            self._subscriptions.returned(message)
            return self._pump(now)
        if kind is Kind.HEARTBEAT_TIMEOUT:
            reason = "the front is silent"
            told = [e for stream in self._streams.values() for e in stream.doubt(reason)]
            return [Note("front_silent", "market data is doubted until more comes"), *told]
        return []

    def _snapshot(self, message: Message, now: Now) -> list[object]:
        stream = self._streams.get(text(message.info, "instrument_id"))
        return [] if stream is None else stream.snapshot(message.info, now)

    def _all_lost(self, reason: str) -> list[object]:
        self._subscriptions.lost()
        return [effect for stream in self._streams.values() for effect in stream.lost(reason)]

    # --- data ---------------------------------------------------------------------------------

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """Define, subscribe and unsubscribe the difference; what cannot be had is noted once."""
        effects: list[object] = []
        kinds: dict[str, set[type]] = {}
        for topic in sorted(topics, key=lambda topic: (topic.instrument, topic.kind.__name__)):
            symbol = symbol_at_venue(topic.instrument)
            told = self._define(symbol, now) if topic.kind in MARKET_KINDS else None
            if told is None:
                effects += self._cannot(topic)
                continue
            effects += told
            kinds.setdefault(symbol, set()).add(topic.kind)
        for symbol in [symbol for symbol in self._streams if symbol not in kinds]:
            del self._streams[symbol]
        beyond = self._subscriptions.want(kinds)
        effects += [Note("subscriptions_full", symbol, alert=True) for symbol in beyond]
        for symbol, wanted in kinds.items():
            self._want(symbol, frozenset(wanted))
        return [*effects, *self._pump(now)]

    def _want(self, symbol: str, kinds: frozenset[type]) -> None:
        """A contract with these kinds; a kind that is new needs the present state."""
        stream = self._streams.get(symbol)
        if stream is None:
            contract = contract_of(symbol)
            product = None if contract is None else self._products.of(contract)
            if product is None:
                return
            stream = self._streams[symbol] = ContractStream(symbol, product, self._settings)
        elif kinds - stream.kinds and self._subscriptions.is_live(symbol):
            self._subscriptions.doubt(symbol)
        stream.want(kinds)

    def _cannot(self, topic: Topic) -> list[object]:
        if topic in self._unserved:
            return []
        if len(self._unserved) >= REFUSED_MAX:
            self._unserved.clear()
        self._unserved[topic] = None
        return [Note("topic_unavailable", f"{topic.kind.__name__} of {shorten(topic.instrument)}")]

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """Subscribe the contract again: the front answers with its present state."""
        self._subscriptions.doubt(symbol_at_venue(topic.instrument))
        return self._pump(now)

    def _pump(self, now: Now) -> list[object]:
        """One more subscription, if it may go."""
        request = self._subscriptions.next_request(now)
        if request is None:
            return []
        return self._read(self._gateway.ask(request, now), now)

    # --- definitions --------------------------------------------------------------------------

    def _define(self, symbol: str, now: Now) -> list[object] | None:
        """The definition if it is news; None for a contract that cannot be served."""
        contract = contract_of(symbol)
        product = None if contract is None else self._products.of(contract)
        if contract is None or product is None:
            return None
        tradeable = self._settings.any_hour or (
            self._calendar.is_open(product, now.wall_ns)
            and not contract.is_over(local(now.wall_ns).date())
        )
        made = definition_of(contract, product, self._settings, tradeable=tradeable)
        if self._defined.get(symbol) == made:
            return []
        self._defined[symbol] = made
        return [Define(made)]

    # --- watching -----------------------------------------------------------------------------

    def _scan(self, now: Now) -> list[object]:
        self._scan_ns = now.mono_ns + SCAN_INTERVAL_NS
        effects: list[object] = []
        for symbol in self._defined:
            effects += self._define(symbol, now) or ()
        quiet_ns = int(self._settings.quiet_s * 1e9)
        for stream in self._streams.values() if quiet_ns else ():
            effects += self._silent(stream, quiet_ns, now)
        return effects

    def _silent(self, stream: ContractStream, quiet_ns: int, now: Now) -> list[object]:
        """Whether a contract has been silent for too long while its product trades."""
        if not self._subscriptions.is_live(stream.symbol):
            return []
        trades = self._calendar.is_open(stream.product, now.wall_ns, auction=False)
        if not (trades or self._settings.any_hour):
            stream.heed(now)
            return []
        silence_ns = stream.silence_ns(now)
        if silence_ns < quiet_ns << stream.renewals:
            return []
        stream.renewals = min(stream.renewals + 1, RENEWALS_DOUBLED_MAX)
        stream.heed(now)
        self._subscriptions.doubt(stream.symbol)
        seconds = f"{silence_ns / 1e9:.0f} s"
        told = stream.doubt(f"no data for {seconds}, renewing")
        stream.restart()
        return [*told, Note("subscription_silent", f"{stream.instrument}, {seconds}")]


def missing_front(name: str) -> Problem:
    """What to say when a front is not configured."""
    hint = f'the broker names it; set {name} = "host:port", without tcp://'
    return Problem(f"venues.webctp.{name}", "is missing", hint)
