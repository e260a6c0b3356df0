"""A session under its real driver, alone: keeps all that it is told. For tests over real sockets."""

import random
from typing import Any

from engine.clock import SystemClock
from engine.messages.codec import encode
from engine.model.enums import VenueStateWord
from engine.session.backoff import Backoff
from engine.session.declaration import Budget
from engine.session.driver import SessionDriver
from engine.session.http import HttpDriver, HttpOptions
from engine.session.making import stream_opener
from tests.kit.waiting import until


class Driven:
    """One session with a driver of its own; it is the sink of that driver.

    Args:
        protocol: what is driven.
        http_url: of its HTTP API, empty without one.
        budgets: of its HTTP API.
        plain: permits connections without encryption, as simulators need it.
    """

    def __init__(
        self,
        protocol: Any,
        http_url: str = "",
        budgets: tuple[Budget, ...] = (),
        *,
        plain: bool = True,
    ) -> None:
        self.protocol = protocol
        self.messages: list[Any] = []
        self.events: list[Any] = []
        self.instruments: dict[str, Any] = {}
        self.states: list[VenueStateWord] = []
        self.notes: list[Any] = []
        http = None
        if http_url:
            options = HttpOptions(plain_allowed=plain)
            http = HttpDriver(http_url, budgets, clock=SystemClock(), options=options)
        self.driver = SessionDriver(
            protocol,
            open_stream=stream_opener(plain=plain),
            http=http,
            backoff=Backoff(first_s=0.1, floor_s=0.1),
            clock=SystemClock(),
            rng=random.Random(1),
            sink=self,
        )

    def hold(self) -> None:
        """Nothing is kept back here."""

    def release(self) -> None:
        """Nothing was kept back."""

    def publish(self, message: Any) -> None:
        encode(message)
        self.messages.append(message)

    def report(self, event: Any) -> None:
        encode(event)
        self.events.append(event)

    def define(self, instrument: Any) -> None:
        self.instruments[instrument.id] = instrument

    def state(self, state: VenueStateWord, reason: str) -> None:
        del reason
        self.states.append(state)

    def note(self, note: Any) -> None:
        self.notes.append(note)

    def call(self, method: str, *arguments: Any) -> None:
        self.driver.apply(getattr(self.protocol, method)(*arguments, self.driver.now()))

    def seen(self, kind: type, instrument: str = "") -> list[Any]:
        return [m for m in self.messages if type(m) is kind and instrument in ("", m.instrument)]

    def noted(self, event: str) -> bool:
        return any(note.event == event for note in self.notes)

    async def ready(self) -> None:
        await until(lambda: VenueStateWord.READY in self.states, what="ready")
