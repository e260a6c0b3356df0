"""The table "Chain of custody" names files and tests that exist, and every rule."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECTION = (
    (ROOT / "docs" / "reliability.md")
    .read_text(encoding="utf-8")
    .partition("## Chain of custody")[2]
    .partition("\n## ")[0]
)
ROWS = {
    match[1]: match[0] for match in re.finditer(r"^\| (ORD-\d+) \|.*$", SECTION, flags=re.MULTILINE)
}


def test_every_rule_has_a_row_with_a_place_and_a_test():
    """ORD-1 to ORD-15."""
    assert list(ROWS) == [f"ORD-{number}" for number in range(1, 16)]
    for rule, row in ROWS.items():
        assert re.search(r"`(engine|actors)/[\w/]+\.py`", row), rule
        assert re.search(r"`test_\w+`", row), rule


def test_what_the_table_names_exists():
    """A test that is renamed, or a file that moves, takes its row with it."""
    named = set(re.findall(r"`(test_\w+)`", SECTION))
    there = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert {name for name in named if f"def {name}(" not in there} == set()
    files = set(re.findall(r"`((?:engine|actors|tests)/[\w/]+\.py)`", SECTION))
    assert {file for file in files if not (ROOT / file).is_file()} == set()
