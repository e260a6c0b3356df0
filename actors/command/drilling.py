"""`drill`: shows an operator what holds when things break.

The drill runs in namespaces of its own where the kernel allows it (`engine.drill.isolation`); there
this very command runs again and finds by a variable that it is inside.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import SystemRandom
from typing import Any

import attrs
import trio
from rich.console import Console
from rich.table import Table
from rich.text import Text

from actors.command import exits, places
from actors.drill.harness import DrillFailed, DrillOptions, Harness, Outcome, Watcher
from actors.drill.judging import Judged, judged
from actors.drill.killing import kill_at_points
from engine.drill.isolation import INSIDE, run_isolated
from engine.drill.schedule import (
    CATALOGUE,
    ROUTER_POINTS,
    WORDS,
    Fault,
    Schedule,
    chosen_rows,
)

FOR_S = 60.0
FOLDER = "PITBOSS_DRILL_FOLDER"
SEEDS_END = 1_000_000
TIME_FACTOR = "PITBOSS_TEST_TIME_FACTOR"


@attrs.frozen(kw_only=True)
class Wanted:
    """The command's options."""

    for_s: float
    seed: int | None
    faults: str
    points: str
    kills: int
    config: Path | None
    report: Path | None
    as_json: bool
    isolate: bool
    keep: bool


def drill(wanted: Wanted) -> int:
    """Drill, show what held; 0 if everything did."""
    if wanted.faults == "help":
        _list_faults()
        return exits.OK
    words = tuple(filter(None, wanted.faults.split(",")))
    try:
        chosen_rows(words)
        points_of(wanted.points)
    except ValueError as error:
        raise exits.BadUsage(str(error)) from None
    seed = SystemRandom().randrange(SEEDS_END) if wanted.seed is None else wanted.seed
    inside = os.environ.get(INSIDE, "")
    if inside:
        return _inside(
            attrs.evolve(wanted, seed=seed), words, Path(os.environ[FOLDER]), Path(inside)
        )
    return _outside(attrs.evolve(wanted, seed=seed), words)


def _outside(wanted: Wanted, words: Sequence[str]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="drill-"))
    shown = _shown(wanted)
    shown.print(Text(f"seed {wanted.seed}", style="bold"))
    code: int | None = None
    if wanted.isolate:
        environ = {**os.environ, FOLDER: str(folder)}
        done = run_isolated(_arguments(wanted), folder, environ)
        code = done.code
        if code is None:
            shown.print(
                f"no private namespaces here ({done.refused}): process groups instead, and the disk "
                "is filled by a limit on file sizes"
            )
    if code is None:
        code = _inside(wanted, words, folder, None)
    if code == exits.OK and not wanted.keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        shown.print(f"journal, logs of all actors and the venues' logs are in {folder}")
    return code


def _arguments(wanted: Wanted) -> list[str]:
    """This command again, for inside."""
    program = str(Path(__file__).resolve().parents[2] / "run.py")
    words = [program, "drill", "--for", str(wanted.for_s), "--seed", str(wanted.seed)]
    if wanted.faults:
        words += ["--faults", wanted.faults]
    if wanted.points:
        words += ["--points", wanted.points, "--kills", str(wanted.kills)]
    if wanted.config:
        words += ["--config", str(wanted.config.absolute())]
    if wanted.report:
        words += ["--report", str(wanted.report.absolute())]
    return words + (["--json"] if wanted.as_json else [])


def _shown(wanted: Wanted) -> Console:
    """Where people read: standard output is the report's when that is wanted there."""
    return Console(stderr=wanted.as_json, highlight=False, soft_wrap=True)


def _inside(wanted: Wanted, words: Sequence[str], folder: Path, disk: Path | None) -> int:
    shown = _shown(wanted)
    if disk is not None:
        shown.print("in private namespaces: processes, network and disk are the drill's own")
    options = DrillOptions(
        config=wanted.config or places.config_folder() / "drill.toml",
        folder=folder,
        state_dir=disk or folder / "state",
        private_disk=disk is not None,
        seed=wanted.seed or 0,
        for_s=wanted.for_s,
        words=tuple(words),
        time_factor=float(os.environ.get(TIME_FACTOR, "1")),
    )
    harness = Harness(options, _Teller(shown))
    interrupted = ""
    try:
        trio.run(_course(wanted, harness, shown))
    except* KeyboardInterrupt:
        interrupted = "ended by Ctrl-C: this is what was seen until then"
    except* DrillFailed as group:
        interrupted = str(exits.leaves(group)[0])
    verdicts = judged(harness)
    _keep(harness, folder, disk)
    if interrupted:
        shown.print(Text(interrupted, style="yellow"))
    _show(shown, harness.outcome, verdicts)
    report = report_of(wanted, harness.outcome, verdicts)
    if wanted.report:
        wanted.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if wanted.as_json:
        sys.stdout.write(json.dumps(report) + "\n")
    return exits.OK if is_good(harness.outcome, verdicts) else exits.CHECK_FAILED


def points_of(text: str) -> tuple[str, ...]:
    """The fault points that a text names; ValueError for one that is none."""
    names = ROUTER_POINTS if text == "all" else tuple(filter(None, text.split(",")))
    for name in names:
        if name not in ROUTER_POINTS:
            raise ValueError(
                f"there is no point {name!r}; there are {', '.join(ROUTER_POINTS)}, all"
            )
    return names


