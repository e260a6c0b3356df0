"""`demo` and `start`: check everything first, then supervise and show until the end.

All problems of a configuration are found before the first process starts. What is shown comes from
the supervisor's snapshot, which carries each actor's own numbers; nothing here touches orders.
"""

import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import trio
from rich.console import Console
from rich.live import Live
from rich.text import Text

from actors.command import display, exits, faults, report
from actors.command.output import JsonLines
from actors.command.preparing import Options, Prepared, prepare
from engine.clock import SystemClock
from engine.supervise.report import SupervisorEvent
from engine.supervise.rundir import LOGS_NAME
from engine.supervise.signals import stop_on_signals
from engine.supervise.supervisor import Ended, Supervisor

REFRESH_S = 0.5
"""How often the live table changes: fast enough to watch, slow enough to read."""
STATUS_LINE_S = 5.0
"""How often a run without a terminal says how it is."""


def run_file(file: Path, options: Options, *, keep_state: bool) -> int:
    """Run the engine with a configuration until it is stopped; returns the exit code.

    An unexpected fault leaves its traceback in the run's logs and is raised.
    """
    prepared = prepare(file, options, keep_state=keep_state)
    try:
        return trio.run(_Run(prepared, options, Console()).main)
    except Exception as error:
        faults.keep(error, prepared.run_dir / LOGS_NAME)
        raise


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
            before_stop=self._remember,
        )
        self.lines = JsonLines()
        self.started_ns = self.clock.monotonic_ns()
        self.last: dict[str, Any] = {}
        self.carried: dict[str, Any] | None = None

    async def main(self) -> int:
        """Supervise, show, and write the report; returns the exit code."""
        self._say_where()
        async with trio.open_nursery() as nursery:
            await nursery.start(stop_on_signals, self.supervisor)
            nursery.start_soon(self._stop_after)
            nursery.start_soon(self._show)
            ended = await self.supervisor.run()
            nursery.cancel_scope.cancel()
        return self._finish(ended)

    def _say_where(self) -> None:
        """Logs are looked for when something is wrong, and then nobody wants to search."""
        run_dir, state_dir = self.prepared.run_dir, self.prepared.state_dir
        places = {"run_dir": run_dir, "logs": run_dir / LOGS_NAME, "state_dir": state_dir}
        self._line("places", {name: str(path) for name, path in places.items()})
        if self.shown.is_terminal:
            self.shown.print(Text(f"logs in {places['logs']}, journal and state in {state_dir}"))

    async def _stop_after(self) -> None:
        if self.options.for_s is not None:
            await trio.sleep(self.options.for_s)
            self.supervisor.request_stop(f"--for {self.options.for_s:g} is over")

    async def _show(self) -> None:
        """Keep the picture fresh for the report, with or without somebody who looks at it."""
        if self.shown.is_terminal:
            try:
                await self._show_table()
            except OSError:  # the terminal is gone; SIGHUP decides whether the engine goes as well
                await self._follow(_show_nothing, REFRESH_S)
        else:
            await self._follow(self._show_line, STATUS_LINE_S)

    async def _show_table(self) -> None:
        with Live(console=self.shown, auto_refresh=False, transient=True) as live:

            async def update() -> None:
                view = display.fitting_view(self.last, self.shown)
                picture = partial(live.update, view, refresh=True)
                # A terminal that is held (Ctrl-S) must hold a thread, not the supervisor.
                await trio.to_thread.run_sync(picture, abandon_on_cancel=True)

            await self._follow(update, REFRESH_S)

    async def _show_line(self) -> None:
        self._line("status", report.brief(self.last))

    async def _follow(self, show: Callable[[], Awaitable[None]], every_s: float) -> None:
        shown_at_s = trio.current_time()
        while True:
            self._remember()
            if self.last and trio.current_time() - shown_at_s >= every_s:
                shown_at_s = trio.current_time()
                await show()
            await trio.sleep(REFRESH_S)

    def _remember(self) -> None:
        """Keep the latest picture; once actors stop, the picture from before is the one that counts."""
        if not self.supervisor.stopping:
            self.last = report.status_of(self.supervisor.snapshot())
            if self.carried is None:
                self.carried = report.carried_of(self.last)
                self._say_carried()

    def _say_carried(self) -> None:
        """The books are older than this run: say so before somebody takes all of it for today's."""
        if self.carried:
            self._line("carried_over", {"strategies": self.carried})
            if self.shown.is_terminal:
                for line in report.carried_lines(self.carried):
                    self.shown.print(Text(line))

    def _on_event(self, event: SupervisorEvent) -> None:
        """A process changed."""
        boot = None if event.boot is None else f"{event.boot:x}"
        fields = {**attrs.asdict(event), "boot": boot}
        del fields["ts_ns"]
        self._line("actor", fields)

    def _line(self, event: str, fields: Mapping[str, object], *, patient: bool = False) -> None:
        """One JSON line, unless a person looks at a table."""
        if not self.shown.is_terminal:
            row = {"ts_ns": self.clock.wall_ns(), "event": event, **fields}
            self.lines.write(row, patient=patient)

    def _finish(self, ended: Ended) -> int:
        """Tell how it ended, in every way asked for; the exit code."""
        duration_s = (self.clock.monotonic_ns() - self.started_ns) / 1e9
        summary = report.summary(self.last, duration_s, self.carried)
        self._line("summary", summary, patient=True)
        written = self._write_report(summary)
        with contextlib.suppress(OSError):  # nobody looks any more
            self._say_end(ended, duration_s, summary)
        return ended.code or (exits.OK if written else exits.INTERNAL)

    def _write_report(self, summary: Mapping[str, object]) -> bool:
        file = self.options.report
        if file is None:
            return True
        try:
            file.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            exits.show_error(f"the report {file} cannot be written: {error.strerror}")
            return False
        return True

    def _say_end(self, ended: Ended, duration_s: float, summary: Mapping[str, Any]) -> None:
        if self.shown.is_terminal and self.last:
            self.shown.print(display.status_view(self.last))
            for line in report.added_lines(summary) if self.carried else ():
                self.shown.print(Text(line))
            self.shown.print(Text(f"stopped after {duration_s:.1f} s: {ended.reason}"))
        if ended.code:
            exits.show_error(ended.reason, f"logs are in {self.prepared.run_dir / LOGS_NAME}")


async def _show_nothing() -> None:
    """Nobody looks."""
