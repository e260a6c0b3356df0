"""Runs from outside: reports of every kind of end, and readers of the output that go away."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.kit.engine import ONE_VENUE, ROOT, Engine, all_ready, command, run_command, running
from tests.kit.line import BlockingLine
from tests.kit.rundir import short_run_dir
from tests.kit.waiting import deadline_s, until_blocking

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

one_engine = pytest.mark.xdist_group("running")
"""Tests that look at one engine, one after the other: `engine` while it runs, `past` once it has ended."""

KEYS = {"mode", "duration_s", "venues", "strategies", "orders", "latency_us", "restarts"}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine that is ready and trades; whoever has changed it leaves it so."""
    with short_run_dir() as folder, running(folder, config=ONE_VENUE) as engine:
        trades(engine)
        yield engine


def trades(engine: Engine) -> dict[str, Any]:
    """The status once everything is ready and every strategy has filled."""
    return engine.wait(
        lambda s: all_ready(s) and all(row["fills"] for row in s["strategies"].values()),
        "all ready and trading",
    )


@attrs.frozen
class Past:
    """What is left of an engine that was stopped."""

    run_dir: Path
    report: dict[str, Any]
    journal_before: str
    """Shortly before its end."""

    def journal(self, *words: str) -> str:
        """What a command on the journal prints."""
        done = command("journal", *words, "--run-dir", str(self.run_dir))
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def past(engine: Engine) -> Past:
    """The same engine after `stop`, given as an operator does."""
    during = engine.command("journal", "show", "--last", "0", "--json")
    assert run_command("stop", "--run-dir", str(engine.run_dir)).returncode == 0
    assert engine.process.wait(deadline_s(15)) == 0
    return Past(engine.run_dir, engine.report(), during.stdout)


def check_report(report: dict[str, Any]) -> None:
    """The report shows the engine before it stopped: venues ready and strategies in service."""
    assert report.keys() >= KEYS
    assert report["venues"]["wooxpro"]["state"] == "ready"
    assert {row["state"] for row in report["strategies"].values()} == {"ready"}
    assert all(row["orders"] > 0 for row in report["strategies"].values())
    assert sum(report["orders"].values()) > 0


@one_engine
def test_events_name_boots_as_the_status_does(engine: Engine):
    """Hexadecimal text, so that programs can compare them."""
    status = engine.status()
    lines = [json.loads(line) for line in engine.output.read_text().splitlines()]

    seen = {line["actor"]: line["boot"] for line in lines if line["event"] == "actor"}
    assert seen == {row["name"]: row["boot"] for row in status["actors"]}


@one_engine
def test_operators_restart_a_process(engine: Engine):
    """A restarted process has another boot; what cannot be done is refused with a hint."""
    boot = engine.actor("strategy.btc-cross")["boot"]
    assert engine.command("restart", "strategy.btc-cross").returncode == 0
    engine.wait(
        lambda s: all_ready(s) and engine.actor("strategy.btc-cross", s)["boot"] != boot,
        "it is back",
    )
    assert isinstance(engine.ask("alarms"), list)
    refused = engine.command("restart", "nobody")
    assert refused.returncode == 1
    assert "strategy.btc-cross" in refused.stderr
    refused = engine.command("accept", "wooxpro", "--reason", "test")
    assert "nothing to accept" in refused.stderr


@one_engine
def test_a_limit_is_set_for_a_time_and_returns(engine: Engine):
    """PT-29: an operator lowers a limit of a running engine; it is what it was when its time is over."""
    change = ["limits", "set", "strategy:btc-cross", "max_position", "7", "--reason", "drill"]
    tried = engine.command(*change, "--expires", "1h", "--dry-run", "--json")
    assert json.loads(tried.stdout)["would"]["before"] is None
    assert engine.command(*change, "--expires", "3w").returncode == 64
    assert engine.command(*change, "--expires", "2d").returncode == 1
    assert engine.command(*change, "--expires", "2s").returncode == 0
    until_blocking(lambda: not engine.ask("limits", "show")["changes"], what="the limit returned")
    assert "max_position" in engine.command("limits", "show").stdout
    shown = engine.command("journal", "show", "--json", "--last", "0")
    records = [json.loads(line)["record"] for line in shown.stdout.splitlines()]
    limits = [name for name in records if name.startswith("Limit")]
    assert limits == [
        "LimitsVersion",
        "LimitChanged",
        "LimitsVersion",
        "LimitReturned",
        "LimitsVersion",
    ]


