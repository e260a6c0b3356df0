"""The kill file: which file was seen, and which one may be put away."""

import os
from pathlib import Path

import pytest

from actors.killfile import KillFile
from engine.supervise.rundir import pull_kill_switch


@pytest.fixture
def file(tmp_path: Path) -> KillFile:
    return KillFile(tmp_path)


def touched(file: KillFile, ts_ns: int) -> None:
    """Touch it at this time, whatever the clock's grain."""
    file.path.touch()
    os.utime(file.path, ns=(ts_ns, ts_ns))


def test_it_counts_once(file):
    """The same file is no second kill; gone and back it is."""
    touched(file, 1)
    assert file.look()
    assert not file.look()
    file.path.unlink()
    assert not file.look()
    touched(file, 2)
    assert file.look()


@pytest.mark.parametrize("how", ["replaced", "touched"])
def test_a_file_that_replaces_a_seen_one_counts_again(file, how):
    """Whoever pulls while the file lies there is heard as well."""
    touched(file, 1)
    file.look()
    if how == "touched":
        touched(file, 2)
    else:
        pull_kill_switch(file.path.parent, "again")
    assert file.look()


@pytest.mark.parametrize("seen", [True, False])
def test_only_the_file_that_was_seen_is_put_away(file, seen):
    """One that came after the last look stays, and kills at the next."""
    touched(file, 1)
    file.look()
    if not seen:
        touched(file, 2)
    assert bool(file.put_away()) is not seen
    assert file.path.exists() is not seen
    assert bool(file.look()) is not seen


def test_a_file_never_looked_for_is_not_put_away(file):
    file.path.touch()
    assert file.put_away()
    assert file.path.exists()


def test_there_may_be_nothing_to_put_away(file):
    assert file.put_away() == ""


def test_a_kill_of_our_own_is_no_appearance(file):
    """It is for the next start: that one sees it."""
    assert file.pull("a drill") == ""
    assert not file.look()
    assert "a drill" in KillFile(file.path.parent).look()


def test_a_file_that_is_there_is_left_as_it_is(file):
    """What somebody wrote into it is the reason, also when nobody has looked yet."""
    file.path.write_text("fire")
    assert file.pull("a drill") == ""
    assert "fire" in file.look()


def test_a_run_directory_that_takes_no_file_says_why(tmp_path):
    assert "No such file" in KillFile(tmp_path / "gone").pull("a drill")
