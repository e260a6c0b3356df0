"""The work of `limits …`: durations and values as people write them, and the tables."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from actors.command import display, exits, faults, operating
from engine.errors import BusError, ConfigError, Problem, TransportError
from engine.supervise.client import RequestRefused

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

SINGLE = ("limits", "orders of")
_IDLE: Mapping[str, object] = {"market_orders": True, "check_balance": False, "margin_rate": "1"}
"""Values that are always told and limit nothing."""

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
    if answer["usage"]:
        console.print(_table("used", USAGE, answer["usage"]))
    else:
        console.print("No limit on positions, open orders, losses or rates is set.")
    console.print(_table("for single orders", SINGLE, list(single(answer["limits"]))))
    if answer["changes"]:
        console.print(_table("set for a time", CHANGES, answer["changes"]))
    return exits.OK


def single(limits: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """The limits for single orders and whose they are, equal ones once; what limits nothing is left out."""
    whose: dict[str, list[str]] = {}
    for each in limits:
        told = {key: value for key, value in each.items() if key not in ("strategy", "instrument")}
        is_set = [f"{key} {_said(told[key])}" for key in told if told[key] != _IDLE.get(key)]
        text = "; ".join(is_set) or "none"
        whose.setdefault(text, []).append(f"{each['strategy']} {each['instrument']}")
    for text, names in whose.items():
        yield {"limits": text, "orders of": ", ".join(names)}


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(f"({_said(each)})" for each in value)
    return str(value)


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
