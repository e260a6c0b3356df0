"""What an account could have done instead: asked when the venue refuses an order for a reason of its own.

The venue's business codes are in no list, so a refusal often says little. How much could be bought, with
cash and with margin, and what margin the symbol wants, tells a person most of what there is to know. One
question at a time and not often: a strategy that is refused again and again must not keep the venue busy.
"""

from typing import Final

from actors.venues.longbridge.records import margin_ratio_in, max_quantity_in
from actors.venues.longbridge.rest import Answer, Path, Rest
from engine.errors import LimitExceeded, RemoteProtocolError
from engine.messages.venue import SubmitOrder
from engine.model.enums import OrdType, Side
from engine.model.money import plain
from engine.session.contract import CallKind, Note, Now
from engine.session.jobs import Job, Jobs

INTERVAL_S: Final = 10.0
"""Between two questions, whatever is refused meanwhile."""

_SIDES: Final = {Side.BUY: "Buy", Side.SELL: "Sell"}
_TYPES: Final = {
    OrdType.LIMIT: "LO",
    OrdType.MARKET: "MO",
    OrdType.STOP: "MIT",
    OrdType.STOP_LIMIT: "LIT",
}


class Advice:
    """The questions of one session.

    Args:
        rest: builds the calls.
        jobs: runs them.
    """

    def __init__(self, rest: Rest, jobs: Jobs[Answer]) -> None:
        self._rest = rest
        self._jobs = jobs
        self._next_ns = 0

    def ask(self, command: SubmitOrder, symbol: str, now: Now) -> list[object]:
        """Ask on behalf of this order, unless that was done a moment ago. It ends in a note."""
        if now.mono_ns < self._next_ns:
            return []
        self._next_ns = now.mono_ns + int(INTERVAL_S * 1e9)
        try:
            _, effects = self._jobs.start(self._job(command, symbol, now), now)
        except LimitExceeded:
            return []
        return effects

    def _job(self, command: SubmitOrder, symbol: str, now: Now) -> Job:
        terms = [
            ("symbol", symbol),
            ("order_type", _TYPES[command.ord_type]),
            ("side", _SIDES[command.side]),
            ("fractional_shares", "false"),
        ]
        if command.price is not None:
            terms.insert(3, ("price", plain(command.price)))
        kind = CallKind.LOOKUP
        (most,), now = yield (self._rest.get(Path.MAX_QUANTITY, now, terms, kind=kind),)
        named = (("symbol", symbol),)
        (margin,), now = yield (self._rest.get(Path.MARGIN_RATIO, now, named, kind=kind),)
        words = [*_most(most), *_margin(margin)]
        detail = f"{command.client_order_id} {symbol}: {', '.join(words)}"
        return [Note("refused_order_could_have_been", detail)] if words else []


def _most(answer: Answer) -> list[str]:
    try:
        cash, margin = max_quantity_in(answer.data) if answer.ok else (None, None)
    except RemoteProtocolError:
        return []
    if cash is None or margin is None:
        return []
    return [f"{plain(cash)} with cash", f"{plain(margin)} with margin"]


def _margin(answer: Answer) -> list[str]:
    try:
        ratio = margin_ratio_in(answer.data) if answer.ok else None
    except RemoteProtocolError:
        return []
    return [] if ratio is None else [f"{plain(ratio.initial)} of its value as initial margin"]
