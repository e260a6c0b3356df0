"""Who is shown which contract, and when: snapshots at their pace, one text for all; pure."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Final

from actors.venues.webctp.simulator.agenda import FAR
from actors.venues.webctp.simulator.codes import Md
from actors.venues.webctp.simulator.envelope import envelope
from actors.venues.webctp.simulator.market import Market
from actors.venues.webctp.simulator.settings import SimulatorSettings
from actors.venues.webctp.simulator.snapshots import snapshot
from engine.simulator.moment import MS, Moment

if TYPE_CHECKING:
    from actors.venues.webctp.simulator.mdapi import MdApi

NEVER: Final = -FAR


class Board:
    """The market data that goes out.

    Args:
        settings: see there.
        market: what is shown.
        day: asked for the trading day.
        on_joined: is told of every contract that gets a subscriber.
    """

    def __init__(
        self,
        settings: SimulatorSettings,
        market: Market,
        day: Callable[[], date],
        on_joined: Callable[[str, Moment], None],
    ) -> None:
        self._market = market
        self._day = day
        self._on_joined = on_joined
        self._noisy = settings.float_noise
        self._interval_ns = int(settings.snapshot_ms * MS)
        self._subscribers: dict[str, dict[MdApi, None]] = {}
        self._silenced: set[tuple[MdApi, str]] = set()
        self._shown_ns: dict[str, int] = {}
        self._due: dict[str, int] = {}
        self.pushes = 0
        market.watchers.append(self.on_change)

    def join(self, api: "MdApi", symbol: str, now: Moment) -> None:
        """Show a contract to a session, its present snapshot first; nobody knows what others are."""
        self._silenced.discard((api, symbol))
        if symbol not in self._market.states:
            return
        self._subscribers.setdefault(symbol, {})[api] = None
        self._say(api, symbol, self._text(symbol), now)
        self._on_joined(symbol, now)

    def leave(self, api: "MdApi", symbol: str) -> None:
        """Show it no more."""
        self._silenced.discard((api, symbol))
        followers = self._subscribers.get(symbol)
        if followers is not None:
            followers.pop(api, None)
            if not followers:
                del self._subscribers[symbol]
                self._due.pop(symbol, None)

    def silence(self, api: "MdApi", symbol: str) -> None:
        """Show it no more, and let the session believe that it is shown."""
        self._silenced.add((api, symbol))

    def on_change(self, symbol: str, at_once: bool, now: Moment) -> None:  # noqa: FBT001 - a watcher
        """Something that a snapshot shows is different."""
        if symbol not in self._subscribers:
            return
        if at_once:
            self._show(symbol, now)
        elif symbol not in self._due:
            self._due[symbol] = self._shown_ns.get(symbol, NEVER) + self._interval_ns

    def next_deadline_ns(self) -> int:
        """When `advance` has something to do."""
        return min(self._due.values(), default=FAR)

    def advance(self, now: Moment) -> None:
        """Show what is due."""
        for symbol in [each for each, due_ns in self._due.items() if due_ns <= now.mono_ns]:
            self._show(symbol, now)

    def _show(self, symbol: str, now: Moment) -> None:
        self._due.pop(symbol, None)
        self._shown_ns[symbol] = now.mono_ns
        text = self._text(symbol)
        for api in self._subscribers[symbol]:
            self._say(api, symbol, text, now)

    def _say(self, api: "MdApi", symbol: str, text: str, now: Moment) -> None:
        if (api, symbol) not in self._silenced:
            self.pushes += 1
            api.outlet.say(f"{Md.MARKET_DATA.name}/{symbol}", text, now.mono_ns)

    def _text(self, symbol: str) -> str:
        state = self._market.states[symbol]
        top = self._market.exchange.top(symbol)
        info = snapshot(state, top, self._day(), state.at_ns, noisy=self._noisy)
        return envelope(Md.MARKET_DATA, None, info)
