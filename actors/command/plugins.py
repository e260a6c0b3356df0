"""Asks a separate process about strategy plugins, so that their code never runs in this one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from engine.errors import ConfigError, Problem
from engine.settings import EngineSettings

INSPECTION_S_MAX = 30.0
"""A plugin that needs longer to import hangs."""


def problems_of(settings: EngineSettings, folder: Path) -> list[Problem]:
    """Problems of all enabled strategies: reference, import, parameters."""
    entries = [
        {
            "path": f"strategies[{position}]",
            "class": strategy.class_,
            "parameters": dict(strategy.parameters),
        }
        for position, strategy in enumerate(settings.strategies)
        if strategy.enabled
    ]
    if not entries:
        return []
    rows = _inspect({"verb": "check", "folder": str(folder), "strategies": entries})
    return [Problem(row["path"], row["problem"], row["hint"]) for row in rows]


def listing(folder: Path) -> list[dict[str, Any]]:
    """Every plugin in the folder with its parameters, or why it does not load."""
    return _inspect({"verb": "list", "folder": str(folder)})


def _inspect(request: dict[str, object]) -> list[dict[str, Any]]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "engine.strategy.inspection"],
            input=json.dumps(request, default=str),
            capture_output=True,
            text=True,
            timeout=INSPECTION_S_MAX,
            check=True,
            cwd=Path(__file__).resolve().parents[2],
        )
        return json.loads(_last_line(done.stdout))  # type: ignore[no-any-return]
    except json.JSONDecodeError:
        raise ConfigError(
            Problem(
                "strategies",
                "a plugin ended the process that loads it, without an error",
                "importing a plugin must not call exit",
            )
        ) from None
    except subprocess.TimeoutExpired:
        raise ConfigError(
            Problem("strategies", f"loading the plugins takes more than {INSPECTION_S_MAX:.0f} s")
        ) from None
    except subprocess.CalledProcessError as error:
        reason = _last_line(error.stderr) or f"exit code {error.returncode}"
        raise ConfigError(
            Problem("strategies", f"a plugin ended the process that loads it: {reason}")
        ) from None


def _last_line(text: str) -> str:
    """Plugins may print while they load; the answer is the last line."""
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
