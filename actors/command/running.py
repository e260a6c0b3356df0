"""`demo` and `start`: check everything first, then supervise and show until the end.

All problems of a configuration are found before the first process starts. What is shown comes from
the supervisor's snapshot, which carries each actor's own numbers; nothing here touches orders.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import trio
from rich.console import Console
from rich.live import Live

from actors.command import display, exits, places, plugins, report
from actors.tree import build_tree
from actors.venues import discover
from engine.clock import SystemClock
from engine.errors import ConfigError
from engine.settings import EngineSettings, load
from engine.supervise.report import SupervisorEvent
from engine.supervise.rundir import RunDirectoryBusy
from engine.supervise.signals import stop_on_signals
from engine.supervise.specs import Tree
from engine.supervise.supervisor import Ended, Supervisor

REFRESH_S = 0.5
"""How often the live table changes: fast enough to watch, slow enough to read."""
STATUS_LINE_S = 5.0
"""How often a run without a terminal says how it is."""


@attrs.frozen(kw_only=True)
class Options:
    """What the command line adds to a configuration."""

    for_s: float | None = None
    report: Path | None = None
    run_dir: Path | None = None


@attrs.frozen
class Prepared:
    """A run whose configuration has been found good."""

    settings: EngineSettings
    tree: Tree
    run_dir: Path
    state_dir: Path


def prepare(file: Path, options: Options, *, keep_state: bool) -> Prepared:
    """Load, check and build the tree of processes; ConfigError with every problem found."""
    settings = load(file)
    venues = discover()
    run_dir = places.run_dir_of(settings, options.run_dir).absolute()
    state_dir = places.state_dir_of(settings, run_dir, keep=keep_state).absolute()
    folder = places.strategies_folder()
    problems = plugins.problems_of(settings, folder)
    try:
        tree = build_tree(settings, venues, state_dir=state_dir, strategies_folder=folder)
    except ConfigError as error:
        problems.extend(error.problems)
    if problems:
        raise ConfigError(*problems)
    return Prepared(settings, tree, run_dir, state_dir)


def run_file(file: Path, options: Options, *, keep_state: bool) -> int:
    """Run the engine with a configuration until it is stopped; returns the exit code."""
    prepared = prepare(file, options, keep_state=keep_state)
    shown = Console()
    code = exits.INTERNAL
    try:
        code = trio.run(_Run(prepared, options, shown).main)
    except* RunDirectoryBusy as group:
        code = _refuse(group, exits.TRY_AGAIN)
    except* ConfigError as group:
        code = _refuse(group, exits.CONFIG)
    return code


def _refuse(group: BaseExceptionGroup[Any], code: int) -> int:
    """Say why the run could not begin."""
    for error in exits.leaves(group):
        exits.show_error(str(error))
    return code


class _Run:
    """One run of the engine in the foreground."""

    def __init__(self, prepared: Prepared, options: Options, shown: Console) -> None:
        self.prepared = prepared
        self.options = options
        self.shown = shown
        self.clock = SystemClock()
        self.supervisor = Supervisor(
            prepared.run_dir,
            prepared.tree,
            clock=self.clock,
            on_event=self._on_event,
        )
        self.started_ns = self.clock.monotonic_ns()
        self.last: dict[str, Any] = {}

    async def main(self) -> int:
        """Supervise, show, and write the report; returns the exit code."""
        async with trio.open_nursery() as nursery:
            await nursery.start(stop_on_signals, self.supervisor)
            nursery.start_soon(self._stop_after)
            nursery.start_soon(self._show)
            ended = await self.supervisor.run()
            nursery.cancel_scope.cancel()
        self._finish(ended)
        return ended.code

    async def _stop_after(self) -> None:
        if self.options.for_s is not None:
            await trio.sleep(self.options.for_s)
            self._remember()
            self.supervisor.request_stop(f"--for {self.options.for_s:g} is over")

    async def _show(self) -> None:
        if self.shown.is_terminal:
            with Live(console=self.shown, refresh_per_second=4, transient=True) as live:
                await self._follow(lambda: live.update(display.status_view(self.last)), REFRESH_S)
        else:
            await self._follow(lambda: self._line("status", report.brief(self.last)), STATUS_LINE_S)

    async def _follow(self, show: Callable[[], object], every_s: float) -> None:
        """Keep the picture fresh for the report, and show it at intervals."""
        shown_at_s = trio.current_time()
        while True:
            self._remember()
            if self.last and trio.current_time() - shown_at_s >= every_s:
                shown_at_s += every_s
                show()
            await trio.sleep(REFRESH_S)

    def _remember(self) -> None:
        """Keep the latest picture; once actors stop, the picture from before is the one that counts."""
        if not self.supervisor.stopping:
            self.last = report.status_of(self.supervisor.snapshot())

    def _on_event(self, event: SupervisorEvent) -> None:
        """A process changed; the picture is taken before a stop begins to change everything."""
        fields = attrs.asdict(event)
        del fields["ts_ns"]
        self._line("actor", fields)

    def _line(self, event: str, fields: Mapping[str, object]) -> None:
        """One JSON line, unless a person looks at a table."""
        if self.shown.is_terminal:
            return
        row = {"ts_ns": self.clock.wall_ns(), "event": event, **fields}
        sys.stdout.write(json.dumps(row, default=str) + "\n")
        sys.stdout.flush()

    def _finish(self, ended: Ended) -> None:
        duration_s = (self.clock.monotonic_ns() - self.started_ns) / 1e9
        summary = report.summary(self.last, duration_s)
        if self.options.report is not None:
            self.options.report.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        if self.shown.is_terminal and self.last:
            self.shown.print(display.status_view(self.last))
            self.shown.print(f"stopped after {duration_s:.1f} s: {ended.reason}")
        else:
            self._line("summary", summary)
        if ended.code:
            exits.show_error(ended.reason, f"logs are in {self.prepared.run_dir / 'logs'}")
