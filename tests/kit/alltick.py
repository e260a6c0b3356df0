"""Tools for tests of the AllTick client: a session without sockets, and one over the real driver."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio

from actors.venues.alltick import VENUE
from actors.venues.alltick.protocol import AllTickProtocol
from actors.venues.alltick.settings import Family, Settings
from actors.venues.alltick.simulator import Running, SimulatorSettings, serve
from engine.clock import SystemClock
from engine.messages import market
from engine.messages.codec import encode
from engine.messages.market import MarketStale
from engine.model.enums import VenueStateWord
from engine.session.backoff import Backoff
from engine.session.contract import HttpCall, HttpResponse, Now, SendFrame, Topic
from engine.session.making import make_driver

TOKEN = "c4n4ry-0f-th3-t0k3n-7f2e9d15b8a6"
SECRETS = {"token": TOKEN}
WALL_NS = 1_782_180_164 * 10**9
MS = 1_782_180_164_000
"""Where the wall clock of pure tests begins, in milliseconds."""


def at(seconds: float) -> Now:
    """A moment; monotonic time does not begin at zero."""
    step_ns = int(seconds * 1e9)
    return Now(1_000_000_000 + step_ns, WALL_NS + step_ns)


def topic(text: str) -> Topic:
    """`Quote BTCUSDT` is the topic of that name at this venue."""
    kind, code = text.split()
    return Topic(getattr(market, kind), f"{code}.ALLTICK")


def topics(*texts: str) -> frozenset[Topic]:
    """Several of them."""
    return frozenset(map(topic, texts))


def depth(code: str, bid: str = "9.12", ask: str = "9.13", *, seq: int = 1, **more: Any) -> str:
    """A book push."""
    data = {
        "code": code,
        "seq": seq,
        "tick_time": MS,
        "bids": [{"price": bid, "volume": "5"}],
        "asks": [{"price": ask, "volume": "4"}],
    }
    return json.dumps({"cmd_id": 22999, "data": {**data, **more}})


def last(code: str, price: str = "9.12", *, seq: int = 1, **more: Any) -> str:
    """A trade push."""
    data = {
        "code": code,
        "seq": seq,
        "tick_time": MS,
        "price": price,
        "volume": "3",
        "turnover": "27.36",
        "trade_direction": 1,
    }
    return json.dumps({"cmd_id": 22998, "data": {**data, **more}})


def reply(frame: SendFrame, ret: int = 200, msg: str = "ok") -> str:
    """The venue's answer to one of our requests."""
    asked = json.loads(frame.data)
    return json.dumps(
        {
            "ret": ret,
            "msg": msg,
            "cmd_id": asked["cmd_id"] + 1,
            "seq_id": asked["seq_id"],
            "trace": asked["trace"],
            "data": {},
        }
    )


def unreadable(ret: int = 400, msg: str = "request header param invalid") -> str:
    """The answer that names no request."""
    return json.dumps({"ret": ret, "msg": msg, "cmd_id": 0, "seq_id": 0, "trace": "", "data": {}})


def answer(data: Any, ret: int = 200, msg: str = "ok", status: int = 200) -> HttpResponse:
    """An HTTP answer."""
    body = {"ret": ret, "msg": msg, "trace": "t", "data": data}
    return HttpResponse(status, {}, json.dumps(body).encode())


def settings(**chosen: Any) -> Settings:
    """Settings for pure tests: everything goes at once, nothing is asked for over HTTP."""
    quick = {"plan": "basic", "coalesce_s": 0.0, "fill_gaps": False, "bars_history": 0}
    return Settings(**{**quick, **chosen})


class Bench:
    """A protocol under test with its clock; keeps every effect, answers nothing by itself."""

    def __init__(self, family: Family = Family.OTHER, **chosen: Any) -> None:
        self.protocol = AllTickProtocol(settings(**chosen), SECRETS, family)
        self.second = 0.0
        self.effects: list[Any] = []

    def take(self, effects: Any) -> list[Any]:
        """Keep these effects; what may not travel is an error."""
        taken = list(effects)
        for effect in taken:
            if type(effect).__module__ == "engine.messages.market":
                encode(effect)
        self.effects += taken
        return taken

    def open(self) -> list[Any]:
        """The stream is open."""
        return self.take(self.protocol.opened(at(self.second)))

    def lose(self, reason: str = "reset") -> list[Any]:
        """The stream is lost."""
        return self.take(self.protocol.lost(reason, at(self.second)))

    def want(self, *texts: str) -> list[Any]:
        """Readers want these."""
        return self.take(self.protocol.demand(topics(*texts), at(self.second)))

    def hear(self, data: str | bytes) -> list[Any]:
        """The venue sends a frame."""
        return self.take(self.protocol.received(data, at(self.second)))

    def grant(self, frames: list[Any]) -> list[Any]:
        """The venue says yes to every request among these effects."""
        return [e for frame in frames_in(frames) for e in self.hear(reply(frame))]

    def pass_to(self, second: float) -> list[Any]:
        """Time passes; deadlines on the way are met."""
        out: list[Any] = []
        for _ in range(2_000):
            deadline = self.protocol.deadline()
            if deadline is None or deadline > at(second).mono_ns:
                self.second = second
                return out
            self.second = max(self.second, (deadline - at(0).mono_ns) / 1e9)
            now = Now(max(deadline, at(self.second).mono_ns), at(self.second).wall_ns)
            out += self.take(self.protocol.due(now))
        raise AssertionError("deadlines without an end")


