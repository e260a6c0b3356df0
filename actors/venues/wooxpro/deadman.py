"""The venue's dead-man timer: all orders of a symbol are cancelled unless it is set again in time.

The venue has one timer per symbol, of at least five seconds; zero switches it off. Who arms it must
keep arming it: that decision belongs to the session, not to this module.
"""

from collections.abc import Iterable
from typing import Final

from actors.venues.wooxpro.rest import Answer, Path, Rest
from engine.errors import LocalProtocolError
from engine.session.contract import CallKind, Note, Now, Withdraw

TIMEOUT_S_MIN: Final = 5
SYMBOLS_MAX: Final = 40
"""Calls at once: below what the driver lets wait for one budget (4 in 2 s, so 20 s for all)."""


def arm_dead_man(rest: Rest, symbols: Iterable[str], timeout_s: int, now: Now) -> list[object]:
    """The calls that set the timer of each symbol, and an alert where there are too many.

    Raises LocalProtocolError for 1 to 4 seconds.
    """
    if timeout_s != 0 and timeout_s < TIMEOUT_S_MIN:
        raise LocalProtocolError(f"the venue's timer takes 0 or at least {TIMEOUT_S_MIN} s")
    chosen = list(symbols)
    effects: list[object] = [
        rest.post(
            Path.CANCEL_AFTER, {"symbol": symbol, "timeout": timeout_s}, now, kind=CallKind.CANCEL
        )
        for symbol in chosen[:SYMBOLS_MAX]
    ]
    if len(chosen) > SYMBOLS_MAX:
        text = f"{len(chosen)} symbols have orders, the timers of {SYMBOLS_MAX} can be kept"
        effects.append(Note("dead_man_not_armed", text, alert=True))
    return effects


class DeadManCalls:
    """The calls whose end is still to come; for each symbol the last one says what holds."""

    def __init__(self) -> None:
        self._calls: dict[int, tuple[str, int]] = {}
        self._last: dict[str, int] = {}

    def withdraw(self, symbols: Iterable[str]) -> list[object]:
        """Take back what has not left for these symbols: it would only delay what comes now."""
        return [Withdraw(self._last[symbol]) for symbol in symbols if symbol in self._last]

    def add(self, call_id: int, symbol: str, timeout_s: int) -> None:
        """A call was made; earlier ones for its symbol mean nothing any more."""
        self._calls[call_id] = (symbol, timeout_s)
        self._last[symbol] = call_id

    def mine(self, call_id: int) -> bool:
        """Whether the end of this call is waited for."""
        return call_id in self._calls

    def ended(self, call_id: int, answer: Answer) -> list[object]:
        """Nothing when the timer is as it should be; an alert when it is not or may not be."""
        symbol, timeout_s = self._calls.pop(call_id)
        if self._last.get(symbol) != call_id:
            return []
        del self._last[symbol]
        if answer.ok and not (type(answer.data) is dict and answer.data.get("result") is False):
            return []
        words = f"{answer.code_text} {answer.text}".strip()
        if timeout_s:
            return [Note("dead_man_not_armed", f"{symbol}: {words}", alert=True)]
        detail = f"{symbol}: its orders are cancelled when the timer runs out; {words}"
        return [Note("dead_man_left_armed", detail, alert=True)]
