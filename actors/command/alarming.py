"""What needs a person, from everybody who knows of something: the supervisor's alerts and the router's alarms. Pure.

An alert is bounded history: a process that was given up long ago is still given up. So what stands now
is found in the states of the processes, and told by its alert as long as that is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.messages.control import ActorState

Row = Mapping[str, Any]

GIVEN_UP = frozenset({ActorState.QUARANTINED, ActorState.FAILED})
"""States that a process does not leave by itself."""

STANDING = frozenset({"blocked", "journal"})
"""Codes of the router's alerts that tell what is wrong now; its others are alarms, which it lists itself."""


def reason_of(actor: Row) -> str:
    """Why a process is as it is now; else why it was started anew the last time."""
    return str(actor.get("reason") or actor.get("last_reason") or "")


def given_up(snapshot: Row) -> list[Row]:
    """One alert for each process that nobody starts again: its own, or one in its place."""
    newest = {(each["actor"], each["code"]): each for each in snapshot.get("alerts", ())}
    rows = []
    for actor in snapshot["actors"]:
        name, state = actor["name"], actor["state"]
        if state in GIVEN_UP:
            rows.append(newest.get((name, state)) or _in_place(actor))
    return rows


def _in_place(actor: Row) -> Row:
    name, state = actor["name"], actor["state"]
    return {
        "ts_ns": actor.get("since_ns", 0),
        "actor": name,
        "code": state,
        "text": f"{state}: {reason_of(actor)}; `python run.py restart {name}` starts it again",
    }


def others(status: Row) -> list[Row]:
    """Alerts, oldest first, without those of processes that are given up now: how it came to that is over."""
    gone = {each["actor"] for each in given_up(status)}
    return [each for each in status["alerts"] if each["actor"] not in gone]


def rows(snapshot: Row, alarms: Sequence[Row]) -> list[dict[str, Any]]:
    """All of it as rows of `alarms`, newest last."""
    found = [*alarms, *map(_alarm_of, _alerts(snapshot))]
    return [dict(row) for row in sorted(found, key=lambda row: int(row["ts_ns"]))]


def _alerts(snapshot: Row) -> Iterator[Row]:
    kept = list(snapshot.get("alerts", ()))
    yield from kept
    yield from (each for each in given_up(snapshot) if each not in kept)
    for actor in snapshot["actors"]:
        if actor["kind"] == "router":
            alerts = (actor.get("gauges") or {}).get("alerts") or ()
            yield from (each for each in alerts if each["code"] in STANDING)


def _alarm_of(alert: Row) -> Row:
    return {
        "kind": alert["code"],
        "account": "",
        "subject": alert["actor"],
        "text": alert["text"],
        "ts_ns": alert["ts_ns"],
    }
