"""`journal show` and `journal verify`: look into a router's journal, whether or not it runs."""

import json
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from actors.command import exits
from actors.command.operating import RUNNING_MARK
from actors.command.places import (
    default_run_dir,
    default_state_dir,
    run_dir_of,
    state_dir_of,
)
from actors.command.replaying import replayed
from actors.command.verifying import invariants_of
from actors.journalplace import noted
from engine.errors import BadEnvelope, ConfigError, Problem
from engine.journal import Chain, Verification
from engine.journal import verify as verify_file
from engine.orders.records import from_bytes
from engine.settings import load
from engine.settings.converter import plain_values

JOURNAL_FOLDER = "journal"

_WORDS = {True: "held  ", False: "BROKEN", None: "-     "}


def find(file: Path | None, run_dir: Path | None, config: Path | None = None) -> Path:
    """The journal meant: the one named, else that of the only running engine, else the only one there is.

    It is named by its file, by a configuration, or by a run directory.

    Raises:
        ConfigError: what was named is not there, or the configuration cannot be used.
        BadUsage: nothing was named, and none or several are found.

    A run directory names the journal of the engine that runs there, or ran there last.
    """
    if file is not None:
        if not file.is_file():
            raise ConfigError(Problem("FILE", f"there is no journal {file}"))
        return file
    if config is not None:
        return _of_config(config)
    if run_dir is not None:
        return _of_run(run_dir)
    found = _of_running() or sorted(_all())
    if not found:
        raise exits.BadUsage(
            "no journal is found: no engine has run here, or its state is elsewhere (-c FILE, or the path)"
        )
    if len(found) > 1:
        names = "\n  ".join(str(path) for path in found)
        raise exits.BadUsage(
            f"which journal? Name one by its path, or by its configuration with -c FILE:\n  {names}"
        )
    return found[0]


def _of_running() -> list[Path]:
    """The journals of the engines that run in the usual places."""
    runs = sorted(mark.parent for mark in default_run_dir("any").parent.glob(f"*/{RUNNING_MARK}"))
    return [file for run in runs if (file := noted(run)) is not None and file.is_file()]


def _of_run(run_dir: Path) -> Path:
    """The journal of whatever engine runs, or ran last, in a run directory."""
    file = noted(run_dir)
    if file is None:
        hint = (
            "name the run directory of an engine, the journal itself, or the configuration with -c"
        )
        raise ConfigError(Problem("--run-dir", f"no engine has run in {run_dir}", hint))
    if not file.is_file():
        hint = "it was moved or removed: name the file"
        raise ConfigError(
            Problem("--run-dir", f"the engine of {run_dir} kept its journal in {file}", hint)
        )
    return file


def _all() -> set[Path]:
    """Every journal in the usual places, and those that runs in the usual places have noted."""
    runs = [*default_run_dir("any").parent.glob("*")]
    roots = [*(run / "state" for run in runs), *default_state_dir("any").parent.glob("*")]
    kept = {path for root in roots for path in (root / JOURNAL_FOLDER).glob("*.journal")}
    named = {file for run in runs if (file := noted(run)) is not None and file.is_file()}
    return kept | named


def _of_config(config: Path) -> Path:
    """The journal that `start` keeps for a configuration."""
    settings = load(config)
    state_dir = state_dir_of(settings, run_dir_of(settings, None), keep=True)
    file = state_dir / JOURNAL_FOLDER / f"{settings.engine.mode.value}.journal"
    if not file.is_file():
        hint = "an engine has not run with this configuration"
        raise ConfigError(Problem("--config", f"there is no journal {file}", hint))
    return file


def show(
    file: Path | None,
    run_dir: Path | None,
    last: int,
    *,
    config: Path | None = None,
    as_json: bool,
) -> int:
    """One line for each record: sequence, kind, what it says. Says so when it ends in damage."""
    kept: deque[tuple[int, str, Any]] = deque(maxlen=last or None)
    path = find(file, run_dir, config)
    with Chain(path) as records:
        for record in records:
            kept.append((record.sequence, *_decoded(record.body)))
    for row in kept:
        _print_record(*row, as_json=as_json)
    if records.reason.recoverable:
        return exits.OK
    if records.header is None:
        exits.show_error(
            f"{path} is no journal, or its beginning is damaged ({records.reason.value})"
        )
        return exits.CHECK_FAILED
    exits.show_error(
        f"{path}: {records.reason.value}, {records.dropped_bytes} bytes cannot be read",
        "python run.py journal verify says where",
    )
    return exits.CHECK_FAILED


def _print_record(sequence: int, kind: str, content: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        row = {"sequence": sequence, "record": kind, **content}
        sys.stdout.write(json.dumps(row) + "\n")
        return
    fields = " ".join(f"{key}={value}" for key, value in content.items() if value not in ("", None))
    sys.stdout.write(f"{sequence:>8}  {kind:<22} {fields}\n")


def _decoded(body: bytes) -> tuple[str, dict[str, Any]]:
    try:
        record = from_bytes(body)
    except BadEnvelope as error:
        return "unreadable", {"error": str(error)}
    content = plain_values(record)
    return type(record).__name__, content if isinstance(content, dict) else {}


def verify(
    file: Path | None, run_dir: Path | None, *, config: Path | None = None, as_json: bool
) -> int:
    """Every checksum, that the state can be rebuilt, and each invariant that a journal speaks of."""
    path = find(file, run_dir, config)
    checked = verify_file(path)
    invariants = {**replayed(path), **invariants_of(path)} if checked.ok else {}
    good = checked.ok and all(row["held"] is not False for row in invariants.values())
    if as_json:
        answer = {
            "records": checked.records,
            "ok": good,
            "first_bad_offset": checked.first_bad_offset,
            "bad_file": None if checked.bad_file is None else str(checked.bad_file),
            "segments": checked.segments,
            "invariants": invariants,
        }
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    else:
        _print_verdict(path, checked, invariants)
    return exits.OK if good else exits.CHECK_FAILED


def _print_verdict(
    path: Path, checked: Verification, invariants: dict[str, dict[str, Any]]
) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    files = f" in {checked.segments} files" if checked.segments > 1 else ""
    console.print(f"{path}: {checked.records} records{files}, {checked.reason}")
    if checked.first_bad_offset is not None:
        console.print(f"first bad byte at offset {checked.first_bad_offset} of {checked.bad_file}")
        console.print(checked.detail)
    for name, row in invariants.items():
        console.print(f"{_WORDS[row['held']]}  {name}: {row['detail']}")
