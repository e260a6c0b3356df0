"""Fixtures of the bus tests: real sockets in a short private directory."""

from collections.abc import Iterator

import pytest

from tests.kit.bus import Stage, a_stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A fresh run directory and keys by name."""
    with a_stage() as stage:
        yield stage
