"""`kill`, `arm`, `restart`: short commands of an emergency, answered in a sentence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actors.command import exits, faults
from actors.command.operating import asked, print_json
from engine.errors import BusError, TransportError
from engine.supervise.client import RequestRefused

_NO_ANSWER = (TransportError, BusError, RequestRefused)

_KILL_ENDPOINT = "kill"
"""Of its own, so that no queue of questions is before it."""


def move(
    verb: str, level: str, scope: str, reason: str, run_dir: Path | None, *, as_json: bool
) -> int:
    """Move the kill switch: `kill` to a stricter level, `arm` to one less strict."""
    endpoint = _KILL_ENDPOINT if verb == "kill" else "operator"
    arguments = {"level": level, "scope": scope}
    try:
        answer = asked(run_dir, endpoint, verb, arguments, role="operator", reason=reason)
    except _NO_ANSWER as error:
        return faults.answer(error)
    return _say(answer, _moved(answer), as_json=as_json)


def restart(name: str, reason: str, run_dir: Path | None, *, as_json: bool) -> int:
    """Start a process anew; a strategy may be called by its name in the configuration."""
    try:
        actor = _actor_named(name, run_dir)
        arguments = {"actor": actor}
        answer = asked(run_dir, "admin", "restart", arguments, role="operator", reason=reason)
    except _NO_ANSWER as error:
        return faults.answer(error)
    said = f"{actor} is being restarted; `status` shows when it is ready"
    return _say(answer, said, as_json=as_json)


def _actor_named(name: str, run_dir: Path | None) -> str:
    """The actor meant; what is none is left to the supervisor, which says what there is."""
    if "." in name:
        return name
    rows = asked(run_dir, "admin", "status", {})["actors"]
    names = {row["name"] for row in rows}
    return name if name in names or f"strategy.{name}" not in names else f"strategy.{name}"


def _say(answer: object, said: str, *, as_json: bool) -> int:
    if as_json:
        print_json(answer)
    else:
        exits.say(said)
    return exits.OK


def _moved(answer: Mapping[str, Any]) -> str:
    """Where the switch stands now, and what follows from it."""
    level, scope = answer["level"], answer["scope"]
    parts = [f"{scope}: {level}" if answer["changed"] else f"{scope}: {level}, as it was before"]
    count = answer["open_orders"]
    if level == "killed":
        parts.append(
            f"open orders that are being cancelled: {count}" if count else "no open orders"
        )
    if not answer["journaled"]:
        parts.append("not in the journal yet, which cannot be written")
    return "; ".join(parts)
