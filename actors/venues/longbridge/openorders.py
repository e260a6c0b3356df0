"""What is open at the venue, and cancelling it: for the kill switch and for `run.py panic`.

The venue has no call that cancels everything, so the open orders are listed and cancelled one by one,
and the list is looked at again, because a refused or lost cancel must not pass for success. Orders of
earlier days may stand in the history only, so both lists are read.
"""

from collections.abc import Generator, Iterable
from typing import Final

from actors.venues.longbridge.fields import flag, rows
from actors.venues.longbridge.following import is_older
from actors.venues.longbridge.reconcile import SPAN_S_MAX
from actors.venues.longbridge.records import Seen, seen_in_row
from actors.venues.longbridge.rest import Answer, Path, Rest
from actors.venues.longbridge.statuses import OPEN
from engine.errors import RemoteProtocolError
from engine.session.contract import CallKind, Note, Now
from engine.session.jobs import Job, Pause, Reply, Step
from engine.session.values import obj

ROUNDS_MAX: Final = 5
"""Rounds of cancelling and looking; after that a person has to see why orders stay."""
ROUND_PAUSE_S: Final = 1.0
BATCH_MAX: Final = 30
"""Cancels at once: what the rate limit allows in its window."""

Listing = Generator[Step, Reply[Answer], tuple[list[Seen] | None, bool, str, Now]]


def open_orders(rest: Rest, symbol: str, now: Now) -> Listing:
    """The open orders, of one symbol when it is named; whether these are all; the time then.

    None with the reason when the venue did not tell.
    """
    named = (("symbol", symbol),) if symbol else ()
    states = tuple(("status", str(status)) for status in OPEN)
    end_s = now.wall_ns // 1_000_000_000 + 60
    span = (("start_at", str(end_s - SPAN_S_MAX)), ("end_at", str(end_s)))
    found: dict[str, Seen] = {}
    more = False
    for path, query in (
        (Path.ORDER_HISTORY, (*named, *states, *span)),
        (Path.TODAY_ORDERS, named),
    ):
        (answer,), now = yield (rest.get(path, now, query, kind=CallKind.CANCEL),)
        if not answer.ok:
            return None, False, answer.words, now
        try:
            data = obj(answer.data, "orders")
            more = more or flag(data, "has_more")
            for seen in map(seen_in_row, rows(data.get("orders"), "orders")):
                known = found.get(seen.venue_order_id)
                if known is None or not is_older(seen, known):
                    found[seen.venue_order_id] = seen
        except RemoteProtocolError as error:
            return None, False, str(error), now
    return [seen for seen in found.values() if not seen.status.ended], not more, "", now


def cancel_everything(rest: Rest, known: Iterable[str], symbol: str, now: Now) -> Job:
    """A job that cancels all orders of the account, or those of one symbol.

    Args:
        rest: builds the calls.
        known: venue's ids of orders believed to work, cancelled before anything is asked.
        symbol: of whose orders; empty for all.
        now: the time.
    """
    remaining, trouble = list(known), ""
    for _ in range(ROUNDS_MAX):
        for start in range(0, len(remaining), BATCH_MAX):
            batch = remaining[start : start + BATCH_MAX]
            answers, now = yield tuple(rest.cancel(name, now) for name in batch)
            trouble = next((answer.words for answer in answers if not answer.ok), trouble)
        found, whole, words, now = yield from open_orders(rest, symbol, now)
        if found is not None and not found and whole:
            return [Note("cancel_all_done", symbol or "all symbols")]
        remaining = remaining if found is None else [seen.venue_order_id for seen in found]
        trouble = words or trouble
        _, now = yield Pause(ROUND_PAUSE_S)
    left = f"{len(remaining)} orders left; {trouble}"
    return [Note("cancel_all_incomplete", left, alert=True)]
