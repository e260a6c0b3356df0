"""Whether router, venues and strategies tell the same story, from what each of them says itself."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from actors.drill.process import EngineProcess
from actors.drill.venues import DrilledVenues
from engine.model.enums import Lifecycle
from engine.orders.book import RECENT_FILLS_MAX

ROWS_MAX = 10_000
DETAILS_MAX = 3

UNANSWERED = frozenset({Lifecycle.PLANNED.value, Lifecycle.SENT.value})
"""The venue has said nothing of such an order, whatever was asked of it since."""


@attrs.frozen
class Compared:
    """One comparison: what differs, empty when nothing does; `fills` and `orders` at the venues."""

    differences: tuple[str, ...]
    fills: int
    orders: int


@attrs.frozen
class _Venues:
    """What the venues say at one moment."""

    open_ids: frozenset[str]
    fills: Counter[tuple[str, str]]
    """Accounts and fill keys."""

    @classmethod
    def now(cls, venues: DrilledVenues) -> "_Venues":
        ids = frozenset(name for venue in venues for name in venue.open_orders())
        return cls(ids, Counter(key for venue in venues for key in venue.witnessed().fills))


async def compare(
    engine: EngineProcess,
    venues: DrilledVenues,
    *,
    quiet: bool = False,
    awaited: frozenset[str] = frozenset(),
) -> Compared:
    """Compare now; `awaited` are orders that must have been answered before all agree.

    The router answers a moment later than the venue. While trading goes on (not `quiet`) only what
    the venue said both before and after the router's answer is held against it; otherwise all is.
    """
    before = _Venues.now(venues)
    status = await engine.ask("status")
    orders = await engine.ask("orders", {"open": True, "limit": ROWS_MAX})
    fills = await engine.ask("fills", {"limit": ROWS_MAX})
    positions = await engine.ask("positions")
    if status is None or orders is None or fills is None or positions is None:
        return Compared(("the router does not answer",), 0, 0)
    after = _Venues.now(venues)
    differences = [*_doubts(status), *_fills(before, after, fills), *_open(before, after, orders)]
    differences += _under_way(orders, awaited, quiet=quiet)
    if quiet:
        differences += _positions(venues, positions)
        differences += await _strategies(engine, orders)
    return Compared(tuple(differences), after.fills.total(), len(submitted(venues)))


def _doubts(status: Mapping[str, Any]) -> Iterator[str]:
    unknown = status["orders"]["unknown"]
    if unknown:
        yield f"{unknown} orders are unknown"
    for account, view in status["venues"].items():
        if view["state"] != "ready":
            yield f"{account} is {view['state']}: {view.get('reason', '')}"


def _fills(before: _Venues, after: _Venues, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    ours = Counter((row["account"], row["fill_key"]) for row in rows)
    missing, made_up = before.fills - ours, ours - after.fills
    if missing and len(rows) < RECENT_FILLS_MAX:  # the router shows no more than it keeps
        yield f"fills only at the venue: {_some(map(_told, missing))}"
    if made_up:
        yield f"fills only here, or counted twice: {_some(map(_told, made_up))}"


def _open(before: _Venues, after: _Venues, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
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


def _positions(venues: DrilledVenues, rows: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    ours = {
        (row["account"], row["instrument"]): Decimal(row["quantity"])
        for row in rows
        if row["account"]
    }
    return [
        f"position in {instrument}: {ours.get((account, instrument), 0)} here, {quantity} at the venue"
        for venue in venues
        for (account, instrument), quantity in venue.witnessed().positions.items()
        if ours.get((account, instrument), Decimal(0)) != quantity
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


def submitted(venues: DrilledVenues) -> list[str]:
    """Client order ids of all orders that reached a venue."""
    return [name for venue in venues for name in venue.submitted()]


def sent_twice(venues: DrilledVenues) -> list[str]:
    """Client order ids that reached a venue more than once: there must be none."""
    return [name for name, count in Counter(submitted(venues)).items() if count > 1]


def _told(fill: tuple[str, str]) -> str:
    account, key = fill
    return f"{key} on {account}"


def _some(names: object) -> str:
    found = sorted(names)  # type: ignore[call-overload]
    more = f" and {len(found) - DETAILS_MAX} more" if len(found) > DETAILS_MAX else ""
    return ", ".join(found[:DETAILS_MAX]) + more or "none"
