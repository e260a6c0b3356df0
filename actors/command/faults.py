"""From whatever ended a command to one clear line and an exit code.

Trio hands errors over in groups, so what counts are the leaves: one that nobody expects makes it an
internal fault, whatever came with it. Tracebacks are for those who ask (`--traceback`, or
`PITBOSS_TRACEBACK=1`); a run keeps its own in its logs.
"""

import os
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from actors.command import exits
from engine.errors import (
    BusError,
    ConfigError,
    JournalBusy,
    JournalError,
    PeerSilent,
    TransportError,
)
from engine.supervise.client import RequestRefused
from engine.supervise.rundir import RunDirectoryBusy

TRACEBACK_VARIABLE = "PITBOSS_TRACEBACK"

FAULT_FILE = "command.log"
"""Beside the logs of the actors."""

_UNKNOWN_OUTCOME = "whether it was done is not known: look before you repeat it"
_NOT_RUNNING = (
    "is the engine running? start it with: python run.py start -c FILE; "
    "one that runs elsewhere is named with --run-dir DIR"
)

_CODES: Mapping[type[Exception], int] = {
    exits.BadUsage: exits.USAGE,
    ConfigError: exits.CONFIG,
    RunDirectoryBusy: exits.TRY_AGAIN,
    JournalBusy: exits.TRY_AGAIN,
    TransportError: exits.TRY_AGAIN,
    BusError: exits.TRY_AGAIN,
    RequestRefused: exits.CHECK_FAILED,
    JournalError: exits.CHECK_FAILED,
}
"""In order: the first that fits counts."""


def answer(error: Exception, *, as_json: bool = False) -> int:
    """Say what went wrong; the exit code it calls for."""
    if os.environ.get(TRACEBACK_VARIABLE):
        exits.stderr.print("".join(traceback.format_exception(error)), markup=False)
    leaves = _leaves(error)
    codes = [_code_of(leaf) for leaf in leaves]
    if exits.INTERNAL in codes:
        return _internal(error, [leaf for leaf in leaves if _code_of(leaf) == exits.INTERNAL])
    problems = [p for leaf in leaves if isinstance(leaf, ConfigError) for p in leaf.problems]
    if problems:
        exits.show_problems(problems, as_json=as_json)
    for leaf in leaves:
        if not isinstance(leaf, ConfigError):
            exits.show_error(str(leaf), _hint(leaf))
    return exits.CONFIG if problems else codes[0]


def keep(error: Exception, logs: Path) -> None:
    """Write the traceback of an internal fault into a run's logs and note where on the error."""
    if all(_code_of(leaf) != exits.INTERNAL for leaf in _leaves(error)):
        return
    file = logs / FAULT_FILE
    text = "".join(traceback.format_exception(error))
    try:
        fd = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as out:
            out.write(f"{datetime.now(UTC).isoformat()}\n{text}\n")
    except OSError:
        return
    error.add_note(f"the traceback is in {file}")


def _internal(error: Exception, leaves: list[BaseException]) -> int:
    for leaf in leaves:
        exits.show_error(f"internal fault: {type(leaf).__name__}: {leaf}")
    for note in getattr(error, "__notes__", ()):
        exits.show_hint(note)
    if not os.environ.get(TRACEBACK_VARIABLE):
        exits.show_hint("this is a fault of the engine; --traceback shows where it happened")
    return exits.INTERNAL


def _leaves(error: Exception) -> list[BaseException]:
    return exits.leaves(error) if isinstance(error, BaseExceptionGroup) else [error]


def _code_of(error: BaseException) -> int:
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), exits.INTERNAL)


def _hint(error: BaseException) -> str:
    if isinstance(error, PeerSilent):
        return _UNKNOWN_OUTCOME
    return _NOT_RUNNING if isinstance(error, TransportError | BusError) else ""
