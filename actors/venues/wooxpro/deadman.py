"""The venue's dead-man timer: all orders of a symbol are cancelled unless it is set again in time.

The venue has one timer per symbol, of at least five seconds; zero switches it off. Who arms it must
keep arming it: that decision belongs to the session, not to this module.
"""

from collections.abc import Iterable
from typing import Final

from actors.venues.wooxpro.rest import Answer, Path, Rest
from engine.errors import LocalProtocolError
from engine.session.contract import CallKind, Note, Now

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


def dead_man_news(answer: Answer) -> list[object]:
    """Nothing when the timer is set; an alert when it is not or may not be."""
    if answer.ok and not (type(answer.data) is dict and answer.data.get("result") is False):
        return []
    return [Note("dead_man_not_armed", f"{answer.code_text} {answer.text}", alert=True)]
