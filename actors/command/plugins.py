"""Asks a separate process about strategy plugins, so that their code never runs in this one."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from engine.errors import ConfigError, Problem
from engine.settings import EngineSettings
from engine.supervise.spawn import environment

INSPECTION_S_MAX = 30.0
"""A plugin that needs longer to import hangs."""


def problems_of(settings: EngineSettings, folder: Path) -> list[Problem]:
    """Problems of all enabled strategies: reference, import, parameters."""
    enabled = [
        (position, strategy)
        for position, strategy in enumerate(settings.strategies)
        if strategy.enabled
    ]
    if not enabled:
        return []
    entries = [
        {
            "path": f"strategies[{position}]",
            "class": strategy.class_,
            "parameters": dict(strategy.parameters),
        }
        for position, strategy in enabled
    ]
    memory_mib = max(strategy.memory_mib_max for _, strategy in enabled)
    request = {"folder": str(folder), "strategies": entries, "memory_mib": memory_mib}
    rows = _inspect({"verb": "check", **request})
    return [Problem(row["path"], row["problem"], row["hint"]) for row in rows]


def listing(folder: Path) -> list[dict[str, Any]]:
    """Every plugin in the folder with its parameters, or why it does not load."""
    return _inspect({"verb": "list", "folder": str(folder)})


def _inspect(request: dict[str, object]) -> list[dict[str, Any]]:
    """Ask a process that sees no more of the environment than a strategy's own will."""
    code, output, errors = _run(json.dumps(request, default=str))
    if code:
        reason = _last_line(errors) or f"exit code {code}"
        raise _failure(f"a plugin ended the process that loads it: {reason}")
    try:
        return _rows(_last_line(output))
    except ValueError:
        raise _failure(
            "a plugin ended the process that loads it, without an error, or wrote into its answer",
            "importing a plugin must neither exit nor write to standard output",
        ) from None


def _run(request: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the inspection; none of it outlives a refusal."""
    with subprocess.Popen(
        [sys.executable, "-m", "engine.strategy.inspection"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=environment(os.environ),
        cwd=Path(__file__).resolve().parents[2],
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(request, timeout=INSPECTION_S_MAX)
        except subprocess.TimeoutExpired:
            raise _failure(
                f"loading the plugins takes more than {INSPECTION_S_MAX:.0f} s"
            ) from None
        finally:
            if process.returncode is None:  # not reaped yet: its number cannot belong to others
                os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, output, errors


def _failure(problem: str, hint: str = "") -> ConfigError:
    return ConfigError(Problem("strategies", problem, hint))


def _rows(line: str) -> list[dict[str, Any]]:
    """The answer; ValueError when it is none."""
    rows = json.loads(line)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("an answer is a list of tables")
    return rows


def _last_line(text: str) -> str:
    """Plugins may print while they load; the answer is the last line."""
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
