"""actors/venues/README.md against what the venues declare."""

from pathlib import Path

import actors.venues
from actors.venues import discover
from engine.session.describe import capability_table
from tests.kit.documents import check_generated

FOLDER = Path(actors.venues.__file__).parent


def test_the_capability_table_is_current():
    """Each venue found here has its column."""
    ours = {name: venue for name, venue in discover().items() if (FOLDER / name).is_dir()}
    table = capability_table(ours)
    assert all(f"({name}/README.md)" in table for name in ours)
    check_generated("README.md", "<!-- generated: capabilities -->", table, folder=FOLDER)
