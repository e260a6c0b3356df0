"""Options that several commands have in common, so that they are called the same everywhere."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter, validators

TRADING = Group("Trading", sort_key=1)
RUNNING = Group("A running engine", sort_key=2)
LOOKING = Group("Looking around", sort_key=3)


def worth_showing(default: object) -> str | None:
    """A default in the help; not that of a switch or of an option that is left out."""
    return None if default in (None, "", False) else str(default)


def _is_number(_type: object, value: str | None) -> None:
    """A finite number in plain notation, as orders take it; ValueError for anything else."""
    try:
        finite = Decimal(value or "0").is_finite()
    except InvalidOperation:
        finite = False
    if not finite:
        raise ValueError("It must be a number, e.g. 10 or 59000.5.")


Number = Annotated[str, Parameter(validator=_is_number)]
"""An exact number: it stays the text that was written."""

Side = Literal["buy", "sell"]
OrderType = Literal["market", "limit", "stop", "stop_limit", "trailing_stop"]
TimeInForce = Literal["gtc", "day", "ioc", "fok"]
PositionEffect = Literal["auto", "open", "close", "close_today", "close_yesterday"]
KillLevel = Literal["reducing", "halted", "killed"]
ArmLevel = Literal["active", "reducing", "halted"]
Resolution = Literal["never_arrived", "open", "cancelled", "rejected"]

Config = Annotated[
    Path, Parameter(name=["--config", "-c"], help="Configuration file (TOML); see config/.")
]
For = Annotated[
    float | None, Parameter(name="--for", help="Stop by itself after this many seconds.")
]
Report = Annotated[
    Path | None, Parameter(name="--report", help="Write a summary of the run to this file (JSON).")
]
RunDir = Annotated[
    Path | None,
    Parameter(name="--run-dir", help="Directory with the run's sockets, keys and logs."),
]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON for programs.")]
Reason = Annotated[str, Parameter(name="--reason", help="Why; goes into log and journal.")]
NeededReason = Annotated[str, Parameter(name="--reason", help="Why; goes into the journal.")]
DryRun = Annotated[
    bool,
    Parameter(name="--dry-run", negative="", help="Only show what would be done; change nothing."),
]
Scope = Annotated[str, Parameter(help="engine, venue:NAME, account:NAME or strategy:NAME.")]

JournalFile = Annotated[
    Path | None,
    Parameter(help="The journal; default: the one of --config or --run-dir, or the only one."),
]
JournalConfig = Annotated[
    Path | None,
    Parameter(name=["--config", "-c"], help="The configuration the engine runs with."),
]
JournalRunDir = Annotated[
    Path | None,
    Parameter(
        name="--run-dir",
        help="Run directory of the engine that keeps the journal, or kept it; it need not run.",
    ),
]
Last = Annotated[
    int,
    Parameter(
        help="Only this many records from the end; 0 for all.", validator=validators.Number(gte=0)
    ),
]
Limit = Annotated[
    int, Parameter(help="Only this many, the newest.", validator=validators.Number(gte=1))
]
