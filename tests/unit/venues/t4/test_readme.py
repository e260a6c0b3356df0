"""The venue's README says what the code does."""

import re
from pathlib import Path

import attrs

from actors.venues import t4
from actors.venues.t4.settings import Settings
from actors.venues.t4.stages import TRANSITIONS

FOLDER = Path(t4.__file__).parent
README = (FOLDER / "README.md").read_text()


def test_the_diagram_is_the_table():
    """Drawn from the transitions, in their order."""
    drawn = re.search(r"<!-- stages -->\n(.*?)<!-- /stages -->", README, re.DOTALL)
    lines = [f"    {begin} --> {end}: {given}" for (begin, given), end in TRANSITIONS.items()]
    expected = "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```", ""])
    assert drawn is not None
    assert drawn[1] == expected


def test_every_setting_and_every_file_is_told():
    """Nothing can be set and no file can stand here that the README does not name."""
    names = [field.name for field in attrs.fields(Settings)]
    files = [path.name for path in FOLDER.glob("*.py") if path.name != "__init__.py"]
    assert [name for name in names + files if f"`{name}`" not in README] == []
