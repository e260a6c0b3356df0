"""Requests to the quote gateway that wait for their turn: paced, few at a time, none twice.

The venue allows so many requests a second and so many at a time for the whole account, and may name
further limits per command in the user's profile. What is asked first goes first; a request whose key
waits or is under way already is not made again. Pure.
"""

from collections import deque
from collections.abc import Hashable
from typing import Any, Final

import attrs

from actors.venues.longbridge.control import Answered, Gateway
from actors.venues.longbridge.settings import Settings
from engine.session.contract import CallKind, Now
from engine.session.pacing import Pacer

WAITING_MAX: Final = 4_096
"""More than five queries for each of the symbols that an account may have."""
LIMIT_PER_S_MAX: Final = 1_000
LIMITS_MAX: Final = 64
"""Commands for which a profile may name a limit."""
RATE_PAUSE_S: Final = 1.0
"""After the venue said that we ask too often."""


@attrs.frozen
class Request:
    """One request. `key` names what it is for: its first item is a word, the rest what it is about."""

    command: int
    body: bytes
    key: tuple[Hashable, ...]


class Requests:
    """The queue of one session."""

    def __init__(self, settings: Settings, gateway: Gateway) -> None:
        self._gateway = gateway
        self._under_way_max = settings.requests_under_way_max
        self._pacer = Pacer([(settings.requests_per_s, 1.0)], reserve_for_cancels=0.0)
        self._by_command: dict[int, Pacer] = {}
        self._waiting: deque[Request] = deque()
        self._keys: set[tuple[Hashable, ...]] = set()
        self._under_way = 0
        self._wake_ns: int | None = None
        self.dropped = 0
        """Requests that found the queue full."""

    def add(self, *requests: Request) -> None:
        """Have these made when their turn comes."""
        for request in requests:
            if request.key in self._keys:
                continue
            if len(self._waiting) >= WAITING_MAX:
                self.dropped += 1
                continue
            self._keys.add(request.key)
            self._waiting.append(request)

    def has(self, *words: str) -> bool:
        """Whether a request for one of these words waits or is under way."""
        return any(key[0] in words for key in self._keys)

    def limit(self, command: int, per_s: int) -> None:
        """The profile's limit of one command; nonsense is left out."""
        if 0 < per_s <= LIMIT_PER_S_MAX and len(self._by_command) < LIMITS_MAX:
            self._by_command[command] = Pacer([(per_s, 1.0)], reserve_for_cancels=0.0)

    def pause(self, now: Now) -> None:
        """The venue said that we ask too often."""
        self._pacer.block(now.mono_ns / 1e9, RATE_PAUSE_S)

    def ended(self, answer: Answered) -> None:
        """A request came to its end, whichever."""
        self._under_way -= 1
        self._keys.discard(answer.tag.key)

    def lost(self) -> None:
        """The connection is gone, and everything that was asked on it."""
        self._waiting.clear()
        self._keys.clear()
        self._under_way = 0
        self._wake_ns = None

    def deadline(self) -> int | None:
        """When the next one may go, if one waits for time and not for an answer."""
        return self._wake_ns

    def pump(self, now: Now) -> list[object]:
        """Make what may be made now."""
        self._wake_ns = None
        out: list[object] = []
        while self._waiting and self._under_way < self._under_way_max and self._gateway.in_service:
            request = self._waiting[0]
            delay_s = self._delay_s(request.command, now.mono_ns / 1e9)
            if delay_s > 0:
                self._wake_ns = now.mono_ns + max(1, int(delay_s * 1e9))
                break
            self._waiting.popleft()
            self._under_way += 1
            tag: Any = request
            out += self._gateway.ask(request.command, request.body, tag, now)
        return out

    def _delay_s(self, command: int, now_s: float) -> float:
        own = self._by_command.get(command)
        if own is not None and (delay_s := own.delay(now_s, CallKind.CANCEL)) > 0:
            return delay_s
        if (delay_s := self._pacer.permit(now_s, CallKind.CANCEL)) > 0:
            return delay_s
        if own is not None:
            own.permit(now_s, CallKind.CANCEL)
        return 0.0
