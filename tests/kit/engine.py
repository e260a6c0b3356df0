"""Runs the real engine as a subprocess, as an operator would, and looks at it from outside."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
import trio

from actors.command import report
from actors.command.app import main
from engine.errors import BusError, TransportError
from engine.supervise.client import RequestRefused
from tests.kit.line import BlockingLine
from tests.kit.waiting import deadline_s, until_blocking

ROOT = Path(__file__).resolve().parents[2]

ASK_INTERVAL_S = 0.1
"""Pause before each look at an engine, so that waiting for it takes nothing from it."""

ONE_VENUE = """
[engine]
name = "demo"
mode = "paper"

[venues.wooxpro]
simulator = { seed = 7, options = { symbols = ["BTCUSDT", "ETHUSDT"] } }

[[strategies]]
name = "btc-cross"
class = "strategies.sma_cross:SmaCross"
instruments = ["BTCUSDT.WOOXPRO"]
parameters = { fast = 2, slow = 3, bar_s = 1, quantity = "20" }

[[strategies]]
name = "eth-quoter"
class = "strategies.two_sided_quoter:TwoSidedQuoter"
instruments = ["ETHUSDT.WOOXPRO"]
parameters = { quantity = "10", position_max = "100", half_spread_ticks = 1.0, skew_ticks = 6.0 }
on_death = "cancel"

[risk.defaults]
max_order_notional = { USDT = "50000" }
max_position = "1000"
max_open_orders = 20
price_collar = "0.05"
max_messages = { count = 100, window_s = 1.0 }
max_loss = { USDT = "20000" }
max_executions = { count = 500, window_s = 10.0 }
"""
"""One venue and two strategies, for what does not need the whole demo."""


def run_command(
    *arguments: str, within_s: float = 30.0, **environ: str
) -> subprocess.CompletedProcess[str]:
    """One command of run.py from start to end."""
    return subprocess.run(
        [sys.executable, "run.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", **environ},
        capture_output=True,
        text=True,
        timeout=deadline_s(within_s),
        check=False,
    )


def command(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """One command of run.py in this process, which is as the process of its own would be but for its start.

    The start of a Python process costs more processor time than most commands; what a person's shell
    and the interpreter add is seen with `run_command`.
    """
    assert not trio.lowlevel.in_trio_run(), "commands have a trio run of their own"
    said, told = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, {"COLUMNS": "200", **environ}),
        contextlib.chdir(ROOT),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(told),
    ):
        code = main(arguments)
    return subprocess.CompletedProcess(arguments, code, said.getvalue(), told.getvalue())


class Engine:
    """A running engine in a run directory."""

    def __init__(
        self, process: subprocess.Popen[bytes], run_dir: Path, output: Path, line: BlockingLine
    ) -> None:
        self.process = process
        self.run_dir = run_dir
        self.line = line
        self.output = output
        self.report_file = run_dir.parent / "report.json"

    def ask(self, *arguments: str) -> Any:
        """The JSON answer of an operator command, None while the engine does not answer."""
        time.sleep(ASK_INTERVAL_S)
        done = self.command(*arguments, "--json")
        return json.loads(done.stdout) if done.returncode == 0 else None

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """An operator's command to this engine, given in this process."""
        return command(*arguments, "--run-dir", str(self.run_dir))

    def status(self) -> dict[str, Any]:
        """What the command `status` shows, once the engine answers.

        Without the command line, and over a line that stays, for this is asked again and again: reading
        the words of a command, and connecting, cost each as much as ten questions.
        """
        found: list[dict[str, Any]] = []

        def answers() -> bool:
            time.sleep(ASK_INTERVAL_S)
            with contextlib.suppress(TransportError, BusError, RequestRefused):
                found.append(report.status_of(self.line.ask("admin", "status")))
            return bool(found)

        until_blocking(answers, within_s=30, what="the engine answers `status`")
        return found[0]

    def wait(
        self, condition: Callable[[dict[str, Any]], object], what: str, within_s: float = 30.0
    ) -> dict[str, Any]:
        """The first status for which `condition` holds."""
        last: dict[str, Any] = {}

        def holds() -> object:
            assert self.process.poll() is None, f"the engine ended: {self.tail()}"
            last.update(self.status())
            return condition(last)

        try:
            until_blocking(holds, within_s=within_s, what=what)
        except AssertionError as error:
            raise AssertionError(
                f"{error}; last status: {json.dumps(last)[:4000]}; output: {self.tail()}"
            ) from None
        return last

    def actor(self, name: str, status: dict[str, Any] | None = None) -> dict[str, Any]:
        """One actor's row."""
        rows = (status or self.status())["actors"]
        return next(row for row in rows if row["name"] == name)

    def simulator(self, path: str, venue: str = "wooxpro") -> Any:
        """What the venue's simulator answers on its own routes (`log?kind=login`, `faults` …)."""
        http = self.actor(f"simulator.{venue}")["gauges"]["endpoints"]["http"]
        with urllib.request.urlopen(f"{http}/simulator/{path}") as answer:
            return json.load(answer)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to one actor's process."""
        os.kill(self.actor(name)["pid"], number)

    def stop(self, within_s: float = 20.0) -> int:
        """SIGTERM, as a service manager would; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(deadline_s(within_s))

    def report(self) -> dict[str, Any]:
        """The report written at the end."""
        content: dict[str, Any] = json.loads(self.report_file.read_text())
        return content

    def tail(self) -> str:
        """The last lines of its output and of its logs."""
        logs = sorted((self.run_dir / "logs").glob("*")) if (self.run_dir / "logs").is_dir() else []
        parts = [self.output.read_text(errors="replace")[-2000:]]
        parts += [f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs]
        return "\n".join(parts)


def all_ready(status: dict[str, Any]) -> bool:
    """Every process in service and every venue open for orders."""
    actors = all(row["state"] == "ready" for row in status["actors"])
    return actors and all(row["state"] == "ready" for row in status["venues"].values())


@contextmanager
def running(tmp: Path, *arguments: str, config: str = "", **environ: str) -> Iterator[Engine]:
    """Start `run.py` (`start -c` a config text, else the demo) and make sure nothing of it is left."""
    run_dir = tmp / "run"
    output = tmp / "output"
    command = [sys.executable, "run.py"]
    if config:
        (tmp / "config.toml").write_text(config)
        command += ["start", "-c", str(tmp / "config.toml")]
    else:
        command += ["demo"]
    command += ["--run-dir", str(run_dir), "--report", str(tmp / "report.json"), *arguments]
    with output.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "XDG_STATE_HOME": str(tmp / "state"), **environ},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    family: list[psutil.Process] = []
    try:
        with BlockingLine(run_dir).open() as line:
            yield Engine(process, run_dir, output, line)
    finally:
        if process.poll() is None:
            family = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            process.wait()
        _, alive = psutil.wait_procs(family, timeout=deadline_s(5))
        for left in alive:
            left.kill()
