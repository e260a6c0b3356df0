"""Discovery of venue packages: by folder, by the environment, by entry point."""

import os
import pkgutil
import subprocess
import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import attrs
import pytest

from actors import venues
from actors.venues import ENTRY_POINTS, discover, load
from engine.errors import ConfigError
from engine.session.declaration import Venue
from engine.supervise.spawn import VENUES_VARIABLE
from tests.kit.engine import ROOT


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An extra place for venue packages, forgotten afterwards."""
    monkeypatch.setattr(venues, "__path__", [*venues.__path__, str(tmp_path)])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("actors.venues."):
            del sys.modules[name]
            vars(venues).pop(name.rpartition(".")[2], None)


def package(folder, name, text):
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(text)


def test_every_folder_is_found_by_being_there():
    """Each package with a VENUE is a venue under its folder's name; nobody keeps a list."""
    found = discover()
    assert list(found) == sorted(found)
    assert "wooxpro" in found
    for name, venue in found.items():
        assert isinstance(venue, Venue)
        assert venue.name == name
        assert load(name) is venue
    assert set(found) <= {p.name for p in pkgutil.iter_modules(venues.__path__) if p.ispkg}


def test_unknown_venues_name_the_known():
    """A wrong name is a configuration error that helps."""
    with pytest.raises(ConfigError, match=r"known: .*wooxpro"):
        load("nowhere")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import no_such_module", "cannot be imported: ModuleNotFoundError"),
        ("VENUE = (", "cannot be imported: SyntaxError"),
        ("raise RuntimeError('broken')", "cannot be imported: RuntimeError: broken"),
        ("VENUE = 'a text'", "is a str, not a Venue"),
        ("from actors.venues.wooxpro import VENUE", "calls itself 'wooxpro'"),
    ],
)
def test_a_broken_package_is_a_clear_error(folder, text, said):
    """However a venue package fails, discovery and loading say which and why."""
    package(folder, "broken", text)
    for look in (discover, lambda: load("broken")):
        with pytest.raises(ConfigError) as caught:
            look()
        assert said in str(caught.value)
        assert "venues.broken" in str(caught.value)


def test_one_broken_package_does_not_hide_a_good_one_from_its_session(folder):
    """A session loads its own venue only."""
    package(folder, "broken", "raise RuntimeError")
    assert load("wooxpro").name == "wooxpro"


def test_who_names_venues_imports_no_other(folder):
    """What a run does not use can neither slow its start nor stop it; a wrong name needs all of them."""
    package(folder, "broken", "raise RuntimeError")
    package(folder, "helper", "")
    assert list(discover(["wooxpro"])) == ["wooxpro"]
    assert f"{venues.PACKAGE}.broken" not in sys.modules
    for names in (["wooxpro", "nowhere"], ["helper"], ["broken"]):
        with pytest.raises(ConfigError, match=r"venues\.broken"):
            discover(names)


def test_a_folder_without_a_declaration_is_no_venue(folder):
    """A helper package beside the venues is left alone."""
    package(folder, "helper", "")
    assert "helper" not in discover()
    with pytest.raises(ConfigError, match="exports no VENUE"):
        load("helper")


def test_a_folder_that_the_environment_names_is_searched_too(tmp_path):
    """Its packages are imported as if they stood among ours, in whatever process is started."""
    text = "import attrs\nfrom actors.venues.wooxpro import VENUE\nVENUE = attrs.evolve(VENUE, name='own')"
    package(tmp_path, "own", text)
    asked = "from actors.venues import discover, load; print(sorted(discover())); load('own')"
    done = in_a_process(asked, tmp_path)
    assert "'own'" in done.stdout, done.stderr
    assert "'wooxpro'" in done.stdout


def test_a_folder_that_is_not_there_is_told(tmp_path):
    """A slip in the environment hides no venue silently."""
    done = in_a_process("from actors.venues import discover; discover()", tmp_path / "absent")
    assert "there is no folder" in done.stderr


def test_two_packages_of_one_name_are_told(folder):
    """Neither is chosen."""
    package(folder, "wooxpro", "VENUE = None")
    with pytest.raises(ConfigError, match="two packages have this name"):
        discover()


def test_an_installed_package_is_found_by_its_entry_point(monkeypatch):
    """The name is the venue's, the value its package."""
    point = EntryPoint("installed", "tests.kit.installed_venue", ENTRY_POINTS)
    monkeypatch.setattr(venues, "entry_points", lambda *, group: [point])
    made = ModuleType("tests.kit.installed_venue")
    vars(made)["VENUE"] = attrs.evolve(load("wooxpro"), name="installed")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    assert load("installed").name == "installed"
    assert "installed" in discover()
    with pytest.raises(ConfigError, match=r"known: .*installed"):
        load("nowhere")


def in_a_process(code, folder):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, VENUES_VARIABLE: str(folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