def frames_in(effects: Any) -> list[SendFrame]:
    """The requests among these effects, heartbeats left out."""
    return [e for e in effects if isinstance(e, SendFrame) and '"cmd_id":22000' not in e.data]


def lists_in(effects: Any) -> list[tuple[int, list[str]]]:
    """(command, codes) of each of them; a cancel has its type for a code."""
    found = []
    for frame in frames_in(effects):
        asked = json.loads(frame.data)
        items = asked["data"].get("symbol_list")
        codes = [item["code"] for item in items or ()]
        found.append((asked["cmd_id"], codes or [str(asked["data"]["cancel_type"])]))
    return found


def calls_in(effects: Any) -> list[HttpCall]:
    """The HTTP calls among these effects."""
    return [effect for effect in effects if isinstance(effect, HttpCall)]


def of(kind: type, effects: Any) -> list[Any]:
    """The effects of one kind."""
    return [effect for effect in effects if type(effect) is kind]


# --- over sockets ---------------------------------------------------------------------------


class Session:
    """One session with a driver of its own; keeps what it is told."""

    def __init__(self, chosen: Settings, secrets: dict[str, str], family: Family) -> None:
        self.protocol: Any = next(f for f in VENUE.feeds if f.name == family).data(chosen, secrets)
        self.messages: list[Any] = []
        self.instruments: dict[str, Any] = {}
        self.states: list[tuple[VenueStateWord, str]] = []
        self.notes: list[Any] = []
        self.driver = make_driver(
            VENUE,
            chosen,
            self.protocol,
            plain=True,
            backoff=Backoff(first_s=0.1, floor_s=0.1),
            clock=SystemClock(),
            sink=self,
            feed=next(feed for feed in VENUE.feeds if feed.name == family),
        )

    def hold(self) -> None:
        """What follows is of one wake-up."""

    def release(self) -> None:
        """It ends."""

    def publish(self, message: Any) -> None:
        """Market data."""
        encode(message)
        self.messages.append(message)

    def report(self, event: Any) -> None:
        """There are no orders."""
        raise AssertionError(event)

    def define(self, instrument: Any) -> None:
        """An instrument."""
        self.instruments[instrument.id] = instrument

    def state(self, state: VenueStateWord, reason: str) -> None:
        """How far it has come."""
        self.states.append((state, reason))

    def note(self, note: Any) -> None:
        """Something for the operator."""
        self.notes.append(note)

    def want(self, *texts: str) -> None:
        """Readers want these."""
        self.driver.apply(self.protocol.demand(topics(*texts), self.driver.now()))

    def seen(self, text: str) -> list[Any]:
        """What was published of a topic."""
        wanted = topic(text)
        return [
            message
            for message in self.messages
            if type(message) is wanted.kind and message.instrument == wanted.instrument
        ]

    def stale(self, text: str) -> MarketStale | None:
        """The newest word on a topic's freshness."""
        wanted = topic(text)
        word = wanted.kind.__name__.lower()
        told = [
            message
            for message in self.messages
            if type(message) is MarketStale
            and (message.instrument, message.stream) == (wanted.instrument, word)
        ]
        return told[-1] if told else None

    def noted(self, event: str) -> list[Any]:
        """The notes of one kind."""
        return [note for note in self.notes if note.event == event]

    def count(self, state: VenueStateWord) -> int:
        """How often it was in this state."""
        return sum(word is state for word, _ in self.states)


Open = Callable[..., Session]

QUICK = {
    "plan": "professional",
    "reconnect_pause_s": 0.2,
    "request_interval_s": 0.1,
    "token_sharers": 1,
    "fill_after_s": 0.5,
}
"""Pauses that suit a simulator without pacing."""


@asynccontextmanager
async def venue(
    chosen: dict[str, Any] | None = None, **simulator: Any
) -> AsyncIterator[tuple[Open, Running]]:
    """A simulator, and a maker of sessions against it."""
    async with trio.open_nursery() as nursery:
        running = await nursery.start(serve, SimulatorSettings(**simulator))
        made = Settings(**{**QUICK, **(chosen or {})}).for_simulator(running.endpoints)

        def session(family: str = "other", token: str = "") -> Session:
            secrets = {"token": token or running.credentials["token"]}
            one = Session(made, secrets, Family(family))
            nursery.start_soon(one.driver.run)
            return one

        yield session, running
        nursery.cancel_scope.cancel()
