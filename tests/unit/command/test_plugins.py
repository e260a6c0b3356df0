"""Plugins are looked at in another process: nothing in them harms the one that asks."""

from pathlib import Path

import pytest

from actors.command import plugins
from engine.errors import ConfigError
from engine.settings import EngineSettings
from engine.settings.model import StrategySection

GOOD = '''
from engine.strategy import Strategy, parameter

class Mine(Strategy):
    """Does nothing."""
    fast: int = parameter(5, minimum=2)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(GOOD)
    return tmp_path


def settings(*references: str, **changes: object) -> EngineSettings:
    sections = [
        StrategySection(name=f"s{number}", class_=reference, instruments=("X.Y",), **changes)
        for number, reference in enumerate(references)
    ]
    return EngineSettings(strategies=tuple(sections))


def test_good_plugins_have_no_problem(folder: Path):
    """Also when they print while they load."""
    with (folder / "mine.py").open("a") as out:
        out.write("print('[]')\nprint('hello')\n")

    assert plugins.problems_of(settings("mine:Mine"), folder) == []


def test_every_problem_is_named_by_its_place_in_the_file(folder: Path):
    """All strategies are looked at; the second one's fault is not hidden by the first one's."""
    configured = settings("none:X", "mine:Mine", parameters={"fast": 1})
    found = {p.path: p.problem for p in plugins.problems_of(configured, folder)}

    assert set(found) == {"strategies[0].class", "strategies[1].parameters"}
    assert "at least 2" in found["strategies[1].parameters"]


def test_a_disabled_strategy_is_not_loaded(folder: Path):
    """It stays in the file without being right."""
    assert plugins.problems_of(settings("none:X", enabled=False), folder) == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys; sys.exit(0)", "without an error"),
        ("import os; os._exit(0)", "without an error"),
        ("import os; os._exit(7)", "exit code 7"),
        ("import sys; sys.exit('goodbye')", "goodbye"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "exit code -9"),
    ],
)
def test_a_plugin_that_ends_its_process_is_a_problem(folder: Path, code: str, reason: str):
    """Whatever way it ends: the asking process lives and says so."""
    (folder / "mine.py").write_text(code)

    with pytest.raises(ConfigError, match=f"ended the process that loads it.*{reason}"):
        plugins.problems_of(settings("mine:Mine"), folder)


def test_a_plugin_that_never_returns_is_given_up(folder: Path, monkeypatch):
    """The patience is bounded, and its length is in the message."""
    monkeypatch.setattr(plugins, "INSPECTION_S_MAX", 0.01)
    (folder / "mine.py").write_text("while True: pass")

    with pytest.raises(ConfigError, match="takes more than"):
        plugins.listing(folder)


def test_the_listing_shows_what_loads_and_what_does_not(folder: Path):
    """A broken file does not hide the others."""
    (folder / "broken.py").write_text("1 / 0")
    rows = {row["name"]: row for row in plugins.listing(folder)}

    assert rows["mine"]["class"] == "strategies.mine:Mine"
    assert "ZeroDivisionError" in rows["broken"]["problem"]
