"""Where a run keeps its things, so that two users or two desks on one host never meet."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from actors.command import places
from engine.settings import EngineSettings
from engine.settings.model import EngineSection


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path: Path):
    """No variable of this shell counts."""
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "PITBOSS_STRATEGIES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def settings(**engine: object) -> EngineSettings:
    return EngineSettings(engine=EngineSection(name="desk", **engine))


def test_runs_are_per_user_and_name(monkeypatch, tmp_path: Path):
    """The system's runtime directory when there is one, else one named after the user."""
    shared = Path(tempfile.gettempdir()) / f"pitboss-{os.getuid()}"
    assert places.default_run_dir("desk") == shared / "desk"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "none"))
    assert places.default_run_dir("desk") == shared / "desk"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert places.default_run_dir("desk") == tmp_path / "pitboss" / "desk"


def test_state_is_kept_per_user_and_name(monkeypatch, tmp_path: Path):
    """Where the desktop says, else in the home directory."""
    home = tmp_path / "home" / ".local" / "state" / "pitboss" / "desk"
    assert places.default_state_dir("desk") == home
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert places.default_state_dir("desk") == tmp_path / "pitboss" / "desk"


def test_the_nearer_word_wins():
    """Command line before configuration before default."""
    configured = settings(run_dir=Path("/conf"), state_dir=Path("/kept"))

    assert places.run_dir_of(configured, Path("/line")) == Path("/line")
    assert places.run_dir_of(configured, None) == Path("/conf")
    assert places.run_dir_of(settings(), None) == places.default_run_dir("desk")
    assert places.state_dir_of(configured, Path("/run"), keep=True) == Path("/kept")
    assert places.state_dir_of(settings(), Path("/run"), keep=True) == (
        places.default_state_dir("desk")
    )


def test_a_demo_leaves_nothing_behind():
    """Its state is inside the run directory, whatever a configuration says."""
    configured = settings(state_dir=Path("/kept"))

    assert places.state_dir_of(configured, Path("/run"), keep=False) == Path("/run/state")


def test_a_named_strategies_folder_does_not_move(monkeypatch, tmp_path: Path):
    """A relative name is of the caller's directory, also for processes that work elsewhere."""
    assert (places.strategies_folder() / "sma_cross.py").is_file()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PITBOSS_STRATEGIES", "mine")
    assert places.strategies_folder() == tmp_path / "mine"


def test_the_demo_comes_with_the_project():
    """`run.py` without arguments finds its configuration from any directory."""
    assert (places.config_folder() / "demo.toml").is_file()


def test_a_python_without_our_packages_is_told_from_a_fault():
    """A second terminal without the environment: what to do, and no traceback."""
    root = places.config_folder().parent
    done = subprocess.run(
        [sys.executable, "-S", str(root / "run.py"), "status"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 64
    assert ". .venv/bin/activate" in done.stderr
    assert "Traceback" not in done.stderr
