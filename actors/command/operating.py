"""Commands against a running engine: find it, ask it, show the answer."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import trio
from rich.console import Console
from rich.text import Text

from actors.command import alarming, display, exits, faults, report, tables
from actors.command.places import default_run_dir
from engine.errors import (
    BusError,
    ConfigError,
    ConnectFailed,
    Problem,
    TransportError,
)
from engine.supervise.client import RequestRefused, ask

ANSWER_S_MAX = 5.0
"""A running engine answers in milliseconds; beyond this it is busy or gone."""
STOP_S_MAX = 15.0
"""The engine's own shutdown deadline is 10 s; this leaves it room."""

RUNNING_MARK = "viewer.key"
"""Written by a supervisor when it serves and removed at its end."""

Columns = Sequence[tuple[str, str]]
"""Keys of the router's rows, and what they are called for people."""

WRAPS = ("text", "what happened")
"""Columns of sentences."""

GIVES_WAY = ("certainty", "liquidity", "currency", "realised", "pending", "avg price", "fees")
"""Columns that a narrow terminal goes without, the first of them first."""

COLUMNS: Mapping[str, Columns] = {
    "orders": (
        ("client_order_id", "order"),
        ("strategy", "strategy"),
        ("instrument", "instrument"),
        ("side", "side"),
        ("quantity", "quantity"),
        ("price", "price"),
        ("lifecycle", "lifecycle"),
        ("pending", "pending"),
        ("certainty", "certainty"),
        ("cum_qty", "filled"),
        ("avg_px", "avg price"),
        ("code", "code"),
        ("text", "text"),
    ),
    "fills": (
        ("ts_ns", "time"),
        ("strategy", "strategy"),
        ("instrument", "instrument"),
        ("side", "side"),
        ("last_qty", "quantity"),
        ("last_px", "price"),
        ("fee", "fee"),
        ("liquidity", "liquidity"),
        ("client_order_id", "order"),
    ),
    "alarms": (
        ("ts_ns", "time"),
        ("kind", "kind"),
        ("account", "account"),
        ("subject", "about"),
        ("text", "what happened"),
    ),
    "positions": (
        ("strategy", "strategy"),
        ("account", "account"),
        ("instrument", "instrument"),
        ("quantity", "quantity"),
        ("avg_px", "avg price"),
        ("realised_pnl", "realised"),
        ("unrealised_pnl", "unrealised"),
        ("fees", "fees"),
        ("currency", "currency"),
    ),
}


DENIED_COLUMNS: Columns = (
    ("ts_ns", "time"),
    ("strategy", "strategy"),
    ("instrument", "instrument"),
    ("side", "side"),
    ("ord_type", "type"),
    ("quantity", "quantity"),
    ("price", "price"),
    ("code", "code"),
    ("text", "text"),
    ("client_order_id", "change of"),
)


def find_run(run_dir: Path | None) -> Path:
    """The run directory of the engine meant: the one named, or the only one running.

    Raises:
        ConfigError: when none is named and several run.
        ConnectFailed: when none runs.
    """
    if run_dir is not None:
        if not (run_dir / RUNNING_MARK).exists():
            raise ConnectFailed(f"no engine runs in {run_dir}")
        return run_dir
    base = default_run_dir("any").parent
    running = sorted(path.parent for path in base.glob(f"*/{RUNNING_MARK}"))
    if len(running) > 1:
        names = ", ".join(path.name for path in running)
        raise ConfigError(
            Problem("--run-dir", f"several engines run: {names}", f"e.g. --run-dir {running[0]}")
        )
    if not running:
        raise ConnectFailed(f"no engine runs below {base}")
    return running[0]


