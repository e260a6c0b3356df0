"""One session of a venue under test: the real driver over real sockets, and a sink that keeps everything."""

import math
from collections.abc import Sequence
from typing import Any

import attrs
import trio

from engine.clock import SystemClock
from engine.conformance.verdict import demand, until
from engine.errors import EngineError
from engine.messages.codec import encode
from engine.messages.market import MarketStale, Quote
from engine.messages.venue import Fill, OrderUpdate, ReconcilePart, ReconcileRequest, UpdateKind
from engine.model.enums import VenueStateWord
from engine.model.instrument import Instrument
from engine.session.backoff import Backoff
from engine.session.contract import Note, OrderNews, Topic
from engine.session.declaration import Venue
from engine.session.feeds import Feed
from engine.session.making import make_driver

BACKOFF = Backoff(first_s=0.05, max_s=0.1, floor_s=0.02)
"""Short waits; the shapes are those of the real ones."""

LOGGED_IN = frozenset({VenueStateWord.RECONCILING, VenueStateWord.READY, VenueStateWord.CLOSED})

HISTORY_S = 600
"""How far a reconciliation looks back: longer than any case lasts."""


@attrs.frozen
class Moment:
    """A state that the session told, and when (seconds, monotonic)."""

    state: VenueStateWord
    reason: str
    at_s: float


