"""The market data desk: which markets there are, what is wanted of them, subscribed, translated, watched.

The data session without its connection, which `connection` has. A market is subscribed when it is listed,
and one subscription of depth serves all that is wanted of it; only books of single orders need another.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from actors.venues.t4.bars import chart_query
from actors.venues.t4.details import Details, MarketInfo
from actors.venues.t4.link import Link
from actors.venues.t4.listing import MarketSearch
from actors.venues.t4.orderbook import Gap
from actors.venues.t4.prices import Pricing
from actors.venues.t4.proto import enums_pb2, market_pb2
from actors.venues.t4.rest import Answer, Path, Rest, read_answer, read_failure
from actors.venues.t4.settings import BUFFERS, LEVELS, Settings
from actors.venues.t4.streams import MarketStreams
from actors.venues.t4.subscriptions import Ask, Feed, Key, Subscriptions
from actors.venues.t4.symbols import MARKET_KINDS, market_of
from actors.venues.t4.watch import Watch
from engine.errors import PeerSilent, RemoteProtocolError
from engine.messages.market import Book, InstrumentDefinition, MarketStale, MarketStatus
from engine.session.contract import (
    CallFailure,
    Drop,
    HttpResponse,
    Note,
    Now,
    Topic,
)
from engine.session.jobs import Job, Jobs
from engine.session.values import shorten

NOTED_MAX: Final = 1_000
"""What cannot be had is noted once each; a bound for remembering which."""
REFRESH_INTERVAL_NS: Final = 2_000_000_000
"""A market that was subscribed anew so recently is not again on request."""
CHARTS_UNDER_WAY_MAX: Final = 4
"""Charts asked for at a time; the rest wait for these."""
TOKEN_RETRY_NS: Final = 10_000_000_000
"""Pause before a token is asked for again."""

_OWN_KINDS: Final = (InstrumentDefinition, MarketStale, MarketStatus)
"""Kinds that the session itself publishes; there is nothing to subscribe for them."""

Reader = Callable[[MarketStreams, Any, Pricing, Now], list[object]]


class MarketDesk:
    """Everything about market data but the connection.

    Args:
        settings: of the venue.
        link: carries the requests.
        first_call_id: calls over REST are numbered from here.
    """

    def __init__(self, settings: Settings, link: Link, *, first_call_id: int) -> None:
        self._settings = settings
        self._listing_interval_ns = int(settings.listing_interval_s * 1e9)
        self._link = link
        self._rest = Rest(settings, link.tokens, first_call_id)
        self._jobs: Jobs[Answer] = Jobs()
        self.details = Details(settings)
        self.streams: dict[str, MarketStreams] = {}
        self.subscriptions = Subscriptions(settings)
        self._watch = Watch(settings)
        self._search: MarketSearch | None = None
        self._listed = not settings.contracts
        self._listed_ns = 0
        self._search_waits = False
        self._charts: dict[str, None] = {}
        self._token_ns = 0
        self._topics: frozenset[Topic] = frozenset()
        self._noted: set[Topic] = set()
        self._refreshed: dict[str, int] = {}
        self._readers: Mapping[str, Reader] = {
            "market_depth": MarketStreams.depth_told,
            "market_depth_trade": MarketStreams.trade_told,
            "market_high_low": self._high_low,
            "market_price_limits": self._limits,
            "market_settlement": self._settlement,
            "market_by_order_snapshot": self._orders_told,
            "market_by_order_update": self._orders_changed,
        }
        self.kinds: Final = frozenset(self._readers) | {
            "authentication_token",
            "market_details",
            "market_snapshot",
            "market_by_order_trade",
            "market_depth_subscribe_reject",
            "market_by_order_subscribe_reject",
        }

    # --- the connection -----------------------------------------------------------------------

    def logged_in(self, response: Any, now: Now) -> list[object]:
        """Look for markets, and subscribe those that are known."""
        del response
        self._watch.begin(now)
        # What there is does not change with a connection: data must be back before it is asked again.
        self._search_waits = bool(self._settings.contracts) and not self._listed
        return [*self._work(now), *self._want(now)]

    def lost(self, reason: str) -> list[object]:
        """Everything that was delivered is stale; what was asked is asked anew."""
        self._jobs = Jobs()
        self._charts.clear()
        self._search, self._search_waits = None, False
        self._token_ns = 0
        self._refreshed.clear()
        self.subscriptions.lost()
        self._watch.end()
        effects: list[object] = []
        for streams in self.streams.values():
            effects += streams.lost(f"connection lost: {shorten(reason)}")
        return effects

    @property
    def settled(self) -> bool:
        """Whether markets are known and everything that is wanted was subscribed or refused."""
        return self._listed and self.subscriptions.settled

    def deadline(self) -> int | None:
        """The next look, answer, or question that waits for its time."""
        times = [self._jobs.deadline(), self.subscriptions.deadline(), self._watch.deadline()]
        if self._waits_for_token and not self._link.tokens.awaited:
            times.append(self._token_ns)
        if self._listed_ns and self._search is None:
            times.append(self._listed_ns + self._listing_interval_ns)
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> list[object]:
        """Whatever of that is due."""
        effects = self._after(self._jobs.due(now))
        late, too_often = self.subscriptions.due(now)
        for market_id, feed in late:
            effects.append(Note("subscription_unanswered", f"{feed.value} of {market_id}"))
        if too_often:
            return [*effects, Drop(PeerSilent("the venue answers no subscription"))]
        for doubted in self._watch.due(self.streams, self.subscriptions, now):
            if doubted.key is None:
                effects += doubted.streams.depth_doubted(doubted.reason)
            else:
                effects += self._renew(doubted.streams, doubted.key, doubted.reason)
        if self._listed_ns and now.mono_ns >= self._listed_ns + self._listing_interval_ns:
            self._search_waits = self._search is None
        return [*effects, *self._work(now), *self._pump(now)]

    # --- demand -------------------------------------------------------------------------------

    def demand(self, topics: frozenset[Topic], now: Now) -> list[object]:
        """Subscribe and unsubscribe the difference; what cannot be had is noted once."""
        self._topics = topics
        return [*self._want(now), *self._work(now)]

    def refresh(self, topic: Topic, now: Now) -> list[object]:
        """Subscribe the market of this topic anew, unless that has only just been done."""
        streams = self.streams.get(market_of(topic.instrument))
        if streams is None or topic.kind not in streams.kinds or not self._link.in_service:
            return []
        market_id = streams.info.market_id
        if now.mono_ns - self._refreshed.get(market_id, -REFRESH_INTERVAL_NS) < REFRESH_INTERVAL_NS:
            return []
        self._refreshed[market_id] = now.mono_ns
        feed = Feed.ORDERS if topic.kind is Book and streams.wants_orders else Feed.DEPTH
        effects = streams.doubt((topic.kind,), "refresh was asked for")
        self.subscriptions.renew((market_id, feed))
        return [*effects, *self._pump(now)]

    def _want(self, now: Now) -> list[object]:
        """Bring streams and subscriptions into line with what is wanted and can be had."""
        kinds: dict[str, set[type]] = {}
        notes: list[object] = []
        for topic in sorted(self._topics, key=lambda t: (t.instrument, t.kind.__name__)):
            info = self.details.get(market_of(topic.instrument))
            if topic.kind in MARKET_KINDS and info is not None:
                kinds.setdefault(info.market_id, set()).add(topic.kind)
                if info.market_id not in self.streams:
                    self.streams[info.market_id] = MarketStreams(info, self._settings)
            else:
                notes += self._cannot(topic)
        for market_id in [each for each in self.streams if each not in kinds]:
            del self.streams[market_id]
        keys: list[Key] = []
        for market_id, wanted in kinds.items():
            streams = self.streams[market_id]
            streams.want(frozenset(wanted))
            keys.append((market_id, Feed.DEPTH))
            if streams.wants_orders:
                keys.append((market_id, Feed.ORDERS))
        self.subscriptions.want(keys)
        return [*notes, *self._pump(now)]

    def _cannot(self, topic: Topic) -> list[object]:
        """Nothing is said before the markets are known, and nothing twice."""
        if topic.kind in _OWN_KINDS or topic in self._noted or len(self._noted) >= NOTED_MAX:
            return []
        if topic.kind in MARKET_KINDS and not self._listed:
            return []
        self._noted.add(topic)
        detail = f"{topic.kind.__name__} of {topic.instrument}"
        if topic.kind in MARKET_KINDS:
            detail += ": name its contract in venues.t4.contracts, or it in venues.t4.markets"
        return [Note("topic_not_available", detail)]

    def _pump(self, now: Now) -> list[object]:
        """Send what is to be subscribed or given back."""
        if not self._link.in_service:
            return []
        return [self._request(ask) for ask in self.subscriptions.asks(now)]

    def _request(self, ask: Ask) -> object:
        market_id, feed = ask.key
        info = self.details.get(market_id)
        place: dict[str, Any] = {"market_id": market_id}
        if info is not None:
            place |= {"exchange_id": info.exchange_id, "contract_id": info.contract_id}
        if feed is Feed.ORDERS:
            orders = market_pb2.MarketByOrderSubscribe(**place, subscribe=ask.subscribe)
            return self._link.send("market_by_order_subscribe", orders)
        if ask.subscribe:
            place["buffer"] = BUFFERS[self._settings.depth_buffer]
            place["depth_levels"] = LEVELS[self._settings.depth_levels][0]
        return self._link.send("market_depth_subscribe", market_pb2.MarketDepthSubscribe(**place))

    # --- what the venue says ------------------------------------------------------------------

    def heard(self, kind: str, message: Any, now: Now) -> list[object]:
        """A message about markets. Raises RemoteProtocolError for what cannot be."""
        if kind == "authentication_token":
            return self._work(now)
        if kind == "market_details":
            return self.details_told(message, now)
        if kind in {"market_depth_subscribe_reject", "market_by_order_subscribe_reject"}:
            return self._rejected(kind, message, now)
        if kind == "market_by_order_trade":
            return []  # trades come with depth; this one's number is that of the update before
        feed = Feed.ORDERS if kind.startswith("market_by_order") else Feed.DEPTH
        streams = self._arrived(message.market_id, feed)
        if streams is None:
            return []
        if kind == "market_snapshot":
            return self._snapshot(streams, message, now)
        mode = message.mode if "mode" in message.DESCRIPTOR.fields_by_name else 0
        effects = self._mode(streams, mode, now)
        pricing = self._pricing(streams.info)
        if pricing is None:
            return effects
        if feed is Feed.DEPTH:
            streams.fed_ns = now.mono_ns
        return effects + self._readers[kind](streams, message, pricing, now)

    def details_told(self, message: Any, now: Now) -> list[object]:
        """A `MarketDetails`, also one inside an account's snapshot. Raises RemoteProtocolError."""
        known = self.details.get(message.market_id) is not None
        effects = self.details.told(message)
        if not known:
            effects += self._want(now)
        return effects + self._work(now)

    def _arrived(self, market_id: str, feed: Feed) -> MarketStreams | None:
        if not self.subscriptions.arrived((market_id, feed)):
            return None  # on its way when it was given back
        return self.streams.get(market_id)

    def _pricing(self, info: MarketInfo) -> Pricing | None:
        """How prices are written; None where they cannot be read, which was told.

        Raises:
            RemoteProtocolError: the details of the market were not told first.
        """
        if info.pricing is None and not info.told:
            raise RemoteProtocolError(f"data of {shorten(info.market_id)} before its details")
        return info.pricing

    def _snapshot(self, streams: MarketStreams, message: Any, now: Now) -> list[object]:
        effects = self._mode(streams, message.mode, now)
        pricing = self._pricing(streams.info)
        if pricing is None:
            return effects
        streams.fed_ns = now.mono_ns
        for item in message.messages:
            kind = item.WhichOneof("payload")
            if kind is None:
                continue
            payload = getattr(item, kind)
            if payload.market_id not in (message.market_id, ""):
                raise RemoteProtocolError("a snapshot of one market holds data of another")
            if kind == "market_depth_trade":
                effects += streams.past_trade_told(payload, pricing, now)
            else:
                effects += self._readers[kind](streams, payload, pricing, now)
        return effects + streams.trades_live()

    def _mode(self, streams: MarketStreams, mode: int, now: Now) -> list[object]:
        """The trading state: whether orders are taken, and whether data has to flow."""
        was_open = streams.info.is_open
        effects = self.details.mode_told(streams.info, mode)
        if effects and streams.info.is_open and not was_open:
            streams.open_ns = now.mono_ns
        return effects

    def _rejected(self, kind: str, message: Any, now: Now) -> list[object]:
        feed = Feed.ORDERS if kind.startswith("market_by_order") else Feed.DEPTH
        if not self.subscriptions.refused((message.market_id, feed), now):
            return []
        name = _mode_name(message.mode)
        detail = f"{feed.value} of {shorten(message.market_id)}: {name}"
        effects: list[object] = [Note("subscription_refused", detail, alert=True)]
        streams = self.streams.get(message.market_id)
        if streams is None:
            return effects
        if feed is Feed.DEPTH:
            effects += self.details.mode_told(streams.info, message.mode)
            return effects + streams.doubt_all(f"refused: {name}")
        return effects + streams.orders_doubted(f"refused: {name}")

    # --- readers ------------------------------------------------------------------------------

    @staticmethod
    def _high_low(streams: MarketStreams, message: Any, pricing: Pricing, now: Now) -> list[object]:
        streams.statistics.high_low(message, pricing)
        return streams.statistics_changed(now)

    @staticmethod
    def _limits(streams: MarketStreams, message: Any, pricing: Pricing, now: Now) -> list[object]:
        streams.statistics.limits(message, pricing)
        return streams.statistics_changed(now)

    @staticmethod
    def _settlement(
        streams: MarketStreams, message: Any, pricing: Pricing, now: Now
    ) -> list[object]:
        streams.statistics.settlement(message, pricing)
        return streams.statistics_changed(now)

    @staticmethod
    def _orders_told(
        streams: MarketStreams, message: Any, pricing: Pricing, now: Now
    ) -> list[object]:
        return streams.orders_told(message, pricing, now)

    def _orders_changed(
        self, streams: MarketStreams, message: Any, pricing: Pricing, now: Now
    ) -> list[object]:
        out = streams.orders_changed(message, pricing, now)
        if not isinstance(out, Gap):
            return out
        key = (streams.info.market_id, Feed.ORDERS)
        return [*self._renew(streams, key, out.reason), *self._pump(now)]

    def _renew(self, streams: MarketStreams, key: Key, reason: str) -> list[object]:
        """Doubt what a subscription brings, and have it anew."""
        if not self.subscriptions.renew(key):
            return []
        market_id, feed = key
        note = Note("subscription_renewed", f"{feed.value} of {market_id}: {reason}")
        if feed is Feed.ORDERS:
            return [*streams.orders_doubted(reason), note]
        streams.crossed_ns = 0
        return [*streams.doubt_all(reason), note]

    # --- REST ---------------------------------------------------------------------------------

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> list[object]:
        """A call over REST was answered."""
        answer = read_answer(response)
        effects: list[object] = []
        if answer.status == 401 and self._link.in_service:
            effects += self._link.tokens.ask(now)
        return effects + self._ended(call_id, answer, now)

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> list[object]:
        """A call over REST came to nothing."""
        return self._ended(call_id, read_failure(failure), now)

    def _ended(self, call_id: int, answer: Answer, now: Now) -> list[object]:
        if not self._jobs.mine(call_id):
            return []  # of a connection that is gone
        effects = self._after(self._jobs.answered(call_id, answer, now))
        return [*effects, *self._want(now), *self._work(now)]

    def _after(self, effects: list[object]) -> list[object]:
        """What a step of a job leads to, and what the search has to tell."""
        return effects if self._search is None else effects + self._search.notes()

    @property
    def _waits_for_token(self) -> bool:
        return self._search_waits or any(s.wants_chart for s in self.streams.values())

    def _work(self, now: Now) -> list[object]:
        """Begin what REST is needed for; it waits where there is no token that will last."""
        if not self._link.in_service or not self._waits_for_token:
            return []
        if not self._link.tokens.usable(now):
            if self._link.tokens.awaited or now.mono_ns < self._token_ns:
                return []
            self._token_ns = now.mono_ns + TOKEN_RETRY_NS
            return self._link.tokens.ask(now)
        self._token_ns = now.mono_ns + TOKEN_RETRY_NS
        effects: list[object] = []
        if self._search_waits:
            self._search_waits = False
            self._search = MarketSearch(self._settings, self._rest, self.details)
            effects += self._after(self._jobs.start(self._find(self._search, now), now)[1])
        for streams in self.streams.values():
            market_id = streams.info.market_id
            if not streams.wants_chart or market_id in self._charts:
                continue
            if len(self._charts) >= CHARTS_UNDER_WAY_MAX:
                break
            self._charts[market_id] = None
            effects += self._jobs.start(self._chart(streams, now), now)[1]
        return effects

    def _find(self, search: MarketSearch, now: Now) -> Job:
        yield from search.job(now)
        self._listed, self._listed_ns = True, search.now.mono_ns
        self._search = None
        return search.notes()

    def _chart(self, streams: MarketStreams, now: Now) -> Job:
        info = streams.info
        if not self._settings.warm_up_bars:
            self._charts.pop(info.market_id, None)
            return streams.chart_refused()
        query = chart_query(info.exchange_id, info.contract_id, info.market_id, self._settings, now)
        answer, now = yield from self._rest.ask(Path.BAR_CHART, query, now)
        self._charts.pop(info.market_id, None)
        try:
            if answer.ok:
                return streams.chart_told(answer.data, now)
            text = answer.text
        except RemoteProtocolError as error:
            text = str(error)
        return [Note("chart_failed", f"{info.market_id}: {text}"), *streams.chart_refused()]


def _mode_name(mode: int) -> str:
    value = enums_pb2.MarketMode.DESCRIPTOR.values_by_number.get(mode)
    return str(mode) if value is None else value.name.removeprefix("MARKET_MODE_")
