"""The market data desk: what is known, wanted, subscribed and asked on the quote gateway.

Everything is asked through one paced queue, and answers find their way by the key of their request. A
symbol is subscribed when its static facts are known. The desk is the quote session without its
connection, which `public` has.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from actors.venues.longbridge import queries
from actors.venues.longbridge.bodies import parse
from actors.venues.longbridge.calendar import Calendar
from actors.venues.longbridge.commands import Quote as Command
from actors.venues.longbridge.control import Answered, Gateway, Pushed
from actors.venues.longbridge.details import Details
from actors.venues.longbridge.proto import quote_pb2
from actors.venues.longbridge.requests import Request, Requests
from actors.venues.longbridge.settings import SYMBOLS_LIMIT, Settings
from actors.venues.longbridge.streams import (
    BARS,
    DEPTH,
    QUESTION_OF,
    QUOTE,
    TRADES,
    SymbolStreams,
)
from actors.venues.longbridge.subscriptions import Subscriptions
from actors.venues.longbridge.symbols import MARKET_KINDS, SUB_TYPES, symbol_at_venue
from engine.errors import PeerSilent
from engine.messages.market import InstrumentDefinition, MarketStale, MarketStatus
from engine.model.enums import VenueStateWord
from engine.session.contract import Define, Drop, Note, Now, SetState, Topic

NOTED_MAX: Final = 1_000
"""What cannot be had is noted once each; a bound for remembering which."""
REFRESH_INTERVAL_NS: Final = 2_000_000_000
"""A topic that was asked for so recently is not asked for again on request."""
UNANSWERED_MAX: Final = 3
"""Times one question stays without an answer before the connection is given up."""
RATE_LIMITED: Final = 301606
TOO_MANY_SUBSCRIBED: Final = 301605

_OWN_KINDS: Final = (InstrumentDefinition, MarketStale, MarketStatus)
_QUESTIONS: Final[Mapping[int, tuple[str, ...]]] = {
    quote_pb2.SUB_TYPE_QUOTE: (QUOTE,),
    quote_pb2.SUB_TYPE_DEPTH: (DEPTH,),
    quote_pb2.SUB_TYPE_TRADE: (TRADES, BARS),
}
"""What belongs to a sub type."""


class Desk:
    """Everything about market data but the connection.

    Args:
        settings: of the venue.
        gateway: carries the requests.
    """

    def __init__(self, settings: Settings, gateway: Gateway) -> None:
        self._settings = settings
        self._gateway = gateway
        self._requests = Requests(settings, gateway)
        self.subscriptions = Subscriptions(settings)
        self.details = Details(settings)
        self.details.need(settings.symbols)
        self.calendar = Calendar()
        self.streams: dict[str, SymbolStreams] = {}
        self._topics: frozenset[Topic] = frozenset()
        self._noted: set[str] = set()
        self._unanswered: dict[object, int] = {}
        self._ready = False
        self.has_questions = False
        """Whether data that was pushed has left something to be asked."""
        self._readers: Mapping[str, Callable[[Request, bytes, Now], list[object]]] = {
            queries.PROFILE: self._profile_told,
            queries.PERIODS: self._periods_told,
            queries.DAYS: self._days_told,
            queries.STATIC: self._static_told,
            queries.QUOTES: self._quotes_told,
            QUOTE: self._quotes_told,
            DEPTH: self._depth_told,
            TRADES: self._trades_told,
            BARS: self._bars_told,
            "subscribe": self._subscribed,
            "unsubscribe": self._unsubscribed,
        }

    # --- the connection -----------------------------------------------------------------------

    def logged_in(self, now: Now) -> list[object]:
        """Begin anew: everything is asked and subscribed again."""
        self.load(now)
        return [SetState(VenueStateWord.RECONCILING, "subscribing"), *self._want(now)]

    def lost(self, reason: str) -> list[object]:
        """Everything that was delivered is stale; what was asked is asked anew when needed."""
        self._requests.lost()
        self.subscriptions.lost()
        self._unanswered.clear()
        self._ready = False
        effects: list[object] = []
        for streams in self.streams.values():
            effects += streams.lost(f"connection lost: {reason[:200]}")
        return effects

    def deadline(self) -> int | None:
        """When a request may go that waits for time, or a refused symbol be asked for again."""
        times = (self._requests.deadline(), self.subscriptions.retry_ns())
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    # --- demand -------------------------------------------------------------------------------

    def demand(self, topics: frozenset[Topic], now: Now) -> list[object]:
        """Look up, subscribe and unsubscribe the difference; what cannot be had is noted once."""
        self._topics = topics
        self.details.need(sorted(symbol_at_venue(topic.instrument) for topic in topics))
        return self._want(now)

    def refresh(self, topic: Topic, now: Now) -> list[object]:
        """Ask for the present state of this topic, unless that has only just been done."""
        streams = self.streams.get(symbol_at_venue(topic.instrument))
        feed = streams.feeds.get(topic.kind) if streams is not None else None
        if streams is None or feed is None or not self._gateway.in_service:
            return []
        if feed.asked_ns and now.mono_ns - feed.asked_ns < REFRESH_INTERVAL_NS:
            return []
        feed.asked_ns = now.mono_ns
        streams.questions[QUESTION_OF[topic.kind]] = None
        return streams.doubt((topic.kind,), "refresh was asked for")

    def _want(self, now: Now) -> list[object]:
        """Bring streams and subscriptions into line with what is wanted and can be had."""
        kinds: dict[str, set[type]] = {}
        effects: list[object] = []
        for topic in sorted(self._topics, key=lambda t: (t.instrument, t.kind.__name__)):
            symbol = symbol_at_venue(topic.instrument)
            if topic.kind in MARKET_KINDS and self.details.is_served(symbol):
                kinds.setdefault(symbol, set()).add(topic.kind)
            else:
                effects += self._cannot(topic, symbol)
        for symbol in [symbol for symbol in self.streams if symbol not in kinds]:
            del self.streams[symbol]
        for symbol, wanted in kinds.items():
            streams = self.streams.get(symbol)
            if streams is None:
                streams = self.streams[symbol] = SymbolStreams(symbol, self._settings)
            known = bool(streams.feeds)
            streams.want(frozenset(wanted), now)
            if not known:
                streams.questions.clear()  # the subscription itself brings the beginning
        # The venue's quote is subscribed for every symbol: it tells price bands and halts.
        always = frozenset({int(quote_pb2.SUB_TYPE_QUOTE)})
        types = {
            symbol: always | {SUB_TYPES[kind] for kind in wanted}
            for symbol, wanted in kinds.items()
        }
        return effects + self.subscriptions.want(types)

    def _cannot(self, topic: Topic, symbol: str) -> list[object]:
        """Nothing is said while the venue may still have it."""
        if topic.kind in _OWN_KINDS:
            return []
        open_question = symbol and topic.kind in MARKET_KINDS
        if open_question and not self.details.is_refused(symbol):
            return []
        return self._note_once(
            "topic_not_available", f"{topic.kind.__name__} of {topic.instrument}"
        )

    def _note_once(self, event: str, detail: str) -> list[object]:
        name = f"{event} {detail}"
        if name in self._noted or len(self._noted) >= NOTED_MAX:
            return []
        self._noted.add(name)
        return [Note(event, detail)]

    # --- asking -------------------------------------------------------------------------------

    def load(self, now: Now) -> None:
        """Ask for profile, calendars, and the facts of everything that is of interest."""
        self._requests.add(queries.profile(self._settings), queries.periods())
        self._ask_static(self.details.symbols)
        self._ask_days(now)

    def _ask_days(self, now: Now, *, only_unknown: bool = False) -> None:
        for market in self.details.markets:
            if only_unknown and self.calendar.knows_days(market):
                continue
            span = self.calendar.span_to_ask(market, now.wall_ns)
            self._requests.add(queries.days(market, *span))

    def _ask_static(self, symbols: Iterable[str]) -> None:
        self._requests.add(*(queries.static(batch) for batch in _batches(symbols)))

    def pump(self, now: Now) -> list[object]:
        """Ask what has come up, as far as there is room, and tell when all of it is answered."""
        if not self._gateway.in_service:
            return []
        self.has_questions = False
        if not self._requests.has(queries.STATIC):
            self._ask_static(self.details.unknown)
        for streams in self.streams.values():
            if streams.questions:
                self._ask_questions(streams)
        self._requests.add(*self.subscriptions.requests(now))
        return self._requests.pump(now) + self._readiness(now)

    def _ask_questions(self, streams: SymbolStreams) -> None:
        for word in list(streams.questions):
            request = queries.question(streams, word, self._settings)
            if request is not None:
                self._requests.add(request)
        streams.questions.clear()

    def _readiness(self, now: Now) -> list[object]:
        if self._ready or self._requests.has(*queries.STARTING):
            return []
        if not self.subscriptions.settled(now):
            return []
        self._ready = True
        return [SetState(VenueStateWord.READY)]

    # --- answers and refusals -------------------------------------------------------------------

    def ended(self, answer: Answered, now: Now) -> list[object]:
        """A request came to its end. Raises RemoteProtocolError for what cannot be read."""
        request: Request = answer.tag
        self._requests.ended(answer)
        if answer.timed_out:
            return self._not_answered(request)
        self._unanswered.pop(request.key, None)
        if answer.ok:
            return self._readers[str(request.key[0])](request, answer.body, now)
        if answer.code == RATE_LIMITED:
            self._requests.pause(now)
            self._again(request)
            return [Note("rate_limited", answer.reason)]
        return self._refused(request, answer, now)

    def _again(self, request: Request) -> None:
        if request.key[0] in ("subscribe", "unsubscribe"):
            self.subscriptions.again(_symbols(request))
        else:
            self._requests.add(request)

    def _not_answered(self, request: Request) -> list[object]:
        count = self._unanswered[request.key] = self._unanswered.get(request.key, 0) + 1
        word = request.key[0]
        too_often = count >= UNANSWERED_MAX
        if word in ("subscribe", "unsubscribe"):
            too_often |= self.subscriptions.unanswered(_symbols(request))
        else:
            self._requests.add(request)
        note = Note("request_unanswered", f"{word}, request {count}")
        if not too_often:
            return [note]
        return [note, Drop(PeerSilent(f"no answer to {count} requests for {word}"))]

    def _refused(self, request: Request, answer: Answered, now: Now) -> list[object]:
        word = request.key[0]
        if word in ("subscribe", "unsubscribe"):
            return self._subscription_refused(request, answer, now)
        symbols = _symbols(request)
        if word in (queries.STATIC, queries.QUOTES) and len(symbols) > 1:
            middle = len(symbols) // 2
            build = queries.static if word == queries.STATIC else queries.quotes
            self._requests.add(build(symbols[:middle]), build(symbols[middle:]))
            return []
        effects = self._note_once("query_refused", f"{word} {' '.join(symbols)}: {answer.reason}")
        if word == queries.STATIC:
            self.details.static_told(symbols, ())
            return effects + self._want(now)
        if word == queries.QUOTES:
            self.details.quotes_told(symbols, ())
            return effects + self._definitions(symbols)
        for symbol in symbols:
            if (streams := self.streams.get(symbol)) is not None:
                self._question_refused(streams, str(word))
        return effects

    def _question_refused(self, streams: SymbolStreams, word: str) -> None:
        if word == DEPTH:
            streams.depth_refused()
        elif word == BARS:
            streams.bars_refused()

    # --- subscriptions ------------------------------------------------------------------------

    def _subscribed(self, request: Request, body: bytes, now: Now) -> list[object]:
        symbols, types = _symbols(request), _types(request)
        told = {row.symbol for row in parse(quote_pb2.SubscriptionResponse, body).sub_list}
        missing = tuple(symbol for symbol in symbols if told and symbol not in told)
        granted = tuple(symbol for symbol in symbols if symbol not in missing)
        questions = [word for sub_type in sorted(types) for word in _QUESTIONS.get(sub_type, ())]
        for symbol in self.subscriptions.granted(granted, types):
            if (streams := self.streams.get(symbol)) is not None:
                streams.live(questions, now)
        effects: list[object] = []
        for symbol in missing:
            self.subscriptions.refused((symbol,), now)
            effects += self._note_once("subscription_left_out", symbol)
        return effects

    def _unsubscribed(self, request: Request, body: bytes, now: Now) -> list[object]:
        del body, now
        self.subscriptions.given_back(_symbols(request), _types(request))
        return []

    def _subscription_refused(self, request: Request, answer: Answered, now: Now) -> list[object]:
        symbols = _symbols(request)
        if request.key[0] == "unsubscribe":
            self.subscriptions.given_back(symbols, _types(request))
            return [Note("unsubscribe_refused", answer.reason)]
        effects: list[object] = []
        for symbol in self.subscriptions.refused(symbols, now):
            alert = answer.code == TOO_MANY_SUBSCRIBED
            effects.append(Note("subscription_refused", f"{symbol}: {answer.reason}", alert=alert))
            if (streams := self.streams.get(symbol)) is not None:
                effects += streams.doubt(list(streams.feeds), f"refused: {answer.reason}")
        return effects

    # --- answers ------------------------------------------------------------------------------

    def _profile_told(self, request: Request, body: bytes, now: Now) -> list[object]:
        del request, now
        profile = parse(quote_pb2.UserQuoteProfileResponse, body)
        self.subscriptions.limit(profile.subscribe_limit)
        for limit in profile.rate_limit:
            self._requests.limit(limit.command, limit.limit)
        level = profile.quote_level[:100]
        return self._note_once("quote_level", level) if level else []

    def _periods_told(self, request: Request, body: bytes, now: Now) -> list[object]:
        del request, now
        answer = parse(quote_pb2.MarketTradePeriodResponse, body)
        self.calendar.periods_told(answer.market_trade_session)
        return []

    def _days_told(self, request: Request, body: bytes, now: Now) -> list[object]:
        del now
        answer = parse(quote_pb2.MarketTradeDayResponse, body)
        self.calendar.days_told(str(request.key[1]), answer.trade_day, answer.half_trade_day)
        return []

    def _static_told(self, request: Request, body: bytes, now: Now) -> list[object]:
        answer = parse(quote_pb2.SecurityStaticInfoResponse, body)
        asked = _symbols(request)
        self.details.static_told(asked, answer.secu_static_info)
        known = tuple(symbol for symbol in asked if self.details.is_served(symbol))
        if known:
            self._requests.add(queries.quotes(known))
        self._ask_days(now, only_unknown=True)
        return self._want(now)

    def _quotes_told(self, request: Request, body: bytes, now: Now) -> list[object]:
        answer = parse(quote_pb2.SecurityQuoteResponse, body)
        asked = _symbols(request)
        self.details.quotes_told(asked, answer.secu_quote)
        effects = self._definitions(asked)
        for row in answer.secu_quote:
            if (streams := self.streams.get(row.symbol)) is not None:
                effects += streams.quote_told(row, now)
        return effects

    def _definitions(self, symbols: Iterable[str]) -> list[object]:
        changed = (self.details.changed(symbol) for symbol in symbols)
        return [Define(instrument) for instrument in changed if instrument is not None]

    def _depth_told(self, request: Request, body: bytes, now: Now) -> list[object]:
        answer = parse(quote_pb2.SecurityDepthResponse, body)
        streams = self.streams.get(str(request.key[1]))
        return [] if streams is None else streams.depth_told(answer, now)

    def _trades_told(self, request: Request, body: bytes, now: Now) -> list[object]:
        answer = parse(quote_pb2.SecurityTradeResponse, body)
        streams = self.streams.get(str(request.key[1]))
        return [] if streams is None else streams.trades_told(answer, now)

    def _bars_told(self, request: Request, body: bytes, now: Now) -> list[object]:
        answer = parse(quote_pb2.SecurityCandlestickResponse, body)
        streams = self.streams.get(str(request.key[1]))
        return [] if streams is None else streams.bars_told(answer, now)

    # --- pushes -------------------------------------------------------------------------------

    def pushed(self, push: Pushed, now: Now) -> list[object]:
        """Data that was subscribed. Raises RemoteProtocolError for what cannot be read."""
        if push.command == Command.PUSH_DEPTH:
            depth = parse(quote_pb2.PushDepth, push.body)
            streams = self.streams.get(depth.symbol)
            return [] if streams is None else self._asked(streams, streams.depth_pushed(depth, now))
        if push.command == Command.PUSH_TRADES:
            trades = parse(quote_pb2.PushTrade, push.body)
            streams = self.streams.get(trades.symbol)
            return (
                [] if streams is None else self._asked(streams, streams.trades_pushed(trades, now))
            )
        if push.command == Command.PUSH_QUOTE:
            return self._quote_pushed(parse(quote_pb2.PushQuote, push.body), now)
        return []  # brokers, and what this version does not know

    def _asked(self, streams: SymbolStreams, effects: list[object]) -> list[object]:
        self.has_questions |= bool(streams.questions)
        return effects

    def _quote_pushed(self, push: Any, now: Now) -> list[object]:
        streams = self.streams.get(push.symbol)
        if streams is None:
            return []
        effects = streams.quote_pushed(push, now)
        quote = streams.quote
        changed = self.details.traded(push.symbol, quote.last, quote.status)
        return effects if changed is None else [Define(changed), *effects]


def _symbols(request: Request) -> tuple[str, ...]:
    """The symbols that a request is about: its key says them one by one or as a batch."""
    if len(request.key) < 2 or request.key[0] == queries.DAYS:
        return ()
    about = request.key[1]
    return about if isinstance(about, tuple) else (str(about),)


def _types(request: Request) -> frozenset[int]:
    types = request.key[2]
    return types if isinstance(types, frozenset) else frozenset()


def _batches(symbols: Iterable[str]) -> list[tuple[str, ...]]:
    listed = list(symbols)
    pieces = range(0, len(listed), SYMBOLS_LIMIT)
    return [tuple(listed[i : i + SYMBOLS_LIMIT]) for i in pieces]
