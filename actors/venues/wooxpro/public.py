"""The market data session: what readers want is subscribed, proven, translated and watched.

Owns one public stream and the instrument list. A topic is believed while it is acknowledged and fed;
when the stream is lost, a version is skipped, a book stays crossed or a topic falls silent, its
instrument is marked stale for that kind until new data arrives.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from actors.venues.wooxpro import frames
from actors.venues.wooxpro.bars import BarStream
from actors.venues.wooxpro.books import FullBook, SidedBook, VersionedBook
from actors.venues.wooxpro.details import Loader
from actors.venues.wooxpro.market import (
    Doubt,
    FundingStream,
    QuoteStream,
    Stream,
    TickerStream,
    TradeStream,
)
from actors.venues.wooxpro.rest import Answer, Rest, read_answer, read_failure
from actors.venues.wooxpro.settings import BAR_SECONDS, PUBLIC_PATH, Settings, with_path
from actors.venues.wooxpro.subscriptions import Entry, Silent, Subscriptions, Wanted, wanted_of
from actors.venues.wooxpro.symbols import (
    MARKET_KINDS,
    base_of,
    id_of,
    quiet_s_of,
    stream_word,
    symbol_at_venue,
    topic_of,
)
from engine.errors import ConfigError, LocalProtocolError, Problem
from engine.messages.market import (
    Bar,
    Book,
    FundingRate,
    InstrumentDefinition,
    MarketStale,
    MarketStatus,
    Quote,
    Ticker,
    Trade,
)
from engine.model.enums import VenueStateWord
from engine.session.contract import (
    NO_EFFECTS,
    CallFailure,
    Define,
    Effects,
    HttpResponse,
    Note,
    Now,
    SendFrame,
    SetState,
    Target,
    Topic,
)
from engine.session.values import malformed, shorten

GROUPS_KEPT_MAX: Final = 4_096
"""Spellings of groups remembered for quick look-up; more than topics times speeds."""
NOTED_MAX: Final = 1_000
"""Topics that cannot be had are noted once each; a bound for remembering which."""
REFRESH_INTERVAL_NS: Final = 2_000_000_000
"""A topic that was renewed so recently is not renewed again on request."""

_OWN_KINDS: Final = (InstrumentDefinition, MarketStale, MarketStatus)
"""Kinds that the session itself publishes; there is nothing to subscribe for them."""


class Route:
    """From a group to what reads it, and how far its data is believed."""

    __slots__ = ("base", "doubt_ns", "entry", "instrument", "stale", "stream", "troubled", "word")

    def __init__(self, base: str, instrument: str, word: str, stream: Stream, entry: Entry) -> None:
        self.base = base
        self.instrument = instrument
        self.word = word
        self.stream = stream
        self.entry = entry
        self.stale = False
        self.doubt_ns = 0
        self.troubled = False

    def marked(self, *, fresh: bool, reason: str) -> MarketStale:
        """What readers are told."""
        return MarketStale(
            instrument=self.instrument,
            boot=0,
            sequence=0,
            stream=self.word,
            fresh=fresh,
            reason=reason,
        )


class PublicProtocol:
    """`DataProtocol` of WOO X Pro.

    Args:
        settings: `public_ws_url` must be set. Raises ConfigError otherwise.
        secrets: none are needed.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str] | None = None) -> None:
        del secrets
        if not settings.public_ws_url:
            raise ConfigError(missing_url("public_ws_url"))
        self.ping_after_s = settings.ping_interval_s
        self.dead_after_s = 2 * settings.ping_interval_s
        self._settings = settings
        self._loader = Loader(settings, Rest(settings, None))
        self._subscriptions = Subscriptions(settings)
        self._wanted: frozenset[Topic] = frozenset()
        self._routes: dict[str, Route] = {}
        self._groups: dict[str, Route] = {}
        self._doubted: set[str] = set()
        self._noted: set[Topic] = set()
        self._anchored: Mapping[str, Wanted] = {}
        self._open = False
        self._ready = False
        self._ping_ns = 0

    # --- the session --------------------------------------------------------------------------

    def target(self) -> Target:
        """The public stream."""
        return Target(with_path(self._settings.public_ws_url, PUBLIC_PATH))

    def start(self, now: Now) -> Effects:
        """Load the instruments."""
        del now
        return self._loader.start()

    def opened(self, now: Now) -> Effects:
        """Subscribe everything that is wanted; ready when all of it was answered."""
        self._open, self._ready = True, False
        self._plan_ping(now)
        effects: list[object] = [SetState(VenueStateWord.RECONCILING, "subscribing")]
        effects += self._subscriptions.opened(now)
        effects += self._want(now)
        return effects + self._readiness()

    def lost(self, reason: str, now: Now) -> Effects:
        """Everything that was delivered is stale."""
        self._open = self._ready = False
        self._subscriptions.lost(now)
        effects: list[object] = []
        for route in self._routes.values():
            route.stream.restart()
            effects += self._stale(route, f"connection lost: {shorten(reason)}")
        return effects

    def ping(self, now: Now) -> Effects:
        """The venue's own ping."""
        self._plan_ping(now)
        return (SendFrame(frames.PING),)

    def deadline(self) -> int | None:
        """The next ping, answer, look for silence or loading of instruments."""
        times = [self._loader.deadline(), self._subscriptions.deadline()]
        if self._open:
            times.append(self._ping_ns)
            times += [self._patience_ends_ns(base) for base in self._doubted]
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> Effects:
        """Whatever of that is due."""
        effects = self._loader.due(now)
        effects += self._translated(self._subscriptions.due(now), now)
        effects += self._lasting_doubts(now)
        if self._open and now.mono_ns >= self._ping_ns:
            effects += self.ping(now)
        return effects + self._readiness()

    # --- demand -------------------------------------------------------------------------------

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """Subscribe and unsubscribe the difference; what cannot be had is noted once."""
        self._wanted = topics
        return self._want(now)

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """Subscribe this topic anew, unless that has only just been done."""
        route = self._route_of(topic)
        if route is None or not self._subscriptions.live(route.base):
            return NO_EFFECTS
        if now.mono_ns - route.entry.live_ns < REFRESH_INTERVAL_NS:
            return NO_EFFECTS
        return self._renew(route, "refresh was asked for", now)

    def _route_of(self, topic: Topic) -> Route | None:
        if topic.kind not in MARKET_KINDS:
            return None
        symbol = symbol_at_venue(topic.instrument)
        return self._routes.get(base_of(topic_of(topic.kind, symbol, self._settings)))

    def _want(self, now: Now) -> list[object]:
        notes: list[object] = []
        wanted: dict[str, Wanted] = {}
        served: dict[str, Topic] = {}
        for topic in sorted(
            self._wanted, key=lambda topic: (topic.instrument, topic.kind.__name__)
        ):
            if not self._can_serve(topic):
                notes += self._cannot(topic)
                continue
            symbol = symbol_at_venue(topic.instrument)
            name = topic_of(topic.kind, symbol, self._settings)
            base, wish = wanted_of(name, quiet_s_of(topic.kind, self._settings))
            wanted[base], served[base] = wish, topic
        anchor = {} if wanted else self._anchor()
        effects = self._subscriptions.want(wanted or anchor, now)
        for base in self._anchored.keys() & wanted.keys():
            # Its first value came when nobody wanted it, and the next one may be a minute away.
            effects += self._subscriptions.doubt(base, now)
        self._anchored = anchor
        self._reroute(served)
        return notes + effects

    def _can_serve(self, topic: Topic) -> bool:
        return topic.kind in MARKET_KINDS and topic.instrument in self._loader.table

    def _cannot(self, topic: Topic) -> list[object]:
        """Nothing is said before the instruments are known, and nothing twice."""
        if topic.kind in _OWN_KINDS or topic in self._noted or len(self._noted) >= NOTED_MAX:
            return []
        if topic.kind in MARKET_KINDS and not self._loader.table:
            return []
        self._noted.add(topic)
        return [Note("topic_not_available", f"{topic.kind.__name__} of {topic.instrument}")]

    def _anchor(self) -> dict[str, Wanted]:
        """The venue closes streams without a subscription: have a quiet one while none is wanted."""
        symbol = self._settings.anchor_symbol
        if not symbol or (self._loader.table and id_of(symbol) not in self._loader.table):
            return {}
        return dict([wanted_of(topic_of(FundingRate, symbol, self._settings))])

    def _reroute(self, served: Mapping[str, Topic]) -> None:
        for base in [base for base in self._routes if base not in served]:
            del self._routes[base]
            self._doubted.discard(base)
        for base, topic in served.items():
            entry = self._subscriptions.entry(base)
            known = self._routes.get(base)
            if entry is not None and (known is None or known.entry is not entry):
                stream = _stream(topic, self._settings)
                word = stream_word(topic.kind)
                self._routes[base] = Route(base, topic.instrument, word, stream, entry)
        self._groups = dict(self._routes)

    # --- frames -------------------------------------------------------------------------------

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One frame: a push, an answer or a pong."""
        if data == frames.PONG_TEXT:
            return NO_EFFECTS
        frame = frames.load(data, exact=False)
        if "action" in frame:
            return self._answered(frames.answered(frame), now)
        group = frame.get("group")
        if type(group) is not str:
            malformed("a push", "with a group")
        route = self._groups.get(group)
        if route is None:
            route = self._spelled(group)
            if route is None:
                return NO_EFFECTS  # pong, anchor, or a topic that nobody wants any more
        reading = route.stream.read(frame.get("data"), now)
        if isinstance(reading, Doubt):
            return self._doubt(route, reading, now)
        if reading:
            route.entry.fed_ns = now.mono_ns
            if route.troubled:
                return [*self._relieve(route), *reading]
        return reading

    def _spelled(self, group: str) -> Route | None:
        """The route of a group with a speed that the venue put on it."""
        route = self._routes.get(base_of(group))
        if route is not None:
            if len(self._groups) >= GROUPS_KEPT_MAX:
                self._groups = dict(self._routes)
            self._groups[group] = route
        return route

    def _answered(self, answer: frames.Answered, now: Now) -> Effects:
        if answer.action == "unsubscribe":
            effects = self._subscriptions.unsubscribed(answer.base, now)
        elif answer.success:
            effects = self._subscriptions.subscribed(answer.base, now)
        else:
            effects = self._refused(answer, now)
        return effects + self._readiness()

    def _refused(self, answer: frames.Answered, now: Now) -> list[object]:
        detail = f"{shorten(answer.base)}: {answer.error}"
        effects: list[object] = [Note("subscription_refused", detail, alert=not answer.later)]
        effects += self._subscriptions.refused(answer.base, now, later=answer.later)
        route = self._routes.get(answer.base)
        if route is not None:
            effects += self._stale(route, f"refused: {answer.error}")
        return effects

    # --- belief -------------------------------------------------------------------------------

    def _doubt(self, route: Route, doubt: Doubt, now: Now) -> Effects:
        if doubt.at_once:
            return self._renew(route, doubt.reason, now)
        if not route.doubt_ns:
            route.doubt_ns, route.troubled = now.mono_ns, True
            self._doubted.add(route.base)
        return NO_EFFECTS

    def _patience_ends_ns(self, base: str) -> int:
        return self._routes[base].doubt_ns + int(self._settings.crossed_tolerance_s * 1e9)

    def _lasting_doubts(self, now: Now) -> list[object]:
        effects: list[object] = []
        for base in sorted(self._doubted):
            if now.mono_ns >= self._patience_ends_ns(base):
                effects += self._renew(
                    self._routes[base], "crossed or impossible for too long", now
                )
        return effects

    def _renew(self, route: Route, reason: str, now: Now) -> list[object]:
        route.stream.restart()
        self._forget_doubt(route)
        stale = self._stale(route, reason)
        return stale + self._subscriptions.doubt(route.base, now)

    def _forget_doubt(self, route: Route) -> None:
        route.doubt_ns = 0
        self._doubted.discard(route.base)

    def _stale(self, route: Route, reason: str) -> list[object]:
        self._forget_doubt(route)
        if route.stale:
            return []
        route.stale = route.troubled = True
        return [route.marked(fresh=False, reason=reason)]

    def _relieve(self, route: Route) -> list[object]:
        self._forget_doubt(route)
        route.troubled = False
        if not route.stale:
            return []
        route.stale = False
        return [route.marked(fresh=True, reason="")]

    def _translated(self, effects: Iterable[object], now: Now) -> list[object]:
        """What the subscriptions say, with silence turned into what readers are told."""
        del now
        out: list[object] = []
        for effect in effects:
            if not isinstance(effect, Silent):
                out.append(effect)
                continue
            route = self._routes.get(effect.base)
            if route is not None:
                route.stream.restart()
                out += self._stale(route, f"no data for {effect.seconds:.0f} s, renewing")
                out.append(Note("subscription_silent", f"{route.base}, {effect.seconds:.0f} s"))
        return out

    # --- instruments --------------------------------------------------------------------------

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """The instrument list came."""
        return self._loaded(call_id, read_answer(response), now)

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """The instrument list did not come; it is asked for again."""
        return self._loaded(call_id, read_failure(failure), now)

    def _loaded(self, call_id: int, answer: Answer, now: Now) -> Effects:
        if not self._loader.mine(call_id):
            raise LocalProtocolError(f"an answer to call {call_id}, which was never made")
        loaded = self._loader.ended(answer, now)
        effects: list[object] = [*loaded.notes]
        effects += [Define(instrument) for instrument in loaded.changed]
        if loaded.changed:
            effects += self._want(now)
        return effects + self._readiness()

    # --- small things -------------------------------------------------------------------------

    def _readiness(self) -> list[object]:
        """Ready once per connection: instruments known, every wanted topic answered."""
        if self._ready or not self._open or not self._loader.table:
            return []
        if not self._subscriptions.settled():
            return []
        self._ready = True
        return [SetState(VenueStateWord.READY)]

    def _plan_ping(self, now: Now) -> None:
        self._ping_ns = now.mono_ns + int(self._settings.ping_interval_s * 1e9)


def missing_url(name: str) -> Problem:
    """The problem of a WebSocket URL that only the user can know."""
    return Problem(
        f"venues.wooxpro.{name}",
        "is not set",
        "the venue does not document its WebSocket hosts: take the URL from your account manager, "
        "or use the simulator",
    )


def _stream(topic: Topic, settings: Settings) -> Stream:
    instrument, symbol = topic.instrument, symbol_at_venue(topic.instrument)
    if topic.kind is Book:
        maker: dict[str, type[FullBook | VersionedBook | SidedBook]]
        maker = {"all": FullBook, "increase": VersionedBook, "sides": SidedBook}
        return maker[settings.book_feed](instrument, symbol, settings.book_depth)
    if topic.kind is Bar:
        return BarStream(instrument, symbol, BAR_SECONDS[settings.bar_interval])
    simple: dict[type, type[QuoteStream | TradeStream | TickerStream | FundingStream]] = {
        Quote: QuoteStream,
        Trade: TradeStream,
        Ticker: TickerStream,
        FundingRate: FundingStream,
    }
    return simple[topic.kind](instrument, symbol)
