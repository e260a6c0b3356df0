"""Fixtures of the end-to-end tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.rundir import short_run_dir


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """A private folder with a path short enough for sockets."""
    with short_run_dir() as path:
        yield path
