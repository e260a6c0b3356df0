"""The work of `limits …`: durations and values as people write them, and the tables."""

import json
import re
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from actors.command import display, exits, faults, operating
from engine.errors import BusError, ConfigError, Problem, TransportError
from engine.supervise.client import RequestRefused

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

USAGE = ("owner", "limit", "subject", "used", "most", "percent")
CHANGES = ("scope", "limit", "value", "before", "expires_ns", "reason")


def seconds_of(text: str) -> float:
    """Seconds of `90s`, `30m`, `8h`, `1d` or a plain number; ConfigError for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip())
    if found is None:
        raise ConfigError(Problem("--expires", f"not a duration: {text!r}", "e.g. 30m or 8h"))
    return float(found[1]) * _SECONDS[found[2] or "s"]


def value_of(text: str) -> object:
    """A value as the configuration would give it: tables, lists, true and false are JSON, the rest is text."""
    if not text.startswith(("{", "[")) and text not in ("true", "false"):
        return text
    try:
        value: object = json.loads(text)
    except ValueError as error:
        problem = Problem("VALUE", f"not JSON: {error}", """e.g. '{"USDT": "500"}'""")
        raise ConfigError(problem) from None
    return value


def show(run_dir: Path | None, *, as_json: bool) -> int:
    """Limits of a running engine."""
    try:
        answer = operating.asked(run_dir, "operator", "limits", {})
    except (TransportError, BusError, RequestRefused) as error:
        return faults.answer(error)
    if as_json:
        operating.print_json(answer)
        return exits.OK
    console = Console()
    console.print(_table("used", USAGE, answer["usage"]))
    if answer["changes"]:
        console.print(_table("set for a time", CHANGES, answer["changes"]))
    return exits.OK


def change(scope: str, limit: str, value: str, expires: str) -> dict[str, object]:
    """What `limits set` asks the router for."""
    return {
        "scope": scope,
        "limit": limit,
        "value": value_of(value),
        "expires_s": seconds_of(expires),
    }


def _table(title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> Table:
    view = Table(title=title)
    for name in columns:
        view.add_column(name.removesuffix("_ns"), overflow="fold")
    for row in rows:
        view.add_row(*(display.cell(name, row.get(name)) for name in columns))
    return view
