"""Runs from outside: reports of every kind of end, and readers of the output that go away."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.engine import ONE_VENUE, ROOT, all_ready, run_command, running
from tests.kit.waiting import deadline_s, until_blocking

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

KEYS = {"mode", "duration_s", "venues", "strategies", "orders", "latency_us", "restarts"}


@pytest.mark.parametrize("end", ["SIGTERM", "stop"])
def test_the_report_shows_the_engine_before_it_stopped(short_tmp: Path, end: str):
    """However it is asked to stop, venues are ready and strategies in service in the report."""
    with running(short_tmp, config=ONE_VENUE) as engine:
        engine.wait(
            lambda s: all_ready(s) and all(row["orders"] for row in s["strategies"].values()),
            "all ready and trading",
        )
        if end == "stop":
            assert run_command("stop", "--run-dir", str(engine.run_dir)).returncode == 0
            assert engine.process.wait(deadline_s(15)) == 0
        else:
            assert engine.stop() == 0
        report = engine.report()

    assert report.keys() >= KEYS
    assert report["venues"]["wooxpro"]["state"] == "ready"
    assert {row["state"] for row in report["strategies"].values()} == {"ready"}
    assert all(row["orders"] > 0 for row in report["strategies"].values())
    assert sum(report["orders"].values()) > 0


def test_a_run_that_is_stopped_at_once_has_a_whole_report(short_tmp: Path):
    """All keys are there even when nothing had started."""
    with running(short_tmp, config=ONE_VENUE) as engine:
        until_blocking((engine.run_dir / "viewer.key").exists, what="it serves")
        assert engine.stop() == 0
        report = engine.report()

    assert report.keys() >= KEYS
    assert report["mode"] == "paper"
    assert set(report["strategies"]) == {"btc-cross", "eth-quoter"}


def test_events_name_boots_as_the_status_does(short_tmp: Path):
    """Hexadecimal text, so that programs can compare them."""
    with running(short_tmp, config=ONE_VENUE) as engine:
        status = engine.wait(all_ready, "all ready")
        lines = [json.loads(line) for line in engine.output.read_text().splitlines()]

    seen = {line["actor"]: line["boot"] for line in lines if line["event"] == "actor"}
    assert seen == {row["name"]: row["boot"] for row in status["actors"]}


def test_an_engine_outlives_its_reader(short_tmp: Path):
    """Whoever reads standard output goes away: the engine runs on and ends cleanly when asked."""
    run_dir = short_tmp / "run"
    process = subprocess.Popen(
        [sys.executable, "run.py", "demo", "--run-dir", str(run_dir)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()

        def ready() -> bool:
            done = run_command("status", "--json", "--run-dir", str(run_dir))
            return done.returncode == 0 and all_ready(json.loads(done.stdout))

        until_blocking(ready, within_s=30, what="all ready")
        process.send_signal(signal.SIGTERM)

        assert process.wait(deadline_s(20)) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
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


def test_operators_restart_a_process_and_read_the_past(short_tmp: Path):
    """A restarted process has another boot; after the end the journal still knows every fill."""
    with running(short_tmp, config=ONE_VENUE) as engine:
        status = engine.wait(
            lambda s: all_ready(s) and all(row["fills"] for row in s["strategies"].values()),
            "all ready and trading",
        )
        where = ["--run-dir", str(engine.run_dir)]
        boot = engine.actor("strategy.btc-cross", status)["boot"]
        assert run_command("restart", "strategy.btc-cross", *where).returncode == 0
        engine.wait(
            lambda s: all_ready(s) and engine.actor("strategy.btc-cross", s)["boot"] != boot,
            "it is back",
        )
        assert isinstance(engine.ask("alarms"), list)
        refused = run_command("restart", "nobody", *where)
        assert refused.returncode == 1
        assert "strategy.btc-cross" in refused.stderr
        refused = run_command("accept", "wooxpro", "--reason", "test", *where)
        assert "nothing to accept" in refused.stderr
        assert engine.stop() == 0

        past = run_command("journal", "fills", "--json", "--limit", "10000", *where)
        shown = run_command("journal", "show", "--json", "--last", "0", *where)
    records = [json.loads(line) for line in shown.stdout.splitlines()]
    filled = {row["fill_key"] for row in records if row["record"] == "FillRecord"}
    assert filled
    assert {row["fill_key"] for row in json.loads(past.stdout)} == filled


def test_a_limit_is_set_for_a_time_and_returns(short_tmp: Path):
    """PT-29: an operator lowers a limit of a running engine; it is what it was when its time is over."""
    with running(short_tmp, config=ONE_VENUE) as engine:
        engine.wait(all_ready, "all ready")
        where = ["--run-dir", str(engine.run_dir)]
        change = ["limits", "set", "strategy:btc-cross", "max_position", "7", "--reason", "drill"]
        tried = run_command(*change, "--expires", "1h", "--dry-run", "--json", *where)
        assert json.loads(tried.stdout)["would"]["before"] is None
        assert run_command(*change, "--expires", "3w", *where).returncode == 78
        assert run_command(*change, "--expires", "2d", *where).returncode == 1
        assert run_command(*change, "--expires", "2s", *where).returncode == 0

        def changes() -> list[object]:
            shown = run_command("limits", "show", "--json", *where)
            return list(json.loads(shown.stdout)["changes"])

        until_blocking(lambda: not changes(), what="the limit returned")
        assert "max_position" in run_command("limits", "show", *where).stdout
        assert engine.stop() == 0
        shown = run_command("journal", "show", "--json", "--last", "0", *where)
    records = [json.loads(line)["record"] for line in shown.stdout.splitlines()]
    limits = [name for name in records if name.startswith("Limit")]
    assert limits == [
        "LimitsVersion",
        "LimitChanged",
        "LimitsVersion",
        "LimitReturned",
        "LimitsVersion",
    ]


def test_the_run_directory_leads_to_the_journal_of_start(short_tmp: Path):
    """While the engine runs and after its end, wherever its state is; elsewhere it is said so."""
    with running(short_tmp, config=ONE_VENUE) as engine:
        engine.wait(
            lambda s: all_ready(s) and all(row["fills"] for row in s["strategies"].values()),
            "all ready and trading",
        )
        where = ["--json", "--run-dir", str(engine.run_dir)]
        during = run_command("journal", "show", "--last", "0", *where)
        assert engine.stop() == 0
        after = run_command("journal", "show", "--last", "0", *where)
        verified = run_command("journal", "verify", *where)
    nowhere = run_command("journal", "fills", "--run-dir", str(short_tmp / "none"))

    assert not (engine.run_dir / "state").exists()
    assert '"FillRecord"' in during.stdout
    assert after.stdout.startswith(during.stdout)
    assert json.loads(verified.stdout)["ok"]
    assert nowhere.returncode == 78
    assert "no engine has run in" in nowhere.stderr


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
