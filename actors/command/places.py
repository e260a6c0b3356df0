"""Where a run keeps its things: sockets and keys per run, journal and saved state between runs.

Defaults are per user and configuration name, so that two users or two desks on one host never meet.
"""

import os
import tempfile
from pathlib import Path

from engine.settings import EngineSettings


def default_run_dir(name: str) -> Path:
    """`$XDG_RUNTIME_DIR/pitboss/<name>`, else a directory per user below the temporary one.

    It must be short: a socket's path has at most 107 bytes.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime).is_dir():
        return Path(runtime) / "pitboss" / name
    return Path(tempfile.gettempdir()) / f"pitboss-{os.getuid()}" / name


def default_state_dir(name: str) -> Path:
    """`$XDG_STATE_HOME/pitboss/<name>`, else below `~/.local/state`."""
    base = os.environ.get("XDG_STATE_HOME", "")
    root = Path(base) if base else Path.home() / ".local" / "state"
    return root / "pitboss" / name


def run_dir_of(settings: EngineSettings, override: Path | None) -> Path:
    """The run directory in force: command line, else configuration, else default."""
    return override or settings.engine.run_dir or default_run_dir(settings.engine.name)


def state_dir_of(settings: EngineSettings, run_dir: Path, *, keep: bool) -> Path:
    """The state directory in force; a demo (`keep` false) keeps its state inside the run directory."""
    if not keep:
        return run_dir / "state"
    return settings.engine.state_dir or default_state_dir(settings.engine.name)


def strategies_folder() -> Path:
    """The folder that plugins are loaded from: `strategies/` beside `run.py`, or `$PITBOSS_STRATEGIES`."""
    named = os.environ.get("PITBOSS_STRATEGIES", "")
    return Path(named).absolute() if named else Path(__file__).resolve().parents[2] / "strategies"


def config_folder() -> Path:
    """The folder of configurations that come with the project."""
    return Path(__file__).resolve().parents[2] / "config"