@one_engine
def test_operators_see_and_command_a_running_engine(engine: Engine):
    """Lists have their rows (paper's only, T-086); kill stops orders over a restart; arm lets them through."""
    connected = {row["endpoint"] for row in engine.simulator("log?kind=connect&limit=1000")}
    requests = engine.simulator("log?kind=request&limit=100000")
    assert connected == {"public"}, "T-086: paper never connects to a trade endpoint"
    assert not [row for row in requests if "/private/" in row["path"]]

    fills = engine.ask("fills")
    positions = engine.ask("positions")
    assert {row["account"].rpartition(".")[2] for row in fills} == {"paper"}
    assert {"instrument", "side", "last_qty", "last_px", "fee"} <= fills[0].keys()
    assert {"instrument", "quantity", "avg_px", "realised_pnl"} <= positions[0].keys()
    assert isinstance(engine.ask("orders", "--all"), list)

    where = ["--run-dir", str(engine.run_dir)]
    assert run_command("kill", "--reason", "test", *where).returncode == 0
    engine.wait(
        lambda s: s["trading_state"] == "killed" and not engine.ask("orders"),
        "killed, no open order",
    )
    boot = engine.actor("router")["boot"]
    engine.kill("router")
    status = engine.wait(
        lambda s: (
            engine.actor("router", s)["boot"] != boot
            and all_ready(s)
            and s["trading_state"] != "unknown"
        ),
        "router is back",
    )
    assert status["trading_state"] == "killed"
    orders = status["strategies"]["eth-quoter"]["orders"]
    assert engine.command("arm", "--reason", "test over").returncode == 0
    engine.wait(
        lambda s: (
            s["trading_state"] == "active" and s["strategies"]["eth-quoter"]["orders"] > orders
        ),
        "orders flow again",
    )


@one_engine
def test_the_report_shows_the_engine_before_it_stopped(past: Past):
    """Stopped by the command, venues are ready and strategies in service in the report."""
    check_report(past.report)


@one_engine
def test_operators_read_the_past(past: Past):
    """After the end the journal still knows every fill."""
    shown = past.journal("show", "--json", "--last", "0")
    records = [json.loads(line) for line in shown.splitlines()]
    filled = {row["fill_key"] for row in records if row["record"] == "FillRecord"}
    assert filled
    rows = json.loads(past.journal("fills", "--json", "--limit", "10000"))
    assert {row["fill_key"] for row in rows} == filled


@one_engine
def test_the_run_directory_leads_to_the_journal_of_start(past: Past, tmp_path: Path):
    """While the engine runs and after its end, wherever its state is; elsewhere it is said so."""
    after = past.journal("show", "--last", "0", "--json")
    assert not (past.run_dir / "state").exists()
    assert '"FillRecord"' in past.journal_before
    assert after.startswith(past.journal_before)
    assert json.loads(past.journal("verify", "--json"))["ok"]
    nowhere = command("journal", "fills", "--run-dir", str(tmp_path / "none"))
    assert nowhere.returncode == 78
    assert "no engine has run in" in nowhere.stderr


def test_a_run_that_is_stopped_at_once_has_a_whole_report(short_tmp: Path):
    """All keys are there even when nothing had started."""
    with running(short_tmp, config=ONE_VENUE) as engine:
        until_blocking((engine.run_dir / "viewer.key").exists, within_s=30, what="it serves")
        assert engine.stop() == 0
        report = engine.report()

    assert report.keys() >= KEYS
    assert report["mode"] == "paper"
    assert set(report["strategies"]) == {"btc-cross", "eth-quoter"}


def test_an_engine_outlives_its_reader(short_tmp: Path):
    """Whoever reads standard output goes away: the engine runs on and ends cleanly when asked.

    It is asked by SIGTERM, and then too the report shows the engine before it stopped.
    """
    config = short_tmp / "config.toml"
    config.write_text(ONE_VENUE)
    report = short_tmp / "report.json"
    run_dir = short_tmp / "run"
    words = ["start", "-c", str(config), "--run-dir", str(run_dir), "--report", str(report)]
    process = subprocess.Popen(
        [sys.executable, "run.py", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "XDG_STATE_HOME": str(short_tmp / "state")},
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        with BlockingLine(run_dir).open() as line:
            engine = Engine(process, run_dir, Path(os.devnull), line)
            engine.wait(
                lambda s: all_ready(s) and all(row["orders"] for row in s["strategies"].values()),
                "all ready and trading",
            )
            assert engine.stop() == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
        check_report(engine.report())
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def test_lists_end_with_their_reader():
    """`| head` is no error to talk about."""
    process = subprocess.Popen(
        [sys.executable, "run.py", "venues", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr as errors:
        assert errors.read() == b""
    assert process.wait(deadline_s(20)) == 128 + signal.SIGPIPE


def test_a_terminal_that_goes_away_ends_the_run_in_order(short_tmp: Path):
    """The hang-up asks it to stop; that nobody sees the table any more is no fault."""
    ours, theirs = pty.openpty()
    report = short_tmp / "report.json"
    run_dir = short_tmp / "run"
    process = subprocess.Popen(
        [sys.executable, "run.py", "demo", "--run-dir", str(run_dir), "--report", str(report)],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    try:
        assert os.read(ours, 100)
        until_blocking((run_dir / "viewer.key").exists, within_s=30, what="it serves")
        os.close(ours)
        process.send_signal(signal.SIGHUP)

        assert process.wait(deadline_s(20)) == 0
        assert json.loads(report.read_text()).keys() >= KEYS
    finally:
        process.kill()
        process.wait()
