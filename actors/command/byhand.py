"""What an operator does by hand beyond one request: watch a flattening, act on a venue's sessions."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actors.command import acting, exits, faults
from actors.command.operating import asked
from engine.errors import BusError, TransportError
from engine.supervise.client import RequestRefused

PROGRESS_S = 0.5
"""Between two looks at a flattening; the router takes a step as often."""

ANSWERED_S = 2.0
"""How long an order is followed for the venue's answer, which usually takes milliseconds."""

LOOK_S = 0.05
"""Between two looks at it."""

ON_ITS_WAY = frozenset({"planned", "sent"})
"""Lifecycles before the venue has said anything."""

REFUSED = frozenset({"rejected", "never_arrived"})

RUNNING = ("cancelling", "closing")

LATE_S = 5.0
"""Beyond a flattening's own time nothing more is waited for: the router ends it then."""

_NO_ANSWER = (TransportError, BusError, RequestRefused)


def order(
    arguments: Mapping[str, object],
    reason: str,
    run_dir: Path | None,
    *,
    request_id: str,
    dry_run: bool,
    as_json: bool,
) -> int:
    """One order by hand, followed until the venue has answered.

    A denied or rejected one is an answer, but not the one that was wanted.
    """
    last: dict[str, Any] = {}

    def settle(answer: Any) -> Any:
        last.update(answer["would"] if dry_run else _followed(answer, run_dir))
        return answer if dry_run else last

    code = acting.act(
        "order",
        arguments,
        reason,
        run_dir,
        dry_run=dry_run,
        as_json=as_json,
        request_id=request_id,
        settle=settle,
    )
    return code if code != exits.OK else _outcome(last)


def _followed(answer: Mapping[str, Any], run_dir: Path | None) -> dict[str, Any]:
    """The answer with the order as it is once the venue has taken or refused it, or when we stop waiting."""
    row, ends = answer.get("order") or {}, time.monotonic() + ANSWERED_S
    name = row.get("client_order_id")
    while name and _on_its_way(row) and time.monotonic() < ends:
        time.sleep(LOOK_S)
        try:
            rows = asked(run_dir, "operator", "orders", {"client_order_id": name})
        except _NO_ANSWER:
            break  # it was placed all the same: what is known of it is shown
        row = next((each for each in rows if each["client_order_id"] == name), row)
    return {**answer, "order": row} if name else dict(answer)


def _on_its_way(row: Mapping[str, Any]) -> bool:
    return row.get("lifecycle") in ON_ITS_WAY or row.get("pending") == "new"


def _outcome(answer: Mapping[str, Any]) -> int:
    """The exit code of an order by hand; what is not in its row is said."""
    row = answer.get("order") or {}
    if answer.get("denied"):
        return exits.CHECK_FAILED
    if row.get("lifecycle") in REFUSED:
        said = " ".join(filter(None, (row.get("code"), row.get("text"))))
        exits.show_error(f"the venue did not take it ({row['lifecycle']}): {said}")
        return exits.CHECK_FAILED
    if _on_its_way(row):
        exits.show_hint(
            f"still on its way: the venue has not answered within {ANSWERED_S:g} s; "
            "`python run.py orders --all` shows what becomes of it"
        )
    return exits.OK


def flatten(
    arguments: Mapping[str, object],
    reason: str,
    run_dir: Path | None,
    *,
    within_s: float,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Start it and show how it goes until nothing is left or its time is over."""
    asking = {**arguments, "within_s": within_s}
    if dry_run:
        return acting.act("flatten", asking, reason, run_dir, dry_run=True, as_json=as_json)
    try:
        row = asked(run_dir, "operator", "flatten", asking, role="operator", reason=reason)
        row = _watched(row, run_dir, within_s + LATE_S, tell=not as_json)
    except _NO_ANSWER as error:
        return faults.answer(error)
    acting.show(row, as_json=as_json)
    return exits.OK if row["stage"] == "flat" else exits.CHECK_FAILED


def _watched(row: Any, run_dir: Path | None, within_s: float, *, tell: bool) -> Any:
    """The last row: of its end, or of the time at which we stop looking."""
    said, ends = "", time.monotonic() + within_s
    while row["stage"] in RUNNING and time.monotonic() < ends:
        if tell and row["note"] != said:
            said = row["note"]
            exits.stderr.print(f"{row['stage']}: {said}", markup=False)
        time.sleep(PROGRESS_S)
        row = asked(run_dir, "operator", "flatten-progress", {"job": row["job"]})
    return row


def venue(
    verb: str, name: str, reason: str, run_dir: Path | None, *, dry_run: bool, as_json: bool
) -> int:
    """Have the supervisor act on a venue's sessions, and the router note it in the journal."""
    arguments = {"venue": name, **({acting.DRY_RUN: True} if dry_run else {})}
    try:
        answer = asked(run_dir, "admin", verb, arguments, role="operator", reason=reason)
    except _NO_ANSWER as error:
        return faults.answer(error)
    if not dry_run:
        _note(verb, name, reason, run_dir)
    acting.show(answer, as_json=as_json)
    return exits.OK


def _note(verb: str, name: str, reason: str, run_dir: Path | None) -> None:
    """What was done stands; a router that cannot note it is only told of."""
    noted = {"done": verb, "venue": name}
    try:
        asked(run_dir, "operator", "note", noted, role="operator", reason=reason)
    except _NO_ANSWER as error:
        exits.show_error(f"done, but not noted in the journal: {error}")
