"""The venue's README says what the code does."""

import re
from pathlib import Path

import attrs
import pytest

from actors.venues import webctp
from actors.venues.webctp.orderspolicy import OrderPolicy
from actors.venues.webctp.settings import Settings
from actors.venues.webctp.stages import MARKET_TRANSITIONS, TRADE_TRANSITIONS, Input

FOLDER = Path(webctp.__file__).parent
README = (FOLDER / "README.md").read_text()


@pytest.mark.parametrize(
    ("name", "table"), [("market_data", MARKET_TRANSITIONS), ("trade", TRADE_TRANSITIONS)]
)
def test_the_diagrams_are_the_tables(name, table):
    """Drawn from the transitions, in their order; without the two ends that every stage has."""
    drawn = re.search(rf"<!-- stages {name} -->\n(.*?)<!-- /stages -->", README, re.DOTALL)
    lines = [
        f"    {begin} --> {end}: {given}"
        for (begin, given), end in table.items()
        if given not in (Input.LOST, Input.REFUSED)
    ]
    assert drawn is not None
    assert drawn[1] == "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```", ""])


def test_every_setting_and_every_file_is_told():
    """Nothing can be set and no file can stand here that the README does not name."""
    names = [field.name for cls in (Settings, OrderPolicy) for field in attrs.fields(cls)]
    files = [path.name for path in FOLDER.glob("*.py") if path.name != "__init__.py"]
    assert [name for name in names + files if f"`{name}`" not in README] == []
