"""The market data session of one endpoint family.

Owns one stream and the HTTP calls beside it. What readers want becomes two lists of codes, sent whole
and one at a time; what the stream does not bring (bars, lots, what was missed) is asked for over HTTP.
The token stands in URLs and nowhere else: whatever the venue says is cleaned of it here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from actors.venues.alltick.board import LIST_OF, Board, Watch
from actors.venues.alltick.calls import Answer, Calls, Endpoint, read_answer, read_failure
from actors.venues.alltick.capabilities import MARKET_KINDS
from actors.venues.alltick.codes import Listing, code_of
from actors.venues.alltick.fetching import Fetcher, Job
from actors.venues.alltick.heart import Heart
from actors.venues.alltick.listings import Listings
from actors.venues.alltick.polling import Polling
from actors.venues.alltick.pushes import read_depth, read_last
from actors.venues.alltick.requests import Granted, LeftOut, ListName, Requests, named
from actors.venues.alltick.rets import Action, explain
from actors.venues.alltick.settings import Family, Settings
from actors.venues.alltick.values import rows
from actors.venues.alltick.wire import DEPTH_PUSH, OK, Command, Push, Reply, Unknown, load
from engine.errors import (
    ConfigError,
    CredentialsRejected,
    Problem,
    RemoteProtocolError,
)
from engine.messages.market import Bar, InstrumentDefinition, MarketStale, MarketStatus
from engine.model.enums import VenueStateWord
from engine.session.contract import (
    NO_EFFECTS,
    CallFailure,
    Connect,
    Define,
    Effects,
    GiveUp,
    HttpResponse,
    Note,
    Now,
    SetState,
    Target,
    Topic,
)
from engine.session.masking import Mask
from engine.session.values import obj, shorten

TOKEN_CHARS_MAX: Final = 512
SCAN_NS: Final = 500_000_000
"""How often codes are looked at for silence; one pass costs a comparison per code."""
NOTED_MAX: Final = 1_000
"""Topics that cannot be had, and kinds of pushes that are unknown, are noted once each."""
REFRESH_NS: Final = 2_000_000_000
"""A code that was asked for so recently is not asked for again on request."""

NOT_OF_STOCKS: Final = ("2h", "4h")
"""Bar lengths that the stock family does not have."""

_OWN_KINDS: Final = (InstrumentDefinition, MarketStale, MarketStatus)
"""Kinds that the session itself publishes; there is nothing to subscribe for them."""
_TICKS: Final = {
    ListName.DEPTH: Endpoint.DEPTH_TICK,
    ListName.TRADE: Endpoint.TRADE_TICK,
}


class AllTickProtocol:
    """`DataProtocol` of AllTick for one family.

    Args:
        settings: of the venue.
        secrets: `token`. Raises ConfigError without it.
        family: which of the venue's two services this session speaks to.
    """

    def __init__(self, settings: Settings, secrets: Mapping[str, str], family: Family) -> None:
        token = secrets.get("token", "")
        if not 0 < len(token) <= TOKEN_CHARS_MAX or not token.isascii() or not token.isprintable():
            raise ConfigError(
                Problem(
                    "venues.alltick.credentials",
                    "token is missing or no plain text",
                    "the venue shows it on the account's page",
                )
            )
        self.family = family
        self.ping_after_s = 1.5 * settings.heartbeat_interval_s
        self.dead_after_s = max(settings.heartbeat_timeout_s, 2 * settings.heartbeat_interval_s)
        self._settings = settings
        self._token = token
        self._mask = Mask(token)
        self._heart = Heart(settings)
        self._requests = Requests(settings, family)
        self._board = Board(settings)
        self._fetcher = Fetcher(settings, Calls(settings, token))
        self._polling = Polling(settings, self._fetcher)
        self._listings = Listings(settings, family)
        self._no_bars = family is Family.STOCK and settings.bar_interval in NOT_OF_STOCKS
        self._noted: set[object] = set()
        self._refreshed: dict[Topic, int] = {}
        self._open = False
        self._ready = False
        self._pausing = False
        self._pause_ends_ns = 0
        self._scan_ns = 0

    # --- the session ------------------------------------------------------------------------------

    def target(self) -> Target:
        """The family's stream, with the token in the query."""
        query = urlencode({"token": self._token})
        return Target(f"{self._settings.ws_url_of(self.family)}?{query}")

    def start(self, now: Now) -> Effects:
        """Tell the instruments of the table; the venue has no list to ask for."""
        del now
        return [Define(listing.instrument) for listing in self._listings.known()]

    def prepare(self, now: Now) -> Effects:
        """`PreparesConnection`: wait as long as the plan wants between two attempts."""
        if now.mono_ns >= self._pause_ends_ns:
            return (Connect(),)
        self._pausing = True
        return NO_EFFECTS

    def opened(self, now: Now) -> Effects:
        """Beat from now on and send both lists; ready when all of it was answered."""
        self._open, self._ready, self._pausing = True, False, False
        self._scan_ns = now.mono_ns + SCAN_NS
        effects: list[object] = [SetState(VenueStateWord.RECONCILING, "subscribing")]
        effects += self._heart.opened(now)
        effects += self._translated(self._requests.opened(now), now)
        self._polling.opened(now)
        for listing in self._board.listings():
            effects += self._defined(listing)  # lots that could not be had before
        effects += self._fetcher.pump(now)
        return effects + self._readiness()

    def lost(self, reason: str, now: Now) -> Effects:
        """Everything that was delivered is stale, and nothing is subscribed any more."""
        self._open = self._ready = self._pausing = False
        self._pause_ends_ns = now.mono_ns + int(self._settings.pause_s * 1e9)
        told = f"connection lost: {self._mask.clean(shorten(reason))}"
        self._heart.lost()
        self._requests.lost()
        self._fetcher.drop(Endpoint.DEPTH_TICK, Endpoint.TRADE_TICK)
        return [*self._board.lost(told), *self._polling.lost(told)]

    def ping(self, now: Now) -> Effects:
        """The venue's own heartbeat, out of turn."""
        return self._heart.beat(now) if self._open else NO_EFFECTS

    def deadline(self) -> int | None:
        """The next beat, request, call, poll or look for silence."""
        times = [
            self._heart.deadline(),
            self._requests.deadline(),
            self._fetcher.deadline(),
            self._polling.deadline(),
            self._board.crossed_deadline(),
        ]
        if self._pausing:
            times.append(self._pause_ends_ns)
        if self._open and not self._board.is_empty():
            times.append(self._scan_ns)
        return min((at_ns for at_ns in times if at_ns is not None), default=None)

    def due(self, now: Now) -> Effects:
        """Whatever of that is due."""
        effects: list[object] = []
        if self._pausing and now.mono_ns >= self._pause_ends_ns:
            self._pausing = False
            effects.append(Connect())
        effects += self._heart.due(now)
        effects += self._translated(self._requests.due(now), now)
        effects += self._board.still_crossed(now)
        effects += self._polling.due(now)
        if self._open and now.mono_ns >= self._scan_ns:
            effects += self._scan(now)
        effects += self._fetcher.pump(now)
        return effects + self._readiness()

    # --- demand -----------------------------------------------------------------------------------

    def demand(self, topics: frozenset[Topic], now: Now) -> Effects:
        """Have exactly these topics; what cannot be had is noted once."""
        effects: list[object] = []
        lists: dict[ListName, dict[str, tuple[Listing, frozenset[type]]]]
        lists = {name: {} for name in ListName}
        bars: list[Listing] = []
        for topic in sorted(topics, key=lambda topic: (topic.instrument, topic.kind.__name__)):
            listing = self._served(topic)
            if listing is None:
                effects += self._cannot(topic)
                continue
            effects += self._defined(listing)
            if topic.kind is Bar:
                bars.append(listing)
                continue
            codes = lists[LIST_OF[topic.kind]]
            _, kinds = codes.get(listing.code, (listing, frozenset()))
            codes[listing.code] = (listing, kinds | {topic.kind})
        self._board.want(lists)
        self._polling.want(bars, now)
        effects += self._translated(self._requests.want(self._board.levels(), now), now)
        effects += self._unserved()
        self._refreshed = {t: at_ns for t, at_ns in self._refreshed.items() if t in topics}
        return [*effects, *self._fetcher.pump(now), *self._readiness()]

    def _served(self, topic: Topic) -> Listing | None:
        if topic.kind not in MARKET_KINDS:
            return None
        if topic.kind is Bar and self._no_bars:
            return None
        return self._listings.find(code_of(topic.instrument))

    def _cannot(self, topic: Topic) -> list[object]:
        if topic.kind in _OWN_KINDS:
            return []
        detail = f"{topic.kind.__name__} of {shorten(topic.instrument, 64)}"
        return self._note_once(topic, Note("topic_not_available", detail))

    def _defined(self, listing: Listing) -> list[object]:
        """A code that the table did not know is told when somebody wants it; its lot is asked for."""
        if self._listings.wants_details(listing):
            self._fetcher.ask(Endpoint.STATIC_INFO, {listing.code: 1})
        return [Define(listing.instrument)] if self._listings.is_new(listing) else []

    def _unserved(self) -> list[object]:
        """What is wanted and was refused before, or has no room, is not to be waited for."""
        effects: list[object] = []
        for name in ListName:
            codes = self._requests.codes(name)
            for code, refusal in codes.refused.items():
                reason = f"refused: ret {refusal.ret} {explain(refusal.ret)}"
                effects += self._board.left_out(name, (code,), reason)
            reason = f"the plan takes {codes.codes_max} codes in a list"
            effects += self._board.left_out(name, codes.left_out(), reason)
        return effects

    def refresh(self, topic: Topic, now: Now) -> Effects:
        """Ask for this topic over HTTP, or send its list again, unless that was just done."""
        name = LIST_OF.get(topic.kind)
        if name is None or not self._open:
            return NO_EFFECTS
        watch = self._board.lists[name].get(code_of(topic.instrument))
        if watch is None or topic.kind not in watch.kinds or not watch.granted_ns:
            return NO_EFFECTS
        if now.mono_ns - self._refreshed.get(topic, -REFRESH_NS) < REFRESH_NS:
            return NO_EFFECTS
        self._refreshed[topic] = now.mono_ns
        if not self._settings.fill_gaps:
            return self._translated(self._requests.renew(name, now), now)
        self._fetcher.ask(_TICKS[name], {watch.listing.code: 1})
        return self._fetcher.pump(now)

    # --- frames -----------------------------------------------------------------------------------

    def received(self, data: str | bytes, now: Now) -> Effects:
        """One frame: data of a code, or an answer."""
        frame = load(data)
        if type(frame) is Push:
            return self._pushed(frame, now)
        if type(frame) is Reply:
            return self._replied(frame, now)
        assert type(frame) is Unknown  # noqa: S101 - the three kinds of frame there are
        event = Note("unknown_push", f"command {frame.command}")
        return self._note_once(frame.command, event)

    def _pushed(self, push: Push, now: Now) -> Sequence[object]:
        name = ListName.DEPTH if push.command == DEPTH_PUSH else ListName.TRADE
        code = push.data.get("code")
        watch = self._board.lists[name].get(code) if type(code) is str else None
        if watch is None:
            if type(code) is not str:
                raise RemoteProtocolError("the venue sent data without a code")
            return NO_EFFECTS  # a code that nobody wants any more
        if name is ListName.DEPTH:
            return self._board.depth(watch, read_depth(push.data), now, streamed=True)
        return self._board.last(watch, read_last(push.data), now, streamed=True)

    def _replied(self, reply: Reply, now: Now) -> Effects:
        if reply.command == Command.HEARTBEAT and reply.ret == OK:
            self._heart.answered(now)
            return NO_EFFECTS
        words = self._mask.clean(reply.words)
        effects = self._translated(self._requests.replied(reply, words, now), now)
        return [*effects, *self._fetcher.pump(now), *self._readiness()]

    def _translated(self, effects: Iterable[object], now: Now) -> list[object]:
        """What the lists say, turned into what readers are told."""
        out: list[object] = []
        for effect in effects:
            if isinstance(effect, Granted):
                self._board.granted(effect.name, effect.new, now)
            elif isinstance(effect, LeftOut):
                out += self._board.left_out(effect.name, effect.codes, effect.reason)
            else:
                out.append(effect)
        return out

    # --- silence ----------------------------------------------------------------------------------

    def _scan(self, now: Now) -> list[object]:
        """Codes that brought nothing: ask for them, doubt them, have their list sent again."""
        self._scan_ns = now.mono_ns + SCAN_NS
        effects: list[object] = []
        if self._settings.fill_gaps:
            for name, codes in self._board.unfilled(now).items():
                self._fetcher.ask(_TICKS[name], dict.fromkeys(codes, 1))
        for name in ListName:
            effects += self._unheard(name, now)
            effects += self._silent(name, now)
        return effects

    def _silent(self, name: ListName, now: Now) -> list[object]:
        effects: list[object] = []
        silent = self._board.silent(name, now)
        for watch in silent:
            seconds = (now.mono_ns - max(watch.pushed_ns, watch.granted_ns)) / 1e9
            effects += watch.doubt(f"no data for {seconds:.0f} s, asking again")
        if silent:
            codes = tuple(watch.listing.code for watch in silent)
            if self._settings.fill_gaps:
                self._fetcher.ask(_TICKS[name], dict.fromkeys(codes, 1))
            effects.append(Note("subscription_silent", f"{name}: {named(codes)}"))
            effects += self._translated(self._requests.renew(name, now), now)
        return effects

    def _unheard(self, name: ListName, now: Now) -> list[object]:
        """Codes that were granted and never came, while others did: the venue cuts lists silently."""
        unheard = self._board.unheard(name, now)
        if not unheard:
            return []
        effects: list[object] = []
        for watch in unheard:
            effects += watch.doubt("granted but never heard, while other codes of the list are")
        effects.append(self._suspicion(name, unheard))
        return effects

    def _suspicion(self, name: ListName, unheard: Sequence[Watch]) -> Note:
        """A missing end of the list is the mark of a list cut at the plan's limit; that is an alert."""
        watches = self._board.lists[name]
        granted = [code for code in self._requests.codes(name).granted if code in watches]
        silent = {code for code in granted if not watches[code].pushed_ns}
        heard = [place for place, code in enumerate(granted) if code not in silent]
        served = heard[-1] + 1 if heard else 0
        cut = len(granted) > served == len(granted) - len(silent)
        detail = f"{name}: {named(tuple(watch.listing.code for watch in unheard))}"
        if cut:
            detail += (
                f": the last {len(silent)} of {len(granted)} codes bring nothing; the plan may serve "
                f"{served} codes in a list (settings plan, codes_max)"
            )
        return Note("codes_unheard", detail, alert=cut)

    # --- HTTP -------------------------------------------------------------------------------------

    def answered(self, call_id: int, response: HttpResponse, now: Now) -> Effects:
        """An answer to one of our queries. Raises RemoteProtocolError for what cannot be read."""
        answer = read_answer(response, self._mask)
        if not answer.ok:
            return self._ended(call_id, answer, now)
        # Read first: what cannot be read counts as failed, and the driver then says so.
        effects = self._read(self._fetcher.job_of(call_id), answer.data, now)
        return [*effects, *self._ended(call_id, answer, now)]

    def failed(self, call_id: int, failure: CallFailure, now: Now) -> Effects:
        """A query without an answer."""
        return self._ended(call_id, read_failure(failure, self._mask), now)

    def _ended(self, call_id: int, answer: Answer, now: Now) -> Effects:
        job, refused = self._fetcher.ended(call_id, answer, now)
        effects: list[object] = []
        if answer.action is Action.STOP:
            return [GiveUp(CredentialsRejected(answer.text))]
        if not answer.ok:
            alert = answer.action is Action.OURS
            detail = f"{job.endpoint}: {answer.text}"
            effects.append(Note("query_failed", detail, alert=alert))
            if job.endpoint is Endpoint.STATIC_INFO and not refused:
                self._listings.undetailed(job.codes)
        if refused:
            effects.append(Note("code_refused", f"{job.endpoint}: {named(refused)}: {answer.text}"))
            if job.endpoint in (Endpoint.KLINE, Endpoint.BATCH_KLINE):
                effects += self._polling.refused(refused, f"refused: {answer.text}")
        return [*effects, *self._fetcher.pump(now)]

    def _read(self, job: Job, data: Any, now: Now) -> list[object]:
        if job.endpoint in (Endpoint.KLINE, Endpoint.BATCH_KLINE):
            return self._polling.answered(job, data, now)
        if job.endpoint is Endpoint.STATIC_INFO:
            given = rows(obj(data, "data").get("static_info_list"), "static_info_list")
            return [Define(instrument) for instrument in self._listings.detailed(given)]
        return self._filled(job, rows(obj(data, "data").get("tick_list"), "tick_list"), now)

    def _filled(self, job: Job, given: Iterable[Mapping[str, Any]], now: Now) -> list[object]:
        """What the stream did not bring. All rows are read before any counts."""
        effects: list[object] = []
        if job.endpoint is Endpoint.DEPTH_TICK:
            for watch, depth in [
                (w, read_depth(row)) for w, row in self._rows(ListName.DEPTH, given)
            ]:
                effects += self._board.depth(watch, depth, now, streamed=False)
        else:
            for watch, last in [
                (w, read_last(row)) for w, row in self._rows(ListName.TRADE, given)
            ]:
                effects += self._board.last(watch, last, now, streamed=False)
        return effects

    def _rows(
        self, name: ListName, given: Iterable[Mapping[str, Any]]
    ) -> Iterable[tuple[Watch, Mapping[str, Any]]]:
        """The rows of codes that are granted and not suspected to be cut off."""
        for row in given:
            code = row.get("code")
            watch = self._board.lists[name].get(code) if type(code) is str else None
            if watch is not None and watch.granted_ns and not watch.unheard:
                yield watch, row

    # --- small things -----------------------------------------------------------------------------

    def _readiness(self) -> list[object]:
        """Ready once per connection: every wanted code was granted or refused."""
        if self._ready or not self._open or not self._requests.settled():
            return []
        self._ready = True
        return [SetState(VenueStateWord.READY)]

    def _note_once(self, key: object, note: Note) -> list[object]:
        if key in self._noted or len(self._noted) >= NOTED_MAX:
            return []
        self._noted.add(key)
        return [note]
