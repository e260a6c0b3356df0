"""The evidence of a drill for the checkers: journal, venues' logs, notes of the processes, logs, leftovers."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from actors.drill.harness import Harness
from actors.venues import discover
from engine.drill.checkers import (
    Bounds,
    Figure,
    History,
    Leftovers,
    ProcessSample,
    StrategyEvent,
    StrategyWord,
    SyncPoint,
    Window,
)
from engine.drill.checkers.pace import horizon_s
from engine.drill.gathering import read_records
from engine.drill.marketgathering import read_market
from engine.drill.marketnotes import MARKET_FILE
from engine.drill.notes import HEARD_FILE, SYNCS_FILE
from engine.drill.processlog import OPERATOR, SUPERVISOR, process_samples
from engine.drill.witness import lines_of
from engine.model.enums import Lifecycle
from engine.session.http import HttpOptions

CANARY_CHARS_MIN = 16
LOG_BYTES_MAX = 64 << 20
"""Of one log; a drill of ten minutes writes a few MiB."""


def history_of(harness: Harness) -> History:
    """All evidence there is, after everything has stopped."""
    run_dir = harness.options.folder / "run"
    file = _journal_file(harness)
    venues = harness.venues
    router = harness.options.router
    history = History(
        records=read_records(file) if file else None,
        journal_bytes=file.read_bytes() if file else None,
        journal_file=file,
        sync_points=tuple(_syncs(run_dir)),
        venue=tuple(venues.events()) if venues.is_running else None,
        strategies=tuple(_heard(run_dir)),
        market=read_market(run_dir / MARKET_FILE),
        figures=tuple(
            Figure(actor, name, high, maximum)
            for (actor, name), (high, maximum) in sorted(harness.outcome.queues.items())
        ),
        processes=_processes(harness, run_dir),
        leftovers=_leftovers(run_dir),
        log_lines=tuple(_log_lines(run_dir)),
        texts={path.name: _text(path) for path in _logs(harness)},
        canaries={
            f"{venue.name} {name}": text
            for venue in venues
            for name, text in venue.credentials.items()
            if len(text) >= CANARY_CHARS_MIN
        },
        # A window begins when all sessions are logged in and ends with the first disturbance of any.
        reachable=tuple(
            Window(venue.account, *each)
            for venue in venues
            for each in harness.outcome.reachable_ns
        )
        or None,
        bounds=Bounds(
            # A slow machine asks and answers late; the horizon itself is a matter of the clock.
            query_interval_s=float(str(router.get("query_interval_s", 5.0)))
            * harness.options.time_factor,
            # A session keeps so many connections to its venue open for the next call.
            descriptors_growth_max=2 + HttpOptions().under_way_max,
            groups=frozenset(
                (cause, spec.name)
                for spec in harness.prepared.tree.actors()
                for cause in (SUPERVISOR, OPERATOR)
            ),
        ),
        settled=harness.outcome.completed or None,
        end_mono_ns=harness.outcome.stopped_ns or harness.clock.monotonic_ns(),
    )
    longest_s = horizon_s(
        history,
        least_s=float(str(router.get("horizon_s_min", 30.0))),
        answer_within_s=_answer_within_s(harness),
    )
    return attrs.evolve(history, bounds=attrs.evolve(history.bounds, horizon_s=longest_s))


def _answer_within_s(harness: Harness) -> float:
    """Of the slowest venue that takes orders."""
    venues = discover(harness.prepared.settings.venues).values()
    return max((v.capabilities.answer_within_s for v in venues if v.trade is not None), default=0.0)


def _journal_file(harness: Harness) -> Path | None:
    found = sorted(harness.options.state_dir.glob("journal/*.journal"))
    return found[0] if found else None


def _processes(harness: Harness, run_dir: Path) -> tuple[ProcessSample, ...]:
    """The supervisor's record of boots, and what was seen of them in quiet moments."""
    boots = process_samples(_log_lines(run_dir, SUPERVISOR))
    return tuple(sorted([*boots, *harness.outcome.processes], key=lambda each: each.mono_ns))


def _rows(file: Path) -> Iterator[Mapping[str, Any]]:
    return iter(lines_of(file))


def _syncs(run_dir: Path) -> Iterator[SyncPoint]:
    last = 0
    for row in _rows(run_dir / SYNCS_FILE):
        if row["sequence"] > last:  # a new boot begins with what it has recovered
            last = row["sequence"]
            yield SyncPoint(last, row["mono_ns"])


def _heard(run_dir: Path) -> Iterator[StrategyEvent]:
    for row in _rows(run_dir / HEARD_FILE):
        lifecycle, cum_qty = row.get("lifecycle"), row.get("cum_qty")
        yield StrategyEvent(
            mono_ns=row["mono_ns"],
            word=StrategyWord(row["word"]),
            strategy=row["strategy"],
            boot=row["boot"],
            intent_id=row.get("intent_id", ""),
            client_order_id=row.get("client_order_id", ""),
            number=row.get("number", 0),
            lifecycle=Lifecycle(lifecycle) if lifecycle else None,
            cum_qty=Decimal(cum_qty) if cum_qty else None,
        )


def _logs(harness: Harness) -> list[Path]:
    logs = (harness.options.folder / "run" / "logs").glob("*")
    return [*sorted(logs), harness.options.folder / "output"]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LOG_BYTES_MAX).decode("utf-8", "replace")
    except OSError:
        return ""


def _log_lines(run_dir: Path, actor: str = "") -> Iterator[Mapping[str, Any]]:
    """Lines of one actor's logs or of all, of each the file put aside before the present one."""
    found = (run_dir / "logs").glob(f"{actor}*")
    for path in sorted(found, key=lambda each: (each.stem, not each.name.endswith(".1"))):
        for line in _text(path).split("\n"):
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict):
                yield row


def _leftovers(run_dir: Path) -> Leftovers:
    """Who still works in the run directory, and what is still locked or lies about there."""
    processes = [
        entry.name for entry in os.scandir("/proc") if entry.name.isdigit() and _in(entry, run_dir)
    ]
    locks = [path.name for path in run_dir.glob("*.lock") if _is_held(path)]
    sockets = [
        path.name for path in run_dir.glob("*.ipc") if not path.with_suffix(".lock").exists()
    ]
    return Leftovers(processes=tuple(processes), sockets=tuple(sockets), locks=tuple(locks))


def _in(entry: "os.DirEntry[str]", run_dir: Path) -> bool:
    try:
        return Path(entry.path, "cwd").readlink() == run_dir
    except OSError:
        return False


def _is_held(path: Path) -> bool:
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
