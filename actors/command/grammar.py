"""Options that several commands have in common, so that they are called the same everywhere."""

from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter, validators

TRADING = Group("Trading", sort_key=1)
RUNNING = Group("A running engine", sort_key=2)
LOOKING = Group("Looking around", sort_key=3)

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