def asked(
    run_dir: Path | None,
    endpoint: str,
    verb: str,
    arguments: Mapping[str, object],
    *,
    role: str = "viewer",
    reason: str = "",
    request_id: str = "",
) -> Any:
    """The answer of the engine as decoded JSON; raises what `ask` raises."""
    more = {"request_id": request_id} if request_id else {}

    async def run() -> Any:
        return await ask(
            find_run(run_dir),
            endpoint,
            verb,
            arguments,
            role=role,
            reason=reason,
            within_s=ANSWER_S_MAX,
            **more,
        )

    return trio.run(run)


def print_json(answer: object) -> None:
    """An answer for programs."""
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")


def status(run_dir: Path | None, *, as_json: bool) -> int:
    """Processes, venues and strategies."""
    try:
        answer = report.status_of(asked(run_dir, "admin", "status", {}))
    except (TransportError, BusError, RequestRefused) as error:
        return faults.answer(error)
    if as_json:
        print_json(answer)
    else:
        tables.show(display.status_view(answer, framed=Console().is_terminal))
    return exits.OK


def table(
    verb: str, arguments: Mapping[str, object], run_dir: Path | None, *, as_json: bool
) -> int:
    """A list of orders, fills or positions."""
    try:
        rows = asked(run_dir, "operator", verb, arguments)
    except (TransportError, BusError, RequestRefused) as error:
        return faults.answer(error)
    print_rows(verb, rows, as_json=as_json, columns=COLUMNS[verb])
    return exits.OK


def denied(run_dir: Path | None, *, as_json: bool) -> int:
    """Orders and changes that were denied, the newest that the router keeps, and why."""
    try:
        rows = asked(run_dir, "operator", "orders", {"denied": True})
    except (TransportError, BusError, RequestRefused) as error:
        return faults.answer(error)
    print_rows("denied orders", rows, as_json=as_json, columns=DENIED_COLUMNS)
    return exits.OK


def alarms(run_dir: Path | None, *, as_json: bool) -> int:
    """What needs a person, as far as it can be asked for: a router that is away hides nobody else's."""
    found: dict[str, Any] = {}
    errors: list[Exception] = []
    for endpoint, verb in (("admin", "status"), ("operator", "alarms")):
        try:
            found[verb] = asked(run_dir, endpoint, verb, {})
        except (TransportError, BusError, RequestRefused) as error:
            errors.append(error)
    if found:
        snapshot = found.get("status", {"actors": []})
        rows = alarming.rows(snapshot, found.get("alarms", ()))
        print_rows("alarms", rows, as_json=as_json, columns=COLUMNS["alarms"])
    return faults.answer(errors[0]) if errors else exits.OK


def print_rows(
    what: str, rows: Sequence[Mapping[str, Any]], *, as_json: bool, columns: Columns
) -> None:
    """A list for programs or for people."""
    if as_json:
        print_json(rows)
    else:
        tables.show(listing(columns, rows) if rows else Text(f"no {what}"))


def listing(columns: Columns, rows: Sequence[Mapping[str, Any]]) -> tables.Listing:
    """Rows of the router's as a list for people."""
    cells = [[display.cell(key, row.get(key)) for key, _ in columns] for row in rows]
    return tables.Listing([title for _, title in columns], cells, wraps=WRAPS, gives_way=GIVES_WAY)


def stop(run_dir: Path | None, reason: str) -> int:
    """Ask the supervisor to stop, and wait until it has put its keys away: its last act."""

    async def run() -> int:
        where = find_run(run_dir)
        await ask(where, "admin", "stop", {}, role="operator", reason=reason, within_s=ANSWER_S_MAX)
        with trio.move_on_after(STOP_S_MAX):
            while (where / RUNNING_MARK).exists():  # noqa: ASYNC110 - another process's file has no event
                await trio.sleep(0.05)
            sys.stdout.write(f"the engine in {where} has stopped\n")
            return exits.OK
        exits.show_error(f"the engine in {where} has not stopped within {STOP_S_MAX:.0f} s")
        return exits.CHECK_FAILED

    try:
        return trio.run(run)
    except (TransportError, BusError, RequestRefused) as error:
        return faults.answer(error)
