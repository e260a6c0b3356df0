"""Market data of the sixth venue: one list of symbols that are watched, replaced as a whole."""

import json
from collections.abc import Mapping
from decimal import Decimal

from engine.errors import PeerSilent, RemoteProtocolError
from engine.messages.market import MarketStale, Quote, Trade
from engine.model.enums import VenueStateWord
from engine.model.instrument import (
    AssetClass,
    Instrument,
    QuantityUnit,
    instrument_id_of,
    symbol_of,
)
from engine.session.contract import (
    NO_EFFECTS,
    CallFailure,
    Define,
    Drop,
    Effects,
    HttpResponse,
    Note,
    Now,
    SendFrame,
    SetState,
    Target,
    Topic,
)

from .frames import Listing, Pong, QuoteFrame, TradeFrame, Watching, read
from .settings import Settings

INSTRUMENTS_MAX = 1_000
SIZE = 1_000.0


class DataProtocol:
    """`DataProtocol` of the sixth venue."""

    venue = "sixth"

    def __init__(self, settings: Settings, _secrets: Mapping[str, str]) -> None:
        self.ping_after_s = settings.ping_interval_s
        self.dead_after_s = 2 * settings.ping_interval_s
        self._settings = settings
        self._open = False
        self._listed: set[str] = set()
        self._kinds: dict[str, frozenset[type]] = {}
        self._asked_ns: int | None = None
        self._heard_ns: dict[str, int] = {}
        self._stale: set[str] = set()
        self._told: set[str] = set()

    def target(self) -> Target:
        """Where market data is."""
        return Target(self._settings.data_url)

    def start(self, now: Now) -> Effects:
        """Nothing is needed before the connection."""
        return NO_EFFECTS

    def opened(self, now: Now) -> Effects:
        """The venue lists its instruments by itself."""
        self._open = True
        self._asked_ns = now.mono_ns
        return (SetState(VenueStateWord.RECONCILING),)

    def lost(self, reason: str, now: Now) -> Effects:
        """Nothing is believed until it is heard again."""
        self._open, self._asked_ns = False, None
        doubted = [symbol for symbol in self._heard_ns if symbol not in self._stale]
        self._listed.clear()
        self._heard_ns.clear()
        self._stale.update(doubted)
        return [self._news(symbol, fresh=False, reason="connection lost") for symbol in doubted]

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """The venue takes whole lists."""
        kinds: dict[str, frozenset[type]] = {}
        for topic in topics:
            symbol = symbol_of(topic.instrument)
            kinds[symbol] = kinds.get(symbol, frozenset()) | {topic.kind}
        changed = kinds.keys() != self._kinds.keys()
        self._kinds = kinds
        self._stale &= kinds.keys()
        return self._watch(now) if changed and self._open and self._listed else NO_EFFECTS

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """Watching anew shows the last quote."""
        return self._watch(now) if self._open and self._listed else NO_EFFECTS

    def _watch(self, now: Now) -> Effects:
        known = sorted(symbol for symbol in self._kinds if symbol in self._listed)
        unknown = sorted(set(self._kinds) - self._listed - self._told)
        self._told.update(unknown)
        self._asked_ns = now.mono_ns
        self._heard_ns = dict.fromkeys(known, now.mono_ns)
        frame = json.dumps({"op": "watch", "symbols": known}, separators=(",", ":"))
        notes = [Note("unknown_symbols", ", ".join(unknown))] if unknown else []
        return [SendFrame(frame), *notes]

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One frame."""
        frame = read(data)
        if isinstance(frame, Listing):
            return self._list(frame, now)
        if isinstance(frame, Watching):
            self._asked_ns = None
            return (SetState(VenueStateWord.READY),)
        if isinstance(frame, QuoteFrame | TradeFrame):
            return self._market(frame, now)
        if isinstance(frame, Pong):
            return NO_EFFECTS
        raise RemoteProtocolError("a frame of the trade session")

    def _list(self, frame: Listing, now: Now) -> Effects:
        if len(frame.rows) > INSTRUMENTS_MAX:
            raise RemoteProtocolError("a listing without end")
        self._listed = {row.symbol for row in frame.rows}
        defined = [
            Define(
                Instrument(
                    id=self._id(row.symbol),
                    asset_class=AssetClass.EQUITY,
                    currency=row.currency,
                    base=row.symbol,
                    quantity_unit=QuantityUnit.SHARES,
                    price_increment=row.tick,
                    quantity_increment=Decimal(1),
                    multiplier=Decimal(1),
                    min_quantity=Decimal(1),
                )
            )
            for row in frame.rows
        ]
        return [*defined, *self._watch(now)]

    def _market(self, frame: QuoteFrame | TradeFrame, now: Now) -> Effects:
        symbol = frame.symbol
        self._heard_ns[symbol] = now.mono_ns
        kinds = self._kinds.get(symbol, frozenset())
        fresh = [self._news(symbol, fresh=True)] if symbol in self._stale else []
        self._stale.discard(symbol)
        times = {"ts_ns": frame.t, "recv_ns": now.wall_ns, "mono_ns": now.mono_ns}
        head = {"instrument": self._id(symbol), "boot": 0, "sequence": 0, **times}
        message: Quote | Trade
        if isinstance(frame, QuoteFrame):
            if 0 < frame.ask <= frame.bid:
                raise RemoteProtocolError("a crossed quote")
            bid, ask = float(frame.bid), float(frame.ask)
            message = Quote(
                **head,
                bid_price=bid,
                bid_size=SIZE if bid else 0.0,
                ask_price=ask,
                ask_size=SIZE if ask else 0.0,
            )
        else:
            message = Trade(
                **head,
                price=float(frame.price),
                size=float(frame.size),
                aggressor=0,
                trade_id=str(frame.no),
            )
        return [*fresh, message] if type(message) in kinds else fresh

    def _id(self, symbol: str) -> str:
        return instrument_id_of(symbol, self.venue)

    def _news(self, symbol: str, *, fresh: bool, reason: str = "") -> MarketStale:
        return MarketStale(
            instrument=self._id(symbol), boot=0, sequence=0, stream="", fresh=fresh, reason=reason
        )

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """There is no HTTP."""
        return NO_EFFECTS

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """There is no HTTP."""
        return NO_EFFECTS

    def ping(self, now: Now) -> Effects:
        """The venue answers."""
        return (SendFrame('{"op":"ping"}'),)

    def deadline(self) -> int | None:
        """An answer that is missing, or the quietest symbol."""
        moments = [at + self._ns(self._settings.quiet_s) for at in self._heard_ns.values()]
        if self._asked_ns is not None:
            moments.append(self._asked_ns + self._ns(self._settings.answer_within_s))
        return min(moments, default=None) if self._open else None

    def due(self, now: Now) -> Effects:
        """Leave a venue that does not answer; watch anew what has become quiet."""
        if not self._open:
            return NO_EFFECTS
        within_ns = self._ns(self._settings.answer_within_s)
        if self._asked_ns is not None and now.mono_ns >= self._asked_ns + within_ns:
            self._asked_ns = None
            return (Drop(PeerSilent("no answer to a subscription")),)
        limit_ns = now.mono_ns - self._ns(self._settings.quiet_s)
        quiet = [symbol for symbol, at in self._heard_ns.items() if at <= limit_ns]
        if not quiet:
            return NO_EFFECTS
        news = [
            self._news(symbol, fresh=False, reason="quiet")
            for symbol in quiet
            if symbol in self._kinds and symbol not in self._stale
        ]
        self._stale.update(symbol for symbol in quiet if symbol in self._kinds)
        return [*news, *self._watch(now)]

    @staticmethod
    def _ns(seconds: float) -> int:
        return int(seconds * 1e9)
