"""`venues` and `strategies`: what there is to trade on and with."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from actors.command import exits, places, plugins
from actors.command.tables import Listing, show
from actors.venues import discover, look_also_in
from engine.session.declaration import Venue


def venues(folders: Sequence[Path] = (), *, as_json: bool) -> int:
    """Every venue package that is found, also in these folders, with its capabilities."""
    look_also_in(*folders)
    rows = [_venue_row(venue) for venue in discover().values()]
    if as_json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return exits.OK
    titles = ("venue", "title", "sessions", "order types", "times in force", "market data")
    cells = [
        [
            Text(row["name"]),
            Text(row["title"]),
            Text(", ".join(row["sessions"])),
            Text(", ".join(row["order_types"])),
            Text(", ".join(row["times_in_force"])),
            Text(", ".join(row["capabilities"]["market_kinds"])),
        ]
        for row in rows
    ]
    show(Listing(titles, cells))
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
    for row in rows:
        if "problem" in row:
            name = (row["name"], "bold red")
            show(Text.assemble(name, f" does not load: {row['problem']}"))
            continue
        title = row["doc"].partition("\n")[0]
        show(Text.assemble((row["class"], "bold"), f"  {title}"))
        show(_parameter_table(row["parameters"]))
    return exits.OK


def _parameter_table(parameters: list[dict[str, Any]]) -> Listing:
    cells = [
        [
            Text(f"  {item['name']}"),
            Text(item["type"]),
            Text("(required)" if item["required"] else str(item["default"])),
            Text(_allowed(item)),
            Text(item["help"]),
        ]
        for item in parameters
    ]
    titles = ("  parameter", "type", "default", "allowed", "meaning")
    return Listing(titles, cells, wraps=("meaning",), wrapped_min=18)


def _allowed(item: dict[str, Any]) -> str:
    if item["choices"]:
        return ", ".join(str(choice) for choice in item["choices"])
    low, high = item["min"], item["max"]
    if low is None and high is None:
        return ""
    return f"{'' if low is None else low} … {'' if high is None else high}"