def _course(
    wanted: Wanted, harness: Harness, shown: Console
) -> Callable[[], Awaitable[Outcome | None]]:
    """What is done: a schedule of faults, or kills in a row."""
    points = points_of(wanted.points)
    if not points:
        return harness.drill

    async def kill_in_a_row() -> None:
        async def course() -> None:
            for point in points:
                shown.print(f"  {point}: {wanted.kills} kills of the router, each with a recovery")
                (result,) = await kill_at_points(harness, [point], wanted.kills)
                harness.outcome.course_differences += [f"{point}: {d}" for d in result.differences]
                harness.outcome.killed.append(result.row())
                shown.print(f"    {result}")

        await harness.conduct(course)

    return kill_in_a_row


class _Teller(Watcher):
    """Progress for people."""

    def __init__(self, shown: Console) -> None:
        self._shown = shown

    def planned(self, schedule: Schedule) -> None:
        """Say what will come."""
        kinds = len({fault.kind for fault in schedule.faults})
        self._shown.print(
            f"{len(schedule.faults)} faults of {kinds} kinds in {schedule.duration_s:g} s; the seed "
            "gives the same schedule again, but processes interleave as they like"
        )

    def phase(self, name: str) -> None:
        """A heading."""
        self._shown.print(Text(name, style="bold"))

    def fault(self, fault: Fault) -> None:
        """One line per fault."""
        self._shown.print(f"  {fault}")


def _keep(harness: Harness, folder: Path, disk: Path | None) -> None:
    """What lies on the private disk is gone with it; the venues' logs are in memory only."""
    if disk is not None:
        shutil.copytree(
            disk, folder / "state", dirs_exist_ok=True, ignore=shutil.ignore_patterns("ballast")
        )
    for venue in harness.venues if harness.venues.is_running else ():
        rows = (json.dumps(entry.as_json()) for entry in venue.log(""))
        (folder / f"{venue.name}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")


def is_good(outcome: Outcome, verdicts: Sequence[Judged]) -> bool:
    """Whether everything was reached, all agreed and nothing was found broken."""
    held = all(verdict.held is not False for verdict in verdicts)
    return outcome.completed and outcome.converged_s is not None and held


def _show(shown: Console, outcome: Outcome, verdicts: Sequence[Judged]) -> None:
    table = Table(title="what held", title_justify="left")
    for heading in ("", "invariant", "detail"):
        table.add_column(heading)
    marks = {
        True: Text("held", "green"),
        False: Text("BROKEN", "bold red"),
        None: Text("not checked", "dim"),
    }
    for verdict in verdicts:
        table.add_row(marks[verdict.held], f"{verdict.id} {verdict.title}", Text(verdict.detail))
    shown.print(table)
    if outcome.killed:
        shown.print(_kill_table(outcome.killed))
    shown.print(
        f"{outcome.orders} orders, {outcome.fills} fills, {len(outcome.struck)} faults struck, "
        f"{outcome.restarts} restarts"
    )
    if outcome.converged_s is not None:
        shown.print(f"all agreed {outcome.converged_s:.1f} s after the last fault")
    for difference in outcome.differences:
        shown.print(Text(f"did not agree: {difference}", style="red"))


def _kill_table(rows: Sequence[Mapping[str, object]]) -> Table:
    """Figures of kills in a row, one line per point."""
    table = Table(*(name.replace("_", " ") for name in rows[0]), title="kills of the router")
    for row in rows:
        table.add_row(*map(str, row.values()))
    return table


def report_of(wanted: Wanted, outcome: Outcome, verdicts: Sequence[Judged]) -> dict[str, Any]:
    """The result for programs."""
    return {
        "seed": wanted.seed,
        "duration_s": outcome.duration_s,
        "faults": [
            {
                "at_s": each.at_s,
                "id": each.fault.id,
                "kind": each.fault.kind,
                "target": each.fault.target,
                "hit": each.hit,
            }
            for each in outcome.struck
        ],
        "kills": outcome.killed,
        "queues": {
            f"{actor} {name}": {"high_water": high, "maximum": maximum}
            for (actor, name), (high, maximum) in sorted(outcome.queues.items())
        },
        "points": [{"actor": each.actor, "point": each.point} for each in outcome.fired],
        "invariants": {v.id: {"held": v.held, "detail": v.detail} for v in verdicts},
        "converged_s": outcome.converged_s,
        "orders": outcome.orders,
        "fills": outcome.fills,
        "restarts": outcome.restarts,
        "completed": outcome.completed,
    }


def _list_faults() -> None:
    shown = Console(highlight=False)
    table = Table("group", "id", "kind", "what happens")
    for word, rows in _by_word().items():
        table.add_row(Text(word, "bold"), "", "", Text(WORDS[word], "bold"))
        for row in rows:
            table.add_row("", row.id, row.kind, row.meaning)
    shown.print(table)


def _by_word() -> Mapping[str, list[Any]]:
    return {word: list(_rows(word)) for word in WORDS}


def _rows(word: str) -> Iterator[Any]:
    return (row for row in CATALOGUE if row.word == word)
