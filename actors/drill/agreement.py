"""Whether router, venue and strategies tell the same story, from what each of them says itself."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from actors.drill.process import EngineProcess
from actors.drill.venue import ORDER_REQUESTS, DrilledVenue
from engine.model.enums import Lifecycle
from engine.model.instrument import symbol_of
from engine.orders.book import RECENT_FILLS_MAX

ROWS_MAX = 10_000
DETAILS_MAX = 3

UNANSWERED = frozenset({Lifecycle.PLANNED.value, Lifecycle.SENT.value})
"""The venue has said nothing of such an order, whatever was asked of it since."""


@attrs.frozen
class Compared:
    """One comparison: what differs, empty when nothing does; `fills` and `orders` at the venue."""

    differences: tuple[str, ...]
    fills: int
    orders: int


@attrs.frozen
class _Venue:
    """What the venue says at one moment."""

    open_ids: frozenset[str]
    trade_ids: Counter[str]

    @classmethod
    def now(cls, venue: DrilledVenue) -> "_Venue":
        ids = frozenset(each.client_order_id for each in open_at_venue(venue))
        trades = Counter(str(each.details["trade_id"]) for each in venue.log("fill"))
        return cls(ids, trades)


async def compare(
    engine: EngineProcess,
    venue: DrilledVenue,
    *,
    quiet: bool = False,
    awaited: frozenset[str] = frozenset(),
) -> Compared:
    """Compare now; `awaited` are orders that must have been answered before all agree.

    The router answers a moment later than the venue. While trading goes on (not `quiet`) only what
    the venue said both before and after the router's answer is held against it; otherwise all is.
    """
    before = _Venue.now(venue)
    status = await engine.ask("status")
    orders = await engine.ask("orders", {"open": True, "limit": ROWS_MAX})
    fills = await engine.ask("fills", {"limit": ROWS_MAX})
    positions = await engine.ask("positions")
    if status is None or orders is None or fills is None or positions is None:
        return Compared(("the router does not answer",), 0, 0)
    after = _Venue.now(venue)
    differences = [*_doubts(status), *_fills(before, after, fills), *_open(before, after, orders)]
    differences += _under_way(orders, awaited, quiet=quiet)
    if quiet:
        differences += _positions(venue, positions)
        differences += await _strategies(engine, orders)
    return Compared(tuple(differences), after.trade_ids.total(), len(submitted(venue)))


def _doubts(status: Mapping[str, Any]) -> Iterator[str]:
    unknown = status["orders"]["unknown"]
    if unknown:
        yield f"{unknown} orders are unknown"
    for account, view in status["venues"].items():
        if view["state"] != "ready":
            yield f"{account} is {view['state']}: {view.get('reason', '')}"


def _fills(before: _Venue, after: _Venue, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    ours = Counter(row["trade_id"] for row in rows)
    missing, made_up = before.trade_ids - ours, ours - after.trade_ids
    if missing and len(rows) < RECENT_FILLS_MAX:  # the router shows no more than it keeps
        yield f"fills only at the venue: {_some(missing)}"
    if made_up:
        yield f"fills only here, or counted twice: {_some(made_up)}"


def _open(before: _Venue, after: _Venue, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    known = {row["client_order_id"] for row in rows}
    settled = {row["client_order_id"] for row in rows if row["pending"] is None}
    missing = (before.open_ids & after.open_ids) - known
    made_up = settled - before.open_ids - after.open_ids
    if missing:
        yield f"open only at the venue: {_some(missing)}"
    if made_up:
        yield f"open only here: {_some(made_up)}"


def _under_way(
    rows: Sequence[Mapping[str, Any]], awaited: frozenset[str], *, quiet: bool
) -> Iterator[str]:
    """An answer that is still waited for may never come, and a doubt then begins after all agreed."""
    waiting = [
        row["client_order_id"]
        for row in rows
        if (quiet and row["pending"] is not None)
        or (row["lifecycle"] in UNANSWERED and (quiet or row["client_order_id"] in awaited))
    ]
    if waiting:
        yield f"not answered yet: {_some(waiting)}"


async def under_way(engine: EngineProcess) -> frozenset[str] | None:
    """Orders whose first answer is waited for now; None while the router does not answer."""
    rows = await engine.ask("orders", {"open": True, "limit": ROWS_MAX})
    if rows is None:
        return None
    return frozenset(row["client_order_id"] for row in rows if row["lifecycle"] in UNANSWERED)


def _positions(venue: DrilledVenue, rows: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    ours = {
        symbol_of(row["instrument"]): Decimal(row["quantity"]) for row in rows if row["account"]
    }
    theirs: dict[str, Decimal] = {}
    for each in venue.log("fill"):
        details = each.details
        sign = 1 if details["side"] in {1, 2} else -1
        symbol = str(details["symbol"])
        theirs[symbol] = theirs.get(symbol, Decimal(0)) + sign * Decimal(str(details["volume"]))
    return [
        f"position in {symbol}: {ours.get(symbol, 0)} here, {quantity} at the venue"
        for symbol, quantity in theirs.items()
        if ours.get(symbol, Decimal(0)) != quantity
    ]


async def _strategies(engine: EngineProcess, orders: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    """Each strategy believes to have as many open orders as the router knows of it."""
    rows = await engine.actors()
    counts = Counter(row["strategy"] for row in orders)
    return [
        f"{name} believes in {believed} open orders, the router in {counts[name.partition('.')[2]]}"
        for name, row in rows.items()
        if row["kind"] == "strategy"
        and (believed := (row.get("gauges") or {}).get("open_orders")) is not None
        and believed != counts[name.partition(".")[2]]
    ]


def open_at_venue(venue: DrilledVenue) -> Sequence[Any]:
    """Open orders of all accounts there."""
    inner = venue.running.venue
    return [each for name in inner.accounts for each in inner.exchange.open_orders(name)]


def submitted(venue: DrilledVenue) -> list[str]:
    """Client order ids of all orders that reached the venue, in order."""
    pattern = ORDER_REQUESTS.strip("*").split("*")
    return [
        str(json.loads(each.details["body"]).get("client_order_id", ""))
        for each in venue.log("request")
        if all(part in each.details["path"] for part in pattern) and _is_json(each.details["body"])
    ]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def sent_twice(venue: DrilledVenue) -> list[str]:
    """Client order ids that reached the venue more than once: there must be none."""
    return [name for name, count in Counter(submitted(venue)).items() if count > 1]


def _some(names: object) -> str:
    found = sorted(names)  # type: ignore[call-overload]
    more = f" and {len(found) - DETAILS_MAX} more" if len(found) > DETAILS_MAX else ""
    return ", ".join(found[:DETAILS_MAX]) + more or "none"