class Session:
    """A session with a driver of its own; the sink of its driver.

    Attributes:
        messages, events, instruments, notes, moments: everything it said, oldest first.
        error: what ended its driver, None while it runs or when it ended in order.
    """

    def __init__(
        self,
        venue: Venue,
        settings: object,
        protocol: Any,
        *,
        instruments: Sequence[str],
        feed: Feed | None = None,
        patience: float = 1.0,
    ) -> None:
        self.protocol = protocol
        self.patience = patience
        self.messages: list[Any] = []
        self.events: list[Any] = []
        self.instruments: dict[str, Instrument] = {}
        self.notes: list[Note] = []
        self.moments: list[Moment] = []
        self.ended = trio.Event()
        self.error: Exception | None = None
        self._traded = tuple(instruments)
        self._requests = 0
        self.driver = make_driver(
            venue,
            settings,
            protocol,
            plain=True,
            backoff=BACKOFF,
            clock=SystemClock(),
            sink=self,
            feed=feed,
        )

    async def run(self) -> None:
        """Until the driver ends; what it raises is kept, so that a case can tell of it."""
        try:
            await self.driver.run()
        except* EngineError as group:
            self.error = group
        finally:
            self.ended.set()

    # --- SessionSink ---------------------------------------------------------------------------

    def hold(self) -> None:
        """Several messages follow; nothing to gain here."""

    def release(self) -> None:
        """They have come."""

    def publish(self, message: Any) -> None:
        """Market data; only what may travel."""
        encode(message)
        self.messages.append(message)

    def report(self, event: OrderNews) -> None:
        """News of orders; only what may travel."""
        encode(event)
        self.events.append(event)

    def define(self, instrument: Instrument) -> None:
        """An instrument."""
        self.instruments[instrument.id] = instrument

    def state(self, state: VenueStateWord, reason: str) -> None:
        """How far it has come."""
        self.moments.append(Moment(state, reason, trio.current_time()))

    def note(self, note: Note) -> None:
        """Something for the operator."""
        self.notes.append(note)

    # --- what happened -------------------------------------------------------------------------

    @property
    def word(self) -> VenueStateWord:
        """The last state."""
        return self.moments[-1].state if self.moments else VenueStateWord.DISCONNECTED

    def count(self, state: VenueStateWord) -> int:
        """How often it was in this state."""
        return sum(moment.state is state for moment in self.moments)

    @property
    def alerts(self) -> list[str]:
        """Notes that alert."""
        return [f"{note.event}: {note.detail}" for note in self.notes if note.alert]

    def of(self, topic: Topic, since: int = 0) -> list[Any]:
        """Messages of a topic, from this place in `messages` on."""
        kind: Any = topic.kind
        new = self.messages[since:]
        return [m for m in new if isinstance(m, kind) and m.instrument == topic.instrument]

    def stale(self, topic: Topic, since: int = 0) -> list[MarketStale]:
        """What was said of the freshness of the topic's instrument."""
        news = [m for m in self.messages[since:] if isinstance(m, MarketStale)]
        return [m for m in news if m.instrument == topic.instrument]

    def updates(self, client_order_id: str) -> list[OrderUpdate]:
        """News of one order."""
        return [
            event
            for event in self.events
            if isinstance(event, OrderUpdate) and event.client_order_id == client_order_id
        ]

    def kinds(self, client_order_id: str) -> list[UpdateKind]:
        """What they say."""
        return [update.kind for update in self.updates(client_order_id)]

    def fills(self) -> dict[str, Fill]:
        """Fills from the stream, by key."""
        return {event.fill_key: event for event in self.events if isinstance(event, Fill)}

    # --- doing ---------------------------------------------------------------------------------

    def call(self, method: str, *arguments: object) -> None:
        """Call the protocol, as the session actor does, and have its effects carried out."""
        self.driver.apply(getattr(self.protocol, method)(*arguments, self.driver.now()))

    async def until(self, condition: Any, what: str, within_s: float = 10.0) -> None:
        """Wait for a condition; the driver must be alive meanwhile."""

        def holds() -> object:
            demand(self.error is None, f"the session ended with {self.error!r}")
            return condition()

        await until(holds, lambda: f"{what}; {self._so_far()}", within_s * self.patience)

    def _so_far(self) -> str:
        """Where it is, for whoever has to find out why."""
        states = [f"{m.state.value} {m.reason}".strip() for m in self.moments[-LAST_MOMENTS:]]
        notes = [f"{note.event}: {note.detail}" for note in self.notes[-LAST_MOMENTS:]]
        orders = [e for e in self.events if isinstance(e, OrderUpdate)][-LAST_MOMENTS:]
        news = [f"{update.client_order_id} {update.kind.value}" for update in orders]
        return f"last states: {states}, last notes: {notes}, last of orders: {news}"

    async def delivers(
        self, topics: Sequence[Topic], *, within_s: float, what: str = "data"
    ) -> None:
        """Wait for a new message of each topic."""
        since = len(self.messages)
        await self.until(
            lambda: all(self.of(topic, since) for topic in topics), f"{what} of {topics}", within_s
        )

    async def logged_in(self, times: int = 1) -> None:
        """Wait until the login was granted for the so manieth time."""
        await self.until(
            lambda: self.count(VenueStateWord.RECONCILING) >= times and self.word in LOGGED_IN,
            f"logged in {times} times",
            20.0,
        )

    async def reconcile(self) -> list[ReconcilePart]:
        """Ask for the account's state; the parts of a complete answer."""
        self._requests += 1
        number = self._requests
        request = ReconcileRequest(
            session_boot=1,
            router_boot=1,
            request_id=number,
            since_ns=self.driver.now().wall_ns - HISTORY_S * 10**9,
            instruments=self._traded,
        )
        self.call("reconcile", request)

        def parts() -> list[ReconcilePart]:
            return [
                e for e in self.events if isinstance(e, ReconcilePart) and e.request_id == number
            ]

        await self.until(lambda: parts() and parts()[-1].last, "an answer to reconcile", 20.0)
        told = parts()
        numbers = [part.part for part in told]
        demand(numbers == list(range(len(told))), f"parts of an answer are numbered {numbers}")
        return told

    async def reconciled(self) -> list[ReconcilePart]:
        """The parts of a complete answer, asked for until there is one."""
        for _ in range(RECONCILIATIONS_MAX):
            parts = await self.reconcile()
            if all(part.complete for part in parts):
                return parts
            await self.until(lambda: self.word in LOGGED_IN, "logged in", 20.0)
        demand(condition=False, what=f"no reconciliation is complete: {parts[-1].error}")
        return parts

    def check_market_data(self) -> None:
        """What was published is believable."""
        for message in self.messages:
            if type(message) is Quote and message.bid_price and message.ask_price:
                believable = 0 < message.bid_price <= message.ask_price < math.inf
                demand(believable, f"a quote that cannot be: {message}")


LAST_MOMENTS = 6
"""Of its history in the text of a failure."""

RECONCILIATIONS_MAX = 5
"""Answers that a lost connection may void before a case gives up."""
