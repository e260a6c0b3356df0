"""Cancelling everything: natively by symbol, looked up and repeated until nothing is left.

The venue cancels by symbol only. So the symbols we know of go at once, the list of open orders shows
the others, and the list is looked at again afterwards, because a refused or lost cancel must not pass
for success. What became of each order comes by push.
"""

from collections.abc import Generator, Iterable
from typing import Final

from actors.venues.wooxpro.lookup import OPEN_ORDERS_LIMIT
from actors.venues.wooxpro.records import symbol_in
from actors.venues.wooxpro.rest import Answer, Path, Rest
from actors.venues.wooxpro.wire import rows
from engine.errors import RemoteProtocolError
from engine.session.contract import CallKind, HttpCall, Note, Now
from engine.session.jobs import Job, Pause, Reply, Step

ROUNDS_MAX: Final = 5
"""Rounds of cancelling and looking; after that a person has to see why orders stay."""
ROUND_PAUSE_S: Final = 1.0
BATCH_MAX: Final = 40
"""Calls at once: below what the driver lets wait per budget, and signed not long before they go."""


def cancel_everything(rest: Rest, symbols: Iterable[str], only: str, now: Now) -> Job:
    """A job that cancels all orders of the account, or those of the symbol `only`."""
    remaining = [only] if only else list(symbols)
    trouble = ""
    for _ in range(ROUNDS_MAX):
        for start in range(0, len(remaining), BATCH_MAX):
            batch = remaining[start : start + BATCH_MAX]
            answers, now = yield tuple(_cancel(rest, symbol, now) for symbol in batch)
            trouble = next((_words(answer) for answer in answers if not answer.ok), trouble)
        found, words, now = yield from _open_symbols(rest, only)
        if found is not None and not found:
            return [Note("cancel_all_done", only or "all symbols")]
        remaining, trouble = sorted(found or remaining), words or trouble
        _, now = yield Pause(ROUND_PAUSE_S)
    named = ", ".join(remaining) or "unknown"
    return [Note("cancel_all_incomplete", f"orders left on: {named}; {trouble}", alert=True)]


def _cancel(rest: Rest, symbol: str, now: Now) -> HttpCall:
    return rest.post(Path.CANCEL_SYMBOL, {"symbol": symbol}, now, kind=CallKind.CANCEL)


def _open_symbols(
    rest: Rest, only: str
) -> Generator[Step, Reply[Answer], tuple[set[str] | None, str, Now]]:
    """Symbols with open orders; None when the venue did not tell."""
    query = {"order_state": "all", "limit": str(OPEN_ORDERS_LIMIT)}
    if only:
        query["symbol"] = only
    (answer,), now = yield (rest.get(Path.OPEN_ORDERS, query),)
    if not answer.ok:
        return None, _words(answer), now
    try:
        return {symbol_in(row) for row in rows(answer.data, "open orders")}, "", now
    except RemoteProtocolError as error:
        return None, str(error), now


def _words(answer: Answer) -> str:
    return f"{answer.code_text} {answer.text}"
