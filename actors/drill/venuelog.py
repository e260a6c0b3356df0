"""The simulator's own log as the checkers read it: what reached the venue, and what it then did.

Knows how this repository's simulators write their log (kinds `request`, `order_event`, `fill`), and
shares nothing with the client side: what a session made of the venue's words must not colour the
witness.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.drill.checkers import VenueEvent, VenueWord
from engine.model.enums import Side

UNPROCESSED = frozenset({"http_lost", "http_status", "http_not_found", "http_reset_before"})
"""Faults with which a request reaches the venue's door and nothing behind it."""

BUYS = frozenset({1, 2})
_ACTIONS = {2: VenueWord.ACCEPTED, 3: VenueWord.CANCELLED}


def venue_events(entries: Sequence[Any], venue: str, account: str) -> Iterator[VenueEvent]:
    """Events of one account in the order of the log."""
    known = {
        each.details["client_order_id"] for each in entries if each.kind in {"order_event", "fill"}
    }
    for entry in entries:
        details = entry.details
        if entry.kind == "request" and details["path"].endswith("submit-order"):
            yield from _request(entry.mono_ns, details, venue, account, known)
        elif entry.kind == "order_event" and details["action"] in _ACTIONS:
            yield VenueEvent(
                mono_ns=entry.mono_ns,
                word=_ACTIONS[details["action"]],
                account=account,
                client_order_id=details["client_order_id"],
                venue_order_id=str(details["order_id"]),
                text=details["reason"],
            )
        elif entry.kind == "fill":
            yield _fill(entry.mono_ns, details, venue, account)


def _request(
    mono_ns: int, details: Mapping[str, Any], venue: str, account: str, known: set[str]
) -> Iterator[VenueEvent]:
    try:
        body = json.loads(details["body"])
        name = str(body["client_order_id"])
        event = VenueEvent(
            mono_ns=mono_ns,
            word=VenueWord.ORDER,
            account=account,
            client_order_id=name,
            instrument=f"{body['symbol']}.{venue.upper()}",
            side=Side.BUY if int(body["side"]) in BUYS else Side.SELL,
            quantity=Decimal(str(body["size"])),
            price=Decimal(str(body["price"])) if body.get("type") != "market" else None,
        )
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return  # broken on its way; the venue could not read it either
    yield event
    if details["fault"] in UNPROCESSED or name not in known:
        yield VenueEvent(
            mono_ns=mono_ns, word=VenueWord.REJECTED, account=account, client_order_id=name
        )


def _fill(mono_ns: int, details: Mapping[str, Any], venue: str, account: str) -> VenueEvent:
    side = Side.BUY if details["side"] in BUYS else Side.SELL
    return VenueEvent(
        mono_ns=mono_ns,
        word=VenueWord.FILL,
        account=account,
        client_order_id=details["client_order_id"],
        venue_order_id=str(details["order_id"]),
        instrument=f"{details['symbol']}.{venue.upper()}",
        side=side,
        quantity=Decimal(str(details["volume"])),
        price=Decimal(str(details["price"])),
        fill_key=f"{details['symbol']}/{details['trade_id']}/{side}",
    )
