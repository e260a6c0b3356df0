"""Keeping generated parts of documents current: a test compares, an environment variable writes."""

import os
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def check_generated(
    name: str, begin: str, text: str, end: str = "<!-- end -->", *, folder: Path = DOCS
) -> None:
    """The part of a document between two marks is `text`, or (PITBOSS_WRITE_DOCS=1) becomes it."""
    file = folder / name
    before, _, rest = file.read_text().partition(f"{begin}\n")
    found, _, after = rest.partition(end)
    if os.environ.get("PITBOSS_WRITE_DOCS") == "1":
        file.write_text(f"{before}{begin}\n{text}\n{end}{after}")
        return
    assert found.strip() == text.strip(), (
        f"{folder.name}/{name} is not current: set PITBOSS_WRITE_DOCS=1"
    )
