"""The venue's README says what the code does."""

import re
from pathlib import Path

import attrs

from actors.venues import alltick
from actors.venues.alltick.phases import TRANSITIONS
from actors.venues.alltick.plans import PLANS
from actors.venues.alltick.rets import RULES
from actors.venues.alltick.settings import INSTRUMENT_KINDS, OwnInstrument, Quiet, Settings

FOLDER = Path(alltick.__file__).parent
README = (FOLDER / "README.md").read_text()


def test_the_diagram_is_the_table():
    """Drawn from the transitions, in their order."""
    drawn = re.search(r"<!-- phases -->\n(.*?)<!-- /phases -->", README, re.DOTALL)
    lines = [f"    {begin} --> {end}: {given}" for (begin, given), end in TRANSITIONS.items()]
    expected = "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```", ""])
    assert drawn is not None
    assert drawn[1] == expected


def test_every_setting_plan_code_and_file_is_told():
    """Nothing can be set, answered or stand here that the README does not name."""
    classes = (Settings, Quiet, OwnInstrument)
    names = [field.name for cls in classes for field in attrs.fields(cls)]
    files = [path.name for path in FOLDER.glob("*.py") if path.name != "__init__.py"]
    assert [name for name in names + files if f"`{name}`" not in README] == []
    words = [*PLANS, *INSTRUMENT_KINDS, *(str(ret) for ret in RULES if ret != 200)]
    assert [word for word in words if not re.search(rf"\b{word}\b", README)] == []
