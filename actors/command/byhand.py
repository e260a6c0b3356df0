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
    """One order by hand; a denied one is an answer, but not the one that was wanted."""
    answer: list[Any] = []
    code = acting.act(
        "order",
        arguments,
        reason,
        run_dir,
        dry_run=dry_run,
        as_json=as_json,
        request_id=request_id,
        on_answer=answer.append,
    )
    if code != exits.OK:
        return code
    outcome = answer[0].get("would", answer[0])
    return exits.CHECK_FAILED if outcome.get("denied") else exits.OK


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
