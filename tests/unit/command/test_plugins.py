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
        ("import os; os._exit(0)", "without an error"),
        ("import os; os._exit(7)", "exit code 7"),
        ("import atexit; atexit.register(print, [1])", "wrote into its answer"),
        ("import atexit; atexit.register(print, 'bye')", "wrote into its answer"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "exit code -9"),
    ],
)
def test_a_plugin_that_ends_its_process_is_a_problem(folder: Path, code: str, reason: str):
    """Whatever way it ends: the asking process lives and says so."""
    (folder / "mine.py").write_text(code)

    with pytest.raises(ConfigError, match=f"ended the process that loads it.*{reason}"):
        plugins.problems_of(settings("mine:Mine"), folder)


@pytest.mark.parametrize("argument", ["0", "7", "'goodbye'"])
def test_a_plugin_that_exits_is_named(folder: Path, argument: str):
    """The usual way to exit ends only the import; other plugins are looked at all the same."""
    (folder / "leaver.py").write_text(f"import sys; sys.exit({argument})")
    (problem,) = plugins.problems_of(settings("leaver:X", "mine:Mine"), folder)

    assert problem.path == "strategies[0].class"
    assert f"fails on import: SystemExit: {argument.strip(chr(39))}" in problem.problem


@pytest.mark.parametrize("fault", ["sys.exit(0)", "{}['x']"])
def test_a_check_of_parameters_that_fails_is_named(folder: Path, fault: str):
    """Whatever it raises: a problem of this strategy, no traceback."""
    with (folder / "mine.py").open("a") as out:
        out.write(f"    def check_parameters(self):\n        import sys; {fault}\n")
    (problem,) = plugins.problems_of(settings("mine:Mine"), folder)

    assert problem.path == "strategies[0].parameters"
    assert "check_parameters fails" in problem.problem
    assert "/mine.py:8 in check_parameters)" in problem.problem


def test_a_plugin_sees_nothing_of_the_operators_environment(folder: Path, monkeypatch):
    """Secrets may stand there; what a child process needs, it has."""
    monkeypatch.setenv("PITBOSS_CANARY_API_KEY", "sings")
    (folder / "spy.py").write_text("import os; raise ValueError(' '.join(os.environ))")
    rows = {row["name"]: row for row in plugins.listing(folder)}

    assert "PATH" in rows["spy"]["problem"]
    assert "CANARY" not in rows["spy"]["problem"]


def test_a_plugin_is_limited_while_it_loads(folder: Path):
    """Memory, descriptors, processes and core dumps; a strategy that may use more memory gets it."""
    (folder / "spy.py").write_text(
        "import resource as r\n"
        "raise ValueError([r.getrlimit(w)[1] for w in (r.RLIMIT_AS, r.RLIMIT_CORE)],"
        " r.getrlimit(r.RLIMIT_NPROC)[1] > 0)"
    )
    (spy,) = (row for row in plugins.listing(folder) if row["name"] == "spy")
    (problem,) = plugins.problems_of(settings("spy:X", memory_mib_max=1500), folder)

    assert f"([{1024 << 20}, 0], True)" in spy["problem"]
    assert f"([{1500 << 20}, 0], True)" in problem.problem


def test_a_plugin_that_hoards_memory_is_named(folder: Path):
    """The host keeps its memory; the other plugins are listed."""
    (folder / "hoarder.py").write_text("x = bytearray(4 << 30)")
    rows = {row["name"]: row for row in plugins.listing(folder)}

    assert "MemoryError" in rows["hoarder"]["problem"]
    assert rows["mine"]["class"] == "strategies.mine:Mine"


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
