"""Recorded markets for tests: found beside the repository, skipped with a reason where absent."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = ROOT.parent / "shared" / "data"


def recorded_folder(name: str) -> Path:
    """The folder of a recording; skips the test when this machine does not have it."""
    folder = RECORDINGS / name
    if not (folder / "instrument.toml").is_file():
        pytest.skip(f"recording {name} is not here: it is not part of the repository")
    return folder
