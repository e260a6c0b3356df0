"""What an operator does by hand: ask for it, or for what it would do, and show the answer.

Programs get the router's answer as it is; people get it line by line, lists of orders as tables.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from actors.command import display, exits, faults, tables
from actors.command.operating import COLUMNS, asked, listing, print_json
from actors.command.tables import Listing
from engine.errors import BusError, PeerSilent, TransportError
from engine.supervise.client import RequestRefused

DRY_RUN = "dry_run"

_ORDER_COLUMNS = [column for column in COLUMNS["orders"] if column[0] != "avg_px"]


def act(
    verb: str,
    arguments: Mapping[str, object],
    reason: str,
    run_dir: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
    request_id: str = "",
    settle: Callable[[Any], Any] = lambda answer: answer,
) -> int:
    """A verb of the router's, with the operator's key; `request_id` makes a repetition harmless.

    What is shown is what `settle` makes of the answer.
    """
    if dry_run:
        arguments = {**arguments, DRY_RUN: True}
    try:
        answer = asked(
            run_dir,
            "operator",
            verb,
            arguments,
            role="operator",
            reason=reason,
            request_id=request_id,
        )
    except (TransportError, BusError, RequestRefused) as error:
        code = faults.answer(error)
        if isinstance(error, PeerSilent) and request_id:
            exits.show_hint(f"repeat it with --request-id {request_id}: it will not be done twice")
        return code
    show(settle(answer), as_json=as_json)
    return exits.OK


def look(verb: str, arguments: Mapping[str, object], run_dir: Path | None, *, as_json: bool) -> int:
    """A question to the router that has no columns of its own."""
    try:
        answer = asked(run_dir, "operator", verb, arguments)
    except (TransportError, BusError, RequestRefused) as error:
        return faults.answer(error)
    show(answer, as_json=as_json)
    return exits.OK


def show(answer: Any, *, as_json: bool) -> None:
    """The answer for programs or for people."""
    if as_json:
        print_json(answer)
    else:
        tables.show(view(answer))


def view(answer: Any) -> RenderableType:
    """An answer for people."""
    if isinstance(answer, Mapping) and answer.get(DRY_RUN) is True:
        head = Text(f"{answer.get('verb', '')} would do this; nothing was changed:", style="bold")
        return Group(head, view(answer["would"]))
    if isinstance(answer, Mapping):
        return Group(*_lines(answer))
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        parts: list[RenderableType] = []
        for each in answer:
            parts += [view(each), Text()]
        return Group(*parts[:-1])
    return Text(str(answer))


def _lines(answer: Mapping[str, Any]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for key, value in answer.items():
        if value is None or value == "":
            continue  # an order that was not denied has no denial
        name = key.replace("_", " ")
        if key == "denied" and isinstance(value, Mapping):
            parts += _denied(value)
            continue
        rows = [value] if _is_order(value) else value
        if isinstance(rows, list) and rows and all(_is_order(row) for row in rows):
            parts += [Text(f"{name}:"), _orders(rows)]
        elif isinstance(value, list):
            parts += [Text(f"{name}: {'' if value else 'none'}")]
            parts += [Text(f"  {each}") for each in value]
        elif isinstance(value, Mapping):
            said = (f"{each} {what}" for each, what in value.items() if what not in (None, False))
            parts.append(Text(f"{name}: {', '.join(said)}"))
        else:
            parts.append(_plain(key, value))
    return parts


def _plain(key: str, value: object) -> Text:
    """One value with its name; times, ages and answers to yes or no in words."""
    name = key.replace("_", " ")
    if isinstance(value, bool):
        return Text(f"{name}: {'yes' if value else 'no'}")
    if isinstance(value, int) and key.endswith("_ns"):
        return Text(
            f"{name.removesuffix(' ns')}: {display.day_and_time(value) if value else 'never'}"
        )
    if isinstance(value, float) and key.endswith("_s"):
        return Text(f"{name}: {value:.1f}")
    return Text.assemble(f"{name}: ", display.cell(key, value))


def _denied(denial: Mapping[str, Any]) -> list[RenderableType]:
    """The code with its numbers, what it means, and what could be done instead."""
    parts = [
        Text.assemble("denied: code ", (denial["code"], "bold red"), f", text {denial['text']}")
    ]
    parts += [Text(f"  {denial['meaning']}")] if denial.get("meaning") else []
    parts += [Text(f"  → {denial['hint']}")] if denial.get("hint") else []
    return [*parts]


def _is_order(value: object) -> bool:
    return isinstance(value, Mapping) and "client_order_id" in value and "lifecycle" in value


def _orders(rows: Sequence[Mapping[str, Any]]) -> Listing:
    return listing(_ORDER_COLUMNS, rows)
