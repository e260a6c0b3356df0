"""`venues` and `strategies`: what there is to trade on and with."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from actors.command import exits, places, plugins
from actors.venues import discover, look_also_in
from engine.session.declaration import Venue


def venues(folders: Sequence[Path] = (), *, as_json: bool) -> int:
    """Every venue package that is found, also in these folders, with its capabilities."""
    look_also_in(*folders)
    rows = [_venue_row(venue) for venue in discover().values()]
    if as_json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return exits.OK
    table = Table("venue", "title", "sessions", "order types", "times in force", "market data")
    for row in rows:
        table.add_row(
            row["name"],
            row["title"],
            ", ".join(row["sessions"]),
            ", ".join(row["order_types"]),
            ", ".join(row["times_in_force"]),
            ", ".join(row["capabilities"]["market_kinds"]),
        )
    Console().print(table)
    return exits.OK


def _venue_row(venue: Venue) -> dict[str, Any]:
    can = venue.capabilities
    return {
        "name": venue.name,
        "title": venue.title,
        "sessions": [
            *(f"{feed.name}.data".lstrip(".") for feed in venue.data_feeds),
            *(["trade"] if venue.trade else []),
        ],
        "capabilities": {
            "market_kinds": list(can.market_kinds),
            "post_only": can.post_only,
            "reduce_only": can.reduce_only,
            "replace": can.replace,
            "query_order": can.query_order,
            "complete_history": can.complete_history,
            "cancel_all": can.cancel_all,
            "dead_man_timer_s_min": can.dead_man_timer_s_min,
            "refuses_repeated_client_order_id": can.refuses_repeated_client_order_id,
            "fill_key": can.fill_key.text,
            "revises_fills": can.revises_fills,
            "joined": venue.joined,
        },
        "order_types": [word.value for word in can.ord_types],
        "times_in_force": [word.value for word in can.times_in_force],
        "certainty_notes": can.notes,
        "credentials": list(venue.credentials),
    }


def strategies(*, as_json: bool) -> int:
    """Every plugin in the strategies folder with its parameters."""
    rows = plugins.listing(places.strategies_folder())
    if as_json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return exits.OK
    console = Console()
    for row in rows:
        if "problem" in row:
            name = (row["name"], "bold red")
            console.print(Text.assemble(name, f" does not load: {row['problem']}"))
            continue
        title = row["doc"].partition("\n")[0]
        console.print(Text.assemble((row["class"], "bold"), f"  {title}"))
        console.print(_parameter_table(row["parameters"]))
    return exits.OK


def _parameter_table(parameters: list[dict[str, Any]]) -> Table:
    table = Table("parameter", "type", "default", "allowed", "meaning", box=None, padding=(0, 2))
    for item in parameters:
        default = "(required)" if item["required"] else str(item["default"])
        cells = (item["name"], item["type"], default, _allowed(item), item["help"])
        table.add_row(*map(Text, cells))
    return table


def _allowed(item: dict[str, Any]) -> str:
    if item["choices"]:
        return ", ".join(str(choice) for choice in item["choices"])
    low, high = item["min"], item["max"]
    if low is None and high is None:
        return ""
    return f"{'' if low is None else low} … {'' if high is None else high}"
