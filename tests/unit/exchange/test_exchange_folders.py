"""Which folders a `replay` names."""

import os
from pathlib import Path

from engine.exchange.folders import DESCRIPTION, folders


def recording(folder: Path) -> Path:
    """A folder that says it is a recording."""
    folder.mkdir(parents=True)
    (folder / DESCRIPTION).touch()
    return folder


def test_nothing_names_none():
    """The generated market."""
    assert folders("") == []


def test_named_folders_must_fit_and_found_ones_need_not(tmp_path):
    """In the order of their names; a folder without any stays, so that the error names it."""
    named = recording(tmp_path / "named")
    found = [recording(tmp_path / "all" / name) for name in ("b", "a")]
    empty = tmp_path / "empty"
    replay = os.pathsep.join(map(str, (named, tmp_path / "all", empty)))
    assert folders(replay) == [
        (named, True),
        (found[1], False),
        (found[0], False),
        (empty, True),
    ]
