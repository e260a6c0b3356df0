"""`run.py drill` as an operator runs it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.drills import CONFIG
from tests.kit.engine import ROOT, run_command
from tests.kit.waiting import TIME_FACTOR, deadline_s, until_blocking

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def test_a_drill_says_what_held(tmp_path: Path):
    """Exit 0, JSON on standard output, the same in the report; the text for people goes elsewhere.

    One venue is enough for what the command does; that all hold beside each other is in `tests/chaos`.
    """
    file = tmp_path / "report.json"
    done = run_command(
        *("drill", "-c", str(CONFIG), "--for", "6", "--seed", "3", "--faults", "crash,venue"),
        *("--json", "--report", str(file)),
        within_s=200,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout)
    assert report == json.loads(file.read_text())
    assert report["seed"] == 3
    assert report["faults"]
    assert report["converged_s"] <= 60 * TIME_FACTOR
    assert report["orders"] > 0
    held = {name: row["held"] for name, row in report["invariants"].items()}
    assert not [name for name, value in held.items() if value is False]
    assert all(held[f"INV-{n}"] for n in (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 13, 16, 17)), held
    assert done.stderr.startswith("seed 3\n")


AS_FROM_A_TERMINAL = (
    sys.executable,
    "-c",
    (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    ),
)
"""Shells start what runs in the background with SIGINT ignored, and children inherit that."""


def test_ctrl_c_ends_a_drill_with_what_was_seen(tmp_path: Path):
    """As a terminal sends it, to the whole process group; nothing is left running."""
    output = tmp_path / "output"
    with output.open("wb") as out:
        process = subprocess.Popen(
            [
                *AS_FROM_A_TERMINAL,
                "run.py",
                "drill",
                "-c",
                str(CONFIG),
                "--for",
                "600",
                "--seed",
                "3",
                "--faults",
                "crash",
            ],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until_blocking(lambda: "F-0" in output.read_text(), within_s=90, what="a first fault")
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(deadline_s(60)) == 1
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    text = output.read_text()
    assert "ended by Ctrl-C: this is what was seen until then" in text
    assert "what held" in text
    assert "Traceback" not in text
