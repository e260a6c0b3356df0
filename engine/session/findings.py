"""What a venue has told of an account, as the messages that answer a reconciliation.

How a venue is asked is its package's affair; how the answer is cut into messages of bounded size is
not, and neither is how one says that there is none.
"""

from typing import Any

import attrs

from engine.messages.venue import (
    PART_ITEMS_MAX,
    ReconcilePart,
    ReconcileRequest,
    VenueBalance,
    VenueFill,
    VenueOrder,
    VenuePosition,
)


@attrs.frozen(kw_only=True)
class Findings:
    """The answer to a `ReconcileRequest` in one piece; see `ReconcilePart` for what it promises."""

    orders: tuple[VenueOrder, ...]
    fills: tuple[VenueFill, ...] = ()
    positions: tuple[VenuePosition, ...] = ()
    balances: tuple[VenueBalance, ...] = ()
    complete: bool
    since_ns: int


def parts_of(request: ReconcileRequest, findings: Findings) -> list[ReconcilePart]:
    """The findings in messages of at most `PART_ITEMS_MAX` items; the last one ends them."""
    named = [
        *(("orders", item) for item in findings.orders),
        *(("fills", item) for item in findings.fills),
        *(("positions", item) for item in findings.positions),
        *(("balances", item) for item in findings.balances),
    ]
    starts = range(0, max(1, len(named)), PART_ITEMS_MAX)
    return [
        _part(
            request,
            findings,
            named[start : start + PART_ITEMS_MAX],
            part=number,
            last=start == starts[-1],
        )
        for number, start in enumerate(starts)
    ]


def _part(
    request: ReconcileRequest,
    findings: Findings,
    items: list[tuple[str, object]],
    *,
    part: int,
    last: bool,
) -> ReconcilePart:
    lists: dict[str, list[Any]] = {"orders": [], "fills": [], "positions": [], "balances": []}
    for name, item in items:
        lists[name].append(item)
    return ReconcilePart(
        session="",
        boot=0,
        sequence=0,
        request_id=request.request_id,
        part=part,
        last=last,
        complete=findings.complete,
        since_ns=findings.since_ns,
        orders=tuple(lists["orders"]),
        fills=tuple(lists["fills"]),
        positions=tuple(lists["positions"]),
        balances=tuple(lists["balances"]),
        error="",
    )


def failed_part(request: ReconcileRequest, error: str) -> ReconcilePart:
    """The one part of a reconciliation that came to nothing; `error` says why."""
    return ReconcilePart(
        session="",
        boot=0,
        sequence=0,
        request_id=request.request_id,
        part=0,
        last=True,
        complete=False,
        since_ns=request.since_ns,
        orders=(),
        fills=(),
        positions=(),
        balances=(),
        error=error,
    )
