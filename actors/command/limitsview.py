"""The work of `limits …`: durations and values as people write them, and the tables."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import attrs
from rich.console import Group
from rich.text import Text

from actors.command import display, exits, faults, operating, tables
from engine.errors import BusError, TransportError
from engine.risk.limits import Limits
from engine.supervise.client import RequestRefused

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

SINGLE = ("limits", "orders of")
_IDLE: Mapping[str, object] = {"market_orders": True, "check_balance": False, "margin_rate": "1"}
"""Values that are always told and limit nothing."""

SCOPES = ("venue", "account", "instrument", "strategy")
"""Kinds of scopes beside the engine, as the router knows them."""

USAGE = ("owner", "limit", "subject", "used", "most", "percent")
CHANGES = ("scope", "limit", "value", "before", "expires_ns", "reason")


def seconds_of(text: str) -> float:
    """Seconds of `90s`, `30m`, `8h`, `1d` or a plain number; BadUsage for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip())
    if found is None:
        raise exits.BadUsage(f"--expires: not a duration: {text!r}, e.g. 30m or 8h")
    return float(found[1]) * _SECONDS[found[2] or "s"]


def value_of(text: str) -> object:
    """A value as the configuration would give it: tables, lists, true and false are JSON, the rest is text."""
    if not text.startswith(("{", "[")) and text not in ("true", "false"):
        return text
    try:
        value: object = json.loads(text)
    except ValueError as error:
        raise exits.BadUsage(f'VALUE: not JSON: {error}, e.g. \'{{"USDT": "500"}}\'') from None
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
    if answer["usage"]:
        tables.show(_table("used", USAGE, answer["usage"]))
    else:
        exits.say("No limit on positions, open orders, losses or rates is set.")
    tables.show(_table("for single orders", SINGLE, list(single(answer["limits"]))))
    if answer["changes"]:
        tables.show(_table("set for a time", CHANGES, answer["changes"]))
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
    """What `limits set` asks the router for; BadUsage for what is no limit anywhere."""
    check_names(scope, limit)
    return {
        "scope": scope,
        "limit": limit,
        "value": value_of(value),
        "expires_s": seconds_of(expires),
    }


def check_names(scope: str, limit: str) -> None:
    """BadUsage for a limit that there is not, and for a scope of no kind."""
    names = tuple(attrs.fields_dict(Limits))
    if limit not in names:
        close = get_close_matches(limit, names)
        meant = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(names)}"
        raise exits.BadUsage(f"there is no limit {limit!r}: {meant}")
    kind, _, name = scope.partition(":")
    if scope != "engine" and not (kind in SCOPES and name):
        known = ", ".join(f"{each}:NAME" for each in SCOPES)
        raise exits.BadUsage(f"there is no scope {scope!r}: it is engine, or one of {known}")


def _table(title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> Group:
    cells = [[display.cell(name, row.get(name)) for name in columns] for row in rows]
    titles = [name.removesuffix("_ns") for name in columns]
    return Group(
        Text(title, style="bold"), tables.Listing(titles, cells, wraps=("reason", *SINGLE))
    )
