"""Plugins load from the strategies folder only, and faults name file, key and reason."""

from pathlib import Path

import pytest

from engine.errors import ConfigError
from engine.strategy.inspection import check, listing
from engine.strategy.loading import load_class, load_parameters

CODE = '''
"""A plugin."""
from engine.strategy import Decimal, Strategy, parameter

class Mine(Strategy):
    """Does nothing."""
    fast: int = parameter(5, minimum=2, maximum=50, help="bars")
    size: Decimal = parameter(Decimal("1.5"))
    must: str = parameter(choices=("a", "b"))
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(CODE)
    return tmp_path


def test_a_class_is_loaded_by_reference(folder: Path):
    """With and without the leading package name."""
    assert load_class("mine:Mine", folder).__name__ == "Mine"
    assert load_class("strategies.mine:Mine", folder).__name__ == "Mine"


@pytest.mark.parametrize(
    "reference",
    [
        "../mine:Mine",
        "os:system",
        "mine",
        "mine:Other",
        "/etc/x:Y",
        "a.b:C",
        "mine:Strategy",
        "\uff4dine:Mine",
    ],
)
def test_other_code_is_refused(folder: Path, reference: str):
    """Paths, other packages, missing classes and look-alike letters are configuration errors."""
    with pytest.raises(ConfigError):
        load_class(reference, folder)


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path_factory):
    """Code outside the folder cannot be reached through a symbolic link."""
    outside = tmp_path_factory.mktemp("outside") / "evil.py"
    outside.write_text(CODE)
    (folder / "evil.py").symlink_to(outside)

    with pytest.raises(ConfigError, match="leads out"):
        load_class("evil:Mine", folder)


def test_code_that_fails_on_import_is_reported(folder: Path):
    """The error names the file and what it raised."""
    (folder / "broken.py").write_text("1 / 0")

    with pytest.raises(ConfigError, match=r"broken\.py fails on import: ZeroDivisionError"):
        load_class("broken:X", folder)


def test_the_line_that_fails_on_import_is_named(folder: Path):
    """Whoever reads it knows where to look; a syntax error says it itself."""
    (folder / "broken.py").write_text("import sys\n\nx = parameter(1)\n")
    (folder / "typo.py").write_text("x = 1\nclass X(\n")
    place = rf"'parameter' is not defined \({folder.name}/broken\.py:3\)"
    with pytest.raises(ConfigError, match=place):
        load_class("broken:X", folder)
    with pytest.raises(ConfigError, match=r"\(typo\.py, line 2\)$"):
        load_class("typo:X", folder)


def test_every_bad_parameter_is_named(folder: Path):
    """All faults come at once, with the key and the reason."""
    cls = load_class("mine:Mine", folder)
    with pytest.raises(ConfigError) as caught:
        load_parameters(cls, {"fast": "x", "size": 1.5, "mst": 1}, path="p")
    text = str(caught.value)

    assert "p.fast" in text
    assert "p.size" in text
    assert "unknown key 'mst'" in text
    assert "'must' is missing" in text


@pytest.mark.parametrize(("value", "reason"), [(1, "at least 2"), (51, "at most 50")])
def test_limits_are_inclusive(folder: Path, value: int, reason: str):
    """One beyond either limit is refused with the limit in the text."""
    cls = load_class("mine:Mine", folder)

    with pytest.raises(ConfigError, match=reason):
        load_parameters(cls, {"fast": value, "must": "a"})
    assert load_parameters(cls, {"fast": 50, "must": "a"}).fast == 50


def test_a_choice_is_checked(folder: Path):
    """A value outside the choices is refused with the choices in the text."""
    with pytest.raises(ConfigError, match="one of a, b"):
        load_parameters(load_class("mine:Mine", folder), {"must": "c"})


def test_listing_shows_parameters_and_broken_files(folder: Path):
    """A file that does not load is listed with its problem, not hidden."""
    (folder / "broken.py").write_text("1 / 0")
    rows = {row["name"]: row for row in listing(folder)}

    assert rows["mine"]["doc"] == "Does nothing."
    assert [p["name"] for p in rows["mine"]["parameters"]] == ["fast", "size", "must"]
    assert "ZeroDivisionError" in rows["broken"]["problem"]


def test_checking_reports_all_strategies(folder: Path):
    """Faults of several strategies come in one answer."""
    entries = [
        {"path": "strategies[0]", "class": "mine:Mine", "parameters": {}},
        {"path": "strategies[1]", "class": "none:X", "parameters": {}},
    ]
    found = check({"folder": str(folder), "strategies": entries})

    assert {row["path"].partition(".")[0] for row in found} == {"strategies[0]", "strategies[1]"}


PLAIN = """
from engine.strategy import Strategy, parameter

class Plain(Strategy):
    window: int = 3
    speed = 1.5
    must: str
    def shout(self): pass

class Some(Strategy):
    window: int = parameter(3)
"""


@pytest.mark.parametrize(
    ("cls", "key", "problem", "hint"),
    [
        ("Plain", "window", "Plain.window is no parameter", "write `window: int = parameter(3)`"),
        ("Plain", "speed", "Plain.speed is no parameter", "write `speed: float = parameter(1.5)`"),
        ("Plain", "must", "Plain.must is no parameter", "write `must: str = parameter()`"),
        ("Plain", "x", "unknown key 'x': Plain declares no parameters", "`x: int = parameter(3)`"),
        ("Plain", "shout", "unknown key 'shout': Plain declares no parameters", "declare it in"),
        ("Some", "windw", "unknown key 'windw'", "did you mean 'window'?"),
        ("Some", "x", "unknown key 'x'", "known keys: window"),
    ],
)
def test_a_key_that_is_no_parameter_is_explained(
    folder: Path, cls: str, key: str, problem: str, hint: str
):
    """`window: int = 3` looks like a parameter; the hint was once an empty list of keys."""
    (folder / "plain.py").write_text(PLAIN)
    with pytest.raises(ConfigError) as caught:
        load_parameters(load_class(f"plain:{cls}", folder), {key: 1}, path="p")
    (found,) = caught.value.problems
    assert (found.path, found.problem) == ("p", problem)
    assert hint in found.hint
